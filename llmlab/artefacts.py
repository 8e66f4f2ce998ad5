"""What a training leaves behind: a tokenizer, weights or plain data, in a file beside the notebook.

A student trains; a grader reads what came out. So a file is written whole or not at all, read
without ever running what is in it (no pickle), and a bad one says what is wrong with it.

    save(folder, "tokenizer", tokenizer)      -> folder/artefact-tokenizer.json
    save(folder, "gpt", model.state_dict())   -> folder/artefact-gpt.safetensors
    load(folder, "gpt")                       -> the same tensors, on the CPU
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from llmlab import tokenizer
from llmlab.runtime import atomic_write, require

__all__ = ["MAX_BYTES", "ArtefactError", "find", "load", "names", "save"]

MAX_BYTES = 25_000_000
_SUFFIXES = (".json", ".safetensors")
_VALUE = "llmlab.value"  # the format of plain data; tokenizers have their own
_TOKENIZERS = {
    "llmlab.bpe": "BPE",
    "llmlab.wordpiece": "WordPiece",
    "llmlab.unigram": "Unigram",
}


class ArtefactError(ValueError):
    """An artefact that is missing, too large or broken; it costs the points that need it."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


def save(folder: Path, name: str, value: Any) -> Path:
    """Write what a training returned; return the file, `artefact-NAME.json` or `.safetensors`.

    Takes a tokenizer of the course, a dict of arrays or of tensors (as of `model.state_dict()`),
    or data that JSON keeps as it is. Raises ArtefactError for anything else, and above 25 MB.
    """
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
        raise ArtefactError(f"{name!r} cannot name an artefact; use small letters, as in 'my-gpt'.")
    suffix, data = _encode(name, value)
    path = folder / f"artefact-{name}{suffix}"
    _check_size(path.name, len(data))
    atomic_write(path, data)
    for other in set(_SUFFIXES) - {suffix}:  # what the same name was before
        path.with_suffix(other).unlink(missing_ok=True)
    return path


def find(folder: Path, name: str) -> Path | None:
    """Return the file of an artefact, or None if there is none."""
    paths = (folder / f"artefact-{name}{suffix}" for suffix in _SUFFIXES)
    return next((path for path in paths if path.exists()), None)


def names(folder: Path) -> list[str]:
    """Return the names of the artefacts in a folder, sorted."""
    paths = [path for path in folder.glob("artefact-*") if path.suffix in _SUFFIXES]
    return sorted({path.stem.removeprefix("artefact-") for path in paths})


def load(folder: Path, name: str) -> Any:
    """Read an artefact: what `save` was given. Raises ArtefactError, which says what is wrong."""
    path = find(folder, name)
    if path is None:
        raise ArtefactError(
            f"The artefact {name!r} is missing: there is no artefact-{name}.json or .safetensors"
            " beside the notebook. Run the cell that trains it, and hand the file in."
        )
    if path.is_symlink() or not path.is_file():
        raise ArtefactError(f"{path.name} is not a file of its own. Train again to make one.")
    _check_size(path.name, path.stat().st_size)
    try:
        return _decode(path)
    except Exception as error:  # whatever a broken file makes its reader do
        raise ArtefactError(
            f"{path.name} is broken ({type(error).__name__}: {str(error)[:200]})."
            " Train again to make it anew."
        ) from error


def _check_size(file: str, size: int) -> None:
    if size > MAX_BYTES:
        raise ArtefactError(
            f"{file} has {size / 1e6:.1f} MB; an artefact may have {MAX_BYTES / 1e6:.0f}."
            " Train something smaller, or keep weights as float16."
        )


def _encode(name: str, value: Any) -> tuple[str, bytes]:
    """Return the suffix and the content of the file that keeps `value`."""
    if isinstance(value, tokenizer.Tokenizer):
        with tempfile.TemporaryDirectory() as scratch:
            return ".json", value.save(Path(scratch, "tokenizer.json")).read_bytes()
    if isinstance(value, Mapping) and value and all(map(_is_array, value.values())):
        return ".safetensors", _encode_arrays(value)
    return ".json", _encode_plain(name, value)


def _is_array(value: Any) -> bool:
    """Say whether a value is an array of numpy or a tensor of torch, without loading either."""
    kind = type(value)
    return (kind.__module__.split(".")[0], kind.__name__) == ("numpy", "ndarray") or _is_tensor(
        value
    )


def _is_tensor(value: Any) -> bool:
    return any(
        (base.__module__.split(".")[0], base.__name__) == ("torch", "Tensor")
        for base in type(value).__mro__
    )


def _encode_arrays(arrays: Mapping[str, Any]) -> bytes:
    if all(map(_is_tensor, arrays.values())):
        from safetensors.torch import save as save_tensors

        # subtle: cloned, since safetensors refuses tensors that share memory, as tied weights do.
        tensors = {k: v.detach().cpu().clone().contiguous() for k, v in arrays.items()}
        return save_tensors(tensors, metadata={"framework": "torch"})
    import numpy as np
    from safetensors.numpy import save as save_arrays

    # subtle: safetensors writes memory as it lies, so a transposed array must be laid out anew.
    whole = {
        k: np.array(v.detach().cpu() if _is_tensor(v) else v, order="C") for k, v in arrays.items()
    }
    return save_arrays(whole, metadata={"framework": "numpy"})


def _encode_plain(name: str, value: Any) -> bytes:
    """Return data as JSON, if JSON gives it back unchanged (no tuples, no numbers as keys)."""
    try:
        text = json.dumps({"format": _VALUE, "version": 1, "value": value})
        kept = json.loads(text)["value"] == value
    except (TypeError, ValueError, RecursionError):
        kept = False
    if kept is not True:
        raise ArtefactError(
            f"{name!r} is of the type {type(value).__name__}, which no file can keep as it is."
            " Return a tokenizer of llmlab.tokenizer, a dict of tensors (model.state_dict()), or"
            " lists, dicts with text as keys, text and numbers."
        )
    return text.encode()


def _decode(path: Path) -> Any:
    if path.suffix == ".safetensors":
        return _decode_arrays(path)
    content = json.loads(path.read_bytes())
    kind = content["format"]
    if kind in _TOKENIZERS:
        return getattr(tokenizer, _TOKENIZERS[kind]).load(path)
    if kind != _VALUE:
        raise ValueError(f"unknown format {kind!r}")
    return content["value"]


def _decode_arrays(path: Path) -> dict[str, Any]:
    from safetensors import safe_open

    with safe_open(path, framework="numpy") as file:
        made_by = (file.metadata() or {}).get("framework")
    if made_by == "numpy":
        from safetensors.numpy import load as load_arrays

        return load_arrays(path.read_bytes())
    require("torch", extra="torch")
    from safetensors.torch import load as load_tensors

    return load_tensors(path.read_bytes())
