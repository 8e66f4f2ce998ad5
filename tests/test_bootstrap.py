"""llmlab.bootstrap: what set-up decides, without installing anything."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import types
from pathlib import Path

import pytest

from llmlab import __main__, bootstrap
from llmlab.bootstrap import SetupError, TorchChoice


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """Return a course that is not set up."""
    (tmp_path / "pyproject.toml").write_text("[project]")
    (tmp_path / "constraints.txt").write_text("numpy==2.4.6")
    return tmp_path


@pytest.fixture
def venv(course: Path) -> Path:
    """Return an environment whose Python works, without a stamp."""
    python = bootstrap.python_of(course)
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    return course / ".venv"


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Return a monkeypatch for a Linux machine with no card and no wheels on its disk."""
    monkeypatch.delenv("TORCH_SPEC", raising=False)
    monkeypatch.setattr(bootstrap.platform, "system", lambda: "Linux")
    monkeypatch.setattr(bootstrap, "card_in_sight", lambda: False)
    monkeypatch.setattr(bootstrap, "has_find_links", lambda: False)
    monkeypatch.setattr(bootstrap, "torch_version", lambda python: None)
    return monkeypatch


def stamp(course: Path, extras: list[str], **changed: object) -> None:
    """Write the stamp of a set-up that ended."""
    content = {"key": bootstrap.key(course), "extras": extras, "spec": None} | changed
    (course / ".venv" / bootstrap.STAMP).write_text(json.dumps(content))


# ---------------------------------------------------------------------------------------------
# Complete or not


def test_the_bootstrap_needs_the_standard_library_alone() -> None:
    tree = ast.parse(Path(bootstrap.__file__).read_text(encoding="utf-8"))
    names = {
        (node.module if isinstance(node, ast.ImportFrom) else node.names[0].name).split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert names <= set(sys.stdlib_module_names)


@pytest.mark.parametrize("name", ["__init__", "__main__", "bootstrap"])
def test_an_old_python_can_read_the_message(name: str) -> None:
    path = Path(bootstrap.__file__).with_name(f"{name}.py")
    ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 8))


def test_without_a_stamp_nothing_is_believed(course: Path, venv: Path) -> None:
    assert not bootstrap.is_complete(course, ["lab"])


def test_a_stamp_for_these_files_is_believed(course: Path, venv: Path) -> None:
    stamp(course, ["lab"])
    assert bootstrap.is_complete(course, ["lab"])


def test_what_the_tests_need_serves_the_labs_too(course: Path, venv: Path) -> None:
    stamp(course, ["lab", "dev"])
    assert bootstrap.is_complete(course, ["lab"])


def test_what_the_labs_need_is_not_enough_for_the_tests(course: Path, venv: Path) -> None:
    stamp(course, ["lab"])
    assert not bootstrap.is_complete(course, ["lab", "dev"])


@pytest.mark.parametrize("name", ["pyproject.toml", "constraints.txt"])
def test_other_requirements_ask_for_another_set_up(course: Path, venv: Path, name: str) -> None:
    stamp(course, ["lab"])
    (course / name).write_text("something = 'else'")
    assert not bootstrap.is_complete(course, ["lab"])


def test_a_folder_that_was_moved_is_set_up_again(course: Path, venv: Path) -> None:
    stamp(course, ["lab"])
    moved = course.rename(course.with_name("moved"))
    assert not bootstrap.is_complete(moved, ["lab"])


@pytest.mark.parametrize("broken", ["", "[]", "{", '{"key": 1}'])
def test_a_broken_stamp_is_no_stamp(course: Path, venv: Path, broken: str) -> None:
    (venv / bootstrap.STAMP).write_text(broken)
    assert not bootstrap.is_complete(course, ["lab"])


def test_a_python_that_went_away_is_noticed(course: Path, venv: Path) -> None:
    stamp(course, ["lab"])
    bootstrap.python_of(course).unlink()
    assert not bootstrap.is_complete(course, ["lab"])


def test_another_torch_asked_for_is_noticed(
    course: Path, venv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stamp(course, ["lab"])
    monkeypatch.setenv("TORCH_SPEC", "torch==2.11.0")
    assert not bootstrap.is_complete(course, ["lab"])


# ---------------------------------------------------------------------------------------------
# Which torch


def test_a_torch_that_is_there_is_left_alone(course: Path, machine: pytest.MonkeyPatch) -> None:
    machine.setattr(bootstrap, "torch_version", lambda python: "2.9.1+cpu")
    assert bootstrap.torch_choice(course).commands == ()


def test_torch_spec_decides(course: Path, machine: pytest.MonkeyPatch) -> None:
    machine.setenv("TORCH_SPEC", "--index-url https://example.org torch==2.9.1")
    (command,) = bootstrap.torch_choice(course).commands
    assert command == ("install", "--index-url", "https://example.org", "torch==2.9.1")


def test_a_card_gets_cuda(course: Path, machine: pytest.MonkeyPatch) -> None:
    machine.setattr(bootstrap, "card_in_sight", lambda: True)
    choice = bootstrap.torch_choice(course)
    assert choice.commands == (("install", bootstrap.TORCH),)
    assert choice.size == "torch with CUDA"


def test_linux_without_a_card_gets_the_cpu_build(course: Path, machine: pytest.MonkeyPatch) -> None:
    (command,) = bootstrap.torch_choice(course).commands
    assert bootstrap.CPU_INDEX in command


def test_a_wheel_on_the_disk_comes_first(course: Path, machine: pytest.MonkeyPatch) -> None:
    machine.setattr(bootstrap, "has_find_links", lambda: True)
    first, second = bootstrap.torch_choice(course).commands
    assert "--no-index" in first and bootstrap.CPU_INDEX in second


@pytest.mark.parametrize("system", ["Darwin", "Windows"])
def test_elsewhere_the_plain_wheel_is_the_cpu_build(
    course: Path, machine: pytest.MonkeyPatch, system: str
) -> None:
    machine.setattr(bootstrap.platform, "system", lambda: system)
    assert bootstrap.torch_choice(course).commands == (("install", bootstrap.TORCH),)


# ---------------------------------------------------------------------------------------------
# What goes wrong


def test_an_old_python_is_told_what_to_do() -> None:
    with pytest.raises(SetupError, match=r"Python 3\.9\.2.*3\.11(?s:.*)PYTHON=python3"):
        bootstrap.check_python((3, 9, 2))


def test_this_python_is_new_enough() -> None:
    bootstrap.check_python()


def test_torch_that_cannot_be_had_ends_with_the_remedy(
    course: Path, venv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (venv / "llmlab-setup.log").write_text("Looking\nERROR: No matching distribution\n")
    monkeypatch.setattr(bootstrap, "pip", lambda *given: 1)
    with pytest.raises(SetupError, match=r"No matching distribution(?s:.*)TORCH_SPEC="):
        bootstrap.install_torch(
            bootstrap.python_of(course), TorchChoice((("install", "torch"),), "x"), venv
        )


def test_the_second_way_to_torch_is_tried(
    course: Path, venv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[list[str]] = []

    def pip(python: Path, arguments: list[str], venv: Path) -> int:
        tried.append(arguments)
        return len(tried) == 1

    monkeypatch.setattr(bootstrap, "pip", pip)
    monkeypatch.setattr(bootstrap, "torch_arrived", lambda python: True)
    choice = TorchChoice((("install", "a"), ("install", "b")), "x")
    bootstrap.install_torch(bootstrap.python_of(course), choice, venv)
    assert tried == [["install", "a"], ["install", "b"]]


def test_a_full_disk_is_told_before_anything_is_written(
    course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = types.SimpleNamespace(free=7 * 10**6)
    monkeypatch.setattr(bootstrap.shutil, "disk_usage", lambda path: full)
    with pytest.raises(SetupError, match="has 7 MB free, but 1,850 MB are needed"):
        bootstrap.announce("lab", TorchChoice((("install",),), "x"), course / ".venv")


def test_what_will_happen_is_said_with_its_size(
    course: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bootstrap.announce("lab", TorchChoice((("install",),), "the CPU build"), course / ".venv")
    said = capsys.readouterr().out
    assert "up to 1,850 MB on disk" in said and "torch: the CPU build, 850 MB" in said


def test_pips_words_are_kept(course: Path, venv: Path) -> None:
    assert bootstrap.pip(bootstrap.python_of(course), ["no-such-command"], venv) != 0
    assert "unknown command" in (venv / "llmlab-setup.log").read_text()


def test_a_half_installed_package_is_forgotten(course: Path, tmp_path: Path) -> None:
    venv = course / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    site = next(venv.glob("lib/python*/site-packages"))
    for name, record in (("whole", "whole.py,,\n"), ("half", "half.py,,\n"), ("torn", None)):
        info = site / f"{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        if record:
            (info / "RECORD").write_text(record)
    (site / "whole.py").write_text("")
    bootstrap.mend(bootstrap.python_of(course), venv)
    assert [path.name for path in site.glob("*.dist-info")] == ["whole-1.0.dist-info"]


# ---------------------------------------------------------------------------------------------
# python -m llmlab


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Pretend to run outside the environment; return the list of what is done."""
    done: list[object] = []
    monkeypatch.setattr(bootstrap, "inside", lambda: False)
    monkeypatch.setattr(bootstrap, "works", lambda python: True)
    monkeypatch.setattr(bootstrap, "set_up", lambda verb: done.append(f"set up {verb}"))
    monkeypatch.setattr(bootstrap, "run_inside", lambda given: done.append(given) or 0)
    return done


@pytest.mark.parametrize("verb", ["lab", "test"])
def test_lab_and_test_set_up_first(outside: list[object], verb: str) -> None:
    __main__.main([verb, "--port", "1"])
    assert outside == [f"set up {verb}", [verb, "--port", "1"]]


def test_other_verbs_use_what_is_there(outside: list[object]) -> None:
    __main__.main(["doctor"])
    assert outside == [["doctor"]]


def test_asking_for_help_installs_nothing(outside: list[object]) -> None:
    __main__.main(["lab", "--help"])
    assert outside == [["lab", "--help"]]


def test_a_set_up_that_fails_says_why(
    outside: list[object], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(verb: str) -> None:
        raise SetupError("no network")

    monkeypatch.setattr(bootstrap, "set_up", fail)
    assert __main__.main(["lab"]) == 1
    assert "no network" in capsys.readouterr().err
