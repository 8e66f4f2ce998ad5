"""Arrays in, plotly figures out: the few plots that the labs need, in one look.

Every figure has a sentence for a title, axis titles with units, colours that colour-blind readers
can tell apart, and a table of its numbers as plain text for readers without a screen. It knows
nothing of models, tokenizers or notebooks.

>>> figure = bars({"GPT-2": 3.25, "ours": 3.31}, title="Ours packs more", unit="bytes per token")
>>> print(figure.text)
Ours packs more
GPT-2  3.25 bytes per token
ours   3.31 bytes per token
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go
import plotly.io as pio

__all__ = ["DASHES", "MARKERS", "PALETTE", "Figure", "bars", "lines"]

# Okabe and Ito (2008), without the yellow, which is invisible on white.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#5f6368")
# Never colour alone: each series has a dash and a marker of its own as well.
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot", "solid")
MARKERS = ("circle", "square", "diamond", "triangle-up", "x", "cross", "star")

# The notebook renderer would put a copy of plotly's JavaScript (megabytes) into each output;
# JupyterLab and Notebook 7 draw the mime type themselves. Colab and VS Code have their own.
if pio.renderers.default == "plotly_mimetype+notebook":
    pio.renderers.default = "plotly_mimetype"


class Figure(go.Figure):
    """A plotly figure that can also be read: `text` holds its numbers as a table."""

    text: str = ""

    def __init__(self, *traces: Any, text: str = "", **layout: Any) -> None:
        super().__init__(data=list(traces), layout=_layout(**layout))
        object.__setattr__(self, "text", text)

    def __repr__(self) -> str:
        return self.text or super().__repr__()

    def _ipython_display_(self) -> None:
        # subtle: plotly draws through this hook when it is there, and leaves out the text.
        from IPython.display import display

        display(self._repr_mimebundle_(), raw=True)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None, **kwargs: Any) -> Any:
        bundle = super()._repr_mimebundle_(include, exclude, **kwargs)
        return {**bundle, "text/plain": self.text} if isinstance(bundle, dict) else bundle


def bars(
    values: Mapping[str, float], *, title: str, unit: str, highlight: Sequence[str] = ()
) -> Figure:
    """Draw one horizontal bar per name, longest label readable, value written at its end.

    `values` maps a name to a number, drawn from top to bottom in the given order; `unit` names the
    axis; the bars in `highlight` stand out. Raises ValueError when there is nothing to draw.
    """
    if not values:
        raise ValueError("bars needs at least one value; got an empty mapping.")
    colours = [PALETTE[1] if name in highlight else PALETTE[0] for name in values]
    trace = go.Bar(
        x=list(values.values()),
        y=list(values),
        orientation="h",
        marker_color=colours,
        text=[f"{value:.3g}" for value in values.values()],
        textposition="outside",
        cliponaxis=False,
        hovertemplate="%{y}: %{x:.4g} " + unit + "<extra></extra>",
    )
    width = max(map(len, values))
    table = [f"{name:<{width}}  {value:.3g} {unit}" for name, value in values.items()]
    return Figure(
        trace,
        text="\n".join([title, *table]),
        title=title,
        xaxis_title=unit,
        xaxis_rangemode="tozero",
        yaxis_autorange="reversed",
        height=120 + 34 * len(values),
    )


def lines(
    series: Mapping[str, Mapping[float, float]],
    *,
    title: str,
    x: str,
    y: str,
    log_x: bool = False,
    log_y: bool = False,
    reference: Mapping[str, float] | None = None,
) -> Figure:
    """Draw one line per name through its points, with marked horizontal references.

    `series` maps a name to {x: y}; `x` and `y` name the axes, with units; `reference` maps a label
    to a height. Raises ValueError when there is nothing to draw.

    >>> lines({"tales": {256: 1.0, 512: 3.6}}, title="More merges", x="vocabulary", y="bytes")
    More merges
    tales  256: 1, 512: 3.6
    """
    if not any(series.values()):
        raise ValueError("lines needs at least one point; got no series with a point in it.")
    figure = Figure(
        *(_line(i, name, points) for i, (name, points) in enumerate(series.items())),
        text="\n".join([title, *_rows(series, reference or {})]),
        title=title,
        xaxis={"title": x, "type": "log" if log_x else "linear", **_ticks(series, log_x)},
        yaxis={"title": y, "type": "log" if log_y else "linear"},
        height=420,
    )
    for i, (label, height) in enumerate((reference or {}).items()):
        # Neighbours may be too close to be read one above the other, so they change sides.
        figure.add_hline(
            height,
            line={"dash": "dot", "color": PALETTE[-1]},
            annotation={"text": label},
            annotation_position="top left" if i % 2 else "top right",
        )
    return figure


def _rows(series: Mapping[str, Mapping[float, float]], reference: Mapping[str, float]) -> list[str]:
    rows = {
        name: ", ".join(f"{x:g}: {y:.3g}" for x, y in points.items())
        for name, points in series.items()
    }
    rows |= {label: f"{height:.3g}" for label, height in reference.items()}
    width = max(map(len, rows))
    return [f"{name:<{width}}  {row}" for name, row in rows.items()]


def _ticks(series: Mapping[str, Mapping[float, float]], log: bool) -> dict[str, Any]:
    """On a logarithmic axis mark the points that were measured, while they are few."""
    measured = sorted({x for points in series.values() for x in points})
    if not log or len(measured) > 8:
        return {}
    return {"tickvals": measured, "ticktext": [f"{x:,g}" for x in measured]}


def _line(index: int, name: str, points: Mapping[float, float]) -> go.Scatter:
    look = index % len(PALETTE)
    return go.Scatter(
        x=list(points),
        y=list(points.values()),
        name=name,
        mode="lines+markers",
        line={"color": PALETTE[look], "dash": DASHES[look], "width": 2.5},
        marker={"symbol": MARKERS[look], "size": 8},
        hovertemplate=f"{name}: " + "%{y:.4g} at %{x:g}<extra></extra>",
    )


def _layout(title: str = "", **layout: Any) -> dict[str, Any]:
    """The house's look: left title, no boxes, transparent, so that it sits on any theme."""
    return {
        "title": {"text": title, "x": 0, "xref": "paper", "font": {"size": 17}},
        "template": "none",
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "system-ui, sans-serif", "size": 13, "color": "#767b82"},
        "margin": {"l": 10, "r": 40, "t": 60, "b": 60},
        "legend": {"orientation": "h", "y": -0.2, "yanchor": "top", "x": 0},
        "hoverlabel": {"font": {"size": 13}},
    } | {k: _axis(v) if k in ("xaxis", "yaxis") else v for k, v in _defaults(layout).items()}


def _defaults(layout: dict[str, Any]) -> dict[str, Any]:
    """Gather `xaxis_title=…` into `xaxis={…}`, and give both axes the house's look."""
    axes: dict[str, dict[str, Any]] = {"xaxis": {}, "yaxis": {}}
    rest: dict[str, Any] = {}
    for key, value in layout.items():
        axis, _, option = key.partition("_")
        if axis not in axes:
            rest[key] = value
        elif option:
            axes[axis][option] = value
        else:
            axes[axis].update(value)
    return {**rest, **axes}


def _axis(options: dict[str, Any]) -> dict[str, Any]:
    quiet = {"gridcolor": "rgba(128,128,128,0.2)", "zeroline": False, "automargin": True}
    return {**quiet, "ticks": "outside", "tickcolor": "rgba(128,128,128,0.5)", **options}
