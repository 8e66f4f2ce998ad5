"""Cleaning of text: one spelling for one character, no e-mail addresses, no document twice.

It knows nothing of where a text comes from and judges no quality. Every function takes and
returns plain strings; the same input always gives the same output.

>>> from llmlab import clean
>>> clean.redact_emails("Ask ada@example.org.")
('Ask [EMAIL].', 1)
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

__all__ = [
    "EMAIL",
    "DedupReport",
    "dedup_exact",
    "fingerprint",
    "normalize",
    "redact_emails",
    "unique",
]

EMAIL = "[EMAIL]"

# Every way to end a line: Windows, old Mac, vertical tab, form feed, NEL, line and paragraph ends.
_NEWLINE = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
# Control characters but tab and newline; soft hyphen; zero-width space; directional embedding,
# override and isolate (they can make a text read differently from what it says); word joiner and
# the invisible operators; byte-order mark.
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u200b\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]"
)
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def normalize(text: str) -> str:
    r"""Return the text in one spelling: NFC, lines that end in `\n`, nothing unseen.

    What is *removed*: control characters (tab and newline stay), soft hyphens, zero-width spaces,
    word joiners, byte-order marks, directional overrides. What *stays*: the zero-width joiner and
    non-joiner, since emoji (a family is three faces joined), Persian and the scripts of India
    need them; variation selectors; left-to-right and right-to-left marks. Half a surrogate pair,
    which no encoding can write, becomes U+FFFD. Compatibility characters (ﬁ, ²) are left alone,
    for NFKC would change what they mean. (Unicode Standard Annex 15.)

    >>> normalize("cafe\u0301\r\nzero\u200bwidth")
    'café\nzerowidth'
    """
    text = _UNSEEN.sub("", text)
    text = _NEWLINE.sub("\n", text)
    if text.isascii():
        return text
    return unicodedata.normalize("NFC", _LONE_SURROGATE.sub("\ufffd", text))


# The name before the @: at most 64 characters (RFC 5321, 4.5.3.1), which also keeps the search
# linear in a text of word characters without an @.
_LOCAL = r"\w[\w.+%&'~-]{0,63}"
_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_TOP = r"[^\W\d_]{2,63}(?![^\W_])"
# subtle: `logo@2x.png` has the form of an address, and stands in every second README.
_NOT_PICTURE = r"(?!\d+x\.(?:gif|jpe?g|png|svg|webp)\b)"
_ADDRESS = re.compile(rf"{_LOCAL}@{_NOT_PICTURE}(?:{_LABEL}\.)+{_TOP}")
_AT = r"\s*[\[({<]\s*at\s*[\])}>]\s*"
_DOT = r"(?:\.|\s*[\[({<]\s*dot\s*[\])}>]\s*|\s+dot\s+)"
_SPELT = re.compile(
    rf"{_LOCAL}(?:{_AT}(?:{_LABEL}{_DOT})+|\s+at\s+(?:{_LABEL}\s+dot\s+)+){_TOP}", re.IGNORECASE
)
_MAY_BE_SPELT = re.compile(r"[\[({<]\s*at\s*[\])}>]|\sdot\s", re.IGNORECASE)


def redact_emails(text: str) -> tuple[str, int]:
    """Replace every e-mail address by `[EMAIL]`; return the text and how many there were.

    Addresses spelt out to fool robots count too: `ada [at] example [dot] org`, `ada (at)
    example.org`, `ada at example dot org`. No address: `user@localhost`, `pip@23.1`, `logo@2x.png`.
    An address after a colon or a slash (`mailto:`, `https://user:secret@host.org`) is one.

    >>> redact_emails("Grace <grace.hopper@navy.example.mil>, alan (at) example.org")
    ('Grace <[EMAIL]>, [EMAIL]', 2)
    """
    plain = spelt = 0
    if "@" in text:
        text, plain = _ADDRESS.subn(EMAIL, text)
    if _MAY_BE_SPELT.search(text):
        text, spelt = _SPELT.subn(EMAIL, text)
    return text, plain + spelt


def fingerprint(text: str) -> bytes:
    """Return 16 bytes that identify a text: equal for equal texts, up to space at the ends.

    >>> fingerprint("Once.") == fingerprint("Once. ") != fingerprint("once.")
    True
    """
    return hashlib.blake2b(text.strip().encode("utf-8", "replace"), digest_size=16).digest()


def unique(documents: Iterable[str]) -> Iterator[str]:
    """Yield each document the first time it comes; 16 bytes of each are remembered.

    >>> list(unique(["a", "b", "a"]))
    ['a', 'b']
    """
    seen: set[bytes] = set()
    for document in documents:
        mark = fingerprint(document)
        if mark not in seen:
            seen.add(mark)
            yield document


@dataclass(frozen=True)
class DedupReport:
    """What removing copies did: documents and characters before, and what was kept of them."""

    documents: int
    kept: int
    characters: int
    kept_characters: int

    @property
    def removed(self) -> int:
        """How many documents were copies of an earlier one."""
        return self.documents - self.kept


def dedup_exact(documents: Iterable[str]) -> tuple[list[str], DedupReport]:
    """Keep the first of equal documents (up to space at the ends), in order; report on the rest.

    >>> dedup_exact(["a", "bc", "a "])
    (['a', 'bc'], DedupReport(documents=3, kept=2, characters=5, kept_characters=3))
    """
    before = list(documents)
    after = list(unique(before))
    return after, DedupReport(len(before), len(after), sum(map(len, before)), sum(map(len, after)))
