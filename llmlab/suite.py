"""Run the project's own tests: lint, types, tests, and the labs in step with their solutions.

Everything runs even where something failed before, and the last line is pytest's summary.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

__all__ = ["run", "steps"]


def steps(quick: bool = False) -> dict[str, list[str]]:
    """Return each step's command, by name; pytest comes last."""
    tool = [sys.executable, "-m"]
    tests = [*tool, "pytest"]
    if quick:
        tests += ["-m", "not slow and not browser and not gpu and not network"]
    return {
        "lint": [*tool, "ruff", "check", "."],
        "format": [*tool, "ruff", "format", "--check", "."],
        "types": [*tool, "mypy"],
        "tests": tests,
    }


def run(root: Path, *, quick: bool = False) -> int:
    """Run every step; return 0 if all went well, else 1."""
    environment = os.environ | {"PYTHONHASHSEED": "0", "HF_HUB_OFFLINE": "1"}
    failed = []
    for name, command in steps(quick).items():
        print(f"== {name}: {' '.join(['python', *command[1:]])}", flush=True)
        if subprocess.run(command, cwd=root, env=environment).returncode:
            failed.append(name)
    before = [name for name in failed if name != "tests"]
    if before:
        print(f"Also failed, see above: {', '.join(before)}", file=sys.stderr, flush=True)
    return bool(failed)
