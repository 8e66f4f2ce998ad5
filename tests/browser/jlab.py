"""Drive JupyterLab from Python: a server of its own, notebooks at fresh paths, no sleeping.

Cells run through the application's own commands, whose promises end with the kernel's reply;
outputs are read from the model; pixels are awaited by the `data-ready` attribute of the widgets.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import re
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SERVER_FLAGS = [
    "--no-browser",
    "--ip=127.0.0.1",
    "--ServerApp.port_retries=0",
    "--allow-root",
    "--IdentityProvider.token=",
    "--ServerApp.password=",
    "--ServerApp.disable_check_xsrf=True",
    "--LabApp.expose_app_in_browser=True",
    "--LabApp.news_url=None",
]
SERVER_START_S = 120
HERE = re.compile(r"^(?:https?|wss?)://(?:127\.0\.0\.1|localhost)[:/]|^(?:file|data|blob|about):")


def expect(locator: Any) -> Any:
    """Return Playwright's assertions about a locator, which wait until they hold."""
    from playwright import sync_api

    return sync_api.expect(locator)


@dataclass
class Watch:
    """What a page did that it must not do."""

    left_the_machine: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def follow(self, page: Any) -> None:
        """Stop and note every request to elsewhere; note errors of the console and of scripts."""
        page.route(lambda url: not HERE.match(url), self._stop)
        page.on("pageerror", lambda error: self.errors.append(f"{error}"))
        page.on("console", self._console)

    def _stop(self, route: Any) -> None:
        self.left_the_machine.append(route.request.url)
        route.abort()

    def _console(self, message: Any) -> None:
        if message.type == "error":
            self.errors.append(f"{message.text} ({message.location.get('url', '')})")


@dataclass(frozen=True)
class Server:
    """A running JupyterLab: its address, and the folder that it serves."""

    url: str
    root: Path
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def write(self, cells: Sequence[str] | Sequence[dict[str, Any]]) -> str:
        """Write a notebook at a path never used before (kernels outlive pages); return it."""
        made = [
            nbformat.v4.new_code_cell(cell) if isinstance(cell, str) else cell for cell in cells
        ]
        name = f"test-{next(self.numbers)}.ipynb"
        nbformat.write(nbformat.v4.new_notebook(cells=made, metadata=_METADATA), self.root / name)
        return name

    def end_kernels(self) -> None:
        """Shut all kernels down."""
        with urllib.request.urlopen(f"{self.url}/api/sessions") as answer:
            sessions = json.load(answer)
        for session in sessions:
            address = f"{self.url}/api/sessions/{session['id']}"
            urllib.request.urlopen(urllib.request.Request(address, method="DELETE")).close()


_METADATA = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}


@contextlib.contextmanager
def serve(folder: Path) -> Iterator[Server]:
    """Run JupyterLab on `folder / "root"`, with all its settings inside `folder`."""
    root, settings = folder / "root", folder / "settings"
    root.mkdir()
    notices = settings / "@jupyterlab" / "apputils-extension" / "notification.jupyterlab-settings"
    notices.parent.mkdir(parents=True)
    notices.write_text('{"fetchNews": "false", "checkForUpdates": false}')
    places = ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR")
    env = os.environ | {f"JUPYTER_{place}": str(folder / place.lower()) for place in places}
    env |= {"IPYTHONDIR": str(folder / "ipython"), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "jupyterlab", f"--port={_free_port()}", *SERVER_FLAGS]
    command += [
        f"--LabApp.user_settings_dir={settings}",
        f"--LabApp.workspaces_dir={folder}/spaces",
    ]
    process = subprocess.Popen(
        command, cwd=root, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        server = Server(_wait_for_address(process), root)
        yield server
        server.end_kernels()
    finally:
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def _wait_for_address(process: subprocess.Popen[str]) -> str:
    """Read what the server prints until it says where it listens; afterwards, read on."""
    timer = threading.Timer(SERVER_START_S, process.kill)
    timer.start()
    said = []
    for line in process.stdout:
        said.append(line)
        if match := re.search(r"(http://127\.0\.0\.1:\d+)/lab", line):
            timer.cancel()
            threading.Thread(target=_drain, args=[process.stdout], daemon=True).start()
            return match[1]
    timer.cancel()
    raise RuntimeError(f"JupyterLab did not start within {SERVER_START_S} s:\n{''.join(said)}")


def _drain(stream: Any) -> None:
    with contextlib.suppress(ValueError):  # closed while reading: the end
        for _ in stream:
            pass


NOTEBOOK = "window.jupyterapp?.shell.currentWidget"


class Lab:
    """One page of JupyterLab with one notebook open."""

    def __init__(self, page: Any, server: Server) -> None:
        self.page, self.server = page, server

    def open(self, cells: Sequence[Any], kernel: bool = True) -> Lab:
        """Write a notebook of these cells (source, or whole cells) and open it."""
        return self.open_path(self.server.write(cells), kernel)

    def open_path(self, path: str, kernel: bool = True) -> Lab:
        """Open a notebook of the server's folder and wait for it, and for its kernel."""
        address = f"{self.server.url}/lab/tree/{path}?reset"
        self.page.goto(address, wait_until="domcontentloaded", timeout=60_000)
        ready = f"{NOTEBOOK}?.sessionContext" + ("?.session?.kernel" if kernel else "")
        self.page.wait_for_function(ready, timeout=90_000)
        self.page.evaluate(
            f"""async () => {{
              const notebook = {NOTEBOOK};
              await notebook.context.ready;
              await notebook.revealed;
              if ({json.dumps(kernel)}) await notebook.sessionContext.ready;
            }}"""
        )
        return self

    def run_all(self) -> Lab:
        """Run all cells; return when the kernel has answered the last. An error is raised."""
        self.page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
        for index in range(self.n_cells()):
            for output in self.outputs(index):
                if output["output_type"] == "error":
                    raise AssertionError(f"Cell {index}: {output['ename']}: {output['evalue']}")
        return self

    def run_cell(self, index: int, source: str | None = None) -> Any:
        """Run one cell, with a new source if given; return the text of its outputs."""
        self.page.evaluate(
            f"""async ([index, source]) => {{
              const notebook = {NOTEBOOK}.content;
              notebook.activeCellIndex = index;
              notebook.deselectAll();
              if (source !== null) notebook.activeCell.model.sharedModel.setSource(source);
              await window.jupyterapp.commands.execute('notebook:run-cell');
            }}""",
            [index, source],
        )
        return self.text(index)

    def outputs(self, index: int) -> list[dict[str, Any]]:
        """Return a cell's outputs, as nbformat has them."""
        return self.page.evaluate(
            f"(index) => {NOTEBOOK}.content.widgets[index].model.outputs?.toJSON() ?? []", index
        )

    def text(self, index: int) -> str:
        """Return a cell's outputs as text; the traceback where it failed."""
        found = []
        for output in self.outputs(index):
            text = output.get("text") or output.get("data", {}).get("text/plain", "")
            found.append(text if isinstance(text, str) else "".join(text))
            found += output.get("traceback", [])
        return "".join(found)

    def n_cells(self) -> int:
        """Count the cells."""
        return self.page.evaluate(f"() => {NOTEBOOK}.content.widgets.length")

    def cell(self, index: int) -> Any:
        """Return the locator of a cell."""
        return self.page.locator(f".jp-Notebook .jp-Cell[data-windowed-list-index='{index}']")
