"""The translation memory as a run uses it: nothing that happens to its file stops the run.

What cannot be looked up is translated; what cannot be stored is translated again another time. The
user is told once what is wrong. Whatever was made while another program kept the file locked is
stored when that is over.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from tolmach.config.run import RunSettings
from tolmach.document import Origin, Suggestion
from tolmach.errors import TranslationMemoryError
from tolmach.memory.entries import Asked, Hit, Made, Pair
from tolmach.memory.similar import SimilarTexts
from tolmach.memory.store import MadeBy, MemoryFile, default_path

__all__ = ["OFF", "Memory", "memory_path", "open_memory"]

OFF: Final = "none"
"""In place of a file: no memory."""

_log = logging.getLogger("tolmach")

# stored together: so much is lost at most if the power fails or the process is killed
_FLUSH_ROWS = 64
_FLUSH_SECONDS = 2.0
_RETRY_SECONDS = 30.0
# while the file cannot be written, about a day's work of one machine is kept in mind
_MOST_WAITING = 50_000


def memory_path(name: str = "") -> Path | None:
    """Return the file of the memory, or None if there is to be none.

    Args:
        name: what the run settings say: a file, ``none``, or empty for ``$TOLMACH_MEMORY``, else
            a file in the user's data directory.
    """
    given = name or os.environ.get("TOLMACH_MEMORY", "")
    if given.lower() == OFF:
        return None
    return Path(given).expanduser() if given else default_path()


def open_memory(settings: RunSettings, *, note: Callable[[str], None] | None = None) -> Memory:
    """Return the memory that run settings ask for; no file is touched yet.

    Args:
        settings: name the file.
        note: told what goes wrong.
    """
    path = memory_path(settings.memory)
    return Memory(None if path is None else MemoryFile(path), note=note)


class Memory:
    """A translation memory whose failures are told, and otherwise harmless. Thread-safe."""

    def __init__(
        self, file: MemoryFile | None = None, *, note: Callable[[str], None] | None = None
    ) -> None:
        """Set up.

        Args:
            file: where translations are kept; None for a memory that knows nothing.
            note: told once of each thing that is wrong with it.
        """
        self._file = file
        self._note = note or _log.warning
        self._lock = threading.Lock()
        self._told: set[str] = set()
        self._waiting: dict[tuple[Pair, str], tuple[MadeBy, list[Made]]] = {}
        self._count = 0
        self._touched: set[int] = set()
        self._flush_at = time.monotonic() + _FLUSH_SECONDS
        self._retry_at = 0.0
        self._since: int | None = None
        self._readable = self._writable = file is not None
        self._similar: dict[Pair, tuple[SimilarTexts, list[Suggestion]]] = {}

    @property
    def is_on(self) -> bool:
        """Whether anything can be looked up."""
        return self._readable

    def lookup(self, asked: Sequence[Asked], pair: Pair, *, made_by: str = "") -> list[Hit | None]:
        """Look texts up, see :meth:`MemoryFile.lookup`; what cannot be looked up is not found.

        What was stored after :attr:`since` counts as made now, so that where a translation comes
        from does not depend on how soon it was stored.
        """
        if self._file is None or not self._readable or not asked:
            return [None] * len(asked)
        try:
            since = self.since
            found = self._file.lookup(asked, pair, made_by=made_by)
        except TranslationMemoryError as error:
            self._failed(error)
            return [None] * len(asked)
        old = [hit.row for hit in found if hit is not None and hit.idle]
        if old:
            with self._lock:
                self._touched.update(old)
        return [
            replace(hit, origin=Origin.MODEL)
            if hit is not None and hit.origin is Origin.MEMORY and hit.row > since
            else hit
            for hit in found
        ]

    @property
    def since(self) -> int:
        """The newest row when this run began; a resumed run is given that of the first one.

        Raises:
            TranslationMemoryError: the file cannot be read.
        """
        with self._lock:
            if self._since is None:
                self._since = 0 if self._file is None else self._file.newest()
            return self._since

    def begin_at(self, since: int) -> None:
        """Say which row was the newest when the run began that is now resumed."""
        with self._lock:
            self._since = since

    def digest(self, pair: Pair) -> str:
        """Return a text that is another one whenever what editors approved has changed."""
        if self._file is None or not self._readable:
            return ""
        try:
            return self._file.digest(pair)
        except TranslationMemoryError as error:
            self._failed(error)
            return ""

    def made_by(self, key: str) -> MadeBy | None:
        """Return what is known of a model whose translations were found."""
        if self._file is None or not self._readable:
            return None
        try:
            return self._file.made_by(key)
        except TranslationMemoryError as error:
            self._failed(error)
            return None

    def remember(self, made: Made, pair: Pair, made_by: MadeBy) -> None:
        """Store what a model made, with others and a little later."""
        if not self._writable:
            return
        with self._lock:
            if self._count >= _MOST_WAITING:
                return
            _, rows = self._waiting.setdefault((pair, made_by.key), (made_by, []))
            rows.append(made)
            self._count += 1
            now = time.monotonic()
            due = self._count >= _FLUSH_ROWS or now >= self._flush_at
        if due:
            self.flush()

    def flush(self, *, finally_: bool = False) -> None:
        """Store what waits to be stored.

        Args:
            finally_: try it even if it failed a moment ago.
        """
        with self._lock:
            if not finally_ and time.monotonic() < self._retry_at:
                return
            waiting, self._waiting, self._count = self._waiting, {}, 0
            touched, self._touched = self._touched, set()
            self._flush_at = time.monotonic() + _FLUSH_SECONDS
        if self._file is None or not self._writable or not (waiting or touched):
            return
        try:
            for (pair, _), (made_by, rows) in waiting.items():
                self._file.remember(rows, pair, made_by)
            if touched:
                self._file.touch(touched)
        except TranslationMemoryError as error:
            self._failed(error)
            if error.passing:
                self._keep(waiting)

    def _keep(self, waiting: dict[tuple[Pair, str], tuple[MadeBy, list[Made]]]) -> None:
        """Keep in mind what could not be stored; storing it twice does no harm."""
        with self._lock:
            self._retry_at = time.monotonic() + _RETRY_SECONDS
            for key, (made_by, rows) in waiting.items():
                kept = self._waiting.setdefault(key, (made_by, []))[1]
                kept += rows
                self._count += len(rows)

    def suggest(
        self, text: str, pair: Pair, *, limit: int = 3, at_least: float = 0.75
    ) -> tuple[Suggestion, ...]:
        """Return how editors translated similar texts, best first.

        Args:
            text: a source text, white space folded.
            pair: languages.
            limit: how many at most.
            at_least: similarity, see :mod:`tolmach.memory.similar`.
        """
        if self._file is None or not self._readable:
            return ()
        try:
            texts, known = self._similar_texts(self._file, pair)
        except TranslationMemoryError as error:
            self._failed(error)
            return ()
        # the text itself is no suggestion but a translation
        found = texts.find(text, limit=limit + 1, at_least=at_least)
        chosen = [
            Suggestion(known[place].source, known[place].target, round(score, 3))
            for place, score in found
            if known[place].source != text
        ]
        return tuple(chosen[:limit])

    def _similar_texts(self, file: MemoryFile, pair: Pair) -> tuple[SimilarTexts, list[Suggestion]]:
        with self._lock:
            if pair not in self._similar:
                known = [Suggestion(row.source, row.target, 1.0) for row in file.approved(pair)]
                self._similar[pair] = SimilarTexts(item.source for item in known), known
            return self._similar[pair]

    def _failed(self, error: TranslationMemoryError) -> None:
        with self._lock:
            self._readable = self._readable and (error.readable or error.passing)
            self._writable = self._writable and error.passing
            known = str(error) in self._told
            self._told.add(str(error))
        what = "the run goes on without it"
        if error.passing:
            what = "the run goes on, and what it makes is stored when that is over"
        elif error.readable:
            what = "the run goes on, and nothing new is stored"
        if not known:
            self._note(f"translation memory: {error}; {what}")

    def close(self) -> None:
        """Store what waits, and close the file; the memory can still be used."""
        self.flush(finally_=True)
        with self._lock:
            lost = self._count
        if lost and self._writable:
            self._note(f"translation memory: {lost} translations could not be stored in it")
        if self._file is not None:
            self._file.close()
