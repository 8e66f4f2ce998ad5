"""Where a student works: `work/`, with its own copies of the labs, and JupyterLab on it.

A release is copied once and never again; `llmlab update` brings corrections. Everything that
JupyterLab is told is told by flags or kept under `work/.jupyter`: the user's own settings stay.

    workplace.copy_labs(root)        -> names of the labs that were copied just now
    workplace.serve(root, port=8888)
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

from llmlab.runtime import atomic_write

__all__ = ["RELEASED", "command", "copy_labs", "environment", "first_page", "port_is_free", "serve"]

RELEASED = ".released.ipynb"  # beside each notebook: the release that it was last made from

# JupyterLab fetches news and looks for updates unless told otherwise; here nothing leaves.
SETTINGS = {
    "@jupyterlab/apputils-extension:notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
        "doNotDisturbMode": True,
    },
    "@jupyterlab/extensionmanager-extension:plugin": {"enabled": False},
}


def copy_labs(root: Path) -> list[str]:
    """Copy each release that `work/` does not have; return the names of the labs copied.

    What is already there, edited or not, is never overwritten.
    """
    copied = []
    for release in sorted((root / "labs").glob("*/*.ipynb")):
        folder = root / "work" / release.parent.name
        target = folder / release.name
        if target.exists():
            continue
        folder.mkdir(parents=True, exist_ok=True)
        # subtle: whole or not at all, for what is there is never written again.
        atomic_write(folder / RELEASED, release.read_bytes())
        atomic_write(target, release.read_bytes())
        copied.append(folder.name)
    return copied


def first_page(root: Path) -> str:
    """Return what to open: the lab that was worked on last, at first the first one."""
    notebooks = sorted((root / "work").glob("[0-9]*/[0-9]*.ipynb"))
    if not notebooks:
        return "/lab"
    # subtle: copies made together differ by less than a second; then the first lab wins.
    latest = max(notebooks, key=lambda path: int(path.stat().st_mtime))
    return f"/lab/tree/{latest.parent.name}/{latest.name}"


def serve(root: Path, *, port: int, browser: bool = True, course: bool = False) -> int:
    """Start JupyterLab on `work/`, or for an instructor (`course`) on the whole course.

    Does not return where the system can replace the process.
    """
    if not 1 <= port <= 65_535:
        raise ValueError(f"Port {port} does not exist: choose one from 1024 to 65535.")
    if not port_is_free(port):
        higher = range(port + 1, min(port + 200, 65_536))
        other = next((p for p in higher if port_is_free(p)), 8888)
        raise ValueError(
            f"Port {port} is taken, perhaps by a JupyterLab that still runs. "
            f"Close that one, or choose another port: make lab PORT={other}"
        )
    for lab in copy_labs(root):
        print(f"work/{lab}: a fresh copy of the lab, yours to edit")
    (root / "work").mkdir(exist_ok=True)
    write_settings(root)
    arguments = command(root, port=port, browser=browser, course=course)
    print(f"JupyterLab on http://localhost:{port} (the full address follows; Ctrl+C twice ends it)")
    sys.stdout.flush()
    os.chdir(root / "work")
    if os.name == "nt":
        return subprocess.call(arguments, env=environment(root))
    os.execve(arguments[0], arguments, environment(root))


def port_is_free(port: int) -> bool:
    """Return whether a server could listen on this port of this machine."""
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        with contextlib.suppress(OSError), socket.socket(family) as probe:
            probe.settimeout(1)
            if probe.connect_ex((host, port)) == 0:
                return False
    return True


def write_settings(root: Path) -> None:
    """Write JupyterLab's overrides: what a fresh user sees before choosing otherwise."""
    folder = root / "work" / ".jupyter" / "settings"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "overrides.json").write_text(json.dumps(SETTINGS, indent=1), encoding="utf-8")


def command(root: Path, *, port: int, browser: bool, course: bool = False) -> list[str]:
    """Return the command that starts JupyterLab."""
    own = root / "work" / ".jupyter"
    page = "/lab/tree/solutions" if course else first_page(root)
    arguments = [
        sys.executable,
        *("-m", "jupyterlab"),
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        f"--ServerApp.root_dir={root if course else root / 'work'}",
        "--ServerApp.log_level=WARN",
        f"--LabApp.default_url={page}",
        "--LabApp.news_url=None",
        f"--LabApp.app_settings_dir={own / 'settings'}",
        f"--LabApp.workspaces_dir={own / ('course' if course else 'workspaces')}",
    ]
    if not browser:
        arguments.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        arguments.append("--allow-root")  # in a container everybody is
    return arguments


def environment(root: Path) -> dict[str, str]:
    """Return the server's environment: nbgrader finds its settings, and its own programs."""
    paths = [str(root), os.environ.get("JUPYTER_CONFIG_PATH", "")]
    return os.environ | {
        "JUPYTER_CONFIG_PATH": os.pathsep.join(filter(None, paths)),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
    }
