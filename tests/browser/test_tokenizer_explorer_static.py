"""The TokenizerExplorer on a page without a kernel: drawing, keys, voice, themes, inert text."""

from __future__ import annotations

import re

import pytest
import tiktoken
from jlab import expect

from llmlab.tokenizer import BPE
from llmlab.widgets import TokenizerExplorer

pytestmark = pytest.mark.browser

TEXTS = ["the fox lent the owl the umbrella. "] * 5
EVIL = (
    '<img src="https://example.com/x" onerror="window.hurt=1">'
    "</script><script>window.hurt=1</script>"
)


@pytest.fixture(scope="module")
def ours() -> BPE:
    return BPE.train(TEXTS, vocab_size=280, special_tokens=["<|end|>"])


@pytest.fixture(scope="module")
def tiny() -> tiktoken.Encoding:
    ranks = {bytes([byte]): byte for byte in range(256)} | {b"th": 256}
    return tiktoken.Encoding("tiny", pat_str=r"\S+|\s+", mergeable_ranks=ranks, special_tokens={})


@pytest.fixture
def show(new_page, tmp_path):
    """Open a widget's saved page and wait until it is drawn."""

    def open_widget(widget, **options):
        page = new_page(**options)
        page.goto(widget.save_html(tmp_path / "widget.html").as_uri())
        page.locator(".llmlab[data-ready]").first.wait_for()
        return page

    return open_widget


def ready(page, state: str) -> None:
    """Wait until the first widget says that it is in this state."""
    page.locator(f".llmlab[data-ready='{state}']").first.wait_for()


def chips(page, expected: list[str]) -> None:
    """The tokens drawn are (in a moment) these."""
    expect(page.get_by_role("option")).to_have_text(expected)


def colour(page, selector: str, name: str = "backgroundColor") -> tuple[int, ...]:
    style = page.locator(selector).first.evaluate(f"node => getComputedStyle(node).{name}")
    return tuple(int(float(channel)) for channel in re.findall(r"[\d.]+", style)[:3])


def luminance(rgb) -> float:
    linear = [c / 3294.6 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in rgb]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, other) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


# -- drawing --------------------------------------------------------------------------------------


def test_tokens_ids_and_bytes_are_drawn(show, ours):
    page = show(TokenizerExplorer(ours, text="the owl"))
    chips(page, ["the", "·owl"])
    ids = ours.encode("the owl")
    assert page.locator(".ll-ids .ll-item").all_text_contents() == [str(i) for i in ids]
    assert page.locator(".ll-bytes .ll-item").all_text_contents() == ["74 68 65", "20 6F 77 6C"]


def test_typed_text_is_tokenized_without_a_kernel(show, ours):
    page = show(TokenizerExplorer(ours, text="the"))
    page.get_by_label("Text to tokenize").fill("the owl the")
    ready(page, f"A:3 step:{len(ours.merges)}")
    chips(page, ["the", "·owl", "·the"])


def test_tokens_of_one_character_stand_under_it(show, ours):
    page = show(TokenizerExplorer(ours, text="a🦉"))
    cluster = page.get_by_role("group", name="🦉 in 4 tokens")
    assert cluster.get_by_role("option").all_text_contents() == ["F0", "9F", "A6", "89"]
    assert cluster.locator(".ll-whole").text_content() == "🦉"


def test_pointing_at_an_id_lights_up_token_and_bytes(show, ours):
    page = show(TokenizerExplorer(ours, text="the owl"))
    page.locator(".ll-ids .ll-item").nth(1).hover()
    lit = page.locator(".ll-pointed").all_text_contents()
    assert lit == ["·owl", str(ours.encode("the owl")[1]), "20 6F 77 6C"]
    page.get_by_text(f"token 2 of 2: ' owl', id {ours.encode('the owl')[1]}").wait_for()


def test_the_other_tokenizer_lights_up_the_same_bytes(show, ours, tiny):
    page = show(TokenizerExplorer({"ours": ours, "tiny": tiny}, text="the owl"))
    page.get_by_role("listbox", name="Tokens of ours").get_by_role("option").first.hover()
    echoes = page.locator("[aria-label='Tokens of tiny'] .ll-echo").all_text_contents()
    assert echoes == ["th", "e"]


def test_two_tokenizers_are_compared(show, ours, tiny):
    page = show(TokenizerExplorer({"ours": ours, "tiny": tiny}, text="the owl"))
    page.get_by_text("ours needs 4 tokens fewer than tiny (−67 %).").wait_for()


def test_white_space_marks_can_be_hidden(show, ours):
    page = show(TokenizerExplorer(ours, text="a b"))
    page.get_by_label("white space").uncheck()
    mark = page.locator(".ll-as-mark").first.evaluate("node => getComputedStyle(node).color")
    assert mark == "rgba(0, 0, 0, 0)"


def test_special_tokens_are_read_on_request(show, ours):
    page = show(TokenizerExplorer(ours, text="a<|end|>"))
    page.get_by_label("special tokens").check()
    ready(page, f"A:2 step:{len(ours.merges)}")
    chips(page, ["a", "<|end|>"])


def test_the_table_says_the_same(show, ours):
    page = show(TokenizerExplorer(ours, text="the owl"))
    page.get_by_text("The same as a table").click()
    rows = page.locator("tbody tr").all_text_contents()
    assert rows[1] == f"2' owl'{ours.encode('the owl')[1]}20 6F 77 6C"


def test_a_long_text_is_drawn_page_by_page_and_counted_whole(show, ours):
    page = show(TokenizerExplorer(ours, text="the owl " * 12_500))  # 100 kB
    page.get_by_text("Tokens 1–1,000 of 25,001 are drawn; the figures count them all.").wait_for()
    assert page.get_by_role("option").count() == 1000
    page.get_by_role("button", name="Later").click()
    page.get_by_text("Tokens 1,001–2,000 of 25,001").wait_for()


@pytest.mark.parametrize("width", [400, 900])
def test_the_pager_keeps_its_buttons_on_one_line(show, ours, width):
    page = show(TokenizerExplorer({"one": ours, "two": ours}, text="the owl " * 600), width=width)
    tops = [
        page.get_by_role("button", name=name).first.bounding_box()["y"]
        for name in ("Earlier", "Later")
    ]
    assert tops[0] == tops[1]


@pytest.mark.parametrize("lane", ["text", "ids", "bytes"])
def test_a_lane_shows_that_it_goes_on_until_its_end_is_seen(show, ours, lane):
    page = show(TokenizerExplorer(ours, text="the owl " * 400))
    more = page.locator(f".ll-frame.ll-more > .ll-{lane}")
    expect(more).to_have_count(1)
    page.locator(f".ll-{lane}").evaluate("node => node.scrollTo(0, node.scrollHeight)")
    expect(more).to_have_count(0)


def test_only_a_lane_that_goes_on_says_scroll_for_more(show, ours):
    page = show(TokenizerExplorer(ours, text="the owl"))
    hint = page.get_by_text("scroll for more").first
    expect(hint).to_be_hidden()
    page.get_by_label("Text to tokenize").fill("the owl " * 400)
    expect(hint).to_be_visible()


def test_too_long_a_text_is_cut_and_said_so(show, ours):
    page = show(TokenizerExplorer(ours, text="a"))
    page.get_by_label("Text to tokenize").fill("a " * 70_000)
    page.get_by_text("Only the first 120,000 bytes of this text are used.").wait_for()


@pytest.mark.parametrize(("text", "direction"), [("القطة تنام", "rtl"), ("the cat", "ltr")])
def test_the_lane_runs_in_the_direction_of_the_script(show, ours, text, direction):
    page = show(TokenizerExplorer(ours, text=text))
    assert page.get_by_role("listbox").get_attribute("dir") == direction


# -- tokenizers that stay in Python ---------------------------------------------------------------


def test_examples_were_tokenized_beforehand(show, tiny):
    page = show(TokenizerExplorer(tiny, text="the"))
    page.get_by_role("button", name="Story").click()
    expect(page.get_by_role("option").first).to_have_text("M")


def test_what_needs_python_is_said_honestly(show, tiny):
    page = show(TokenizerExplorer(tiny, text="the"))
    page.get_by_label("Text to tokenize").fill("something else")
    expect(page.locator(".ll-panel .ll-note")).to_contain_text("This page has no kernel, and")
    ready(page, "A:none step:0")


# -- the merge player -----------------------------------------------------------------------------


def test_stepping_plays_the_merges_that_the_text_uses(show, ours):
    page = show(TokenizerExplorer(ours, text="the", step=0))
    chips(page, ["t", "h", "e"])
    page.get_by_role("button", name="Next merge").click()
    page.get_by_role("button", name="Next merge").click()
    chips(page, ["the"])
    expect(page.locator(".ll-text .ll-fresh")).to_have_text(["the"])


def test_the_merge_is_told_with_its_rank_and_count(show, ours):
    counts = {"BPE": [1000 + rank for rank in range(len(ours.merges))]}
    page = show(TokenizerExplorer(ours, text="the", step=1, counts=counts))
    card = page.locator(".ll-merge").text_content()
    assert card.startswith(f"Merge 1 of {len(ours.merges)}")
    assert card.endswith("seen 1,000 times in training")


def test_the_vocabulary_grows_with_the_merges(show, ours):
    page = show(TokenizerExplorer(ours, text="the", step=3))
    size = page.locator(".ll-size")
    expect(size).to_have_text(f"vocabulary so far: 260 of {len(ours)}")  # 256, 3, 1 special
    page.get_by_role("button", name="All merges").click()
    expect(size).to_have_text(f"vocabulary of {len(ours)}")


def test_a_text_without_merges_is_said_to_use_none(show, ours):
    page = show(TokenizerExplorer(ours, text="QZ", step=0))
    page.get_by_text("this text uses none of them").wait_for()
    expect(page.locator(".ll-skip input")).to_be_hidden()
    page.get_by_role("button", name="Next merge").click()
    ready(page, "A:2 step:1")


def test_playing_ends_with_all_merges(show, ours):
    page = show(TokenizerExplorer(ours, text="the", step=0))
    page.get_by_role("button", name="Play").click()
    page.get_by_role("button", name="Pause").wait_for()
    ready(page, f"A:1 step:{len(ours.merges)}")
    page.get_by_role("button", name="Play").wait_for()


# -- by keyboard alone ----------------------------------------------------------------------------


def test_the_tab_order_leads_through_all_controls(show, ours):
    page = show(TokenizerExplorer(ours, text="the owl"))
    seen = []
    for _ in range(24):
        page.keyboard.press("Tab")
        seen.append(
            page.evaluate(
                "() => document.activeElement.getAttribute('aria-label')"
                " ?? document.activeElement.closest('label')?.textContent"
                " ?? document.activeElement.textContent"
            )
        )
    order = ["Text to tokenize", "Story", "white space", "Play", "Number of merges", "'the'"]
    places = [seen.index(name) for name in [*order, "The same as a table"]]
    assert places == sorted(places)
    assert "' owl'" not in seen  # one stop for all tokens


def test_arrows_walk_the_tokens_and_each_is_announced(show, ours):
    page = show(TokenizerExplorer(ours, text="the owl"))
    page.get_by_role("option").first.focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("() => document.activeElement.getAttribute('aria-label')") == "' owl'"
    said = f"token 2 of 2: ' owl', id {ours.encode('the owl')[1]}, bytes 20 6F 77 6C"
    assert page.get_by_role("status").text_content() == said
    page.keyboard.press("Home")
    assert page.get_by_role("option", selected=True).all_text_contents() == ["the"]


def test_arrows_follow_the_eye_from_right_to_left(show, ours):
    page = show(TokenizerExplorer(ours, text="قط"))
    page.get_by_role("option").first.focus()
    page.keyboard.press("ArrowLeft")
    assert page.get_by_role("option", selected=True).get_attribute("data-token") == "1"


def test_down_goes_to_the_next_line(show, ours):
    page = show(TokenizerExplorer(ours, text="the owl\nthe fox"))
    page.get_by_role("option").first.focus()
    page.keyboard.press("ArrowDown")
    assert page.get_by_role("option", selected=True).get_attribute("aria-posinset") == "4"


def test_the_arrows_turn_the_page(show, ours):
    page = show(TokenizerExplorer(ours, text="the owl " * 1000))
    page.get_by_role("option").first.focus()
    page.keyboard.press("End")
    page.get_by_text("Tokens 2,001–2,001 of 2,001").wait_for()
    page.keyboard.press("ArrowLeft")
    page.get_by_text("Tokens 1,001–2,000 of 2,001").wait_for()
    assert page.get_by_role("option", selected=True).get_attribute("aria-posinset") == "2000"


def test_the_slider_is_moved_and_named_by_keys(show, ours):
    page = show(TokenizerExplorer(ours, text="the", step=1))
    slider = page.get_by_role("slider", name="Number of merges")
    slider.focus()
    page.keyboard.press("Home")
    ready(page, "A:3 step:0")
    assert "every token is one byte" in slider.get_attribute("aria-valuetext")
    page.keyboard.press(" ")
    page.get_by_role("button", name="Pause").wait_for()


def test_escape_leaves_the_widget(show, ours):
    page = show(TokenizerExplorer(ours, text="the"))
    page.get_by_label("Text to tokenize").focus()
    page.keyboard.press("Escape")
    assert page.evaluate("() => document.activeElement === document.body")


def test_keys_stay_inside_but_tab_and_escape_leave(show, ours):
    page = show(TokenizerExplorer(ours, text="the"))
    page.evaluate(
        "() => { window.heard = []; document.addEventListener('keydown', e => heard.push(e.key)); }"
    )
    page.get_by_role("option").first.focus()
    for key in ("d", "ArrowRight", "Shift+Enter", "Control+s", "Tab", "Escape"):
        page.keyboard.press(key)
        page.get_by_role("option").first.focus()
    heard = [key for key in page.evaluate("() => heard") if key not in ("Shift", "Control")]
    assert heard == ["s", "Tab", "Escape"]


def test_the_focus_ring_is_three_pixels_wide_and_seen(show, ours):
    page = show(TokenizerExplorer(ours, text="the"))
    page.get_by_label("Text to tokenize").focus()
    page.keyboard.press("Tab")
    ring = page.evaluate("() => getComputedStyle(document.activeElement).outlineWidth")
    assert ring == "3px"
    assert contrast(colour(page, ":focus", "outlineColor"), colour(page, ".llmlab")) >= 3


# -- what a screen reader finds -------------------------------------------------------------------


def test_roles_and_names(show, ours):
    page = show(TokenizerExplorer(ours, text="the a🦉"))
    page.get_by_role("region", name="Tokenizer explorer").wait_for()
    tree = page.locator(".llmlab").aria_snapshot()
    for line in (
        'textbox "Text to tokenize"',
        'group "Merge player"',
        'slider "Number of merges"',
        'heading "BPE" [level=4]',
        'listbox "Tokens of BPE"',
        "option \"'the'\"",
        'group "🦉 in 4 tokens"',
        "option \"part of '🦉'\"",
    ):
        assert line in tree, tree


# -- themes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("dark", [False, True])
def test_the_theme_follows_the_system(show, ours, dark):
    page = show(TokenizerExplorer(ours, text="the owl and the fox"), dark=dark)
    assert (luminance(colour(page, ".llmlab")) < 0.05) == dark


@pytest.mark.parametrize("dark", [False, True])
def test_the_pixels_of_the_page_are_those_of_the_theme(show, ours, dark):
    page = show(TokenizerExplorer(ours, text="the"), dark=dark)
    box = page.locator(".llmlab").bounding_box()
    corner = {"x": box["x"] + 8, "y": box["y"] + 40, "width": 1, "height": 1}
    shot = page.screenshot(clip=corner)
    rgb = page.evaluate(
        """async (bytes) => {
          const image = await createImageBitmap(new Blob([new Uint8Array(bytes)]));
          const context = new OffscreenCanvas(1, 1).getContext('2d');
          context.drawImage(image, 0, 0);
          return [...context.getImageData(0, 0, 1, 1).data.slice(0, 3)];
        }""",
        list(shot),
    )
    assert (luminance(rgb) < 0.05) == dark


def test_the_theme_follows_the_page_when_it_turns_dark(show, ours):
    page = show(TokenizerExplorer(ours, text="the"))
    page.evaluate("() => { document.body.style.background = '#101418'; }")
    page.locator(".llmlab[data-theme='dark']").wait_for()


@pytest.mark.parametrize("dark", [False, True])
def test_text_has_contrast_on_every_tint(show, ours, dark):
    page = show(TokenizerExplorer(ours, text="a b c d e aa bb cc dd ee"), dark=dark)
    for hue in range(5):
        tint = colour(page, f".ll-text .ll-hue{hue}")
        assert contrast(colour(page, f".ll-text .ll-hue{hue}", "color"), tint) >= 7
        assert contrast(colour(page, ".ll-as-mark", "color"), tint) >= 4.5


@pytest.mark.parametrize("dark", [False, True])
def test_quiet_text_can_be_read(show, ours, dark):
    page = show(TokenizerExplorer(ours, text="a"), dark=dark)
    for selector in (".ll-caption", ".ll-look", ".ll-size", "summary"):
        assert contrast(colour(page, selector, "color"), colour(page, ".llmlab")) >= 4.5


@pytest.mark.parametrize("width", [360, 500, 1400])
def test_nothing_sticks_out_at_any_width(show, ours, tiny, width):
    page = show(TokenizerExplorer({"ours": ours, "tiny": tiny}), width=width)
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


# -- text is text ---------------------------------------------------------------------------------


def test_text_that_looks_like_html_is_inert(show, ours):
    page = show(TokenizerExplorer({EVIL: ours}, text=EVIL))
    page.get_by_text("The same as a table").click()
    page.get_by_role("option").first.hover()
    assert page.locator(".llmlab img, .llmlab script").count() == 0
    assert page.evaluate("() => window.hurt") is None
    assert page.get_by_label("Text to tokenize").input_value() == EVIL


def test_without_scripts_the_tokens_can_still_be_read(new_page, ours, tmp_path):
    path = TokenizerExplorer(ours, text="the owl").save_html(tmp_path / "plain.html")
    page = new_page(java_script_enabled=False)
    page.goto(path.as_uri())
    assert page.get_by_text("·owl").is_visible()


def test_two_on_a_page_keep_apart(new_page, ours, tmp_path):
    widget = TokenizerExplorer(ours, text="the owl")
    body = widget.static_html()
    (tmp_path / "two.html").write_text(f"<!doctype html>{body}{body}", "utf-8")
    page = new_page()
    page.goto((tmp_path / "two.html").as_uri())
    page.locator(".llmlab[data-ready]").nth(1).wait_for()
    page.get_by_label("Text to tokenize").nth(1).fill("the")
    chips(page, ["the", "·owl", "the"])
    assert page.locator("[id]").count() == 0
