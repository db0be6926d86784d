"""What a run may use of the machine: processors, worker threads, devices."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Hardware", "divide", "usable_cores"]

# more workers than this add memory for their batches but hardly speed
_MOST_WORKERS = 8


@dataclass(frozen=True, slots=True)
class Hardware:
    """What an engine runs on.

    Attributes:
        device: ``"cpu"`` or ``"cuda"``.
        precision: compute type such as ``"int8"`` or ``"float16"``.
        workers: batches that run at the same time, on each device.
        threads: CPU threads for each of them; 0 lets the library choose.
        indexes: which devices of that kind; the model is loaded on each.
    """

    device: str = "cpu"
    precision: str = "int8"
    workers: int = 1
    threads: int = 0
    indexes: tuple[int, ...] = (0,)


def usable_cores(*, cgroups: Path = Path("/sys/fs/cgroup")) -> int:
    """Return how many processors this process may use, at least 1.

    Affinity and, as in containers, the quota of its control group both limit it. Of a quota that is
    no whole number, the part beyond it counts as a processor.

    Args:
        cgroups: where control groups are mounted.
    """
    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:  # not on this platform
        cores = os.cpu_count() or 1
    quota = _quota(cgroups)
    return cores if quota is None else max(1, min(cores, -int(-quota // 1)))


def _quota(cgroups: Path) -> float | None:
    """Return the processors that the control group grants, None if it sets no limit."""
    try:  # version 2
        granted, period = (cgroups / "cpu.max").read_text(encoding="ascii").split()
    except (OSError, ValueError):
        try:  # version 1
            granted, period = (
                (cgroups / "cpu" / f"cpu.cfs_{name}_us").read_text(encoding="ascii").strip()
                for name in ("quota", "period")
            )
        except (OSError, ValueError):
            return None
    try:
        share = float(granted) / float(period)
    except (ValueError, ZeroDivisionError):  # "max"
        return None
    return share if share > 0 else None


def divide(threads: int, *, workers: int = 0) -> tuple[int, int]:
    """Divide CPU threads among workers.

    One thread for each batch wastes none at barriers, and beam search itself uses only one. Two
    batches side by side are 1.7 times as fast as one batch on two threads
    (``benchmarks/translate.py``).

    Args:
        threads: threads in all, at least 1.
        workers: batches at the same time; 0 for as many as there are threads, up to a limit.

    Returns:
        Workers and threads for each.
    """
    workers = workers or min(threads, _MOST_WORKERS)
    return workers, max(1, threads // workers)
