"""The built book in a real browser: offline, by keyboard, on a phone, in the dark."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROOT = Path(__file__).parent.parent.parent
PAGES = sorted(path.stem for path in (ROOT / "course").glob("*.md"))
CHAPTER = "02-tokenization"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("book") / "html"
    subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", "-b", "html", "course", str(out)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        check=True,
        capture_output=True,
    )
    return out


@pytest.fixture
def open_page(new_page, built):
    """Open a page of the book from its file; the fixture `new_page` watches what it does."""

    def opened(name: str = CHAPTER, **options):
        page = new_page(**options)
        page.goto((built / f"{name}.html").as_uri())
        return page

    return opened


@pytest.mark.parametrize("name", PAGES)
def test_a_page_opens_without_errors_or_requests(open_page, name):
    page = open_page(name)
    page.wait_for_load_state("networkidle")
    assert page.locator("article h1").count() == 1


@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_a_phone(open_page, name):
    page = open_page(name, width=390)
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_formula_is_drawn(open_page):
    fraction = open_page().locator("math[display=block] mfrac").first.bounding_box()
    assert fraction["height"] > 20
    assert fraction["width"] > 20


def test_the_explorer_reads_what_is_typed(open_page):
    page = open_page()
    box = page.get_by_label("Text to tokenize").nth(1)
    box.fill("tenet tenet")
    page.get_by_role("button", name="All merges").nth(1).click()
    tokens = page.get_by_role("listbox", name="Tokens of four words").get_by_role("option")
    assert tokens.all_text_contents() == ["ten", "e", "t", "·", "ten", "e", "t"]


def test_the_explorer_plays_merges_by_keyboard(open_page):
    page = open_page()
    tokens = page.get_by_role("listbox", name="Tokens of four words").get_by_role("option")
    tokens.first.wait_for()
    before = tokens.count()
    slider = page.get_by_role("slider").nth(1)
    slider.focus()
    slider.press("ArrowRight")
    page.get_by_text("Merge 1 of 5").wait_for()
    assert tokens.count() < before


def test_figures_are_drawn_when_they_come_into_view(open_page):
    page = open_page()
    assert page.locator(".llmlab-figure[data-ready]").count() == 0
    for figure in page.locator(".llmlab-figure").all():
        figure.scroll_into_view_if_needed()
    page.locator(".llmlab-figure[data-ready]").nth(1).wait_for()
    assert page.locator(".llmlab-figure .scatterlayer .trace").count() > 4


def test_figures_follow_the_theme(open_page):
    page = open_page()
    page.locator(".llmlab-figure").first.scroll_into_view_if_needed()
    label = page.locator(".llmlab-figure .xtick text").first
    label.wait_for()
    light = label.evaluate("node => getComputedStyle(node).fill")
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.wait_for_function(
        "light => getComputedStyle(document.querySelector('.xtick text')).fill !== light", arg=light
    )


def test_a_wrong_choice_is_answered_and_may_be_changed(open_page):
    question = open_page().locator(".llmlab-quiz fieldset").nth(1)
    question.get_by_label("They are equal").check()
    assert "compare bits per byte" in question.get_by_role("status").text_content()
    question.get_by_label("A", exact=True).check()
    assert question.get_by_role("status").text_content().startswith("✓ Yes.")


def test_the_quiz_works_by_keyboard(open_page):
    question = open_page().locator(".llmlab-quiz fieldset").first
    question.get_by_role("radio").first.focus()
    question.get_by_role("radio").first.press("ArrowDown")
    assert question.get_by_role("status").text_content().startswith("✓ Yes.")


def test_without_javascript_the_answers_can_be_unfolded(open_page):
    page = open_page(java_script_enabled=False)
    page.locator(".llmlab-quiz summary").first.click()
    assert page.get_by_text("ne | tent. First t e").is_visible()
