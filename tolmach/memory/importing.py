"""Bringing translations into the memory that people have approved, with a report.

The report says how much editors changed: the character-level translation edit rate, that is the
insertions, deletions and replacements of characters that lead from what the machine wrote to what
the editor approved (Levenshtein distance, by rapidfuzz), divided by the length of the latter.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tolmach.errors import InputError
from tolmach.languages import SOURCE, TARGETS
from tolmach.memory.edits import read_edits
from tolmach.memory.entries import Approved, Pair, fold_source, fold_target
from tolmach.memory.exchange import Unit, local_name, opened
from tolmach.memory.store import MemoryFile
from tolmach.memory.tmx import read_tmx
from tolmach.memory.xliff import read_xliff

__all__ = ["DocumentEdits", "Imported", "import_file", "read_units"]

_CHUNK: Final = 2000
# comparing takes the product of both lengths
_LONGEST_MEASURED: Final = 20_000


@dataclass(frozen=True, slots=True)
class DocumentEdits:
    """What editors did to one document in one language.

    Attributes:
        document: its name.
        to: target language code.
        segments: approved ones.
        measured: those of which it is known what the machine had written.
        edited: of the measured ones, those that differ from it.
        edits: characters inserted, deleted and replaced.
        characters: in the approved text of the measured ones.
        added: segments that were not in the memory before.
        changed: segments that had another translation there.
        same: segments that were there already.
    """

    document: str
    to: str
    segments: int = 0
    measured: int = 0
    edited: int = 0
    edits: int = 0
    characters: int = 0
    added: int = 0
    changed: int = 0
    same: int = 0

    @property
    def rate(self) -> float | None:
        """Character-level edit rate, 0 for no changes; None if nothing could be measured."""
        return self.edits / self.characters if self.characters else None

    def as_dict(self) -> dict[str, Any]:
        """Return plain values."""
        rate = self.rate
        return {
            "document": self.document,
            "to": self.to,
            "segments": self.segments,
            "added": self.added,
            "changed": self.changed,
            "same": self.same,
            "measured": self.measured,
            "edited": self.edited,
            "character_ter": None if rate is None else round(rate, 4),
        }


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a file.

    Attributes:
        path: the file.
        documents: what it had of each document and language.
        skipped: how many segments were left out, by reason.
    """

    path: Path
    documents: tuple[DocumentEdits, ...]
    skipped: Mapping[str, int] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "file": str(self.path),
            "documents": [row.as_dict() for row in self.documents],
            "skipped": dict(self.skipped),
        }


def read_units(path: Path) -> Iterator[Unit]:
    """Yield the segments of a file: TMX, XLIFF or edits, whatever its name is.

    Raises:
        InputError: it cannot be read, or is something else.
    """
    with opened(path) as file:
        start = file.read(64).lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"{"):
        return read_edits(path)
    root = _root(path)
    if root == "tmx":
        return read_tmx(path, source=SOURCE, targets=TARGETS)
    if root == "xliff":
        return read_xliff(path)
    raise InputError(f"{path}: is no TMX, XLIFF or edits file: its outermost element is <{root}>")


def _root(path: Path) -> str:
    from lxml import etree

    with opened(path) as file:
        events = etree.iterparse(
            file,
            events=("start",),
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
        )
        for _, element in events:
            return local_name(element)
    raise InputError(f"{path}: is empty")


def import_file(file: MemoryFile, path: Path, *, everything: bool = False) -> Imported:
    """Bring the approved segments of a file into a memory.

    The whole file is read before anything is stored, so that one that is damaged changes nothing.

    Args:
        file: the memory.
        path: TMX, XLIFF or edits.
        everything: take what nobody approved as well, as if somebody had.

    Raises:
        InputError: the file cannot be read or used.
        TranslationMemoryError: the memory cannot be written.
    """
    skipped: Counter[str] = Counter()
    units: dict[tuple[Pair, str], Unit] = {}
    for unit in read_units(path):
        reason = _objection(unit, everything=everything)
        source = fold_source(unit.source)
        if not reason and (unit.pair, source) in units:
            skipped["repeated in the file"] += 1
        if reason:
            skipped[reason] += 1
        else:
            units[unit.pair, source] = unit
    documents: dict[tuple[str, str], Counter[str]] = {}
    by_pair: dict[Pair, list[Approved]] = {}
    for (pair, source), unit in units.items():
        row = Approved(
            source,
            fold_target(unit.target),
            fold_target(unit.machine),
            unit.document or path.name,
            unit.changed,
        )
        by_pair.setdefault(pair, []).append(row)
    for pair, rows in by_pair.items():
        for start in range(0, len(rows), _CHUNK):
            _store(file, rows[start : start + _CHUNK], pair, documents, skipped)
    found = tuple(_edits(*key, counts) for key, counts in documents.items())
    return Imported(path, found, dict(skipped))


def _edits(document: str, to: str, counts: Mapping[str, int]) -> DocumentEdits:
    return DocumentEdits(
        document,
        to,
        segments=counts["segments"],
        measured=counts["measured"],
        edited=counts["edited"],
        edits=counts["edits"],
        characters=counts["characters"],
        added=counts["added"],
        changed=counts["changed"],
        same=counts["same"],
    )


def _objection(unit: Unit, *, everything: bool) -> str:
    """Return why a segment is left out; empty if it is not."""
    source, target = unit.pair
    if source != SOURCE or target not in TARGETS:
        return "other languages"
    if not unit.source.strip() or not unit.target.strip():
        return "empty"
    if not unit.approved and not everything:
        return "not approved"
    if not _storable(unit.source + unit.target + unit.machine):
        return "damaged characters"
    return ""


def _storable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair
        return False
    return True


def _store(
    file: MemoryFile,
    rows: list[Approved],
    pair: Pair,
    documents: dict[tuple[str, str], Counter[str]],
    skipped: Counter[str],
) -> None:
    known = file.find_approved([row.source for row in rows], pair)
    fresh = []
    for row in rows:
        before = known.get(row.source)
        if before is not None and 0 < row.changed < before.changed and row.target != before.target:
            skipped["older than what is in the memory"] += 1
            continue
        if before is not None and row.machine in {"", before.target}:
            # it was not a machine that had proposed this, but the memory itself
            row = Approved(row.source, row.target, before.machine, row.document, row.changed)
        counts = documents.setdefault((row.document, pair[1]), Counter())
        counts.update(_measured(row))
        kind = "added" if before is None else "same" if before.target == row.target else "changed"
        counts[kind] += 1
        fresh.append(row)
    file.approve(fresh, pair)


def _measured(row: Approved) -> dict[str, int]:
    from rapidfuzz.distance import Levenshtein

    if not row.machine or max(len(row.machine), len(row.target)) > _LONGEST_MEASURED:
        return {"segments": 1}
    return {
        "segments": 1,
        "measured": 1,
        "edited": int(row.machine != row.target),
        "edits": Levenshtein.distance(row.machine, row.target),
        "characters": len(row.target),
    }
