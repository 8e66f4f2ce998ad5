"""The TokenizerExplorer: type, and see what one tokenizer or several make of it.

    from llmlab import tokenizer, widgets
    widgets.TokenizerExplorer({"ours": ours, "gpt2": tokenizer.get_encoding("gpt2")})

The browser side is in `tokenizer_explorer.js` and the modules that it imports. Our own BPE is
encoded in the browser; larger vocabularies stay here and answer by message.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

import traitlets

from llmlab.widgets.base import CourseWidget, bundle, styles
from llmlab.widgets.token_data import Source, pack_bpe, pack_encoded, source, visible

__all__ = ["EXAMPLES", "MAX_BYTES", "TokenizerExplorer"]

MAX_BYTES = 120_000
"""The longest text, in UTF-8: a message with all its tokens stays below 1 MB."""

FALLBACK_TOKENS = 150
"""So many tokens are drawn where no script runs."""

TEXT = "Once upon a time, Mira the fox lent her umbrella to an owl. 🦉"

EXAMPLES = {
    "Story": "Mira lent Otto her red umbrella. The next morning Otto brought it back, still wet.",
    "Numbers": "In 2024 she counted 1234567 stars, then 1,234,568; pi is 3.14159265.",
    "Code": 'def greet(name):\n    if name:\n        return f"Hello, {name}!"\n',
    "Spaces": "one two  three   four\n\n  five\tsix ",
    "Accents": "Zoë ate crème brûlée in Zürich; ñ and n\u0303 look the same.",
    "日本語": "猫が窓のそばで眠っている。",
    "العربية": "القطة تنام قرب النافذة.",
    "Emoji": "🙂 👩‍🚀 👨‍👩‍👧 🏳️‍🌈 🇯🇵",
}
"""The texts behind the buttons; in the static form they are tokenised beforehand."""

_TINTS = ("#dcebfa", "#fbeecb", "#e8e2f8", "#dcf0e1", "#fae1e5")
_CHIP = (
    "background-color:{};color:#1b2430;border:1px solid #c3ccd6;border-radius:4px;"
    "padding:1px 2px;margin:1px;font-family:monospace;white-space:pre-wrap"
)


class TokenizerExplorer(CourseWidget):
    """Show how tokenizers cut a text: coloured tokens, ids, bytes; side by side; merge by merge.

    `tokenizers` is one tokenizer (of `llmlab.tokenizer`, or a `tiktoken.Encoding`) or a dict from
    names to tokenizers. `counts` tells, by name, how often each merge's pair was seen in training,
    where the tokenizer itself does not remember.
    Python and the view follow each other: `text`; `step`, the number of merges played (None: there
    is no merge player); `special`, whether special tokens are read as such; `selection`, the index
    of a token (None: no token) in the tokenizer named `active`.
    """

    _esm = bundle("tokenizer_explorer.js")
    _css = styles("tokenizer_explorer.css")

    text = traitlets.Unicode(TEXT).tag(sync=True)
    step = traitlets.Int(None, allow_none=True).tag(sync=True)
    special = traitlets.Bool(False).tag(sync=True)
    selection = traitlets.Int(None, allow_none=True, min=0).tag(sync=True)
    active = traitlets.Unicode().tag(sync=True)
    panels: traitlets.List[Any] = traitlets.List().tag(sync=True)
    examples = traitlets.Dict(EXAMPLES).tag(sync=True)
    limit = traitlets.Int(MAX_BYTES).tag(sync=True)

    def __init__(
        self,
        tokenizers: Any,
        text: str = TEXT,
        *,
        step: int | None = None,
        special: bool = False,
        counts: Mapping[str, Sequence[int]] | None = None,
    ) -> None:
        named = tokenizers if isinstance(tokenizers, Mapping) else {_name(tokenizers): tokenizers}
        if not named:
            raise ValueError("tokenizers is an empty dict; pass at least one tokenizer.")
        self._sources = {name: source(name, tokenizer) for name, tokenizer in named.items()}
        panels = _panels(self._sources, counts or {})
        self._merges = {
            panel["name"]: len(self._sources[panel["name"]].tokenizer.merges)
            for panel in panels
            if panel["bpe"]
        }
        total = max(self._merges.values(), default=None)
        super().__init__(
            panels=panels,
            text=text,
            step=total if step is None else step,
            special=special,
            active=next(iter(named)),
        )
        self.on_msg(self._on_message)

    @traitlets.validate("text")
    def _check_text(self, proposal: Any) -> str:
        # subtle: half a surrogate pair is no character; UTF-8 could not carry it to the browser.
        text = proposal["value"].encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        if (size := len(text.encode())) > MAX_BYTES:
            raise ValueError(
                f"text has {size:,} bytes; the explorer shows at most {MAX_BYTES:,}. Pass a part "
                "of it, such as text[:10_000]."
            )
        return text

    @traitlets.validate("step")
    def _check_step(self, proposal: Any) -> int | None:
        step, total = proposal["value"], max(self._merges.values(), default=None)
        if total is None and step is not None:
            raise ValueError(
                f"step is {step}, but no tokenizer here has merges to play; "
                "pass a byte-level BPE of llmlab.tokenizer."
            )
        if total is not None and (step is None or not 0 <= step <= total):
            raise ValueError(f"step is {step}; it must be from 0 to {total}, the number of merges.")
        return step

    @traitlets.validate("active")
    def _check_active(self, proposal: Any) -> str:
        if proposal["value"] not in self._sources:
            names = ", ".join(map(repr, self._sources))
            raise ValueError(f"active is {proposal['value']!r}; the tokenizers here are {names}.")
        return proposal["value"]

    def tokens(self, name: str | None = None) -> tuple[list[int], list[bytes]]:
        """Return what a panel shows: ids and bytes of `text`, with the merges of `step`.

        `name` is a tokenizer's name; None means the one in `active`.
        """
        chosen = self._sources[self.active if name is None else name]
        if self.step is not None and chosen.name in self._merges:
            chosen = chosen.up_to(self.step)
        return chosen.tokens(self.text, self.special)

    def state(self) -> dict[str, Any]:
        """Return what the reader sees and has chosen, as plain data."""
        shown = {name: self.tokens(name) for name in self._sources}
        return {
            "text": self.text,
            "special": self.special,
            "step": self.step,
            "tokenizers": {
                name: {"ids": ids, "tokens": tokens} for name, (ids, tokens) in shown.items()
            },
            "selection": _selected(self.active, self.selection, *shown[self.active]),
        }

    def summary(self) -> str:
        """Return one line: the beginning of the text, and how many tokens each makes of it."""
        counts = [f"{len(self.tokens(name)[0]):,} tokens ({name})" for name in self._sources]
        return f"{_beginning(self.text)!r} is {', '.join(counts)}."

    def fallback_html(self) -> str:
        """Return the tokens as coloured boxes: no script, no style sheet, inline colours only."""
        drawn = [_fallback_panel(name, *self.tokens(name)) for name in self._sources]
        return f"<div>{''.join(drawn)}<p><em>Run this cell to use the explorer.</em></p></div>"

    def static_state(self) -> dict[str, Any]:
        """Return the traits; for tokenizers that stay in Python, the tokens of text and examples.

        Where such a tokenizer cannot read an example (it may refuse some texts), that is left out.
        """
        names = ("text", "step", "special", "selection", "active", "panels", "examples", "limit")
        texts = dict.fromkeys([self.text, *self.examples.values()])
        encoded = [
            entry
            for name in self._sources
            for text in texts
            if name not in self._merges
            and (entry := self._encoded(name, text, self.special))
            and "error" not in entry
        ]
        return {name: getattr(self, name) for name in names} | {"encoded": encoded}

    def _encoded(self, name: str, text: str, special: bool) -> dict[str, Any]:
        """Return the packed tokens of a text, or what a tokenizer has against it."""
        entry = {"name": name, "text": text, "special": special}
        try:
            return entry | pack_encoded(*self._sources[name].tokens(text, special), text)
        except ValueError as error:  # such as a character that the tokenizer cannot spell
            return entry | {"error": str(error)}

    def _on_message(self, _: Any, message: dict[str, Any], buffers: Any) -> None:
        """Answer the view's wish for the tokens of a text; an error is an answer too."""
        if message.get("type") != "encode" or message.get("name") not in self._sources:
            return
        answer = self._encoded(message["name"], message["text"], message["special"])
        del answer["text"]  # the view knows what it asked
        self.send({"type": "encoded", "sequence": message["sequence"], **answer})


def _beginning(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"


def _selected(name: str, i: int | None, ids: list[int], tokens: list[bytes]) -> Any:
    """Describe the token that the reader has chosen; None where there is none."""
    if i is None or i >= len(ids):
        return None
    return {"tokenizer": name, "index": i, "id": ids[i], "bytes": tokens[i]}


def _name(tokenizer: Any) -> str:
    """Name a tokenizer that came alone: tiktoken knows its own name, ours its class."""
    return str(getattr(tokenizer, "name", type(tokenizer).__name__))


def _panels(
    sources: Mapping[str, Source], counts: Mapping[str, Sequence[int]]
) -> list[dict[str, Any]]:
    """Describe the tokenizers for the view; check that `counts` fits them."""
    for name, numbers in counts.items():
        if name not in sources:
            raise ValueError(f"counts names {name!r}; the tokenizers here are {list(sources)}.")
        merges = getattr(sources[name].tokenizer, "merges", ())
        if len(numbers) != len(merges):
            raise ValueError(
                f"counts of {name!r} has {len(numbers)} entries, but there are {len(merges)} "
                "merges; give one count a merge."
            )
    return [
        {"name": name, "size": one.size, "bpe": pack_bpe(one.tokenizer, _counted(one, counts))}
        for name, one in sources.items()
    ]


def _counted(one: Source, counts: Mapping[str, Sequence[int]]) -> Sequence[int] | None:
    """Return how often each merge's pair was seen: as told, or as the tokenizer remembers."""
    return counts.get(one.name) or getattr(one.tokenizer, "counts", None) or None


def _fallback_panel(name: str, ids: list[int], tokens: list[bytes]) -> str:
    """Draw one tokenizer's tokens for a page where nothing runs."""
    chips = [
        f'<span style="{_CHIP.format(_TINTS[place % len(_TINTS)])}" title="id {i}">'
        f"{html.escape(visible(token))}</span>"
        for place, (i, token) in enumerate(zip(ids, tokens, strict=True))
    ]
    more = len(chips) - FALLBACK_TOKENS
    rest = f" … and {more:,} more" if more > 0 else ""
    return (
        f"<p><strong>{html.escape(name)}</strong>: {len(ids):,} tokens</p>"
        f'<p style="line-height:2">{"".join(chips[:FALLBACK_TOKENS])}{rest}</p>'
    )
