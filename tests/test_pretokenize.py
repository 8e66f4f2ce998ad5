"""`pretokenize`: pieces, special tokens, word counts, and streams that do not feel their chunks."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from llmlab.pretokenize import (
    CL100K,
    GPT2,
    O200K,
    count_words,
    split,
    split_special,
    stream,
    utf8,
)

PATTERNS = [GPT2, CL100K, O200K]
patterns = st.sampled_from(PATTERNS)
# Characters on which the patterns disagree: contractions, cases, marks, digits, kinds of space.
tricky = st.text(
    "'sSlLrReEtaBdÉ日ǅ\u0301\u200d17٣ \t\n\r\u00a0\u3000.!/<|>🙂\x00\u017f", max_size=25
)
SPECIAL = ["<|a|>", "<|a|>!", "<", ".+", "l'"]


@pytest.mark.parametrize(
    ("pattern", "pieces"),
    [
        (GPT2, ["Don", "'t", " SAY", " '", "LL", " ", " 1234", "?!", "\n"]),
        (CL100K, ["Don", "'t", " SAY", " '", "LL", " ", " ", "123", "4", "?!\n"]),
        (O200K, ["Don't", " SAY", " '", "LL", " ", " ", "123", "4", "?!\n"]),
    ],
)
def test_split(pattern: str, pieces: list[str]) -> None:
    assert split("Don't SAY 'LL  1234?!\n", pattern) == pieces


@pytest.mark.parametrize(
    ("text", "told"),
    [(b"caf\xe9", r"b'caf\\xe9', .* text.decode\("), (None, "None, which is no str.")],
)
def test_what_is_no_text_is_named(text: object, told: str) -> None:
    with pytest.raises(TypeError, match=told):
        count_words(["so it is", text])  # type: ignore[list-item]


@settings(deadline=None)
@given(st.text() | tricky, patterns)
def test_pieces_joined_give_the_text_back(text: str, pattern: str) -> None:
    assert "".join(split(text, pattern)) == text


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_match_is_never_empty(pattern: str) -> None:
    assert split("", pattern) == []


def cut_special_slowly(text: str, special_tokens: list[str]) -> list[tuple[str, bool]]:
    """Character by character: the longest special token that begins here, else plain text."""
    pieces, i = [("", False)], 0
    while i < len(text):
        here = [token for token in special_tokens if text.startswith(token, i)]
        if here:
            pieces += [(max(here, key=len), True), ("", False)]
            i += len(pieces[-2][0])
        else:
            pieces[-1] = (pieces[-1][0] + text[i], False)
            i += 1
    return [piece for piece in pieces if piece[0]]


@settings(deadline=None)
@given(st.lists(st.sampled_from([*SPECIAL, "<|", "|>", "a", "."])).map("".join))
def test_split_special_is_the_slow_loop(text: str) -> None:
    assert split_special(text, SPECIAL) == cut_special_slowly(text, SPECIAL)


def test_split_special_without_special_tokens() -> None:
    assert (split_special("a", []), split_special("", [])) == ([("a", False)], [])


@pytest.mark.parametrize(
    ("special_tokens", "message"), [(["a", ""], "is empty"), (["a", "b", "a"], "'a' is given 2")]
)
def test_split_special_refuses_nonsense(special_tokens: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        split_special("text", special_tokens)


def test_special_tokens_are_a_list_not_a_str() -> None:
    with pytest.raises(TypeError, match=r"pass a list: \['<a>'\]"):
        split_special("text", "<a>")


def chunked(text: str, cuts: list[int]) -> list[str]:
    ends = sorted({min(cut, len(text)) for cut in cuts})
    return [text[i:j] for i, j in zip([0, *ends], [*ends, len(text)], strict=True)]


def whole(text: str, pattern: str, special_tokens: list[str]) -> list[tuple[str, bool]]:
    pieces: list[tuple[str, bool]] = []
    for stretch, special in split_special(text, special_tokens):
        cut = [stretch] if special else split(stretch, pattern)
        pieces += [(piece, special) for piece in cut]
    return pieces


@settings(deadline=None, max_examples=400)
@given(tricky, patterns, st.lists(st.integers(0, 25)))
@example("I'll", GPT2, [3])
@example("\n  \n", CL100K, [3])
@example("日本Ab", O200K, [3])
@example("  b", GPT2, [1])
def test_chunks_make_no_difference(text: str, pattern: str, cuts: list[int]) -> None:
    assert list(stream(chunked(text, cuts), pattern)) == whole(text, pattern, [])


@settings(deadline=None, max_examples=400)
@given(
    st.lists(st.sampled_from([*SPECIAL, "<|", "a", "|>", "!", "l", "'", " "])).map("".join),
    patterns,
    st.lists(st.integers(0, 25)),
)
def test_chunks_may_cut_special_tokens(text: str, pattern: str, cuts: list[int]) -> None:
    assert list(stream(chunked(text, cuts), pattern, SPECIAL)) == whole(text, pattern, SPECIAL)


@settings(deadline=None)
@given(tricky, patterns)
def test_single_characters_as_chunks(text: str, pattern: str) -> None:
    assert list(stream(iter(text), pattern, SPECIAL)) == whole(text, pattern, SPECIAL)


def test_stream_is_lazy() -> None:
    taken = []
    lines = (taken.append(i) or f"This is line {i}.\n" for i in range(1000))
    next(stream(lines))
    assert taken == [0]


def test_count_words_over_all_texts_without_special_tokens() -> None:
    counts = count_words(["a b<|x|> b", " b"], special_tokens=["<|x|>"])
    assert counts == {"a": 1, " b": 3}


def test_count_words_refuses_a_single_text() -> None:
    with pytest.raises(TypeError, match=r"pass \[text\]"):
        count_words("text")


@pytest.mark.parametrize(
    ("pattern", "message"),
    [("(a)|.", "captures groups"), (r"\w+", "skips characters"), ("(", "no regular expression")],
)
def test_a_pattern_that_loses_text_is_refused(pattern: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        split("text", pattern)


def test_half_a_surrogate_pair_is_refused() -> None:
    with pytest.raises(ValueError, match=r"U\+D83D, half of a surrogate pair"):
        utf8("a\ud83d")
