"""Run a lab as a student does, and write down what came out and what it cost.

For each of three seeds, and once with the instructions of an older processor (AVX2 only), the
solution runs at `Scale.cpu`; points, CPU seconds and peak memory go to
benchmarks/outcomes/NN-topic.json, with the memory of JupyterLab itself. Figures in texts are read
from there.

    python benchmarks/outcomes.py [LAB] [--quick]
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import psutil

from llmlab import doctor, execute, notebooks, release, workplace

ROOT = Path(__file__).resolve().parent.parent
OUTCOMES = Path(__file__).resolve().parent / "outcomes"
SEEDS = (0, 1, 2)
AVX2 = {"ATEN_CPU_CAPABILITY": "avx2", "NPY_DISABLE_CPU_FEATURES": "AVX512F AVX512_SKX"}
PORT = 8961


def seeded(nb: Any, seed: int) -> Any:
    """Return the notebook with another seed in the call of `llmlab.start`."""
    changed = notebooks.canonical(nb)
    for cell in changed.cells:
        cell.source = re.sub(r"(llmlab\.start\(\"[^\"]+\")\)", rf"\1, seed={seed})", cell.source)
    return changed


def outcome(nb: Any, scale: str, environment: dict[str, str] | None = None) -> dict[str, Any]:
    """Run a notebook once; return what it earned and what it cost."""
    run = execute.execute(nb, scale=scale, timeout=1200, environment=environment)
    problems = execute.solution_problems(run)
    earned = {
        notebooks.grade_id(cell): execute.points(cell)[0]
        for cell in run.notebook.cells
        if notebooks.kind(cell) == "check"
    }
    return {
        "points": earned,
        "problems": problems,
        "cpu_s": round(run.cpu_s, 1),
        "peak_mib": round(run.peak_mib),
        "slowest_cell": run.slowest,
        "slowest_s": round(run.slowest_s, 1),
    }


def jupyterlab_mib() -> int:
    """Return the memory of JupyterLab's server after its first page, in MiB."""
    command = workplace.command(ROOT, port=PORT, browser=False, course=True)
    command.append("--IdentityProvider.token=")
    with subprocess.Popen(
        command,
        env=workplace.environment(ROOT),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as server:
        try:
            _wait_for_page(f"http://127.0.0.1:{PORT}/lab")
            family = [psutil.Process(server.pid), *psutil.Process(server.pid).children(True)]
            return round(sum(process.memory_info().rss for process in family) / 2**20)
        finally:
            server.terminate()


def _wait_for_page(address: str) -> None:
    for _ in range(240):
        try:
            with urllib.request.urlopen(address) as page:
                page.read()
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.5)
    raise TimeoutError(f"{address} did not answer within two minutes")


def main() -> int:
    """Run each lab that is asked for; return 1 if one of them earned less than everything."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("lab", nargs="?", metavar="LAB", help="default: every lab")
    parser.add_argument("--quick", action="store_true", help="one seed, at the smoke scale")
    args = parser.parse_args()
    scale, seeds = ("smoke", SEEDS[:1]) if args.quick else ("cpu", SEEDS)
    server = jupyterlab_mib()
    short = False
    for lab in [args.lab] if args.lab else release.labs(ROOT):
        nb = notebooks.read(release.source(ROOT, lab))
        found: dict[str, Any] = {"lab": lab, "scale": scale, "jupyterlab_mib": server}
        found["machine"] = f"{os.cpu_count()} cores, Python {sys.version.split()[0]}"
        found["torch"] = doctor.torch_version()
        found["seeds"] = {str(seed): outcome(seeded(nb, seed), scale) for seed in seeds}
        found["avx2"] = outcome(nb, scale, AVX2)
        short |= any(run["problems"] for run in found["seeds"].values())
        text = json.dumps(found, indent=1, ensure_ascii=False)
        print(text, flush=True)
        if not args.quick:
            OUTCOMES.mkdir(exist_ok=True)
            (OUTCOMES / f"{lab}.json").write_text(text + "\n", encoding="utf-8")
    return int(short)


if __name__ == "__main__":
    sys.exit(main())
