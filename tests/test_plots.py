"""The figures: readable as text, told apart without colour, honest about emptiness."""

import pytest

from llmlab import plots


def test_bars_keep_their_order_and_say_their_numbers():
    figure = plots.bars({"b": 2.0, "a": 1.0}, title="B is longer", unit="tokens")
    assert list(figure.data[0].y) == ["b", "a"]
    assert figure.layout.yaxis.autorange == "reversed"
    assert figure.text.splitlines() == ["B is longer", "b  2 tokens", "a  1 tokens"]
    assert figure.layout.xaxis.title.text == "tokens"


def test_bars_highlight_by_colour():
    figure = plots.bars({"a": 1, "b": 2}, title="t", unit="u", highlight=["b"])
    assert list(figure.data[0].marker.color) == [plots.PALETTE[0], plots.PALETTE[1]]


def test_lines_differ_in_more_than_colour():
    figure = plots.lines({"a": {1: 1}, "b": {1: 2}}, title="t", x="x", y="y")
    first, second = figure.data
    assert first.line.dash != second.line.dash
    assert first.marker.symbol != second.marker.symbol


def test_lines_can_be_logarithmic_with_references():
    figure = plots.lines(
        {"a": {1: 1, 10: 3}}, title="t", x="x", y="y", log_x=True, reference={"best": 4.0}
    )
    assert figure.layout.xaxis.type == "log"
    assert figure.layout.shapes[0].y0 == 4.0
    assert "best  4" in figure.text


@pytest.mark.parametrize(
    "draw",
    [
        lambda: plots.bars({}, title="t", unit="u"),
        lambda: plots.lines({"a": {}}, title="t", x="x", y="y"),
    ],
)
def test_nothing_to_draw_is_said(draw):
    with pytest.raises(ValueError, match="at least one"):
        draw()


def test_a_figure_has_a_text_form_beside_the_drawing(monkeypatch):
    import plotly.io as pio

    monkeypatch.setattr(pio.renderers, "default", "plotly_mimetype")
    bundle = plots.bars({"a": 1}, title="t", unit="u")._repr_mimebundle_()
    assert bundle["text/plain"] == "t\na  1 u"
    assert "application/vnd.plotly.v1+json" in bundle


def test_showing_a_figure_shows_the_text_form_too(monkeypatch):
    import IPython.display
    import plotly.io as pio

    shown = []
    monkeypatch.setattr(pio.renderers, "default", "plotly_mimetype")
    monkeypatch.setattr(IPython.display, "display", lambda bundle, raw: shown.append(bundle))
    plots.bars({"a": 1}, title="t", unit="u")._ipython_display_()
    assert shown[0]["text/plain"] == "t\na  1 u"
