"""Where the course runs: size of the work, device, number format, seeds, whole files.

It knows nothing of texts, models or labs, and importing it loads neither torch nor numpy.

>>> from llmlab import runtime
>>> runtime.Scale.CPU.pick(smoke=10, cpu=500, gpu=5_000)
500
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import random
import secrets
import shutil
import sys
from enum import StrEnum
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import torch

__all__ = [
    "Scale",
    "atomic_write",
    "cache_dir",
    "device",
    "dtype",
    "grading",
    "in_colab",
    "require",
    "scale",
    "seed_everything",
    "threads",
]

T = TypeVar("T")


class Scale(StrEnum):
    """How much work a lab does: a test's, a laptop's, or a graphics card's."""

    SMOKE = "smoke"
    CPU = "cpu"
    GPU = "gpu"

    def pick(self, *, smoke: T, cpu: T, gpu: T | None = None) -> T:
        """Return the value meant for this scale; without `gpu`, a card does what a CPU does.

        >>> Scale.GPU.pick(smoke=1, cpu=2)
        2
        """
        if self is Scale.SMOKE:
            return smoke
        return gpu if self is Scale.GPU and gpu is not None else cpu


def scale() -> Scale:
    """Return the scale that `LLMLAB_SCALE` asks for, else `gpu` where there is a card, else `cpu`.

    Raises ValueError for any other word.
    """
    wanted = os.environ.get("LLMLAB_SCALE", "").strip().lower()
    if not wanted:
        return Scale.GPU if device() == "cuda" else Scale.CPU
    if wanted not in list(Scale):
        raise ValueError(f"LLMLAB_SCALE is {wanted!r}; it must be one of: smoke, cpu, gpu.")
    return Scale(wanted)


def device() -> str:
    """Return "cuda" where torch can use a card, else "cpu": a name that torch takes as a device."""
    # subtle: asking torch costs two seconds and 200 MB, so it is asked only where a card may be.
    if not _card_in_sight() or importlib.util.find_spec("torch") is None:
        return "cpu"
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def _card_in_sight() -> bool:
    """Say whether the machine shows any sign of an NVIDIA or AMD card, without loading torch."""
    files = ("/dev/nvidiactl", "/dev/dxg", "/dev/kfd")  # Linux, Windows' Linux, AMD
    return shutil.which("nvidia-smi") is not None or any(map(os.path.exists, files))


def dtype(device: str | torch.device) -> torch.dtype:
    """Return the number format to train in: bfloat16, float16 on cards older than 2020, or float32.

    A T4 *emulates* bfloat16, some four times slower than float16, and
    `torch.cuda.is_bf16_supported()` answers yes there; so the compute capability decides.
    With float16 the loss must be scaled (`torch.amp.GradScaler`).

    >>> dtype("cpu")
    torch.float32
    """
    torch = require("torch", extra="torch")
    if torch.device(device).type != "cuda":
        return torch.float32
    major, _minor = torch.cuda.get_device_capability(device)
    return torch.bfloat16 if major >= 8 else torch.float16


def seed_everything(seed: int, *, torch: bool = True) -> int:
    """Seed the global generators of Python, numpy and torch (where installed); return `seed`.

    `torch=False` leaves torch alone, and unloaded. The same seed gives the same bits on the same
    machine as long as nothing iterates over a set of strings (their order is drawn anew in every
    process) and no CUDA kernel adds in an order of its own.

    >>> seed_everything(7, torch=False), random.random() == random.Random(7).random()
    (7, True)
    """
    if not 0 <= seed < 2**32:
        raise ValueError(f"seed is {seed}; numpy takes whole numbers from 0 to {2**32 - 1}.")
    random.seed(seed)
    if importlib.util.find_spec("numpy"):
        importlib.import_module("numpy").random.seed(seed)
    if torch and importlib.util.find_spec("torch"):
        importlib.import_module("torch").manual_seed(seed)
    return seed


def threads(n: int) -> None:
    """Let torch, and the libraries that are loaded from here on, use `n` threads."""
    if n < 1:
        raise ValueError(f"{n} threads cannot do anything; ask for at least 1.")
    for name in ("OMP_NUM_THREADS", "RAYON_NUM_THREADS"):
        os.environ[name] = str(n)
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(n)


def grading() -> bool:
    """Say whether a runner grades: it sets `LLMLAB_GRADING=1`; plain nbgrader has its own sign.

    A student's own "Validate" is not grading.
    """
    if os.environ.get("LLMLAB_GRADING", "0") not in ("", "0"):
        return True
    return os.environ.get("NBGRADER_EXECUTION") == "autograde"


def in_colab() -> bool:
    """Say whether this process is a notebook of Google Colab, which loads its own package first."""
    return "google.colab" in sys.modules


def require(module: str, extra: str) -> ModuleType | Any:
    """Import and return an optional package; where it is missing, say what installs it.

    >>> require("json", extra="hub").dumps(1)
    '1'
    >>> require("no_such_package", extra="hub")
    Traceback (most recent call last):
    ImportError: This needs no_such_package, which is not installed: pip install 'llmlab[hub]'
    """
    remedy = f"pip install 'llmlab[{extra}]'"
    try:
        return importlib.import_module(module)
    except ImportError as error:
        if isinstance(error, ModuleNotFoundError) and error.name == module.split(".")[0]:
            told = f"This needs {error.name}, which is not installed: {remedy}"
        else:
            told = f"{module} is installed but does not load ({error}): {remedy}"
        raise ImportError(told, name=module) from error


def cache_dir() -> Path:
    """Return the folder for what can be made again; `LLMLAB_CACHE` moves it. It is created."""
    chosen = os.environ.get("LLMLAB_CACHE")
    if not chosen:
        from platformdirs import user_cache_dir

        chosen = user_cache_dir("llmlab", appauthor=False)
    folder = Path(chosen).expanduser()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def atomic_write(path: str | os.PathLike[str], data: bytes | str) -> Path:
    """Write a file so that a reader, or a crash, sees the old content or the new, never a part.

    Text is written as UTF-8 with newlines as they are. The folder must exist.
    """
    target = Path(path)
    # subtle: `tempfile` would make it readable by its owner alone; a teacher must read it too.
    draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        with open(draft, "xb") as file:
            file.write(data.encode("utf-8") if isinstance(data, str) else data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, target)
    finally:
        draft.unlink(missing_ok=True)
    return target
