"""The output folder of a run: one run at a time, and nothing left over from those that died."""

from __future__ import annotations

import json
import os
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from tolmach.errors import OutputError
from tolmach.languages import TARGETS
from tolmach.writers import make_folder

__all__ = ["STATE", "occupied", "sweep"]

STATE = ".tolmach"
"""Folder inside the output folder for what runs must remember."""

_LOCK, _HOLDER = "lock", "running.json"
_PART = re.compile(r"\.(\d+)-\d+\.part")


@contextmanager
def occupied(folder: Path) -> Iterator[Path]:
    """Keep other runs out of an output folder, and clean it of what dead ones left half written.

    The operating system frees the folder when the process ends, however it ends.

    Args:
        folder: the output folder; it is made if need be.

    Yields:
        The folder for what runs must remember.

    Raises:
        OutputError: another run writes into this folder, or nothing can be written into it.
    """
    from filelock import FileLock, Timeout

    make_folder(folder)
    state = folder / STATE
    make_folder(state)
    lock = FileLock(str(state / _LOCK), timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise OutputError(f"{folder}: {_other(state)} writes here; {_ADVICE}") from None
    except NotImplementedError:
        pass  # a file system without locks: as safe as it can be
    except OSError as error:
        raise OutputError(f"{state}: cannot be locked: {error.strerror or error}") from error
    try:
        _sign(state)
        sweep(folder)
        yield state
    finally:
        lock.release()


_ADVICE = "wait until it has ended, or give another folder with --out"


def _sign(state: Path) -> None:
    started = datetime.now(UTC).isoformat(timespec="seconds")
    holder = {"process": os.getpid(), "host": socket.gethostname(), "started": started}
    # only for the message of others; a full disk is found out elsewhere
    with suppress(OSError):
        (state / _HOLDER).write_text(json.dumps(holder) + "\n", encoding="utf-8")


def _other(state: Path) -> str:
    try:
        holder = json.loads((state / _HOLDER).read_text(encoding="utf-8"))
        process, host, started = holder["process"], holder["host"], holder["started"]
    except (OSError, ValueError, KeyError, TypeError):
        return "another run"
    return f"another run (process {process} on {host}, since {started})"


def sweep(folder: Path) -> int:
    """Remove half-written files of processes that are no more, in the folders that are ours.

    Args:
        folder: the output folder, which no other run occupies.

    Returns:
        How many were removed.
    """
    removed = 0
    for place in _ours(folder):
        with suppress(OSError), os.scandir(place) as entries:
            for entry in entries:
                found = _PART.fullmatch(entry.name)
                if found and not _is_other_process(int(found[1])):
                    with suppress(OSError):
                        Path(entry.path).unlink()
                        removed += 1
    return removed


def _ours(folder: Path) -> Iterator[Path]:
    yield folder
    yield folder / STATE
    for target in TARGETS:
        for root, _, _ in os.walk(folder / target):
            yield Path(root)


def _is_other_process(number: int) -> bool:
    """Whether a process of that number runs that is not this one."""
    if number == os.getpid():
        return False  # in containers every first process has the same number
    try:
        os.kill(number, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True  # of another user
    return True
