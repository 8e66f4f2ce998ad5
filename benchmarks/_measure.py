"""How every benchmark here measures: CPU seconds of one thread, side by side, medians of rounds.

Import it before numpy, torch or tokenizers: it sets the number of threads, which they read once.
"""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable, Sequence
from statistics import median

for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS"):
    os.environ[name] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"


def cpu_seconds(work: Callable[[], object]) -> float:
    """Run `work` once; return the CPU seconds that this process spent on it."""
    start = time.process_time()
    work()
    return time.process_time() - start


def side_by_side(rounds: int, *works: Callable[[], object]) -> list[float]:
    """Run all `works` in turn, again and again; return each one's median CPU seconds.

    Turns, because a machine that slows down in the middle must slow down everybody.
    """
    seconds = [[cpu_seconds(work) for work in works] for _ in range(rounds)]
    return [median(column) for column in zip(*seconds, strict=True)]


def exponent(sizes: Sequence[float], seconds: Sequence[float]) -> float:
    """Fit seconds = c * size**e by least squares on the logarithms; return e."""
    x, y = [math.log(size) for size in sizes], [math.log(second) for second in seconds]
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    covariance = sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True))
    return covariance / sum((a - mean_x) ** 2 for a in x)


def row(metric: str, ours: float, peer: float, unit: str, *, more: bool, note: str = "") -> None:
    """Print one result; `more` says that more is better. The ratio is > 1 where ours is better."""
    ratio = ours / peer if more else peer / ours
    result = {"metric": metric, "ours": ours, "peer": peer, "ratio": ratio}
    figures = {name: float(f"{x:.4g}") if name != "metric" else x for name, x in result.items()}
    print(json.dumps({**figures, "unit": unit} | ({"note": note} if note else {})), flush=True)
