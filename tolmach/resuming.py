"""A run that goes on where an earlier one stopped.

What an earlier run into the same folder has finished is taken over if nothing has changed: the
source, everything that decides the output, and the files that were written.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from tolmach.errors import OutputError, TranslationMemoryError
from tolmach.journal import Entry, Journal, file_hash, file_hashes
from tolmach.outputs import STATE
from tolmach.pipeline import Pipeline
from tolmach.report import RunReport
from tolmach.stages import Input, Item
from tolmach.terms.ledger import Ledger, names_of
from tolmach.writers import write_atomically

__all__ = ["Expecting", "Run"]

# below the folder for what runs must remember: what others have written into our files
_CHANGED = "changed"
_BEGUN = "begun.json"


class Expecting(Protocol):
    """Told how many documents are to be translated, and what the user should know."""

    def expect(self, documents: int) -> None:
        """So many documents will be translated."""

    def note(self, message: str) -> None:
        """Something the user should know."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What the journal says of a document whose source is the same as it was.

    Attributes:
        entry: of the journal.
        changed: files that are not as they were written.
        missing: whether a file is not there.
    """

    entry: Entry
    changed: tuple[str, ...]
    missing: bool

    @property
    def is_done(self) -> bool:
        """Whether there is nothing to do."""
        return not self.changed and not self.missing


class Run:
    """Translates documents into a folder and keeps its journal; may be fed several times.

    Attributes:
        folder: the output folder.
        report: told what became of every document.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        *,
        folder: Path,
        to: Sequence[str],
        report: RunReport,
        display: Expecting,
        redo: bool = False,
        stopping: Callable[[], bool] = bool,
    ) -> None:
        """Read the journal.

        Args:
            pipeline: writes into ``folder``.
            folder: the output folder, occupied by this process.
            to: target language codes.
            report: told what became of every document.
            display: told how many there are to do.
            redo: translate what earlier runs have finished as well.
            stopping: asked before each document whether it is to be left for another run.

        Raises:
            OutputError: the journal cannot be read.
        """
        self._pipeline = pipeline
        self.folder = folder
        self.report = report
        self._stopping = stopping
        self._to = tuple(to)
        self._display = display
        self._redo = redo
        self._journal = Journal(folder / STATE)
        self._names = Ledger()
        self._hashes: dict[str, str] = {}
        self._written: set[str] = set()
        self._expected = 0
        self._warned = False

    def translate(self, inputs: Sequence[Input]) -> Iterator[Item]:
        """Translate what is not finished yet.

        Args:
            inputs: documents with names of their own.

        Yields:
            Items as they are finished; they are in the report and the journal by then.

        Raises:
            ModelError: no model is available.
        """
        self.report.expect(inputs)
        self._hashes.clear()
        # what is approved while documents are on their way may come too late for them
        approved = self._pipeline.approved(to=self._to)
        planned = self._pipeline.fingerprint(to=self._to, approved=approved)
        left = list(self._left(inputs, planned))
        self._expected += len(left)
        self._display.expect(self._expected)
        if left:
            yield from self._translate(left, planned, approved)

    def _translate(
        self, left: Sequence[Input], planned: str, approved: Mapping[str, str]
    ) -> Iterator[Item]:
        self._begin(planned)
        fingerprint = ""
        for item in self._pipeline.items(self._hashed(left), to=self._to, names=self._names):
            record = self.report.add(item)
            if item.failure is None:
                # models are loaded by now, so that it is known what they are
                fingerprint = fingerprint or self._pipeline.fingerprint(
                    to=self._to, approved=approved
                )
                self._write_down(item, record, fingerprint)
            yield item
        with suppress(OSError):
            (self.folder / STATE / _BEGUN).unlink(missing_ok=True)

    def _begin(self, planned: str) -> None:
        """Note when the run began, or let it count as the one that did not come to its end.

        What the translation memory got after that moment was made by the run itself, and the files
        say so; they would say otherwise if the run were another one after every interruption.
        """
        path, memory = self.folder / STATE / _BEGUN, self._pipeline.memory
        try:
            begun = json.loads(path.read_text(encoding="utf-8"))
            if begun["fingerprint"] == planned and not self._redo:
                memory.begin_at(int(begun["since"]))
                return
        except (OSError, ValueError, KeyError, TypeError):
            pass  # there is none
        with suppress(TranslationMemoryError, OutputError):
            begun = {"fingerprint": planned, "since": memory.since}
            write_atomically(path, json.dumps(begun) + "\n")

    def _left(self, inputs: Sequence[Input], fingerprint: str) -> Iterator[Input]:
        """Take over what is finished and yield the rest."""
        taken = 0
        for source in inputs:
            anew = self._redo and source.name not in self._written
            known = None if anew else self._known(source, fingerprint)
            if known is None:
                yield source
                continue
            # other documents have been written with these forms, whatever became of this one
            self._names.keep(known.entry.decisions)
            if known.is_done:
                taken += 1
                self.report.take_over(
                    {**known.entry.record, "path": str(source.path)}, known.entry.names
                )
            else:
                self._set_aside(known)
                yield source
        if taken and self._expected == 0:
            self._display.note(f"{taken} of {len(inputs)} documents are finished already")

    def _known(self, source: Input, fingerprint: str) -> _Known | None:
        entry = self._journal.find(source.name, fingerprint=fingerprint)
        if entry is None or source.path is None:
            return None
        self._hashes[source.name] = file_hash(source.path)
        if entry.source != self._hashes[source.name]:
            return None
        found = {name: file_hash(self.folder / name) for name in entry.files}
        changed = [name for name, hashed in entry.files.items() if found[name] not in {"", hashed}]
        return _Known(entry, tuple(changed), missing="" in found.values())

    def _set_aside(self, known: _Known) -> None:
        """Keep what somebody else has written into our files, which are now written anew."""
        for name in known.changed:
            kept = self.folder / STATE / _CHANGED / name
            with suppress(OSError):  # a full disk: writing the translation will say so
                kept.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(self.folder / name, kept)
                self._display.note(
                    f"{self.folder / name} was changed after it had been written; it is written "
                    f"anew, and the changed file is kept as {kept}"
                )

    def _hashed(self, inputs: Iterable[Input]) -> Iterator[Input]:
        """Hash sources before they are read: what changes later is done again by the next run."""
        for source in inputs:
            if self._stopping():
                return
            if source.path is not None and source.name not in self._hashes:
                self._hashes[source.name] = file_hash(source.path)
            yield source

    def _write_down(self, item: Item, record: Mapping[str, Any], fingerprint: str) -> None:
        name = item.source.name
        source = self._hashes.pop(name, "")
        if not source or not item.outputs:
            return
        names = {to: names_of(article) for to, article in item.articles.items()}
        entry = Entry(
            name,
            source,
            fingerprint,
            file_hashes(item.outputs, below=self.folder),
            record,
            names,
            self._names.decisions(name for found in names.values() for name in found),
        )
        try:
            self._journal.add(entry)
            self._written.add(name)
        except OutputError as error:
            if not self._warned:
                self._display.note(f"{error}; a later run will translate these documents again")
            self._warned = True
