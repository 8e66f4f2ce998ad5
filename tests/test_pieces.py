"""`pieces`: what all tokenizers share, tried with the simplest tokenizer there is."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest

from llmlab import pieces

BYTES = {i: bytes([i]) for i in range(256)}


class Bytes(pieces.PieceTokenizer):
    """Every byte is a token; notes which pieces it was asked for."""

    def encode_piece(self, piece: str) -> list[int]:
        asked.append(piece)
        return list(piece.encode())


asked: list[str] = []


def test_decode_reads_a_character_that_is_spread_over_tokens() -> None:
    assert pieces.decode([2, 0, 1], {0: b"\xf0\x9f", 1: b"\x99\x82", 2: b"hi "}) == "hi 🙂"


def test_decode_replaces_what_is_no_utf8() -> None:
    assert pieces.decode([0, 1, 0], {0: b"a", 1: b"\xff"}) == "a\ufffda"


def test_decode_of_nothing() -> None:
    assert pieces.decode([], {}) == ""


@pytest.mark.parametrize(
    ("vocab", "message"),
    [({0: b"a", 4: b"b"}, "The id 2 .* ids run from 0 to 4"), ({}, "The id 2 .* which is empty")],
)
def test_decode_names_an_unknown_id(vocab: dict[int, bytes], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        pieces.decode([2], vocab)


def test_vocab_size_counts_the_gaps() -> None:
    assert len(Bytes(BYTES | {300: b"x"})) == 301


def test_ids_are_not_negative() -> None:
    with pytest.raises(ValueError, match="An id is -1"):
        Bytes({-1: b"a"})


def test_special_tokens_follow_the_greatest_id() -> None:
    assert Bytes(BYTES | {300: b"x"}, ["<a>", "<b>"]).special_ids == {"<a>": 301, "<b>": 302}


def test_a_special_token_that_is_in_the_vocabulary_keeps_its_id() -> None:
    assert Bytes(BYTES | {300: b"<a>"}, ["<a>"]).encode("a<a>") == [97, 300]


def test_of_two_ids_a_special_token_has_the_later() -> None:
    assert Bytes(BYTES | {300: b"a"}, ["a"]).special_ids == {"a": 300}


def test_a_piece_is_encoded_once() -> None:
    asked.clear()
    Bytes(BYTES).encode("so so so")
    assert asked == ["so", " so"]


def test_a_cached_piece_cannot_be_changed_from_outside() -> None:
    tokenizer = Bytes(BYTES)
    tokenizer.encode("so").append(0)
    assert tokenizer.encode("so") == [115, 111]


def test_the_cache_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces._PieceCache, "MAX_PIECES", 3)
    tokenizer = Bytes(BYTES)
    tokenizer.encode("a b c d e f g" + "h" * 1000)
    assert len(tokenizer._cache) <= 3


def test_a_copy_has_no_cache() -> None:
    tokenizer = Bytes(BYTES)
    tokenizer.encode("so")
    assert copy.copy(tokenizer)._cache == {}


def test_repr_says_how_many() -> None:
    assert repr(Bytes(BYTES, ["<a>"])) == "<Bytes: 257 tokens, 1 of them special>"


def test_what_is_written_can_be_read(tmp_path: Path) -> None:
    path = pieces.write_json(tmp_path / "any.json", "kind", {"text": "é"})
    assert pieces.read_json(path, "kind")["text"] == "é"


@pytest.mark.parametrize("content", ["{", "[]", json.dumps({"format": "llmlab.kind"})])
def test_another_file_is_refused(content: str, tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text(content)
    with pytest.raises(ValueError, match="other.json"):
        pieces.read_json(tmp_path / "other.json", "kind")
