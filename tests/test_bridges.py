"""`bridges`: the same ids in `tokenizers`, there and back, and refusals where they would differ."""

from __future__ import annotations

import random

import pytest

from llmlab import bridges, encodings
from llmlab.bpe import BPE
from llmlab.pretokenize import CL100K, GPT2, O200K
from llmlab.unigram import Unigram
from llmlab.wordpiece import WordPiece

hf = pytest.importorskip("tokenizers")

SPECIAL = ["<|end|>", "<|end|>!", "[CLS]"]
TEXTS = [
    "It's 10:45, and they'll say: “we DON'T know” — isn't that so?",
    "Größe, naïveté, œuvre, İstanbul; e\u0301 a\u0308 n\u0303",
    "Все счастливые семьи похожи друг на друга. Ὅμηρος",
    "كلُّ إنسانٍ حُرّ (١٢٣٤) שָׁלוֹם",
    "人人生而自由，在尊嚴和權利上一律平等。すべて 모든",
    "👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽 x\x00y <0x41> <0xE9>",
    "def f(x):\n\treturn x**2  # two\r\n\r\n\n    \n  ",
    "a $1 + ~b~ `c` ^d^ |e| {f} <g> \\h «i» ¿j",
    "aaaaaaaaaaaaaaaaaaaa bbbbbbbbbbbb" + "c" * 120,
]


def documents(n: int) -> list[str]:
    """Cut and glue the texts at random, with special tokens and characters never learned."""
    rng = random.Random(0)
    made = []
    for _ in range(n):
        parts = []
        for _ in range(rng.randrange(1, 5)):
            text = rng.choice([*TEXTS, *SPECIAL, "ŋ♞𝔘", "<|end", " "])
            start = rng.randrange(len(text)) if text in TEXTS else 0
            parts.append(text[start : start + rng.randrange(1, 60)] if text in TEXTS else text)
        made.append(rng.choice(["", " ", "\n"]).join(parts))
    return made


MADE = {
    "bpe": lambda: BPE.train(TEXTS, 700, SPECIAL),
    "bpe, cl100k": lambda: BPE.train(TEXTS, 700, SPECIAL, CL100K),
    "bpe, o200k": lambda: BPE.train(TEXTS, 700, SPECIAL, O200K),
    "wordpiece": lambda: WordPiece.train(TEXTS, 600, SPECIAL),
    "unigram": lambda: Unigram.train(TEXTS, 600, SPECIAL),
    "unigram, cl100k": lambda: Unigram.train(TEXTS, 600, SPECIAL, CL100K),
}


@pytest.fixture(scope="module", params=MADE)
def tokenizer(request: pytest.FixtureRequest) -> BPE | WordPiece | Unigram:
    return MADE[request.param]()


def test_ids_are_equal_in_tokenizers(tokenizer: BPE | WordPiece | Unigram) -> None:
    theirs = bridges.to_tokenizers(tokenizer)
    texts = documents(1000)
    assert [theirs.encode(text).ids for text in texts] == [tokenizer.encode(t) for t in texts]


def test_decoded_text_is_equal_in_tokenizers(tokenizer: BPE | WordPiece | Unigram) -> None:
    theirs = bridges.to_tokenizers(tokenizer)
    ids = tokenizer.encode(TEXTS[0] + "<|end|>" + TEXTS[4])
    assert theirs.decode(ids, skip_special_tokens=False) == tokenizer.decode(ids)


def test_there_and_back_is_the_same(tokenizer: BPE | WordPiece | Unigram) -> None:
    back = bridges.from_tokenizers(bridges.to_tokenizers(tokenizer))
    if isinstance(back, BPE) and isinstance(tokenizer, BPE):
        back.counts = tokenizer.counts  # their format has no room for these
    assert back.__getstate__() == tokenizer.__getstate__()


def test_the_ranks_of_gpt2_are_the_same_in_tokenizers() -> None:
    ours = encodings.from_tiktoken(encodings.get_encoding("gpt2"))
    theirs = bridges.to_tokenizers(ours)
    texts = [*TEXTS, *documents(100)]
    assert [theirs.encode(text).ids for text in texts] == [ours.encode(text) for text in texts]


def test_a_tokenizer_trained_there_has_the_same_ids_here() -> None:
    theirs = hf.Tokenizer(hf.models.BPE())
    theirs.pre_tokenizer = hf.pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = hf.trainers.BpeTrainer(
        vocab_size=500,
        special_tokens=["<|end|>"],
        initial_alphabet=hf.pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    theirs.train_from_iterator(TEXTS, trainer)
    ours = bridges.from_tokenizers(theirs)
    assert ours.pattern == GPT2
    assert [ours.encode(text) for text in TEXTS] == [theirs.encode(text).ids for text in TEXTS]


BYTES = {i: bytes([i]) for i in range(256)}


@pytest.mark.parametrize(
    ("ours", "message"),
    [
        (BPE(BYTES | {256: b"a"}, [], ["a"]), "'a' is a special and an ordinary token"),
        (BPE(BYTES, [], [], r"\p{N}{1,3}+|\P{N}"), r"reads '}\+' differently"),
        (WordPiece({0: "a"}, ["[UNK]"], pattern=GPT2), "no WordPiece with the pattern"),
        (Unigram({"ab": -1.0, "a": -1.0}), "contain 'b' but lack it"),
    ],
)
def test_what_tokenizers_cannot_say_is_refused(ours, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        bridges.to_tokenizers(ours)


def bpe_with(**changes: object) -> object:
    theirs = bridges.to_tokenizers(BPE(BYTES, []))
    for name, value in changes.items():
        setattr(theirs, name, value)
    return theirs


def byte_level(add_prefix_space: bool = False, use_regex: bool = True) -> object:
    return hf.pre_tokenizers.ByteLevel(add_prefix_space=add_prefix_space, use_regex=use_regex)


@pytest.mark.parametrize(
    ("theirs", "message"),
    [
        (lambda: bpe_with(normalizer=hf.normalizers.NFC()), "a normalizer"),
        (lambda: bpe_with(pre_tokenizer=hf.pre_tokenizers.Whitespace()), "no byte level"),
        (lambda: bpe_with(pre_tokenizer=byte_level(add_prefix_space=True)), "an added space"),
        (lambda: bpe_with(pre_tokenizer=byte_level(use_regex=False)), "two patterns, or none"),
        (lambda: bpe_with(model=hf.models.BPE(ignore_merges=True)), "ignore_merges True"),
        (lambda: bpe_with(model=hf.models.WordLevel()), "a WordLevel model"),
        (lambda: hf.Tokenizer(hf.models.WordPiece(unk_token="[UNK]")), "other words"),
        (lambda: hf.Tokenizer(hf.models.Unigram()), "unknown characters"),
    ],
)
def test_what_ours_cannot_say_is_refused(theirs, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        bridges.from_tokenizers(theirs())
