"""artefacts: what goes in comes out, and what is wrong with a file is said."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmlab import artefacts
from llmlab.artefacts import ArtefactError
from llmlab.tokenizer import BPE

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(value=PLAIN)
def test_plain_data_comes_back(tmp_path_factory: pytest.TempPathFactory, value: Any) -> None:
    folder = tmp_path_factory.mktemp("lab")
    artefacts.save(folder, "data", value)
    assert artefacts.load(folder, "data") == value


def test_a_tokenizer_comes_back(tmp_path: Path) -> None:
    tokenizer = BPE.train(["the theme of the thesis"], 260)
    assert artefacts.save(tmp_path, "tokenizer", tokenizer).name == "artefact-tokenizer.json"
    again = artefacts.load(tmp_path, "tokenizer")
    assert (again.vocab, again.merges) == (tokenizer.vocab, tokenizer.merges)


def test_arrays_come_back(tmp_path: Path) -> None:
    arrays = {"a": np.arange(6).reshape(2, 3).T, "b": np.array([0.5], dtype=np.float16)}
    assert artefacts.save(tmp_path, "table", arrays).name == "artefact-table.safetensors"
    again = artefacts.load(tmp_path, "table")
    assert {k: v.tolist() for k, v in again.items()} == {k: v.tolist() for k, v in arrays.items()}


def test_weights_come_back_as_tensors_even_tied_ones(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    layer = torch.nn.Linear(2, 3, dtype=torch.bfloat16)
    weights = layer.state_dict() | {"tied": layer.weight}
    artefacts.save(tmp_path, "gpt", weights)
    again = artefacts.load(tmp_path, "gpt")
    assert all(torch.equal(again[name], weights[name]) for name in weights)


@pytest.mark.parametrize(
    "value",
    [(1, 2), {1: "a"}, {"a": {1, 2}}, float("nan"), object(), {"w": np.zeros(2), "n": 1}, b"x"],
    ids=repr,
)
def test_what_a_file_would_change_is_refused(tmp_path: Path, value: Any) -> None:
    with pytest.raises(ArtefactError, match="no file can keep"):
        artefacts.save(tmp_path, "data", value)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["", "My GPT", "../gpt", "a.b", "-a"])
def test_a_name_that_is_no_file_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ArtefactError, match="cannot name"):
        artefacts.save(tmp_path, name, 1)


def test_what_is_too_large_is_refused_and_not_written(tmp_path: Path) -> None:
    with pytest.raises(ArtefactError, match=r"25\.0 MB.*may have 25"):
        artefacts.save(tmp_path, "big", "x" * artefacts.MAX_BYTES)
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    with open(tmp_path / "artefact-big.json", "wb") as file:
        file.truncate(artefacts.MAX_BYTES + 1)
    with pytest.raises(ArtefactError, match="may have 25"):
        artefacts.load(tmp_path, "big")


def test_a_missing_artefact_is_named(tmp_path: Path) -> None:
    with pytest.raises(ArtefactError, match="'gpt' is missing.*artefact-gpt.json"):
        artefacts.load(tmp_path, "gpt")


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("artefact-x.json", b""),
        ("artefact-x.json", b"[1, 2"),
        ("artefact-x.json", b"[" * 200_000),
        ("artefact-x.json", b"5"),
        ("artefact-x.json", b'{"format": "other", "value": 1}'),
        ("artefact-x.json", b'{"format": "llmlab.bpe", "version": 1}'),
        ("artefact-x.json", pickle.dumps([1])),
        ("artefact-x.safetensors", b""),
        ("artefact-x.safetensors", b"\xff" * 64),
        ("artefact-x.safetensors", pickle.dumps([1])),
    ],
)
def test_a_broken_file_is_named(tmp_path: Path, file: str, content: bytes) -> None:
    (tmp_path / file).write_bytes(content)
    with pytest.raises(ArtefactError, match=f"{file} is broken"):
        artefacts.load(tmp_path, "x")


def test_a_file_cut_short_is_broken(tmp_path: Path) -> None:
    path = artefacts.save(tmp_path, "w", {"a": np.zeros(100)})
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(ArtefactError, match="broken"):
        artefacts.load(tmp_path, "w")


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text(json.dumps({"format": "llmlab.value", "value": 1}))
    try:
        (tmp_path / "artefact-x.json").symlink_to(tmp_path / "elsewhere")
    except OSError:
        pytest.skip("this system makes no links")
    with pytest.raises(ArtefactError, match="not a file of its own"):
        artefacts.load(tmp_path, "x")


def test_a_name_has_one_file_at_a_time(tmp_path: Path) -> None:
    artefacts.save(tmp_path, "x", {"a": np.zeros(1)})
    artefacts.save(tmp_path, "x", 5)
    assert [path.name for path in tmp_path.iterdir()] == ["artefact-x.json"]
    assert artefacts.names(tmp_path) == ["x"]
