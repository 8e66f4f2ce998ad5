"""Data sets of the Hugging Face hub, streamed: which, at which revision, and does it answer?

It downloads nothing until the first document is asked for, and knows nothing of what is made of
the documents. Needs `pip install 'llmlab[hub]'` and a network.

>>> from llmlab import hub
>>> sorted(hub.TEXTS)
['alpaca', 'fineweb-edu', 'hh-rlhf', 'tinystories', 'wikitext']
"""

from __future__ import annotations

import os
import re
import threading
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from http.client import HTTPException
from urllib.parse import urlsplit

from llmlab.runtime import require

__all__ = ["TEXTS", "HubText", "documents", "why_unreachable"]

_PATIENCE = 2.0  # seconds


@dataclass(frozen=True)
class HubText:
    """Where a data set lies, and which of its columns is the text.

    `revision` is a commit, so that the text does not change under a course. A `title` is the
    pattern of a line that begins a new document, where the rows are single lines.
    """

    path: str
    revision: str
    summary: str
    config: str | None = None
    column: str = "text"
    title: str | None = None


# The commits are those that public projects recorded when they used these data sets (looked up in
# 2026). The tests run without a network, so no test has fetched them.
TEXTS = {
    "tinystories": HubText(
        "roneneldan/TinyStories",
        "f54c09fd23315a6f9c86f9dc80f725de7d8f9c64",
        "two million stories for small children, written by GPT-4 (CDLA-Sharing-1.0)",
    ),
    "fineweb-edu": HubText(
        "HuggingFaceFW/fineweb-edu",
        "87f09149ef4734204d70ed1d046ddc9ca3f2b8f9",
        "web pages that a classifier found educational, 10 billion tokens (ODC-By-1.0)",
        config="sample-10BT",
    ),
    "wikitext": HubText(
        "Salesforce/wikitext",
        "b08601e04326c79dfdd32d625aee71d232d685c3",
        "good and featured articles of Wikipedia, 100 million words (CC-BY-SA)",
        config="wikitext-103-raw-v1",
        title=r" = [^=].* = \n?",
    ),
    "alpaca": HubText(
        "tatsu-lab/alpaca",
        "dce01c9b08f87459cf36a430d809084718273017",
        "52 thousand instructions with answers by GPT-3 (CC-BY-NC-4.0: not for commerce)",
    ),
    "hh-rlhf": HubText(
        "Anthropic/hh-rlhf",
        "09be8c5bbc57cb3887f3a9732ad6aa7ec602a1fa",
        "conversations in which people marked the better answer; here the better one (MIT)",
        column="chosen",
    ),
}


def documents(text: HubText, seed: int = 0) -> Iterator[str]:
    """Stream the documents of a data set's training split, in an order drawn from `seed`.

    Raises ConnectionError, within three seconds, without a network, and ImportError without
    `datasets`. Files are shuffled, and documents in a buffer of 1,000; single lines are not.
    """
    if reason := why_unreachable():
        raise ConnectionError(f"{text.path} lies on the Hugging Face hub: {reason}")
    datasets = require("datasets", extra="hub")
    rows = datasets.load_dataset(
        text.path, text.config, split="train", revision=text.revision, streaming=True
    )
    if text.title is None:
        rows = rows.shuffle(seed=seed, buffer_size=1_000)
    lines = (row[text.column] for row in rows)
    return _join_lines(lines, text.title) if text.title else lines


def _join_lines(lines: Iterable[str], title: str) -> Iterator[str]:
    """Yield documents from lines; a line that is a title begins the next.

    >>> list(_join_lines(["= A =", "one", "two", "= B =", "three"], "= . ="))
    ['= A =onetwo', '= B =three']
    """
    held: list[str] = []
    for line in lines:
        if held and re.fullmatch(title, line):
            yield "".join(held)
            held.clear()
        held.append(line)
    if held:
        yield "".join(held)


def why_unreachable(patience: float = _PATIENCE) -> str | None:
    """Say why the hub cannot be used from here, or None if it answers within `patience` seconds.

    Asked first because `datasets` itself tries for half a minute before it gives up.
    """
    for switch in ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE"):
        if os.environ.get(switch, "").upper() in {"1", "ON", "YES", "TRUE"}:
            return f"{switch} is set, which switches it off."
    endpoint = os.environ.get("HF_ENDPOINT") or "https://huggingface.co"
    answered = threading.Event()

    def knock() -> None:
        request = urllib.request.Request(endpoint, method="HEAD")
        try:
            urllib.request.urlopen(request, timeout=patience).close()
        except urllib.error.HTTPError as refusal:  # an answer too
            refusal.close()
        except (OSError, HTTPException):
            return
        answered.set()

    # subtle: looking a name up has no time limit, so a thread does it and may be left behind.
    knocking = threading.Thread(target=knock, daemon=True)
    knocking.start()
    knocking.join(patience)
    host = urlsplit(endpoint).hostname or endpoint
    return None if answered.is_set() else f"{host} does not answer from here."
