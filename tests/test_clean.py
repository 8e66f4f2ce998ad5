"""clean: one spelling, no addresses, no copies."""

from __future__ import annotations

import itertools
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmlab import clean

FAMILY = "\N{WOMAN}\u200d\N{WOMAN}\u200d\N{GIRL}"
PERSIAN = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"  # "I want", with a non-joiner
ANYTHING = st.text(st.characters())


@pytest.mark.parametrize("kept", [FAMILY, PERSIAN, "\u2764\ufe0f", "a\tb\nc", "ﬁ ² \u00a0", ""])
def test_normalize_keeps(kept: str) -> None:
    assert clean.normalize(kept) == kept


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n", "\v", "\f", "\x85", "\u2028", "\u2029"])
def test_normalize_ends_every_line_alike(end: str) -> None:
    assert clean.normalize(f"a{end}b") == "a\nb"


@pytest.mark.parametrize(
    "unseen", ["\x00", "\x1b", "\x7f", "\x9f", "\xad", "\u200b", "\u202e", "\u2060", "\ufeff"]
)
def test_normalize_removes(unseen: str) -> None:
    assert clean.normalize(f"a{unseen}b") == "ab"


def test_normalize_composes() -> None:
    assert clean.normalize("e\u0301") == "é"


def test_normalize_composes_across_what_it_removed() -> None:
    assert clean.normalize("e\u200b\u0301") == "é"


def test_normalize_leaves_nothing_that_utf8_cannot_write() -> None:
    assert clean.normalize("a\ud83db") == "a\ufffdb"


@given(ANYTHING)
def test_normalize_twice_is_normalize_once(text: str) -> None:
    once = clean.normalize(text)
    assert clean.normalize(once) == once


@given(ANYTHING)
def test_normalize_gives_nfc(text: str) -> None:
    assert unicodedata.is_normalized("NFC", clean.normalize(text))


ADDRESSES = [
    "ada@example.org",
    "ada.lovelace+news@mail.example.co.uk",
    "o'brien@example.ie",
    "x_@example.com",
    "jürgen@exämple.de",
    "a" * 64 + "@example.org",
    "ada@exa-mple.museum",
    "ada [at] example [dot] org",
    "ada (at) example.org",
    "ada(AT)example.org",
    "ada <at> mail.example {dot} org",
    "ada at mail dot example dot org",
]
NO_ADDRESSES = [
    "user@localhost",
    "numpy@2.4.6",
    "@dataclass.field",
    "logo@2x.png",
    "a @ b.org",
    "look at dot products",
    "meet me at example.org",
    "x[at].y",
    "5 @ 3.50",
    "name@domain.c",
    "",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_is_redacted_whole(address: str) -> None:
    assert clean.redact_emails(address) == ("[EMAIL]", 1)


@pytest.mark.parametrize(
    "frame", ["<{}>", "({}).", "mailto:{}", "'{}'", "x, {}, y", "{}\n", "/{}/"]
)
@pytest.mark.parametrize("address", ADDRESSES)
def test_what_stands_around_an_address_stays(frame: str, address: str) -> None:
    assert clean.redact_emails(frame.format(address))[0] == frame.format("[EMAIL]")


@pytest.mark.parametrize("text", NO_ADDRESSES)
def test_what_is_no_address_stays(text: str) -> None:
    assert clean.redact_emails(text) == (text, 0)


@given(st.lists(st.sampled_from(ADDRESSES[:7]), max_size=5))
def test_every_address_is_counted(addresses: list[str]) -> None:
    assert clean.redact_emails(" ; ".join(addresses))[1] == len(addresses)


@given(ANYTHING)
def test_redacting_twice_finds_nothing_new(text: str) -> None:
    once, _ = clean.redact_emails(text)
    assert clean.redact_emails(once) == (once, 0)


def test_a_fingerprint_takes_text_that_utf8_cannot_write() -> None:
    assert len(clean.fingerprint("\ud800")) == 16


@given(st.lists(st.sampled_from(["a", "a ", "b", "B", ""])))
def test_dedup_keeps_the_first_of_each_in_order(documents: list[str]) -> None:
    first: dict[str, str] = {}
    for text in documents:
        first.setdefault(text.strip(), text)
    assert clean.dedup_exact(documents)[0] == list(first.values())


def test_dedup_reports_what_it_removed() -> None:
    _, report = clean.dedup_exact(["ab", "ab\n", "c"])
    assert (report.documents, report.kept, report.removed) == (3, 2, 1)
    assert (report.characters, report.kept_characters) == (6, 3)


def test_unique_is_lazy() -> None:
    assert next(clean.unique(itertools.repeat("again"))) == "again"
