"""The TokenizerExplorer without a browser: traits, packing, parity with node, fallback."""

from __future__ import annotations

import base64
import json
import random
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import tiktoken

from llmlab import pretokenize
from llmlab.tokenizer import BPE
from llmlab.widgets import TokenizerExplorer
from llmlab.widgets.token_data import (
    javascript_pattern,
    pack_bpe,
    pack_encoded,
    source,
    visible,
)
from llmlab.widgets.tokenizer_explorer import EXAMPLES, MAX_BYTES

PARITY = Path(__file__).parent / "js" / "parity.mjs"
TEXTS = ["The fox lent the owl her umbrella. ", "naïve café 123 猫が眠る 🙂🙂 \n\n"] * 3
EVIL = "<img src=x onerror=alert(1)></script><script>alert(2)</script>\"'&"


@pytest.fixture(scope="module")
def ours() -> BPE:
    return BPE.train(TEXTS, vocab_size=330, special_tokens=["<|end|>", "<|end|>!"])


@pytest.fixture(scope="module")
def encoding() -> tiktoken.Encoding:
    """A tiktoken encoding of bytes and one merge: it stays in Python, as a large one would."""
    ranks = {bytes([byte]): byte for byte in range(256)} | {b"th": 256}
    return tiktoken.Encoding("tiny", pat_str=r"\S+|\s+", mergeable_ranks=ranks, special_tokens={})


class Lossy:
    """A tokenizer that does not keep the text: one id per word, no spaces."""

    def __len__(self):
        return 10

    def encode(self, text):
        return [len(word) for word in text.split()]

    encode_ordinary = encode

    def token_bytes(self, i):
        if i > 9:
            raise ValueError(f"{i} is too long")
        return b"x" * i


# -- traits ---------------------------------------------------------------------------------------


def test_it_starts_with_all_merges_played(ours):
    widget = TokenizerExplorer(ours, text="the owl")
    assert widget.step == len(ours.merges)
    assert widget.tokens()[0] == ours.encode_ordinary("the owl")


def test_a_step_plays_only_the_first_merges(ours):
    widget = TokenizerExplorer(ours, text="the owl", step=0)
    assert widget.tokens()[1] == [bytes([byte]) for byte in b"the owl"]
    widget.step = 5
    fewer = BPE(ours.vocab, ours.merges[:5], ours.special_tokens)
    assert widget.tokens()[0] == fewer.encode_ordinary("the owl")


def test_special_tokens_are_read_on_request(ours):
    widget = TokenizerExplorer(ours, text="a<|end|>")
    assert len(widget.tokens()[0]) > 2
    widget.special = True
    assert widget.tokens()[1] == [b"a", b"<|end|>"]


def test_state_tells_what_is_seen_and_chosen(ours, encoding):
    widget = TokenizerExplorer({"ours": ours, "tiny": encoding}, text="the")
    widget.active, widget.selection = "tiny", 1
    state = widget.state()
    assert state["tokenizers"]["tiny"] == {"ids": [256, 101], "tokens": [b"th", b"e"]}
    assert state["selection"] == {"tokenizer": "tiny", "index": 1, "id": 101, "bytes": b"e"}


def test_a_selection_beyond_the_text_is_none(ours):
    widget = TokenizerExplorer(ours, text="the")
    widget.selection = 99
    assert widget.state()["selection"] is None


def test_one_tokenizer_goes_by_its_own_name(ours, encoding):
    assert TokenizerExplorer(ours).active == "BPE"
    assert TokenizerExplorer(encoding).active == "tiny"


def test_half_a_surrogate_pair_is_replaced(ours):
    assert TokenizerExplorer(ours, text="a\ud83d").text == "a\ufffd"


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"tokenizers": {}}, ValueError, "empty dict"),
        ({"tokenizers": {"x": object()}}, TypeError, "'x' is a object without encode"),
        ({"tokenizers": Lossy(), "step": 3}, ValueError, "no tokenizer here has merges"),
        ({"text": "é" * MAX_BYTES}, ValueError, "240,000 bytes; the explorer shows at most"),
        ({"step": -1}, ValueError, "step is -1; it must be from 0 to"),
        ({"step": 9999}, ValueError, "step is 9999"),
        ({"counts": {"BPE": [1]}}, ValueError, "counts of 'BPE' has 1"),
        ({"counts": {"gpt2": [1]}}, ValueError, "counts names 'gpt2'"),
    ],
)
def test_wrong_arguments_are_named(ours, arguments, error, message):
    with pytest.raises(error, match=message):
        TokenizerExplorer(**{"tokenizers": ours} | arguments)


def test_an_unknown_name_is_refused(ours):
    widget = TokenizerExplorer(ours)
    with pytest.raises(ValueError, match="active is 'gpt2'; the tokenizers here are 'BPE'"):
        widget.active = "gpt2"


# -- what travels ---------------------------------------------------------------------------------


def unpack(text: str, dtype: str = "<u4") -> list[int]:
    return np.frombuffer(base64.b64decode(text), dtype).tolist()


def test_encoded_text_travels_as_ids_and_lengths():
    packed = pack_encoded([7, 70_000], ["é".encode(), b"a"], "éa")
    assert unpack(packed["ids"]) == [7, 70_000]
    assert unpack(packed["lengths"], "<u2") == [2, 1]
    assert packed["stream"] is None


def test_the_bytes_travel_too_where_they_are_not_the_text():
    packed = pack_encoded([3], [b"xxx"], "fox")
    assert base64.b64decode(packed["stream"]) == b"xxx"


def test_merges_travel_as_pairs_of_ids(ours):
    packed = pack_bpe(ours)
    left, right = ours.merges[0]
    assert [ours.vocab[i] for i in unpack(packed["merges"])[:2]] == [left, right]
    assert packed["made"] == 256 and packed["base"] is None
    assert [token for token, _ in packed["specials"]] == ["<|end|>!", "<|end|>"]


@pytest.mark.parametrize(
    "other", [Lossy(), BPE({i: bytes([i]) for i in range(256)}, [], (), r"\w|\W")]
)
def test_what_javascript_cannot_do_stays_in_python(other):
    assert pack_bpe(other) is None


def test_the_largest_message_stays_below_a_megabyte():
    packed = pack_encoded(range(MAX_BYTES), [b"a"] * MAX_BYTES, "a" * MAX_BYTES)
    assert len(json.dumps(packed)) < 1_000_000


def test_a_vocabulary_of_2048_travels_in_20_kb():
    letters = [bytes([letter]) for letter in range(97, 123)]
    pairs = [(one, other) for one in letters for other in letters]
    triples = [(one + other, third) for one, other in pairs for third in letters]
    merges = (pairs + triples)[: 2048 - 256]
    tokens = [bytes([i]) for i in range(256)] + [left + right for left, right in merges]
    packed = pack_bpe(BPE(dict(enumerate(tokens)), merges))
    assert len(json.dumps(packed)) < 20_000


def test_the_code_that_travels_stays_small():
    assert len(TokenizerExplorer._esm.encode()) < 60_000
    assert len(TokenizerExplorer._css.encode()) < 16_000


def ask(widget: TokenizerExplorer, **message) -> list[dict]:
    """Send a message as the view does; return the answers."""
    answers: list[dict] = []
    widget.send = lambda content, buffers=None: answers.append(content)
    widget._on_message(widget, {"type": "encode", "special": False, **message}, [])
    return answers


def test_python_answers_with_the_number_of_the_request(encoding):
    [answer] = ask(TokenizerExplorer(encoding), name="tiny", sequence=4, text="the")
    assert (answer["type"], answer["name"], answer["sequence"]) == ("encoded", "tiny", 4)
    assert unpack(answer["ids"]) == [256, 101]


def test_an_error_is_an_answer_too():
    [answer] = ask(TokenizerExplorer({"l": Lossy()}, "a"), name="l", sequence=1, text="w" * 12)
    assert answer["error"] == "12 is too long" and "ids" not in answer


def test_messages_for_others_are_left_alone(ours):
    assert ask(TokenizerExplorer(ours), name="nobody", sequence=1, text="a") == []


# -- the same ids in the browser ------------------------------------------------------------------

SCRIPTS = [
    "abcdefghij THE the 's 'LL 'ſ K 0123456789 ٣٤ Ⅷ ½ .,;!?()[]{}<>|\"'-_/",
    " \t\n\r\x0b\x0c\x1c\x85\xa0\u2003\u2028\u3000\ufeff\u200b",
    "äöüßéñçÅ e\u0301n\u0303 Ǆǅ ﬁ",
    "猫がそばで眠る 漢字 カタカナ 한국어 ไทย हिन्दी க்ஷ",
    "עברית العربية ١٢٣ \u200f\u202e",
    "🙂🦉👩‍🚀👨‍👩‍👧🏳️‍🌈🇯🇵 \U0010ffff\x00",
    "<|end|> <|end|>! <|end",
]


def mixed_texts(n: int) -> list[str]:
    """Texts that mix scripts, spaces, emoji and special tokens; the same on every run."""
    draw = random.Random(2)
    texts = []
    for _ in range(n):
        runs = draw.randrange(1, 9)
        alphabets = [draw.choice([*SCRIPTS, *TEXTS]) for _ in range(runs)]
        cuts = [sorted(draw.sample(range(len(one) + 1), 2)) for one in alphabets]
        texts.append("".join(one[a:b] for one, (a, b) in zip(alphabets, cuts, strict=True)))
    return texts


def in_node(tokenizer: BPE, texts: list[str], **options) -> list[list[int]]:
    message = json.dumps({"packed": pack_bpe(tokenizer), "texts": texts, "options": options})
    ran = subprocess.run(
        ["node", str(PARITY)], input=message, capture_output=True, text=True, encoding="utf-8"
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")


@needs_node
@pytest.mark.parametrize("pattern", ["GPT2", "CL100K", "O200K"])
def test_javascript_makes_the_same_ids_as_python(pattern):
    texts = mixed_texts(600)
    trained = BPE.train(texts[:300], 700, ["<|end|>"], pattern=getattr(pretokenize, pattern))
    assert in_node(trained, texts) == [trained.encode_ordinary(text) for text in texts]


@needs_node
def test_javascript_reads_special_tokens_as_python_does(ours):
    texts = mixed_texts(500)
    assert in_node(ours, texts, special=True) == [ours.encode(text) for text in texts]


@needs_node
@pytest.mark.parametrize("letters", ["a", "aab", "theowlfx", "猫が🦉"])
def test_long_words_are_merged_alike(letters):
    draw = random.Random(3)
    words = ["".join(draw.choices(letters, k=length)) for length in (63, 64, 65, 500, 3000)]
    trained = BPE.train(words, vocab_size=400)
    assert in_node(trained, words) == [trained.encode_ordinary(word) for word in words]


@needs_node
def test_merges_in_a_strange_order_are_merged_alike(ours):
    shuffled = random.Random(4).sample(ours.merges, len(ours.merges))
    strange = BPE(ours.vocab, shuffled)
    texts = [text.replace(" ", "") * 5 for text in TEXTS]
    assert in_node(strange, texts) == [strange.encode_ordinary(text) for text in texts]


@needs_node
@pytest.mark.parametrize("step", [0, 1, 20])
def test_javascript_stops_at_the_same_merge(ours, step):
    texts = mixed_texts(100)
    fewer = source("ours", ours).up_to(step)
    assert in_node(ours, texts, step=step) == [fewer.tokens(text)[0] for text in texts]


@needs_node
def test_bytes_with_ids_in_another_order_agree(ours):
    turned = {len(ours.vocab) - i: token for i, token in ours.vocab.items()}
    other = BPE(turned, ours.merges, ours.special_tokens)
    texts = mixed_texts(100)
    assert in_node(other, texts) == [other.encode_ordinary(text) for text in texts]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (r"\s|\S|\d", r"\p{White_Space}|\P{White_Space}|\p{Nd}"),
        (r"[^\s\p{L}]+|.", r"[^\p{White_Space}\p{L}]+|[^\n]"),
        ("(?i:[ks]t)", "(?:[kK\u212asSſ][tT])"),
        (r"\p{N}{1,3}", r"\p{N}{1,3}"),
        (r"\w+", None),
        (r"a++", None),
        (r"a$", None),
        (r"(?P<x>a)", None),
        (r"\p{Greek}", None),
    ],
)
def test_patterns_are_rewritten_only_where_that_is_certain(pattern, expected):
    assert javascript_pattern(pattern) == expected


# -- without a kernel, without scripts ------------------------------------------------------------


def test_the_fallback_is_readable_and_holds_no_script(ours):
    page = TokenizerExplorer(ours, text="the owl").fallback_html()
    assert "<strong>BPE</strong>" in page and ">·owl</span>" in page
    assert "<script" not in page and "<style" not in page


def test_text_stays_text_in_the_fallback_and_in_the_page(ours):
    page = TokenizerExplorer({EVIL: ours}, text=EVIL).static_html()
    assert "<img" not in page
    assert page.count("<script") == page.count("</script") == 2


def test_the_fallback_of_a_long_text_is_short(ours):
    page = TokenizerExplorer(ours, text="the owl " * 5_000, step=0).fallback_html()
    assert "and 39,850 more" in page and len(page) < 50_000


def test_the_static_form_knows_the_examples_for_tokenizers_that_stay_in_python(encoding):
    encoded = TokenizerExplorer(encoding, text="the").static_state()["encoded"]
    assert [entry["text"] for entry in encoded] == ["the", *EXAMPLES.values()]


def test_an_example_that_cannot_be_read_is_left_out():
    encoded = TokenizerExplorer({"l": Lossy()}, text="a").static_state()["encoded"]
    assert "a" in [entry["text"] for entry in encoded] and len(encoded) < len(EXAMPLES)


def test_the_repr_is_a_useful_sentence(ours):
    assert repr(TokenizerExplorer(ours, text="the", step=0)) == (
        "TokenizerExplorer: 'the' is 3 tokens (BPE). Run this cell to use it."
    )


def test_visible_marks_what_cannot_be_seen():
    assert visible("a\u202e\t\r".encode()) == "aU+202E⇥␍"
