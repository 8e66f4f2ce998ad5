"""hub: the table, the knock at the door, and the stream, tried on files of this machine."""

from __future__ import annotations

import json
import re
import socket
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from llmlab import hub
from llmlab.hub import HubText


@pytest.fixture
def online(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hub that answers: what is read lies on this machine, so nobody notices."""
    monkeypatch.setattr(hub, "why_unreachable", lambda: None)


@pytest.fixture
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub.urllib.request, "getproxies", dict)
    for name in ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE", "HF_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)


def on_disk(folder: Path, rows: list[dict[str, str]], **choices: str) -> HubText:
    """Write rows where `datasets` reads them as it reads a data set of the hub."""
    folder.joinpath("train.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return replace(HubText(str(folder), "main", "for a test"), **choices)


@pytest.mark.parametrize("name", hub.TEXTS)
def test_every_revision_is_a_whole_commit(name: str) -> None:
    assert re.fullmatch(r"[0-9a-f]{40}", hub.TEXTS[name].revision)


def test_documents_are_the_rows_of_the_column(online: None, tmp_path: Path) -> None:
    rows = [{"chosen": f"answer {i}", "rejected": "no"} for i in range(20)]
    text = on_disk(tmp_path, rows, column="chosen")
    assert sorted(hub.documents(text)) == sorted(row["chosen"] for row in rows)


def test_the_seed_draws_the_order(online: None, tmp_path: Path) -> None:
    text = on_disk(tmp_path, [{"text": str(i)} for i in range(50)])
    assert list(hub.documents(text, seed=1)) == list(hub.documents(text, seed=1))
    assert list(hub.documents(text, seed=1)) != list(hub.documents(text, seed=2))


def test_lines_are_joined_into_documents(online: None, tmp_path: Path) -> None:
    lines = ["", " = Ada = \n", "Born.\n", " = = Work = = \n", "Wrote.\n", " = Alan = \n", "Ran.\n"]
    text = on_disk(tmp_path, [{"text": line} for line in lines])
    text = replace(text, title=hub.TEXTS["wikitext"].title)
    assert [document.split()[:2] for document in hub.documents(text)] == [
        [],
        ["=", "Ada"],
        ["=", "Alan"],
    ]


@pytest.mark.parametrize("switch", ["HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE"])
@pytest.mark.parametrize("value", ["1", "on", "YES", "true"])
def test_the_switches_for_offline_are_honoured(
    monkeypatch: pytest.MonkeyPatch, no_proxy: None, switch: str, value: str
) -> None:
    monkeypatch.setenv(switch, value)
    assert switch in str(hub.why_unreachable())


class Closed(BaseHTTPRequestHandler):
    """A server that answers, though not with what was asked for."""

    def do_HEAD(self) -> None:
        self.send_error(403)

    def log_message(self, *_: object) -> None:
        pass


def test_a_mirror_that_answers_is_reachable(
    monkeypatch: pytest.MonkeyPatch, no_proxy: None
) -> None:
    with HTTPServer(("127.0.0.1", 0), Closed) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
        assert hub.why_unreachable(patience=30) is None
        thread.join()


def test_a_server_that_takes_the_call_and_says_nothing_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, no_proxy: None
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{silent.getsockname()[1]}")
        assert hub.why_unreachable(patience=0.05) == "127.0.0.1 does not answer from here."


def test_a_door_that_is_shut_is_named(monkeypatch: pytest.MonkeyPatch, no_proxy: None) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        shut = server.getsockname()[1]
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{shut}")
    assert hub.why_unreachable() == "127.0.0.1 does not answer from here."


def test_a_name_server_that_hangs_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, no_proxy: None
) -> None:
    released = threading.Event()

    def hang(*_: object, **__: object) -> None:
        released.wait(60)
        raise OSError("at last")

    monkeypatch.setattr(hub.urllib.request, "urlopen", hang)
    assert hub.why_unreachable(patience=0.05) is not None
    assert not released.is_set()
    released.set()
