"""runtime: sizes, devices, seeds and files."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from llmlab import runtime
from llmlab.runtime import Scale


def test_importing_it_loads_neither_torch_nor_numpy() -> None:
    code = "import sys, llmlab.runtime; sys.exit(bool({'torch', 'numpy'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


@pytest.mark.parametrize(("size", "picked"), [("smoke", 1), ("cpu", 2), ("gpu", 3)])
def test_pick_returns_the_value_of_the_scale(size: str, picked: int) -> None:
    assert Scale(size).pick(smoke=1, cpu=2, gpu=3) == picked


def test_pick_on_a_card_falls_back_to_the_value_for_a_cpu() -> None:
    assert Scale.GPU.pick(smoke=1, cpu=2) == 2


def test_pick_keeps_a_value_for_a_card_that_is_zero() -> None:
    assert Scale.GPU.pick(smoke=1, cpu=2, gpu=0) == 0


@pytest.mark.parametrize("size", list(Scale))
def test_scale_reads_the_environment(monkeypatch: pytest.MonkeyPatch, size: Scale) -> None:
    monkeypatch.setenv("LLMLAB_SCALE", size.upper())
    assert runtime.scale() is size


@pytest.mark.parametrize(("device", "size"), [("cpu", Scale.CPU), ("cuda", Scale.GPU)])
def test_scale_follows_the_device(
    monkeypatch: pytest.MonkeyPatch, device: str, size: Scale
) -> None:
    monkeypatch.delenv("LLMLAB_SCALE", raising=False)
    monkeypatch.setattr(runtime, "device", lambda: device)
    assert runtime.scale() is size


def test_a_bad_scale_is_named_with_the_three_good_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLMLAB_SCALE", "huge")
    with pytest.raises(ValueError, match="'huge'.*smoke, cpu, gpu"):
        runtime.scale()


def test_without_a_card_the_device_is_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "_card_in_sight", lambda: False)
    assert runtime.device() == "cpu"


@pytest.mark.parametrize(("usable", "device"), [(True, "cuda"), (False, "cpu")])
def test_where_a_card_is_in_sight_torch_decides(
    monkeypatch: pytest.MonkeyPatch, usable: bool, device: str
) -> None:
    torch = pytest.importorskip("torch")
    monkeypatch.setattr(runtime, "_card_in_sight", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: usable)
    assert runtime.device() == device


@pytest.mark.parametrize(
    ("capability", "name"),
    [((6, 1), "float16"), ((7, 5), "float16"), ((8, 0), "bfloat16"), ((9, 0), "bfloat16")],
)
def test_dtype_follows_the_capability_of_the_card(
    monkeypatch: pytest.MonkeyPatch, capability: tuple[int, int], name: str
) -> None:
    torch = pytest.importorskip("torch")
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: capability)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda *_: True)  # as a T4 claims
    assert runtime.dtype("cuda:0") is getattr(torch, name)


def test_seeding_repeats_every_generator() -> None:
    import numpy

    torch = pytest.importorskip("torch")

    def draw() -> tuple[float, float, float]:
        runtime.seed_everything(3)
        return random.random(), numpy.random.rand(), torch.rand(()).item()

    assert draw() == draw()


def test_seeds_differ() -> None:
    runtime.seed_everything(1, torch=False)
    first = random.random()
    runtime.seed_everything(2, torch=False)
    assert random.random() != first


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_a_seed_that_numpy_refuses_is_refused_by_name(seed: int) -> None:
    with pytest.raises(ValueError, match=str(seed)):
        runtime.seed_everything(seed)


def test_threads_reach_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch")
    asked: list[int] = []
    monkeypatch.setattr(torch, "set_num_threads", asked.append)
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    monkeypatch.setenv("RAYON_NUM_THREADS", "2")
    runtime.threads(1)
    assert asked == [1]


def test_no_threads_at_all_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        runtime.threads(0)


@pytest.mark.parametrize(
    ("variables", "graded"),
    [
        ({}, False),
        ({"NBGRADER_EXECUTION": "autograde"}, True),
        ({"NBGRADER_EXECUTION": "validate"}, False),
        ({"LLMLAB_GRADING": "1"}, True),
        ({"LLMLAB_GRADING": "0"}, False),
        ({"LLMLAB_GRADING": "0", "NBGRADER_EXECUTION": "autograde"}, True),
    ],
)
def test_only_a_runner_that_grades_is_grading(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], graded: bool
) -> None:
    monkeypatch.delenv("LLMLAB_GRADING", raising=False)
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert runtime.grading() is graded


def test_colab_is_known_by_its_own_package(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not runtime.in_colab()
    monkeypatch.setitem(sys.modules, "google.colab", object())  # type: ignore[arg-type]
    assert runtime.in_colab()


def test_a_missing_package_names_the_command_that_installs_it() -> None:
    with pytest.raises(ImportError, match=r"pip install 'llmlab\[lab\]'"):
        runtime.require("no_such_package.part", extra="lab")


def test_a_package_that_is_broken_is_not_called_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken_one.py").write_text("import missing_inside_it\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ImportError, match="installed but does not load .*missing_inside_it"):
        runtime.require("broken_one", extra="lab")


def test_the_cache_is_where_the_environment_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LLMLAB_CACHE", str(tmp_path / "deep" / "cache"))
    assert runtime.cache_dir() == tmp_path / "deep" / "cache"
    assert runtime.cache_dir().is_dir()


@pytest.mark.parametrize("data", ["café\r\n", b"\x00\xff"])
def test_atomic_write_writes_what_it_is_given(tmp_path: Path, data: str | bytes) -> None:
    written = runtime.atomic_write(tmp_path / "f", data).read_bytes()
    assert written == (data.encode() if isinstance(data, str) else data)


def test_a_write_that_fails_keeps_the_old_file_and_leaves_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = runtime.atomic_write(tmp_path / "f", "old")

    def fail(_source: object, _target: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(runtime.os, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        runtime.atomic_write(target, "new")
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("f", "old")]


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_a_written_file_has_ordinary_permissions(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("")
    written = runtime.atomic_write(tmp_path / "f", "")
    assert written.stat().st_mode == (tmp_path / "plain").stat().st_mode
