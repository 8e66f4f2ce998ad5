"""The house: requirements that agree, modules of a readable size, nothing of one machine."""

from __future__ import annotations

import ast
import importlib.metadata as metadata
import json
import re
import socket
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from llmlab import __version__, bootstrap

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS: dict[str, list[str]] = PROJECT["project"]["optional-dependencies"]
CODE = sorted([*(ROOT / "llmlab").rglob("*.py"), *(ROOT / "benchmarks").rglob("*.py")])
# Packages that come with one we ask for, and are used through it.
COMES_WITH = {"ipython": "ipywidgets", "nbconvert": "nbgrader", "traitlets": "nbgrader"}
# Which package provides a module that can be imported.
PROVIDED = metadata.packages_distributions()
# Packages that only macOS or Windows ask for: none was tested with, so none is pinned.
OF_OTHER_SYSTEMS = {"appnope", "colorama", "pywinpty"}


def tracked() -> list[Path]:
    """Return every file that git keeps or would keep."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    paths = [ROOT / line for line in listed.stdout.splitlines()]
    return [path for path in paths if path.is_file()]


def pins() -> dict[str, str]:
    """Return constraints.txt as package -> version."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    split = [line.split("==") for line in lines if not line.startswith("#")]
    return {canonicalize_name(name): version for name, version in split}


def direct() -> list[Requirement]:
    """Return every requirement of pyproject.toml."""
    lines = PROJECT["project"]["dependencies"] + sum(EXTRAS.values(), [])
    return [Requirement(line) for line in lines]


def closure(requirements: list[Requirement]) -> set[str]:
    """Return all packages that the requirements bring here, but for torch and its own."""
    seen: set[tuple[str, tuple[str, ...]]] = set()
    todo = list(requirements)
    while todo:
        wanted = todo.pop()
        name, extras = canonicalize_name(wanted.name), tuple(sorted(wanted.extras))
        if name in ("torch", "setuptools") or (name, extras) in seen:
            continue
        seen.add((name, extras))
        for line in metadata.requires(name) or []:
            needed = Requirement(line)
            applies = [{"extra": extra} for extra in extras or ("",)]
            if needed.marker is None or any(map(needed.marker.evaluate, applies)):
                todo.append(needed)
    return {name for name, _ in seen}


# ---------------------------------------------------------------------------------------------
# Requirements


def test_the_version_is_said_once() -> None:
    assert PROJECT["project"]["version"] == __version__


def test_the_light_core_has_no_torch() -> None:
    core = {Requirement(line).name for line in PROJECT["project"]["dependencies"]}
    assert not core & {"torch", "transformers", "datasets", "pandas", "jupyterlab", "nbgrader"}


def test_constraints_pin_one_version_each_in_order() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    named = [line.split("==")[0] for line in lines if not line.startswith("#")]
    assert named == sorted(named, key=str.lower)
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+==[A-Za-z0-9_.!+]+", x) for x in lines if x[0] != "#")


def test_constraints_leave_torch_to_its_own_step() -> None:
    unwanted = [name for name in pins() if name.startswith(("torch", "nvidia", "cuda", "triton"))]
    assert unwanted == []


@pytest.mark.parametrize("wanted", direct(), ids=lambda wanted: wanted.name)
def test_a_requirement_is_pinned_within_its_range(wanted: Requirement) -> None:
    if wanted.name == "torch":
        version = bootstrap.TORCH.split("==")[1]
    else:
        version = pins()[canonicalize_name(wanted.name)]
    assert wanted.specifier.contains(version)


def test_what_is_installed_is_what_is_pinned() -> None:
    names = {canonicalize_name(wanted.name) for wanted in direct()} - {"torch"}
    installed = {name: metadata.version(name) for name in names}
    assert installed == {name: pins()[name] for name in names}


def test_everything_that_arrives_is_pinned() -> None:
    assert closure(direct()) - set(pins()) <= OF_OTHER_SYSTEMS


def test_environment_yml_asks_for_what_pyproject_asks_for() -> None:
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    *conda, python_pip = environment["dependencies"]
    python = next(Requirement(line) for line in conda if line.startswith("python"))
    assert python.specifier == SpecifierSet(PROJECT["project"]["requires-python"])
    (editable,) = [line for line in python_pip["pip"] if line.startswith("-e ")]
    assert Requirement("llmlab" + editable.removeprefix("-e .")).extras == {
        *bootstrap.EXTRAS["lab"]
    }
    assert "-c constraints.txt" in python_pip["pip"]


def test_the_bootstrap_installs_extras_that_exist() -> None:
    asked = {extra for extras in bootstrap.EXTRAS.values() for extra in extras}
    assert asked == set(EXTRAS)


def test_the_bootstrap_and_pyproject_agree_on_torch() -> None:
    (wanted,) = [line for line in direct() if line.name == "torch"]
    assert str(wanted.specifier) == ">=" + ".".join(map(str, bootstrap.TORCH_RANGE))


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(ROOT)))
def test_an_import_is_of_a_requirement(path: Path) -> None:
    allowed = {canonicalize_name(wanted.name) for wanted in direct()} | set(COMES_WITH)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [node.module] if isinstance(node, ast.ImportFrom) else []
        names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        for name in names:
            top = (name or "").split(".")[0]
            beside = (path.parent / f"{top}.py").exists()
            if top in sys.stdlib_module_names or top in ("llmlab", "") or beside:
                continue
            given = {canonicalize_name(dist) for dist in PROVIDED.get(top, [top])}
            assert given & allowed, f"{path.name} imports {top}, which pyproject.toml does not name"


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_missing_package_is_told_with_the_extra_that_has_it(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    core = PROJECT["project"]["dependencies"]
    for module, extra in re.findall(r'^[^>\n]*\brequire\("(\w+).*?extra="(\w+)"\)', text, re.M):
        assert module in {Requirement(line).name for line in [*core, *EXTRAS[extra]]}


# ---------------------------------------------------------------------------------------------
# Weight


def test_importing_llmlab_is_light() -> None:
    heavy = ["torch", "transformers", "datasets", "pandas", "IPython", "numpy", "plotly"]
    code = f"import llmlab, json, sys; print(json.dumps([m for m in {heavy} if m in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []


def test_the_command_line_starts_light() -> None:
    code = "import llmlab.cli, sys; llmlab.cli.parser(); print('numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_no_test_can_leave_this_machine() -> None:
    with socket.socket() as far, pytest.raises(Exception, match="without a network"):
        far.connect(("192.0.2.1", 80))


# ---------------------------------------------------------------------------------------------
# Size


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_is_at_most_400_lines(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(ROOT)))
def test_functions_and_classes_are_short(path: Path) -> None:
    limits = {ast.FunctionDef: 45, ast.AsyncFunctionDef: 45, ast.ClassDef: 150}
    long = [
        f"{node.name}: {node.end_lineno - node.lineno + 1} lines"  # type: ignore[operator]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for kind, most in limits.items()
        if isinstance(node, kind) and node.end_lineno - node.lineno + 1 > most  # type: ignore[operator]
    ]
    assert long == []


# ---------------------------------------------------------------------------------------------
# Nothing of one machine

OF_A_MACHINE = re.compile(
    r"""(?<![\w.}~*-])/(?:root|home/\w|work/\w|opt/\w|Users/\w|mnt/\w)|\b[A-Z]:\\\\Users
    |\b(?:10|192\.168|172\.(?:1[6-9]|2\d|3[01]))\.\d+\.\d+(?:\.\d+)?\b(?!\w)""",
    re.VERBOSE,
)


def test_no_file_names_a_machine() -> None:
    found = []
    for path in tracked():
        if path.suffix in {".png", ".gz"} or path.name in {"test_house.py", "constraints.txt"}:
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if OF_A_MACHINE.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}")
    assert found == []


def test_what_is_generated_is_not_kept() -> None:
    kept = [path.relative_to(ROOT).parts[0] for path in tracked()]
    assert not {"work", "grading", ".venv", "build", "dist"} & set(kept)


def test_nothing_kept_is_large() -> None:
    assert [path.name for path in tracked() if path.stat().st_size > 2_000_000] == []
