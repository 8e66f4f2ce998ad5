"""shelf: what lies on this machine, and on a small one made for the purpose."""

from __future__ import annotations

import re
import sys
from itertools import islice
from pathlib import Path

import pytest

from llmlab import shelf

LONG = "A sentence that says nothing at all, only to fill the page. " * 4


def write(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def source(*subjects: str) -> str:
    """A module whose functions have one long docstring each."""
    return "\n".join(f'def {name}():\n    """{name}. {LONG}"""\n' for name in subjects)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Two packages and their papers."""
    write(tmp_path, "alpha/__init__.py", source("one", "two"))
    write(tmp_path, "alpha/deep/more.py", source("three"))
    write(tmp_path, "beta.py", source("four"))
    write(tmp_path, "beta-1.0.dist-info/METADATA", f"Name: beta\n\nReadme of beta.\n\n{LONG}")
    write(tmp_path, "beta-1.0.dist-info/licenses/LICENSE", f"Licence of beta. {LONG}")
    return tmp_path


def found(root: Path, seed: int = 0) -> list[str]:
    """The first words of what the shelf finds below `root`, Python's own reference left out."""
    texts = shelf.documents(seed, roots=[root])
    return [text[: text.index(".")] for text in texts if LONG[:30] in text]


def test_it_finds_docstrings_readmes_and_licences(root: Path) -> None:
    expected = {"one", "two", "three", "four", "Readme of beta", "Licence of beta"}
    assert set(found(root)) == expected


def test_the_same_seed_gives_the_same_order(root: Path) -> None:
    assert found(root, seed=3) == found(root, seed=3)


def test_another_seed_gives_another_order(root: Path) -> None:
    assert len({tuple(found(root, seed)) for seed in range(8)}) > 1


@pytest.mark.parametrize(
    "name",
    ["tests/a.py", "alpha/_vendor/a.py", "not-a-package/a.py", "site-packages/a.py", "a.txt"],
)
def test_it_passes_by(root: Path, name: str) -> None:
    write(root, name, source("hidden"))
    assert "hidden" not in found(root)


def test_nothing_is_imported(root: Path) -> None:
    write(root, "gamma_of_test.py", source("seen") + "raise SystemExit('imported')\n")
    assert "seen" in found(root)
    assert "gamma_of_test" not in sys.modules


@pytest.mark.parametrize("bad", ['def (:\n"""', '"""\x00' + LONG, "x = '\\d'\n" + source("fine")])
def test_sources_that_do_not_parse_cleanly_stop_nothing(root: Path, bad: str) -> None:
    write(root, "broken.py", bad + source("lost"))
    assert "four" in found(root)


def test_bytes_that_are_no_text_are_passed_by(root: Path) -> None:
    (root / "latin.py").write_bytes(source("caf\xe9").encode("latin-1"))
    assert "four" in found(root)


def test_a_copy_is_found_once(root: Path) -> None:
    write(root, "gamma.py", source("four"))
    assert found(root).count("four") == 1


def test_addresses_are_taken_out(root: Path) -> None:
    write(root, "gamma.py", f'"""Mail. {LONG} ada@example.org"""\n')
    mail = next(text for text in shelf.documents(roots=[root]) if text.startswith("Mail."))
    assert mail.endswith("[EMAIL]")


def test_short_and_endless_texts_are_left_out(root: Path) -> None:
    write(root, "gamma.py", f'"""Short. {LONG[:60]}"""\n')
    write(root, "delta.py", f'"""Endless. {LONG * 250}"""\n')
    assert {"Short", "Endless"}.isdisjoint(found(root))


def test_a_link_in_a_circle_ends(root: Path) -> None:
    try:
        (root / "alpha" / "again").symlink_to(root / "alpha", target_is_directory=True)
    except OSError:
        pytest.skip("this system makes no links")
    assert found(root).count("one") == 1


def test_a_link_to_nothing_stops_nothing(root: Path) -> None:
    try:
        (root / "alpha" / "gone.py").symlink_to(root / "nowhere.py")  # as some editors' locks are
    except OSError:
        pytest.skip("this system makes no links")
    assert "one" in found(root)


def test_a_folder_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert found(tmp_path / "nowhere") == []


def test_this_machine_has_a_megabyte_of_several_kinds() -> None:
    texts = list(islice(shelf.documents(), 600))
    assert sum(map(len, texts)) > 300_000
    assert any("permission notice" in text for text in texts)  # a licence
    assert any(re.search(r"^#+ ", text, re.MULTILINE) for text in texts)  # a README
    assert any(">>> " in text for text in texts)  # a docstring


def test_this_machine_gives_no_addresses_away() -> None:
    texts = islice(shelf.documents(seed=1), 300)
    assert not [text for text in texts if re.search(r"\w@\w+\.(com|org|net)\b", text)]
