"""Run a notebook in an empty folder, every cell of it, and say what went wrong.

A solution must run without an error and earn every point. A release must fail in its checks alone,
each saying that the answer is not written yet: an unwritten answer breaks nothing else. Runs at
`Scale.smoke`, without the hub, and never touches the file it was given. Not a grader: it trusts
the notebook.

    run = execute(notebooks.read("solutions/02-tokenization/02-tokenization.ipynb"))
    print(run.summary())
    assert not solution_problems(run)
"""

from __future__ import annotations

import copy
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from llmlab import notebooks
from llmlab.runtime import require

__all__ = [
    "UNWRITTEN",
    "CellError",
    "Run",
    "ended",
    "execute",
    "points",
    "release_problems",
    "solution_problems",
]

UNWRITTEN = "not written yet"  # what every check of an untouched release says

# The last thing that the kernel does: what it has cost, as (CPU seconds, peak memory in KiB).
USAGE = """
import json, os, sys
try:
    import resource
    _used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    _unit = 1024 if sys.platform == "darwin" else 1
    print(json.dumps([sum(u.ru_utime + u.ru_stime for u in _used), _used[0].ru_maxrss // _unit]))
except ImportError:
    print(json.dumps([sum(os.times()[:4]), 0]))
"""


@dataclass(frozen=True)
class CellError:
    """One cell that raised: where it stands, what it is, and the exception."""

    index: int
    cell: str
    kind: str
    name: str
    message: str

    def __str__(self) -> str:
        return f"cell {self.index} ({self.cell}): {self.name}: {self.message.strip()[:300]}"


@dataclass(frozen=True)
class Run:
    """A notebook after its run, with what it cost (seconds of CPU, seconds of wall, MiB)."""

    notebook: Any
    errors: tuple[CellError, ...]
    cpu_s: float
    peak_mib: float
    slowest: str
    slowest_s: float

    def summary(self) -> str:
        """Return the cost as one line."""
        return (
            f"{self.cpu_s:.1f} CPU seconds, {self.peak_mib:.0f} MiB at most, "
            f"slowest cell {self.slowest} ({self.slowest_s:.1f} s), {len(self.errors)} errors"
        )


def execute(
    nb: Any,
    *,
    scale: str = "smoke",
    timeout: float = 120.0,
    environment: Mapping[str, str] | None = None,
) -> Run:
    """Run every cell of a notebook in a folder of its own; an error does not stop the run.

    `timeout` is in seconds and for one cell. The kernel is this Python; `environment` is added to
    its own.
    """
    require("nbclient", extra="lab")
    done = _unrun(nb)
    lab = notebooks.lab_of(nb) or "notebook"
    with tempfile.TemporaryDirectory(prefix="llmlab-run-") as scratch:
        folder = Path(scratch, "work", lab)
        folder.mkdir(parents=True)
        variables = {"LLMLAB_SCALE": scale, **(environment or {})}
        stopped = _run_cells(done, folder, variables, timeout)
    cpu_s, peak_kib = _usage(done.cells.pop())
    slowest_s, slowest = max((_seconds(c), _name(c)) for c in done.cells)
    last = {error.index for error in stopped}
    errors = [e for i, c in enumerate(done.cells) if i not in last for e in _errors(i, c)]
    return Run(done, (*errors, *stopped), cpu_s, peak_kib / 1024, slowest, slowest_s)


def _unrun(nb: Any) -> Any:
    """Return a copy without the outputs of earlier runs, and with a last cell that tells the cost.

    What an earlier run left in cells that this one never reaches would pass for its results.
    """
    nbformat = require("nbformat", extra="lab")
    done = copy.deepcopy(nb)
    for cell in done.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    done.cells.append(nbformat.v4.new_code_cell(USAGE))
    return done


def _run_cells(
    nb: Any, folder: Path, variables: Mapping[str, str], timeout: float
) -> list[CellError]:
    """Run the cells in place; a cell that hangs or kills the kernel ends the run."""
    from nbclient import NotebookClient
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    client = NotebookClient(
        nb,
        timeout=timeout,
        kernel_name="python3",
        allow_errors=True,
        store_widget_state=False,
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
        resources={"metadata": {"path": str(folder)}},
    )
    environment = os.environ | {
        "HF_HUB_OFFLINE": "1",
        "IPYTHONDIR": str(folder.parent / ".ipython"),
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        **variables,
    }
    try:
        client.execute(env=environment)
    except (CellTimeoutError, DeadKernelError) as error:
        last = max((i for i, c in enumerate(nb.cells) if _started(c)), default=0)
        cell = nb.cells[last]
        return [CellError(last, _name(cell), "stopped", type(error).__name__, str(error)[:300])]
    return []


def _name(cell: Any) -> str:
    return notebooks.grade_id(cell) or cell.get("id") or cell.cell_type


def _started(cell: Any) -> bool:
    return "execution" in cell.metadata


def ended(cell: Any) -> bool:
    """Return whether the cell ran to its end, well or with an error: only then its points count."""
    return "shell.execute_reply" in cell.metadata.get("execution", {})


def _seconds(cell: Any) -> float:
    """Return how long the cell ran, by the kernel's own clock."""
    times = cell.metadata.get("execution", {})
    if "shell.execute_reply" not in times or "iopub.execute_input" not in times:
        return 0.0
    ends = (times["iopub.execute_input"], times["shell.execute_reply"])
    start, stop = (datetime.fromisoformat(end.replace("Z", "+00:00")) for end in ends)
    return (stop - start).total_seconds()


def _errors(index: int, cell: Any) -> list[CellError]:
    return [
        CellError(index, _name(cell), notebooks.kind(cell), out.ename, out.evalue)
        for out in cell.get("outputs", [])
        if out.output_type == "error"
    ]


def _usage(cell: Any) -> tuple[float, float]:
    text = "".join(out.text for out in cell.outputs if out.output_type == "stream")
    cpu_s, peak_kib = json.loads(text) if text else (0.0, 0.0)
    return cpu_s, peak_kib


# ---------------------------------------------------------------------------------------------
# What a run must look like


def solution_problems(run: Run) -> list[str]:
    """Return what keeps a run from being a solution's: errors, and checks short of their points."""
    problems = [str(error) for error in run.errors]
    for cell in run.notebook.cells:
        if notebooks.kind(cell) != "check":
            continue
        earned, most = points(cell)
        if earned is not None and earned < most:
            noise = _stderr(cell)
            why = f"; it wrote on stderr: {noise[:200]}" if noise else ""
            problems.append(f"check {_name(cell)} gives {earned:g} of {most:g} points{why}")
    return problems


def release_problems(run: Run) -> list[str]:
    """Return what an untouched release does beyond saying, check by check, what is unwritten.

    A cell without points (the check of a stretch exercise) may say so too.
    """
    problems = []
    failed = set()
    for error in run.errors:
        if UNWRITTEN not in error.message:
            problems.append(f"{error}: only a check may fail, and say {UNWRITTEN!r}")
        failed.add(error.cell)
    for cell in run.notebook.cells:
        if notebooks.kind(cell) == "check" and _name(cell) not in failed:
            problems.append(f"check {_name(cell)} passes although nothing is written")
    return problems


def points(cell: Any) -> tuple[float | None, float]:
    """Return what nbgrader would give the cell, and the most it can give."""
    from nbgrader.utils import determine_grade

    return determine_grade(cell)


def _stderr(cell: Any) -> str:
    streams = [o for o in cell.outputs if o.output_type == "stream" and o.name == "stderr"]
    return "".join(o.text for o in streams)
