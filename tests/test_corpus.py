"""corpus: names, sizes, splits, and what is said when something is not there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from llmlab import corpus, hub
from llmlab.hub import HubText


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """A data set "pages" of the hub that lies on this machine: 300 documents, some twice."""
    texts = [f"Page {i} of three hundred." for i in range(300)]
    rows = [{"text": text} for text in texts + texts[:50] + ["", "Ask ada@example.org"]]
    tmp_path.joinpath("a.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    monkeypatch.setitem(hub.TEXTS, "pages", HubText(str(tmp_path), "main", "for a test"))
    monkeypatch.setattr(hub, "why_unreachable", lambda: None)
    return texts + ["Ask [EMAIL]"]


def test_names_tell_of_every_corpus() -> None:
    assert {"tales", "shelf", "tinystories", "wikitext"} <= set(corpus.names())
    assert all(corpus.names().values())


@pytest.mark.parametrize("name", ["tales", "shelf"])
@pytest.mark.parametrize("max_bytes", [20_000, 100_000])
def test_load_fills_what_it_may_and_no_more(name: str, max_bytes: int) -> None:
    size = sum(len(text.encode()) for text in corpus.load(name, max_bytes=max_bytes))
    assert 0.8 * max_bytes < size <= max_bytes


@pytest.mark.parametrize("name", ["tales", "shelf"])
def test_the_same_seed_gives_the_same_documents(name: str) -> None:
    first = corpus.load(name, max_bytes=20_000, seed=5)
    assert corpus.load(name, max_bytes=20_000, seed=5) == first
    assert corpus.load(name, max_bytes=20_000, seed=6) != first


@pytest.mark.parametrize("name", ["tales", "shelf"])
def test_load_gives_no_document_twice(name: str) -> None:
    texts = corpus.load(name, max_bytes=100_000)
    assert len(set(texts)) == len(texts)


def test_splits_share_no_document_whatever_the_seed() -> None:
    train, valid, test = (
        set(corpus.load("tales", max_bytes=50_000, split=split, seed=seed))
        for seed, split in enumerate(corpus.SPLITS)
    )
    assert not (train & valid | train & test | valid & test)


def test_splits_together_are_everything(pages: list[str]) -> None:
    splits = [list(corpus.stream("pages", split=s, source="hub")) for s in corpus.SPLITS]
    assert sorted(sum(splits, [])) == sorted(pages)
    assert len(splits[0]) > 5 * len(splits[1]) > 0


def test_stream_is_lazy() -> None:
    assert len(list(islice(corpus.stream("tales"), 3))) == 3


def test_the_hub_is_never_the_default() -> None:
    with pytest.raises(ValueError, match="load\\('tinystories', source='hub'\\).*\"tales\""):
        corpus.load("tinystories")


def test_without_a_network_the_local_texts_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "why_unreachable", lambda: "nobody answers.")
    with pytest.raises(ConnectionError, match='nobody answers.*load."tales".*load."shelf"'):
        corpus.stream("tinystories", source="hub")


def test_an_unknown_name_is_told_the_known_ones() -> None:
    with pytest.raises(ValueError, match="'tale'; there are: tales, shelf, .*tinystories"):
        corpus.load("tale")


@pytest.mark.parametrize(("name", "told"), [("tales", "leave source out"), ("x", "not known")])
def test_the_hub_is_not_asked_for_what_it_has_not(name: str, told: str) -> None:
    with pytest.raises(ValueError, match=f"{told}.*tinystories"):
        corpus.load(name, source="hub")


@pytest.mark.parametrize("max_bytes", [0, -1, float("nan")])
def test_a_size_that_holds_nothing_is_refused(max_bytes: int) -> None:
    with pytest.raises(ValueError, match=f"max_bytes is {max_bytes}"):
        corpus.load("tales", max_bytes=max_bytes)


def test_a_size_smaller_than_any_document_is_refused() -> None:
    with pytest.raises(ValueError, match="fits into 5 bytes"):
        corpus.load("tales", max_bytes=5)


@pytest.mark.parametrize("wrong", [{"split": "dev"}, {"source": "web"}])
def test_a_split_or_source_that_does_not_exist_is_named(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=f"'{next(iter(wrong.values()))}'; it must be"):
        corpus.stream("tales", **wrong)


def test_an_empty_corpus_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(_seed: int) -> Iterator[str]:
        return iter(())

    monkeypatch.setattr(corpus.shelf, "documents", nothing)
    with pytest.raises(ValueError, match="'shelf' has no documents.*'tales'"):
        corpus.load("shelf")
