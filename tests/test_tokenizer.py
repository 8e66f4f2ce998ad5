"""`tokenizer`: the common interface of the three kinds, and reports."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from llmlab import tokenizer
from llmlab.tokenizer import BPE, Tokenizer, Unigram, WordPiece

TEXTS = ["the hugs, the pugs and the bugs: hugging pugs! " * 5]


@pytest.fixture(params=[BPE, WordPiece, Unigram])
def trained(request: pytest.FixtureRequest) -> BPE | WordPiece | Unigram:
    return request.param.train(TEXTS, 290, ["<|end|>"])


def test_each_kind_is_a_tokenizer(trained: Tokenizer) -> None:
    assert isinstance(trained, Tokenizer)


def test_length_is_vocab_size(trained: Tokenizer) -> None:
    assert len(trained) == trained.vocab_size == len(trained.vocab)


def test_every_id_has_its_bytes(trained: Tokenizer) -> None:
    assert [trained.token_bytes(i) for i in range(len(trained))] == list(trained.vocab.values())


def test_training_is_deterministic(trained: Tokenizer) -> None:
    again = type(trained).train(TEXTS, 290, ["<|end|>"])
    assert again.__getstate__() == trained.__getstate__()


def test_texts_may_come_from_an_iterator(trained: Tokenizer) -> None:
    again = type(trained).train(iter(TEXTS), 290, ["<|end|>"])
    assert again.vocab == trained.vocab


def test_one_text_is_refused(trained: Tokenizer) -> None:
    with pytest.raises(TypeError, match=r"pass \[text\]"):
        type(trained).train(TEXTS[0], 290)


def test_load_knows_what_was_saved(trained: Tokenizer, tmp_path: Path) -> None:
    loaded = tokenizer.load(trained.save(tmp_path / "any.json"))
    assert type(loaded) is type(trained)
    assert loaded.encode("the pugs<|end|>") == trained.encode("the pugs<|end|>")


def test_half_a_surrogate_pair_is_refused(trained: Tokenizer) -> None:
    with pytest.raises(ValueError, match=r"U\+D83D, half of a surrogate pair"):
        trained.encode("the \ud83d pugs")


def test_ids_may_be_an_array(trained: Tokenizer) -> None:
    numpy = pytest.importorskip("numpy")
    assert trained.decode(numpy.array(trained.encode("the pugs"))) == "the pugs"


def test_an_id_is_a_whole_number(trained: Tokenizer) -> None:
    with pytest.raises(TypeError, match="'float' object"):
        trained.decode([1.0])


@pytest.mark.parametrize("content", ["{}", "[]", "no JSON", '{"format": "llmlab.other"}'])
def test_load_refuses_other_files(content: str, tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text(content)
    with pytest.raises(ValueError, match="other.json"):
        tokenizer.load(tmp_path / "other.json")


def characters(text: str) -> list[int]:
    return [ord(character) for character in text]


def test_report_is_of_all_texts_together() -> None:
    texts = ["a", "été in Rome"]
    assert tokenizer.report(characters, texts) == {
        "bytes_per_token": 14 / 12,
        "tokens_per_word": 12 / 4,
        "n_tokens": 12,
    }


def test_report_of_nothing() -> None:
    nothing = {"bytes_per_token": 0.0, "tokens_per_word": 0.0, "n_tokens": 0}
    assert tokenizer.report(characters, [""]) == nothing


@pytest.mark.parametrize("kind", ["bpe", "unigram", "wordpiece"])
@pytest.mark.parametrize("damage", [{}, {"vocab": 3, "logp": 3}, {"vocab": {}, "merges": [1]}])
def test_a_damaged_file_is_named(tmp_path: Path, kind: str, damage: dict[str, object]) -> None:
    path = tmp_path / "tokenizer.json"
    path.write_text(json.dumps({"format": f"llmlab.{kind}", "version": 1, **damage}))
    with pytest.raises(ValueError, match=re.escape(f"{path} is a damaged tokenizer")):
        tokenizer.load(path)


@pytest.mark.parametrize("kind", [BPE, Unigram, WordPiece])
def test_half_a_token_is_no_vocabulary_size(kind: type) -> None:
    with pytest.raises(TypeError, match="float"):
        kind.train(["so it goes"], vocab_size=300.5)
