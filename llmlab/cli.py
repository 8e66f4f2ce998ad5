"""The command line: one verb a line, each handed to the module that does the work.

    llmlab lab                       JupyterLab on your own copies of the labs, in work/
    llmlab update 02-tokenization    a corrected lab into your copy; your answers stay
    llmlab check 02-tokenization     what the checks say of your work

Nothing heavy is imported before a verb needs it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

from llmlab.bootstrap import ROOT

__all__ = ["main", "parser"]

Verbs: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
Handler: TypeAlias = Callable[[argparse.Namespace], int | None]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; return its exit status: 0 well, 1 not, 2 not understood."""
    args = parser().parse_args(arguments)
    try:
        return args.run(args) or 0
    except (ImportError, OSError, ValueError) as error:
        # What a person can mend is told in a line; anything else is ours, with its traceback.
        if type(error) in (ImportError, ModuleNotFoundError) and "pip install" not in str(error):
            raise
        print(f"llmlab: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def parser() -> argparse.ArgumentParser:
    """Return the parser of all verbs; each sets `run`, a function of the parsed arguments."""
    top = argparse.ArgumentParser(
        prog="llmlab", description="Build a large language model from raw text, week by week."
    )
    verbs = top.add_subparsers(title="verbs", metavar="VERB", required=True)
    _for_students(verbs)
    _for_instructors(verbs)
    _for_contributors(verbs)
    return top


def _verb(verbs: Verbs, name: str, run: Handler, told: str) -> argparse.ArgumentParser:
    added = verbs.add_parser(name, help=told, description=told)
    added.set_defaults(run=run)
    return added


def _for_students(verbs: Verbs) -> None:
    lab = _verb(verbs, "lab", _lab, "set-up, then JupyterLab on your copies of the labs")
    lab.add_argument("--port", type=int, default=8888, metavar="N", help="default: 8888")
    lab.add_argument("--no-browser", action="store_true", help="print the address, open nothing")
    lab.add_argument("--course", action="store_true", help="for instructors: the whole course")
    update = _verb(verbs, "update", _update, "bring corrected labs into work/, answers untouched")
    update.add_argument("lab", nargs="?", metavar="LAB", help="default: every lab in work/")
    check = _verb(verbs, "check", _check, "what the checks say of a lab in work/, or of a notebook")
    check.add_argument("notebook", metavar="LAB_OR_NOTEBOOK")
    check.add_argument("--json", action="store_true")
    _verb(verbs, "doctor", _doctor, "what this machine has, and what the course makes of it")


def _for_instructors(verbs: Verbs) -> None:
    release = _verb(verbs, "release", _release, "what a student gets, as a zip without solutions")
    release.add_argument("lab", metavar="LAB")
    release.add_argument("--to", required=True, type=Path, metavar="DIR")
    checks = _verb(verbs, "checks", _checks, "every exercise's check against its wrong answers")
    checks.add_argument("lab", nargs="?", metavar="LAB")
    checks.add_argument("--json", action="store_true")


def _for_contributors(verbs: Verbs) -> None:
    test = _verb(verbs, "test", _test, "set-up, then the tests")
    test.add_argument("--quick", action="store_true", help="without the slow and the browser's")
    test.add_argument("--set-up", action="store_true", help="no tests: only what they need")
    books = _verb(verbs, "notebooks", lambda args: None, "the labs' notebooks, for their authors")
    steps = books.add_subparsers(metavar="STEP", required=True)
    for name, run, told in (
        ("text", _text, "print a solution as py:percent text"),
        ("write", _write, "write an edited text back into the solution, and release it"),
        ("labs", _labs, "release: write labs/ from solutions/"),
        ("sync", _sync, "is everything canonical, and labs/ what solutions/ gives?"),
        ("run", _run, "execute a solution and its release"),
    ):
        step = _verb(steps, name, run, told)
        # subtle: LAB may be left out where a verb can mean every lab.
        several = "?" if name in ("labs", "run", "sync") else None
        step.add_argument("lab", nargs=several, metavar="LAB")
        if name == "write":
            step.add_argument("text", type=Path, metavar="FILE")
        if name == "run":
            step.add_argument("--scale", default="smoke", choices=("smoke", "cpu", "gpu"))


# ---------------------------------------------------------------------------------------------
# Each verb


def _lab(args: argparse.Namespace) -> int:
    from llmlab import workplace

    return workplace.serve(ROOT, port=args.port, browser=not args.no_browser, course=args.course)


def _update(args: argparse.Namespace) -> None:
    from llmlab import update

    for line in update.update(ROOT, args.lab):
        print(line)


def _check(args: argparse.Namespace) -> int | None:
    from llmlab.checks import cli as checks

    return checks.check(args)


def _checks(args: argparse.Namespace) -> int | None:
    from llmlab.checks import cli as checks

    return checks.checks(args)


def _doctor(args: argparse.Namespace) -> None:
    from llmlab import doctor

    for line in doctor.report(ROOT):
        print(line)


def _release(args: argparse.Namespace) -> None:
    from llmlab import release

    path = release.bundle(ROOT, args.lab, args.to)
    print(f"{path}: {path.stat().st_size / 1e6:.1f} MB")


def _test(args: argparse.Namespace) -> int:
    from llmlab import suite

    return 0 if args.set_up else suite.run(ROOT, quick=args.quick)


def _text(args: argparse.Namespace) -> None:
    from llmlab import notebooks, release

    print(notebooks.to_text(notebooks.read(release.source(ROOT, args.lab))), end="")


def _write(args: argparse.Namespace) -> None:
    from llmlab import release

    print(release.write_solution(ROOT, args.lab, args.text.read_text(encoding="utf-8")))
    release.write_labs(ROOT, [args.lab])


def _labs(args: argparse.Namespace) -> None:
    from llmlab import release

    changed = release.write_labs(ROOT, [args.lab] if args.lab else None)
    print(f"labs/: {', '.join(changed) or 'nothing'} changed")


def _sync(args: argparse.Namespace) -> int:
    from llmlab import release

    told = release.source_problems(ROOT) + release.out_of_step(ROOT)
    print("\n".join(told) or "labs/ is what solutions/ gives")
    return bool(told)


def _run(args: argparse.Namespace) -> int:
    from llmlab import execute, notebooks, release

    found = 0
    for lab in [args.lab] if args.lab else release.labs(ROOT):
        solution = execute.execute(notebooks.read(release.source(ROOT, lab)), scale=args.scale)
        print(f"solutions/{lab}: {solution.summary()}")
        released = execute.execute(notebooks.read(ROOT / "labs" / lab / f"{lab}.ipynb"))
        print(f"labs/{lab}: {released.summary()}")
        problems = execute.solution_problems(solution) + execute.release_problems(released)
        print("\n".join(problems) or "as it should be")
        found += len(problems)
    return bool(found)
