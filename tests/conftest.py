"""What every test has: no network, no hub, a cache of its own, the smallest scale."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from llmlab import doctor

# Read when modules are imported and inherited by kernels, so set before any test is collected.
os.environ |= {
    "HF_HUB_OFFLINE": "1",
    "HF_DATASETS_OFFLINE": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "LLMLAB_SCALE": "smoke",
    "JUPYTER_PLATFORM_DIRS": "1",
}

# A busy machine is no failure; and in CI the same commit gets the same examples.
settings.register_profile("llmlab", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("llmlab")

# pytest looks for doctests in every module; two of one name, as these, would confuse it.
collect_ignore = ["conftest.py", "browser/conftest.py"]

LOOPBACK = ("127.", "::1", "localhost", "0.0.0.0")
real_connect = socket.socket.connect
real_connect_ex = socket.socket.connect_ex


class NetworkUsed(Exception):
    """A test tried to leave this machine."""


def refuse_far(address: object) -> None:
    """Let loopback and local sockets pass; everything else fails the test."""
    host = address[0] if isinstance(address, tuple) else None
    if isinstance(host, str) and not host.startswith(LOOPBACK):
        raise NetworkUsed(f"A test connected to {host}; tests run without a network.")


def guarded_connect(self: socket.socket, address: object) -> object:
    """Stand in for `socket.connect`."""
    refuse_far(address)
    return real_connect(self, address)  # type: ignore[arg-type]


def guarded_connect_ex(self: socket.socket, address: object) -> int:
    """Stand in for `socket.connect_ex`."""
    refuse_far(address)
    return real_connect_ex(self, address)  # type: ignore[arg-type]


socket.socket.connect = guarded_connect  # type: ignore[method-assign,assignment]
socket.socket.connect_ex = guarded_connect_ex  # type: ignore[method-assign,assignment]


@pytest.fixture(autouse=True, scope="session")
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keep the tests' cache apart from the user's."""
    folder = tmp_path_factory.mktemp("cache")
    before = os.environ.get("LLMLAB_CACHE")
    os.environ["LLMLAB_CACHE"] = str(folder)
    yield folder
    if before is None:
        del os.environ["LLMLAB_CACHE"]
    else:
        os.environ["LLMLAB_CACHE"] = before


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the path of a Chromium; without one, skip and say so (or fail, where CI asks)."""
    path = doctor.browser()
    if path is None:
        told = "no Chromium here: apt install chromium, or LLMLAB_BROWSER=/path/to/it"
        if os.environ.get("LLMLAB_REQUIRE_BROWSER"):
            pytest.fail(told)
        pytest.skip(told)
    return path


@pytest.fixture(scope="session")
def root() -> Path:
    """Return the project's root."""
    return Path(__file__).resolve().parent.parent
