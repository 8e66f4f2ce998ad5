"""The command line: verbs, messages, exit statuses; and JupyterLab's own command."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from llmlab import cli, doctor, release, suite, workplace
from llmlab.notebooks import NotebookError

CONTRACT = {"lab", "test", "update", "check", "checks", "release", "doctor"}


def verbs() -> set[str]:
    """Return the verbs that the parser knows."""
    (group,) = [action for action in cli.parser()._actions if action.choices]
    return set(group.choices or ())


def test_the_verbs_of_the_contract_are_there() -> None:
    assert verbs() >= CONTRACT


def test_no_verb_is_promised_before_it_exists() -> None:
    assert verbs() - CONTRACT == {"notebooks"}


@pytest.mark.parametrize("given", [[], ["learn"], ["lab", "--port", "x"], ["release", "02"]])
def test_what_is_not_understood_exits_2(given: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(given)
    assert ended.value.code == 2


def test_an_error_that_can_be_mended_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*given: object) -> str:
        raise NotebookError("mine.ipynb: broken; mend it")

    monkeypatch.setattr(release, "source", refuse)
    assert cli.main(["notebooks", "text", "02"]) == 1
    assert capsys.readouterr().err == "llmlab: mine.ipynb: broken; mend it\n"


def test_our_own_mistakes_keep_their_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*given: object) -> str:
        raise KeyError("ours")

    monkeypatch.setattr(release, "source", fail)
    with pytest.raises(KeyError):
        cli.main(["notebooks", "text", "02"])


def test_python_m_llmlab_speaks() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "llmlab", "--help"], capture_output=True, text=True, check=True
    )
    assert "JupyterLab" in told.stdout


# ---------------------------------------------------------------------------------------------
# lab


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """Return a course with two released labs."""
    for name in ("00-prediction", "02-tokenization"):
        folder = tmp_path / "labs" / name
        folder.mkdir(parents=True)
        (folder / f"{name}.ipynb").write_text(f"the release of {name}")
    return tmp_path


def test_each_lab_is_copied_once(course: Path) -> None:
    assert workplace.copy_labs(course) == ["00-prediction", "02-tokenization"]
    assert workplace.copy_labs(course) == []


def test_a_copy_is_byte_for_byte_the_release(course: Path) -> None:
    workplace.copy_labs(course)
    copied = course / "work" / "00-prediction" / "00-prediction.ipynb"
    assert copied.read_text() == "the release of 00-prediction"


def test_a_folder_with_other_files_still_gets_its_lab(course: Path) -> None:
    (course / "work" / "00-prediction").mkdir(parents=True)
    (course / "work" / "00-prediction" / "notes.txt").write_text("mine")
    assert "00-prediction" in workplace.copy_labs(course)


def test_the_first_page_is_the_first_lab(course: Path) -> None:
    workplace.copy_labs(course)
    assert workplace.first_page(course) == "/lab/tree/00-prediction/00-prediction.ipynb"


def test_later_it_is_the_lab_worked_on_last(course: Path) -> None:
    import os

    workplace.copy_labs(course)
    os.utime(course / "work" / "00-prediction" / "00-prediction.ipynb", (10, 10))
    assert "02-tokenization" in workplace.first_page(course)


def test_without_labs_jupyterlab_opens_on_nothing(tmp_path: Path) -> None:
    assert workplace.first_page(tmp_path) == "/lab"


def test_a_port_that_is_taken_is_named_with_the_remedy(course: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ValueError, match=rf"Port {port} is taken.*make lab PORT="):
            workplace.serve(course, port=port)


@pytest.mark.parametrize("port", [-5, 0, 65_536])
def test_a_port_that_does_not_exist_is_named(course: Path, port: int) -> None:
    with pytest.raises(ValueError, match=f"Port {port} does not exist"):
        workplace.serve(course, port=port)


def test_jupyterlab_is_rooted_in_work(course: Path) -> None:
    command = workplace.command(course, port=8890, browser=False)
    assert f"--ServerApp.root_dir={course / 'work'}" in command
    assert "--ServerApp.port=8890" in command and "--no-browser" in command


def test_an_instructor_sees_the_whole_course(course: Path) -> None:
    command = workplace.command(course, port=8890, browser=True, course=True)
    assert f"--ServerApp.root_dir={course}" in command and "--no-browser" not in command


def test_news_and_updates_are_off(course: Path) -> None:
    workplace.write_settings(course)
    written = (course / "work" / ".jupyter" / "settings" / "overrides.json").read_text()
    assert '"fetchNews": "false"' in written and '"checkForUpdates": false' in written


def test_nbgrader_finds_its_settings_and_programs(course: Path) -> None:
    environment = workplace.environment(course)
    assert environment["JUPYTER_CONFIG_PATH"].startswith(str(course))
    assert environment["PATH"].startswith(str(Path(sys.executable).parent))


# ---------------------------------------------------------------------------------------------
# release --to


@pytest.fixture
def whole(course: Path) -> Path:
    """Return a course with all that a zip may or may not hold."""
    for name in ("llmlab/cli.py", "llmlab/__pycache__/cli.pyc", "tests/test_cli.py"):
        (course / name).parent.mkdir(parents=True, exist_ok=True)
        (course / name).write_text("code")
    for lab in ("00-prediction", "02-tokenization"):
        (course / "solutions" / lab).mkdir(parents=True)
        (course / "solutions" / lab / f"{lab}.ipynb").write_text("the answers")
    for name in ("Makefile", "constraints.txt", "nbgrader_config.py", "pyproject.toml"):
        (course / name).write_text(name)
    return course


def names(archive: Path) -> list[str]:
    """Return what a zip holds."""
    import zipfile

    with zipfile.ZipFile(archive) as opened:
        return opened.namelist()


def test_a_zip_has_the_lab_and_no_solution(whole: Path, tmp_path: Path) -> None:
    held = names(release.bundle(whole, "02-tokenization", tmp_path / "out"))
    assert "llmlab-course/labs/02-tokenization/02-tokenization.ipynb" in held
    assert not [name for name in held if "solutions" in name or "tests" in name or ".pyc" in name]


def test_a_zip_has_what_set_up_needs(whole: Path, tmp_path: Path) -> None:
    held = names(release.bundle(whole, "02-tokenization", tmp_path / "out"))
    wanted = (
        "Makefile",
        "pyproject.toml",
        "constraints.txt",
        "nbgrader_config.py",
        "llmlab/cli.py",
    )
    assert {f"llmlab-course/{name}" for name in wanted} <= set(held)


def test_a_zip_is_whole_wherever_the_course_lies(whole: Path, tmp_path: Path) -> None:
    moved = whole.rename(whole.with_name("node_modules"))
    assert "llmlab-course/llmlab/cli.py" in names(release.bundle(moved, "02-tokenization", moved))


def test_a_zip_is_the_same_bytes_every_time(whole: Path, tmp_path: Path) -> None:
    first = release.bundle(whole, "02-tokenization", tmp_path / "a").read_bytes()
    assert release.bundle(whole, "02-tokenization", tmp_path / "b").read_bytes() == first


def test_a_lab_that_is_not_generated_is_named(whole: Path, tmp_path: Path) -> None:
    (whole / "labs" / "02-tokenization" / "02-tokenization.ipynb").unlink()
    with pytest.raises(NotebookError, match="make labs"):
        release.bundle(whole, "02-tokenization", tmp_path)


# ---------------------------------------------------------------------------------------------
# test, doctor


def test_the_suite_ends_with_pytest() -> None:
    assert list(suite.steps())[-1] == "tests"


def test_the_quick_suite_leaves_out_the_slow() -> None:
    assert "not slow" in suite.steps(quick=True)["tests"][-1]


def test_set_up_alone_runs_no_test(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suite, "run", lambda *given, **options: 7)
    assert (cli.main(["test", "--set-up"]), cli.main(["test"])) == (0, 7)


def test_every_step_runs_and_one_failure_is_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    touch = "import pathlib, sys; pathlib.Path(sys.argv[1]).touch(); sys.exit(int(sys.argv[2]))"
    commands = {
        name: [sys.executable, "-c", touch, name, status]
        for name, status in (("lint", "1"), ("tests", "0"))
    }
    monkeypatch.setattr(suite, "steps", lambda quick: commands)
    assert suite.run(tmp_path) == 1
    assert (tmp_path / "lint").exists() and (tmp_path / "tests").exists()


def test_the_doctor_names_what_matters(root: Path) -> None:
    said = "\n".join(doctor.report(root))
    assert all(word in said for word in ("Python", "cores", "torch", "browser", "sandbox", "work/"))


def test_a_browser_that_is_named_but_missing_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLMLAB_BROWSER", "/nowhere/chromium")
    assert doctor.browser() is None
