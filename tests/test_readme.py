"""What the README and the guides tell a reader to do can be done."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from llmlab import cli

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "course").glob("*.md"))]
FENCE = re.compile(r"^```(?:bash|sh|console)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")


def commands(page: Path) -> list[list[str]]:
    """Return every command in a page's shell blocks, and in its prose between back ticks."""
    text = page.read_text(encoding="utf-8")
    lines = [line for block in FENCE.findall(text) for line in block.splitlines()]
    lines += re.findall(r"`((?:\.venv/bin/)?(?:make|llmlab|python3? -m llmlab) [^`\n]+)`", text)
    return [words for line in lines if (words := shlex.split(line.strip("$ "), comments=True))]


def verb(words: list[str]) -> list[str]:
    """Return the arguments of a call of llmlab, or nothing."""
    if words[0].removeprefix(".venv/bin/") == "llmlab":
        return words[1:]
    is_module = words[0].startswith("python") and words[1:3] == ["-m", "llmlab"]
    return words[3:] if is_module else []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_make_verb_that_is_named_exists(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^(\w+):", makefile, re.MULTILINE))
    named = {words[1] for words in commands(page) if words[0] == "make" and len(words) > 1}
    assert named - targets == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_call_of_llmlab_that_is_shown_is_understood(page: Path) -> None:
    for words in commands(page):
        given = [word for word in verb(words) if word not in (">", "|", "…")]
        if verb(words):
            until = given[: given.index("lab.py")] if ">" in words else given
            cli.parser().parse_args(until)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_file_that_is_linked_is_there(page: Path) -> None:
    links = LINK.findall(page.read_text(encoding="utf-8"))
    local = [link for link in links if "://" not in link and not link.startswith("mailto:")]
    assert [link for link in local if not (page.parent / link).exists()] == []


def test_the_readme_begins_with_the_two_commands() -> None:
    first = [words for words in commands(ROOT / "README.md") if words[0] == "make"][:2]
    assert first == [["make", "lab"], ["make", "test"]]


@pytest.mark.parametrize("target", ["lab", "test"])
def test_the_two_commands_are_the_bootstraps(target: str) -> None:
    # `make test` runs this very test, and tells the make below that it is not the first.
    outside = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL")}
    told = subprocess.run(
        ["make", "-n", target, "PORT=8890", "BROWSER=no"],
        cwd=ROOT,
        env=outside,
        capture_output=True,
        text=True,
        check=True,
    )
    options = " --port 8890 --no-browser" if target == "lab" else ""
    assert told.stdout.strip() == f"python3 -m llmlab {target}{options}"
