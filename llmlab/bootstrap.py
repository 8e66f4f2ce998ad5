"""Set the course up in `.venv` on a fresh machine, with the standard library alone.

`python3 -m llmlab lab` and `python3 -m llmlab test` come through here: a virtual environment, then
torch as its own step (the CPU build where there is no card), then everything else at the versions
of constraints.txt. A stamp says what was completed; without it, nothing is believed to be.

    $ python3 -m llmlab lab
    $ TORCH_SPEC='torch==2.11.0' python3 -m llmlab lab       another torch, or a path to a wheel
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["ROOT", "SetupError", "inside", "python_of", "run_inside", "set_up", "torch_choice"]

ROOT = Path(__file__).resolve().parent.parent
OLDEST = (3, 11)
TORCH = "torch==2.13.0"  # the release that the course was tested with
TORCH_RANGE = (2, 4)  # what pyproject.toml asks for at least
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
EXTRAS = {
    "lab": ("torch", "lab", "hub", "offline"),
    "test": ("torch", "lab", "hub", "offline", "dev", "book"),
}
# Measured on Linux, in MB on disk: what a step adds.
SIZE = {"torch": 850, "torch with CUDA": 5600, "lab": 1000, "test": 1300}
STAMP = "llmlab-setup.json"


class SetupError(Exception):
    """Set-up cannot go on; the message says why and what to do."""


def python_of(root: Path) -> Path:
    """Return the Python of the course's environment, whether or not it exists."""
    inside_venv = "Scripts/python.exe" if os.name == "nt" else "bin/python"
    return root / ".venv" / inside_venv


def inside(root: Path = ROOT) -> bool:
    """Return whether this Python is the course's own."""
    return Path(sys.prefix).resolve() == (root / ".venv").resolve()


def run_inside(arguments: Sequence[str], root: Path = ROOT) -> int:
    """Run `python -m llmlab` with the course's Python; where the system can, become it."""
    command = [str(python_of(root)), "-m", "llmlab", *arguments]
    environment = os.environ | {"PYTHONPATH": str(root)}
    if os.name == "nt":
        return subprocess.call(command, env=environment)
    sys.stdout.flush()
    os.execve(command[0], command, environment)


# ---------------------------------------------------------------------------------------------
# Set-up, step by step


def set_up(verb: str, root: Path = ROOT) -> None:
    """Bring `.venv` to what `verb` needs; where it is so already, do nothing.

    Raises `SetupError` with a remedy.
    """
    check_python()
    extras = EXTRAS[verb]
    if is_complete(root, extras):
        return
    venv = root / ".venv"
    (venv / STAMP).unlink(missing_ok=True)
    choice = torch_choice(root)
    announce(verb, choice, venv)
    if not works(python_of(root)):
        create(venv)
    else:
        mend(python_of(root), venv)
    if choice.commands:
        install_torch(python_of(root), choice, venv)
    print("Installing JupyterLab, nbgrader and the rest (a few minutes) …", flush=True)
    wanted = f"{root}[{','.join(extras)}]"
    rest = ["install", "-c", str(root / "constraints.txt"), "-e", wanted]
    if pip(python_of(root), rest, venv) != 0:
        raise SetupError(failure("the course's packages", venv))
    stamp = {"key": key(root), "extras": sorted(extras), "spec": os.environ.get("TORCH_SPEC")}
    (venv / STAMP).write_text(json.dumps(stamp), encoding="utf-8")
    print("Set-up is complete.", flush=True)


def check_python(version: tuple[int, ...] = tuple(sys.version_info[:3])) -> None:
    """Refuse a Python that is too old, or that cannot make environments."""
    if version[:2] < OLDEST:
        have = ".".join(map(str, version))
        raise SetupError(
            f"This is Python {have}; the course needs Python {OLDEST[0]}.{OLDEST[1]} or newer.\n"
            "Install one from https://www.python.org/downloads and name it, for example:\n"
            "    make lab PYTHON=python3.12"
        )
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        raise SetupError(
            "This Python cannot make virtual environments. On Debian or Ubuntu:\n"
            "    sudo apt install python3-venv"
        ) from None


def key(root: Path) -> str:
    """Return a hash of all that decides what an environment must hold."""
    digest = hashlib.sha256()
    for name in ("pyproject.toml", "constraints.txt"):
        digest.update((root / name).read_bytes())
    digest.update(str(root).encode())
    return digest.hexdigest()[:16]


def is_complete(root: Path, extras: Sequence[str]) -> bool:
    """Return whether set-up ended, for these extras and for the files as they are now."""
    try:
        stamp = json.loads((root / ".venv" / STAMP).read_text(encoding="utf-8"))
        fits = stamp["key"] == key(root) and set(extras) <= set(stamp["extras"])
        fits = fits and os.environ.get("TORCH_SPEC") in (None, stamp["spec"])
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return fits and works(python_of(root))


def works(python: Path) -> bool:
    """Return whether there is a Python here, new enough, with pip."""
    if not python.exists():
        return False
    code = f"import sys, pip; sys.exit(sys.version_info[:2] < {OLDEST})"
    return subprocess.run([str(python), "-c", code], capture_output=True).returncode == 0


def create(venv: Path) -> None:
    """Make an empty environment; one that does not work is replaced."""
    made = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", str(venv)], capture_output=True, text=True
    )
    if made.returncode:
        raise SetupError(f"Could not make {venv}:\n{made.stdout}{made.stderr}")


def announce(verb: str, torch: TorchChoice, venv: Path) -> None:
    """Say what is about to happen and how large it is; refuse a disk that is too full."""
    torch_mb = SIZE[torch.size] if torch.commands else 0
    total = torch_mb + SIZE[verb]
    resumed = "Going on with" if venv.exists() else "Setting up"
    print(f"{resumed} the course in {venv}: up to {total:,} MB on disk, once.")
    print(f"  1. torch: {torch.says}" + (f", {torch_mb:,} MB" if torch_mb else ""))
    print(f"  2. JupyterLab and what the labs use: {SIZE[verb]:,} MB", flush=True)
    free = shutil.disk_usage(venv.parent).free // 10**6
    if not venv.exists() and free < total:
        raise SetupError(f"The disk has {free:,} MB free, but {total:,} MB are needed: make room.")


# ---------------------------------------------------------------------------------------------
# torch


@dataclass(frozen=True)
class TorchChoice:
    """Which torch, from where: pip's arguments, tried in order until one succeeds."""

    commands: tuple[tuple[str, ...], ...]
    says: str
    size: str = "torch"


def torch_choice(root: Path = ROOT) -> TorchChoice:
    """Decide how torch is installed on this machine."""
    spec = os.environ.get("TORCH_SPEC")
    installed = torch_version(python_of(root))
    if installed and not spec:
        return TorchChoice((), f"{installed} is there")
    if spec:
        return TorchChoice((("install", *spec.split()),), f"{spec} (TORCH_SPEC)")
    if card_in_sight():
        return TorchChoice((("install", TORCH),), "with CUDA, for your card", "torch with CUDA")
    if platform.system() != "Linux":
        return TorchChoice((("install", TORCH),), "the CPU build")
    from_disk = ("install", "--no-index", "--no-deps", TORCH)
    from_pytorch = ("install", "--index-url", CPU_INDEX, TORCH)
    if has_find_links():
        return TorchChoice((from_disk, from_pytorch), "the CPU build, from this disk if there")
    return TorchChoice((from_pytorch,), "the CPU build")


def torch_version(python: Path) -> str | None:
    """Return the version of the torch in an environment, if it is complete and new enough."""
    code = "import torch; print(torch.__version__)"
    if not python.exists():
        return None
    asked = subprocess.run([str(python), "-c", code], capture_output=True, text=True)
    version = asked.stdout.strip()
    numbers = version.split("+")[0].split(".")[:2]
    if asked.returncode or not all(part.isdigit() for part in numbers):
        return None
    return version if tuple(map(int, numbers)) >= TORCH_RANGE else None


def card_in_sight() -> bool:
    """Return whether NVIDIA's driver sees a card."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return False
    return subprocess.run([tool, "-L"], capture_output=True).stdout.startswith(b"GPU")


def has_find_links() -> bool:
    """Return whether pip is told of a folder with wheels."""
    if os.environ.get("PIP_FIND_LINKS"):
        return True
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True
    )
    return "find-links" in listed.stdout


def install_torch(python: Path, choice: TorchChoice, venv: Path) -> None:
    """Install torch by the first way that works."""
    print(f"Installing torch ({choice.says}) …", flush=True)
    for command in choice.commands:
        if pip(python, list(command), venv) == 0 and torch_arrived(python):
            return
    raise SetupError(
        failure("torch", venv) + "\nTo take torch from elsewhere:\n"
        f"    TORCH_SPEC='{TORCH}' make lab          from PyPI; on Linux that has CUDA: "
        f"{SIZE['torch with CUDA']:,} MB\n"
        "    TORCH_SPEC=/path/to/torch.whl make lab     a file that you have"
    )


def torch_arrived(python: Path) -> bool:
    """Return whether torch's files are there; what it imports may follow in the next step."""
    code = "import importlib.util as u; raise SystemExit(u.find_spec('torch') is None)"
    return subprocess.run([str(python), "-c", code], capture_output=True).returncode == 0


# ---------------------------------------------------------------------------------------------
# pip, and installs that were interrupted

# Names each package whose files are not all there: a killed pip leaves such, and believes in them.
BROKEN = """
import importlib.metadata as m
for d in m.distributions():
    files = d.files
    if not files or any(f.suffix == ".py" and not d.locate_file(f).exists() for f in files):
        print(d._path)
"""


def mend(python: Path, venv: Path) -> None:
    """Forget packages that an interrupted install left half there, so that pip installs them."""
    asked = subprocess.run([str(python), "-c", BROKEN], capture_output=True, text=True)
    for line in asked.stdout.splitlines():
        path = Path(line)
        # subtle: only inside this environment; pip reinstalls what has no metadata.
        if path.is_dir() and venv.resolve() in path.resolve().parents:
            shutil.rmtree(path)


def pip(python: Path, arguments: list[str], venv: Path) -> int:
    """Run pip; show one line of progress on a terminal, and keep everything in a log."""
    environment = os.environ | {"PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    command = [str(python), "-m", "pip", *arguments]
    live = sys.stdout.isatty()
    with open(venv / "llmlab-setup.log", "a", encoding="utf-8") as log:
        log.write(f"$ pip {' '.join(arguments)}\n")
        with subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=environment,
        ) as running:
            for line in running.stdout or ():
                log.write(line)
                if live and line.startswith(("Collecting", "Installing")):
                    print(f"\r  {line.strip()[:70]:<70}", end="", flush=True)
        if live:
            print("\r" + " " * 72, end="\r", flush=True)
        return running.returncode


def failure(what: str, venv: Path) -> str:
    """Return why an install failed: the end of pip's log, and where the rest is."""
    log = venv / "llmlab-setup.log"
    errors = [line for line in log.read_text(encoding="utf-8").splitlines() if "ERROR" in line]
    shown = "\n".join(errors[-4:]) or "(no error was logged)"
    return (
        f"Installing {what} failed:\n{shown}\n"
        f"All of pip's words are in {log}.\n"
        "Is there a network? Run the same command again: it goes on where it stopped."
    )
