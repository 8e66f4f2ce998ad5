"""The book builds without a warning, needs nothing from outside, and its links lead somewhere."""

import importlib
import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType
from urllib.parse import unquote, urlsplit

import pytest

from llmlab import release

ROOT = Path(__file__).parent.parent
COURSE = ROOT / "course"
# What MyST itself and Jupyter Book 2 know too; anything else would tie the pages to Sphinx.
DIRECTIVES = {"admonition", "code-cell", "glossary", "note", "toctree", "warning"}
ROLES = {"term"}


def load(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(folder)
    return importlib.import_module(name)


@pytest.fixture
def cells(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    return load("cells", COURSE, monkeypatch)


@pytest.fixture
def mathml(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    return load("mathml", COURSE / "_ext", monkeypatch)


# -- mathematics ---------------------------------------------------------------------------------


def test_a_formula_becomes_mathml(mathml: ModuleType) -> None:
    assert mathml.convert(r"\frac{a}{b}", block=True).startswith('<math display="block"><mfrac>')


def test_a_broken_formula_is_named_with_its_place(mathml: ModuleType) -> None:
    from docutils import nodes
    from sphinx.errors import ExtensionError

    node = nodes.math(text=r"\fraction{a}{b}")
    node.source, node.line = "page.md", 7
    with pytest.raises(ExtensionError, match=r"page\.md:7: cannot draw the formula .*fraction"):
        mathml.converted(node, block=False)


# -- what cells show -----------------------------------------------------------------------------


def test_tokens_show_spaces_line_ends_and_raw_bytes(cells: ModuleType) -> None:
    assert repr(cells.tokens([" a", b"\n", b"\xf0"])) == "␣a|⏎|\\xf0"


def test_a_table_escapes_its_text(cells: ModuleType) -> None:
    assert "<td>&lt;|end|&gt;</td>" in cells.table(("token",), [("<|end|>",)]).html


def test_a_table_takes_a_list_of_pieces_in_one_cell(cells: ModuleType) -> None:
    page = cells.table(("words",), [([cells.tokens(["a"]), cells.tokens(["b"])],)])
    assert page.html.count("llmlab-tokens") == 2


def test_a_figure_carries_its_numbers_as_a_table(cells: ModuleType) -> None:
    from llmlab import plots

    figure = plots.lines({"tales": {256: 1.25}}, title="t", x="x", y="y")
    assert "<td>tales</td><td>256</td><td>1.25</td>" in cells.show(figure, "It grows.").html


def test_text_in_a_figure_cannot_end_its_script(cells: ModuleType) -> None:
    from llmlab import plots

    html = cells.show(plots.bars({"</script>": 1.0}, title="t", unit="u"), "s").html
    payload = html.split('<script type="application/json">')[1].split("</script>")[0]
    assert json.loads(payload)["data"][0]["y"] == ["</script>"]


@pytest.mark.parametrize("right", [0, 2])
def test_a_question_has_exactly_one_right_choice(cells: ModuleType, right: int) -> None:
    choices = tuple(cells.Choice(str(i), "", i < right) for i in range(3))
    with pytest.raises(ValueError, match=f"has {right} right choices"):
        cells.Question("Which?", choices)


def test_a_quiz_keeps_its_answers_without_javascript(cells: ModuleType) -> None:
    question = cells.Question("Which?", (cells.Choice("this", "Since.", True),))
    assert "<summary>Answer</summary><p>this. Since.</p>" in cells.quiz(question).html


def test_a_lattice_says_which_way_is_best(cells: ModuleType) -> None:
    page = cells.lattice("ab", {"a": 1, "b": 2, "ab": 4}, ["a", "b"])
    assert repr(page) == "a 1, b 2, ab 4. Best: a b, 3 bits."
    assert page.html.count('class="best"') == 2


# -- pages ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", sorted(COURSE.glob("*.md")), ids=lambda page: page.name)
def test_a_page_is_plain_myst(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    directives = set(re.findall(r"^(?:`{3,}|:{3,})\{([\w-]+)\}", text, re.MULTILINE))
    roles = set(re.findall(r"\{([\w-]+)\}`", text))
    assert (directives - DIRECTIVES, roles - ROLES) == (set(), set())


def test_the_syllabus_calls_ready_what_is_there() -> None:
    text = (COURSE / "syllabus.md").read_text(encoding="utf-8")
    ready = re.findall(r"^\| \[([\w-]+)\]\(\1\.md\) .*\*\*ready\*\* \|$", text, re.MULTILINE)
    assert ready == release.labs(ROOT)


class Page(HTMLParser):
    """What a built page loads, where it links to, and the places in it that can be linked to."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.loads: list[str] = []
        self.links: list[str] = []
        self.places: set[str] = set()
        self.text = path.read_text(encoding="utf-8")
        self.feed(self.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.places.add(found.get("id", ""))
        if tag == "a":
            self.links.append(found.get("href", ""))
        elif tag == "link":
            self.loads.append(found.get("href", ""))
        else:
            self.loads += [found[name] for name in ("src", "srcset", "poster") if name in found]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the book as `make book` does, into a folder of its own."""
    out = tmp_path_factory.mktemp("book") / "html"
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html"]
    done = subprocess.run(
        [*command, str(COURSE), str(out)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return out


@pytest.fixture(scope="module")
def pages(built: Path) -> dict[Path, Page]:
    return {path.resolve(): Page(path.resolve()) for path in built.glob("*.html")}


@pytest.mark.slow
def test_every_source_became_a_page(pages: dict[Path, Page]) -> None:
    assert {page.stem for page in COURSE.glob("*.md")} <= {path.stem for path in pages}


@pytest.mark.slow
def test_no_page_loads_anything_from_elsewhere(pages: dict[Path, Page]) -> None:
    assert [url for page in pages.values() for url in page.loads if urlsplit(url).netloc] == []


@pytest.mark.slow
def test_no_style_loads_anything_from_elsewhere(built: Path) -> None:
    styles = [path.read_text(encoding="utf-8") for path in built.rglob("*.css")]
    assert styles
    assert [
        url for css in styles for url in re.findall(r"url\(['\"]?(?:https?:)?//[^)]*", css)
    ] == []


@pytest.mark.slow
def test_what_a_page_loads_is_there(pages: dict[Path, Page]) -> None:
    urls = {(page.path, urlsplit(url).path) for page in pages.values() for url in page.loads}
    local = [(page, path) for page, path in urls if path and not urlsplit(path).scheme]
    assert local
    assert [path for page, path in local if not (page.parent / unquote(path)).is_file()] == []


@pytest.mark.slow
def test_links_within_the_book_resolve(pages: dict[Path, Page]) -> None:
    broken = []
    for page in pages.values():
        for link in map(urlsplit, page.links):
            if link.scheme or link.netloc:
                continue
            target = (page.path.parent / unquote(link.path)).resolve() if link.path else page.path
            if target not in pages or (link.fragment and link.fragment not in pages[target].places):
                broken.append((page.path.name, link.geturl()))
    assert broken == []


@pytest.mark.slow
def test_mathematics_needs_no_script(pages: dict[Path, Page]) -> None:
    chapter = next(page.text for path, page in pages.items() if path.stem == "02-tokenization")
    assert '<math display="block">' in chapter
    assert not re.search(r"<script[^>]*(?:mathjax|katex)", chapter, re.IGNORECASE)


@pytest.mark.slow
def test_plotly_is_there_once(built: Path) -> None:
    assert len(list(built.rglob("plotly*.js"))) == 1
