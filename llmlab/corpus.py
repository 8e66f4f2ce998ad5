"""Text to learn from, by name: made on the spot, found on this machine, or streamed from the hub.

Documents are strings; which of them belong to `train`, `valid` and `test` is decided by the
document alone, so no document is ever in two splits, whatever the seed and the amount.

>>> from llmlab import corpus
>>> texts = corpus.load("shelf", max_bytes=10_000)
>>> 5_000 < sum(len(text.encode()) for text in texts) <= 10_000
True
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator

from llmlab import clean, hub, shelf, tales

__all__ = ["LOCAL", "SPLITS", "load", "names", "stream"]

SPLITS = ("train", "valid", "test")
LOCAL = {
    "tales": "stories of a small world, generated from the seed without end; nothing to download",
    "shelf": "real English on this machine: docstrings, READMEs, licences, Python's reference",
}
_FULL = 20  # documents in a row that do not fit: enough to call it full


def names() -> dict[str, str]:
    """Return every corpus with a line about it: those of this machine first, then the hub's.

    >>> list(names())[:2]
    ['tales', 'shelf']
    """
    return LOCAL | {name: text.summary for name, text in hub.TEXTS.items()}


def load(
    name: str,
    *,
    max_bytes: int = 1_000_000,
    split: str = "train",
    seed: int = 0,
    source: str = "local",
) -> list[str]:
    """Return whole documents, shuffled, that together have at most `max_bytes` bytes of UTF-8.

    The same arguments give the same documents (on the same machine: the shelf holds what is
    installed). Errors are those of `stream`, and ValueError where not one document fits.
    """
    if not max_bytes >= 1:
        raise ValueError(f"max_bytes is {max_bytes}; ask for at least 1, better for 100_000.")
    documents: list[str] = []
    room, refused = max_bytes, 0
    for document in stream(name, split=split, seed=seed, source=source):
        size = len(document.encode())
        if size <= room:
            documents.append(document)
            room, refused = room - size, 0
        else:
            refused += 1
        if refused == _FULL:
            break
    if not documents:
        raise ValueError(_nothing(name, split, max_bytes, refused))
    random.Random(seed).shuffle(documents)
    return documents


def _nothing(name: str, split: str, max_bytes: int, refused: int) -> str:
    if refused:
        return f"No document of {name!r} fits into {max_bytes:,} bytes; raise max_bytes."
    other = "tales" if name == "shelf" else "shelf"
    return f"{name!r} has no documents for {split!r} here; take corpus.load({other!r})."


def stream(
    name: str, *, split: str = "train", seed: int = 0, source: str = "local"
) -> Iterator[str]:
    """Yield documents one by one, for as long as there are any (tales never end).

    `split` is "train" (eight documents in ten), "valid" or "test" (one in ten each, so that it
    takes ten times as long to read as much, but of the tales). `source="hub"` streams what lies on
    the Hugging Face hub.

    Raises ValueError for a name, split or source that does not exist, and ConnectionError where
    the hub is asked for and does not answer.
    """
    if split not in SPLITS:
        raise ValueError(f"split is {split!r}; it must be one of: {', '.join(SPLITS)}.")
    if source not in ("local", "hub"):
        raise ValueError(f"source is {source!r}; it must be 'local' or 'hub'.")
    if source == "hub":
        documents = _open_hub(name, seed)
    elif name == "tales":  # they know their split before they are told
        return (story.text for story in tales.stories(sys.maxsize, seed=seed, split=split))
    elif name == "shelf":
        documents = shelf.documents(seed)
    else:
        raise ValueError(_not_here(name))
    return (text for text in documents if _split_of(text) == split)


def _not_here(name: str) -> str:
    if name not in hub.TEXTS:
        return f"There is no corpus {name!r}; there are: {', '.join(names())}."
    return (
        f"{name!r} lies on the Hugging Face hub: corpus.load({name!r}, source='hub') streams"
        f" it. On this machine there are {_alternatives()}."
    )


def _open_hub(name: str, seed: int) -> Iterator[str]:
    if name not in hub.TEXTS:
        where = "is made on this machine: leave source out" if name in LOCAL else "is not known"
        raise ValueError(f"{name!r} {where}; on the hub there are: {', '.join(hub.TEXTS)}.")
    try:
        raw = hub.documents(hub.TEXTS[name], seed)
    except ConnectionError as error:
        raise ConnectionError(f"{error} Without a network there are {_alternatives()}.") from None
    texts = (clean.redact_emails(clean.normalize(text).strip())[0] for text in raw)
    return clean.unique(text for text in texts if text)


def _alternatives() -> str:
    return " and ".join(f'corpus.load("{name}")' for name in LOCAL)


def _split_of(text: str) -> str:
    """Return the split of a document, by its content: 80 % train, 10 % valid, 10 % test."""
    tenth = clean.fingerprint(text)[0] * 10 // 256
    return {8: "valid", 9: "test"}.get(tenth, "train")
