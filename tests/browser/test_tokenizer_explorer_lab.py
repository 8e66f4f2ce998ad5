"""The TokenizerExplorer in JupyterLab: both ways through the kernel, keys, and reopening."""

from __future__ import annotations

import nbformat
import pytest

from llmlab.tokenizer import BPE
from llmlab.widgets import TokenizerExplorer

pytestmark = pytest.mark.browser

MAKE = """\
import tiktoken
from llmlab.tokenizer import BPE
from llmlab.widgets import TokenizerExplorer
ours = BPE.train(["the fox lent the owl the umbrella. "] * 5, vocab_size=280)
ranks = {bytes([byte]): byte for byte in range(256)} | {b"th": 256}
tiny = tiktoken.Encoding("tiny", pat_str=r"\\S+|\\s+", mergeable_ranks=ranks, special_tokens={})
w = TokenizerExplorer({"ours": ours, "tiny": tiny}, text="the owl")
w"""


def ready(lab, state: str) -> None:
    lab.page.locator(f".llmlab[data-ready='{state}']").wait_for()


@pytest.fixture
def explorer(lab):
    """A notebook with a live explorer in cell 0 and an empty cell 1."""
    lab.open([MAKE, ""]).run_all()
    ready(lab, "A:2 B:6 step:21")
    return lab


def test_python_moves_the_view(explorer):
    explorer.run_cell(1, "w.text = 'the the'; w.step = 0")
    ready(explorer, "A:7 B:5 step:0")
    explorer.run_cell(1, "w.step = 21; w.active = 'tiny'; w.selection = 1")
    ready(explorer, "A:2 B:5 step:21")
    chosen = explorer.page.locator(".llmlab").get_by_role("option", selected=True)
    assert chosen.all_text_contents() == ["e"]


def test_the_view_moves_python(explorer):
    page = explorer.page
    page.get_by_label("Text to tokenize").fill("the fox")
    page.get_by_role("button", name="No merges").click()
    ready(explorer, "A:7 B:6 step:0")
    page.get_by_role("listbox", name="Tokens of tiny").get_by_role("option").nth(1).click()
    page.locator(".llmlab:not([data-unsaved])").wait_for()
    said = explorer.run_cell(1, "print(w.text, w.step, w.active, w.selection)")
    assert said == "the fox 0 tiny 1\n"
    said = explorer.run_cell(1, "print(w.state()['selection'])")
    assert said == "{'tokenizer': 'tiny', 'index': 1, 'id': 101, 'bytes': b'e'}\n"


def test_the_kernel_tokenizes_what_is_typed(explorer):
    explorer.page.get_by_label("Text to tokenize").fill("the the the")
    ready(explorer, "A:3 B:8 step:21")


def test_a_kernel_that_is_gone_is_told(explorer):
    explorer.server.end_kernels()
    explorer.page.get_by_label("Text to tokenize").fill("the fox")
    explorer.page.get_by_text("Re-run this cell to load data").first.wait_for()
    ready(explorer, "A:2 B:none step:21")
    explorer.page.watch.errors.clear()  # JupyterLab itself complains of the lost kernel


def test_d_d_inside_the_widget_leaves_the_cell_alone(explorer):
    for role in ("option", "slider", "button", "textbox"):
        explorer.page.locator(".llmlab").get_by_role(role).first.focus()
        for key in "dd":
            explorer.page.keyboard.press(key)
    assert explorer.n_cells() == 2


def test_d_d_on_the_cell_still_deletes_it(explorer):
    """The guard is what makes the difference: after Escape the notebook has the keys again."""
    explorer.page.locator(".llmlab").get_by_role("option").first.focus()
    explorer.page.keyboard.press("Escape")
    for key in "dd":
        explorer.page.keyboard.press(key)
    explorer.page.wait_for_function("() => !document.querySelector('.llmlab')")
    assert explorer.n_cells() == 1


def test_the_theme_follows_jupyterlab(explorer):
    change = "() => window.jupyterapp.commands.execute('apputils:change-theme', {theme: '%s'})"
    explorer.page.evaluate(change % "JupyterLab Dark")
    explorer.page.locator(".llmlab[data-theme='dark']").wait_for()
    explorer.page.evaluate(change % "JupyterLab Light")
    explorer.page.locator(".llmlab[data-theme='light']").wait_for()


def test_the_static_form_is_alive_in_a_cell(lab):
    lab.open([MAKE.removesuffix("w") + "w.static()"]).run_all()
    ready(lab, "A:2 B:6 step:21")
    lab.page.get_by_label("Text to tokenize").fill("the the")
    ready(lab, "A:2 B:none step:21")


def test_reopened_untrusted_it_can_still_be_read(lab):
    ours = BPE.train(["the fox lent the owl the umbrella. "] * 5, vocab_size=280)
    data, metadata = TokenizerExplorer(ours, text="the owl")._repr_mimebundle_()
    output = nbformat.v4.new_output("display_data", data=data, metadata=metadata)
    lab.open([nbformat.v4.new_code_cell("w", outputs=[output])], kernel=False)
    chip = lab.page.locator(".jp-OutputArea-output span", has_text="·owl")
    chip.wait_for()
    assert chip.evaluate("n => getComputedStyle(n).backgroundColor") == "rgb(251, 238, 203)"
    assert lab.page.locator(".llmlab").count() == 0
