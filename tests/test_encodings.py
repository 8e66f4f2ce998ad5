"""`encodings`: real vocabularies with no network, and parity with `tiktoken` on many scripts."""

from __future__ import annotations

import os
import random
from functools import cache
from importlib import metadata

import pytest

from llmlab import encodings
from llmlab.bpe import BPE
from llmlab.pretokenize import CL100K, GPT2, O200K, split

SENTENCES = [
    "It's 10:45, and they'll say: “we DON'T know” — isn't that so?",
    "Größe, naïveté, œuvre, İstanbul, ŁÓDŹ, ſhip; e\u0301 a\u0308 n\u0303 ö\u0332",
    "Все счастливые семьи похожи друг на друга.",
    "Ὅμηρος: ἄνδρα μοι ἔννεπε, μοῦσα",
    "كلُّ إنسانٍ حُرّ \u202b(١٢٣٤)\u202c שָׁלוֹם עֲלֵיכֶם",
    "सभी मनुष्यों को गौरव और अधिकारों के मामले में १२३",
    "ทุกคนเกิดมามีอิสระ ๔๕๖ မြန်မာ ភាសាខ្មែរ",
    "すべての人間は、生まれながらにして自由。カタカナｶﾅ",
    "人人生而自由，在尊嚴和權利上一律平等。𠮷野家",
    "모든 인간은 태어날 때부터 자유로우며 ㅎㅏㄴ",
    "👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽 🇩🇪🇫🇷 ☃️ 1️⃣ \U000e0067",
    "def f(x):\n\treturn x**2  # two\r\n\r\n\n    \n  ",
    "a\x00b\x1c\x1d \x7f\x85\u2028\u2029\ufeff\u200b\u00a0\u3000\t\v\f",
    "''' 'S 'Ll 'ſ 'reVE d''t  <|endoftext|> <|endofprompt|>",
    "1234567 ½ ² Ⅷ ৳৪ 𝟘𝟙 3.14e-10 1,000,000",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
]
# Scripts that both Unicode tables (regex's and Rust's) have known for long, marks and emoji too.
RANGES = [
    (0x00, 0x7F), (0x80, 0x24F), (0x250, 0x36F), (0x370, 0x3FF), (0x400, 0x4FF), (0x531, 0x556),
    (0x5D0, 0x5EA), (0x620, 0x6D3), (0x904, 0x939), (0xE01, 0xE3A), (0x10D0, 0x10FA),
    (0x1E00, 0x1EFF), (0x2000, 0x206F), (0x2190, 0x22FF), (0x3040, 0x30FF), (0x4E00, 0x9FA5),
    (0xAC00, 0xD7A3), (0xE000, 0xE010), (0xFE00, 0xFE0F), (0xFFF0, 0xFFFF), (0x1D400, 0x1D454),
    (0x1F300, 0x1F64F), (0x20000, 0x2A6D6),
]  # fmt: skip


def documents(n: int, seed: int = 0) -> list[str]:
    """Sentences of many scripts, cut, glued, and mixed with characters at random."""
    rng = random.Random(seed)
    made = list(SENTENCES)
    while len(made) < n:
        parts = []
        for _ in range(rng.randrange(1, 6)):
            sentence, (first, last) = rng.choice(SENTENCES), rng.choice(RANGES)
            start = rng.randrange(len(sentence))
            parts.append(sentence[start : start + rng.randrange(1, 40)])
            parts.append("".join(chr(rng.randint(first, last)) for _ in range(rng.randrange(12))))
        rng.shuffle(parts)
        made.append(rng.choice(["", " ", "\n"]).join(parts))
    return made


@pytest.fixture(scope="module")
def trained() -> BPE:
    return BPE.train(documents(300, seed=1), 2048, ["<|endoftext|>", "'ſ"])


@cache
def recovered(name: str) -> BPE:
    return encodings.from_tiktoken(encodings.get_encoding(name))


@pytest.mark.parametrize(
    ("name", "n_texts"),
    [
        ("gpt2", 1200),
        pytest.param("cl100k_base", 1200, marks=pytest.mark.slow),
        pytest.param("o200k_base", 1200, marks=pytest.mark.slow),
    ],
)
def test_our_pure_python_gives_the_ids_of_tiktoken(name: str, n_texts: int) -> None:
    ours, theirs, texts = recovered(name), encodings.get_encoding(name), documents(n_texts)
    wanted = [theirs.encode(text, allowed_special="all") for text in texts]
    assert [ours.encode(text) for text in texts] == wanted
    assert [ours.decode(ids) for ids in wanted] == texts


def test_single_characters_as_chunks_give_the_ids_of_tiktoken() -> None:
    ours, theirs, texts = recovered("gpt2"), encodings.get_encoding("gpt2"), documents(200)
    wanted = [theirs.encode(text, allowed_special="all") for text in texts]
    assert [list(ours.encode_stream(text)) for text in texts] == wanted


@pytest.mark.parametrize(
    ("name", "pattern"), [("gpt2", GPT2), ("cl100k_base", CL100K), ("o200k_base", O200K)]
)
def test_a_pattern_of_tiktoken_is_one_of_ours(name: str, pattern: str) -> None:
    theirs = encodings.get_encoding(name)._pat_str
    assert encodings._SAME_PATTERN.get(theirs, theirs) == pattern
    texts = documents(1200)
    assert [split(text, theirs) for text in texts] == [split(text, pattern) for text in texts]


def test_special_tokens_as_text_have_the_ids_of_tiktoken() -> None:
    text = "a<|endoftext|>"
    wanted = encodings.get_encoding("gpt2").encode_ordinary(text)
    assert recovered("gpt2").encode_ordinary(text) == wanted


def test_a_trained_tokenizer_is_the_same_in_tiktoken(trained: BPE) -> None:
    theirs = trained.to_tiktoken()
    texts = documents(1200)
    wanted = [trained.encode(text) for text in texts]
    assert [theirs.encode(text, allowed_special="all") for text in texts] == wanted
    assert [trained.decode(ids) for ids in wanted] == texts


def test_there_and_back_through_tiktoken(trained: BPE) -> None:
    back = encodings.from_tiktoken(trained.to_tiktoken())
    assert (back.vocab, back.merges, back.pattern) == (
        trained.vocab,
        trained.merges,
        trained.pattern,
    )
    assert set(back.special_tokens) == set(trained.special_tokens)


BYTES = {i: bytes([i]) for i in range(256)}


def test_merges_out_of_the_order_of_ids_are_refused() -> None:
    odd = BPE(BYTES | {256: b"cd", 257: b"ab"}, [(b"a", b"b"), (b"c", b"d")])
    with pytest.raises(ValueError, match="in the order of the ids"):
        odd.to_tiktoken()


def test_merges_that_never_come_about_are_refused() -> None:
    merges = [(b"a", b"b"), (b"b", b"c"), (b"a", b"bc")]
    odd = BPE(BYTES | {256: b"ab", 257: b"bc", 258: b"abc"}, merges)
    with pytest.raises(ValueError, match="b'abc', which these merges never reach"):
        odd.to_tiktoken()


def test_special_tokens_that_begin_alike_are_refused() -> None:
    with pytest.raises(ValueError, match="cannot tell '<|end' from '<|end|>'"):
        BPE(BYTES, [], ["<|end|>", "a", "<|end"]).to_tiktoken()


def test_an_encoding_that_is_no_byte_pair_code_is_refused() -> None:
    import tiktoken

    ranks = {token: i for i, token in BYTES.items()} | {b"abc": 256}
    odd = tiktoken.Encoding("odd", pat_str=".", mergeable_ranks=ranks, special_tokens={})
    with pytest.raises(ValueError, match="No merge of two tokens makes b'abc'"):
        encodings.from_tiktoken(odd)


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="no encoding 'gpt5' .* gpt2, cl100k_base, o200k_base"):
        encodings.get_encoding("gpt5")


@pytest.fixture
def nothing_cached(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    import tiktoken.registry

    monkeypatch.setattr(tiktoken.registry, "ENCODINGS", {})
    monkeypatch.setenv("LLMLAB_CACHE", str(tmp_path / "ours"))
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path / "theirs"))
    encodings.get_encoding.cache_clear()
    yield
    encodings.get_encoding.cache_clear()


@pytest.mark.usefixtures("nothing_cached")
class TestCache:
    def test_the_environment_is_left_as_it_was(self) -> None:
        before = dict(os.environ)
        encodings.get_encoding("gpt2")
        assert dict(os.environ) == before

    def test_a_damaged_file_is_replaced(self, tmp_path) -> None:
        encodings.get_encoding("gpt2")
        damaged = sorted((tmp_path / "ours" / "tiktoken").iterdir())[0]
        content = damaged.read_bytes()
        damaged.write_bytes(b"half a file")
        encodings.get_encoding.cache_clear()
        encodings.get_encoding("gpt2")
        assert damaged.read_bytes() == content

    def test_without_its_carrier_it_says_what_to_install(self, monkeypatch) -> None:
        def missing(name: str) -> metadata.Distribution:
            raise metadata.PackageNotFoundError(name)

        monkeypatch.setattr(metadata, "distribution", missing)
        with pytest.raises(ImportError, match=r"pip install 'llmlab\[offline\]'"):
            encodings.get_encoding("cl100k_base")

    def test_a_cache_of_tiktoken_does_without_the_carrier(self, monkeypatch, tmp_path) -> None:
        encodings.get_encoding("gpt2")
        encodings.get_encoding.cache_clear()
        (tmp_path / "ours" / "tiktoken").rename(tmp_path / "theirs")
        monkeypatch.setattr(metadata, "distribution", None)
        assert encodings.get_encoding("gpt2").n_vocab == 50257
