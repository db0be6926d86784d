"""``tolmach translate --watch``: what arrives in folders is translated until somebody stops it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from tolmach.errors import InputError
from tolmach.inputs import find_inputs
from tolmach.stages import Input

__all__ = ["Arrivals", "watch"]

_State = tuple[int, int]


class Arrivals:
    """Tells which documents have arrived or changed, once nobody writes them any more.

    Folders are looked at again and again rather than watched by the operating system: that works
    on network drives and in containers as well.
    """

    def __init__(
        self, arguments: Sequence[str], *, output: Path, note: Callable[[str], None]
    ) -> None:
        """Set up; nothing is looked at yet.

        Args:
            arguments: files, folders and patterns.
            output: the run's output folder; what it writes is no input.
            note: told when a folder cannot be looked into, and when it can be again.
        """
        self._arguments = tuple(arguments)
        self._output = output
        self._note = note
        self._names: dict[Path, str] = {}
        self._seen: dict[Path, _State] = {}
        self._taken: dict[Path, _State] = {}
        self._trouble = ""

    def look(self) -> list[Input]:
        """Return the documents that are new or changed, and were the same at the last look."""
        try:
            found = find_inputs(
                self._arguments, output=self._output, named=self._names, may_be_empty=True
            )
        except InputError as error:
            # a drive that is away for a moment; what is known of its files stays known
            if str(error) != self._trouble:
                self._trouble = str(error)
                self._note(f"{error}; looking again")
            return []
        self._trouble = ""
        ready: list[Input] = []
        seen: dict[Path, _State] = {}
        for source in found:
            path = source.path
            state = None if path is None else _state(path)
            if path is None or state is None:
                continue
            self._names[path] = source.name
            seen[path] = state
            if self._seen.get(path) == state != self._taken.get(path):
                self._taken[path] = state
                ready.append(source)
        self._seen = seen
        return ready


def watch(
    arrivals: Arrivals,
    translate: Callable[[Sequence[Input]], None],
    *,
    interval: float,
    stopping: threading.Event,
) -> None:
    """Translate what arrives until somebody stops it.

    Args:
        arrivals: tells what has arrived.
        translate: called with documents that have arrived.
        interval: seconds between two looks, and for which a file must not have changed.
        stopping: set when it is to end.
    """
    while not stopping.is_set():
        ready = arrivals.look()
        if ready:
            translate(ready)
        stopping.wait(interval)


def _state(path: Path) -> _State | None:
    """Return what changes when a file does; None if it is gone."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
