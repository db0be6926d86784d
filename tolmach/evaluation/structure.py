"""How well a cleaner tells the article from the rest of the page.

Gold annotations are JSON lines, ``{"line": 12, "kind": "body"}``, one for every non-empty line of
the text, counted from 1.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tolmach.cleaning import DEFAULT_ACTIONS
from tolmach.document import Action, Kind
from tolmach.errors import InputError

__all__ = [
    "NOISE",
    "PROPER",
    "StructureScore",
    "confusion_table",
    "misses",
    "read_structure",
    "score_structure",
]

PROPER: Final = frozenset(
    {Kind.TITLE, Kind.LEAD, Kind.HEADING, Kind.BODY, Kind.QUOTE, Kind.CAPTION}
)
"""Kinds that are the article itself. Losing one of their lines is the worst a cleaner can do."""

NOISE: Final = frozenset({Kind.IMAGE, Kind.RELATED_TITLE, Kind.RELATED_TEXT, Kind.NAV, Kind.META})
"""Kinds that nobody wants translated. ``credit`` is neither: it may be kept or dropped."""


@dataclass(frozen=True, slots=True)
class StructureScore:
    """Counts over the lines of one page or of many.

    Attributes:
        confusion: number of lines for each pair of gold kind and found kind.
        actions: what happens to each kind; decides what counts as kept.
    """

    confusion: Counter[tuple[Kind, Kind]] = field(default_factory=Counter)
    actions: Mapping[Kind, Action] = field(default_factory=lambda: DEFAULT_ACTIONS)

    def __add__(self, other: StructureScore) -> StructureScore:
        """Return the counts of both."""
        return StructureScore(self.confusion + other.confusion, self.actions)

    @property
    def lines(self) -> int:
        """Number of annotated lines."""
        return sum(self.confusion.values())

    @property
    def kept(self) -> float:
        """Share of the article's lines that are not dropped; 1.0 if it has none."""
        return self._share(PROPER, dropped=False)

    @property
    def caught(self) -> float:
        """Share of the noise lines that are dropped; 1.0 if there are none."""
        return self._share(NOISE, dropped=True)

    @property
    def accuracy(self) -> float:
        """Share of all lines that were given their kind; 1.0 if there are none."""
        right = sum(count for (gold, found), count in self.confusion.items() if gold == found)
        return right / self.lines if self.lines else 1.0

    def _share(self, kinds: Iterable[Kind], *, dropped: bool) -> float:
        wanted = frozenset(kinds)
        total = hits = 0
        for (gold, found), count in self.confusion.items():
            if gold in wanted:
                total += count
                hits += count * ((self.actions[found] is Action.DROP) == dropped)
        return hits / total if total else 1.0


def read_structure(path: Path) -> dict[int, Kind]:
    """Read gold annotations.

    Args:
        path: a file of JSON lines.

    Returns:
        The kind of every annotated line, by its 1-based number.

    Raises:
        InputError: the file cannot be read or a line of it is not an annotation.
    """
    try:
        rows = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: {error}") from error
    gold: dict[int, Kind] = {}
    for number, row in enumerate(rows, start=1):
        if not row.strip():
            continue
        try:
            entry = json.loads(row)
            gold[int(entry["line"])] = Kind(entry["kind"])
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(f"{path}:{number}: not an annotation: {error}") from error
    return gold


def score_structure(
    gold: Mapping[int, Kind],
    found: Sequence[Kind | None],
    *,
    actions: Mapping[Kind, Action] = DEFAULT_ACTIONS,
) -> StructureScore:
    """Compare found kinds with gold.

    Args:
        gold: kinds by 1-based line number.
        found: the kind of every line of the page, None for blank ones.
        actions: what happens to each kind.

    Returns:
        The counts. Annotations of lines that do not exist or are blank are an error.

    Raises:
        InputError: the annotations belong to another text.
    """
    confusion: Counter[tuple[Kind, Kind]] = Counter()
    for number, kind in gold.items():
        label = found[number - 1] if 0 < number <= len(found) else None
        if label is None:
            raise InputError(f"line {number} is annotated as {kind} but blank or missing")
        confusion[kind, label] += 1
    return StructureScore(confusion, actions)


def misses(
    gold: Mapping[int, Kind], found: Sequence[Kind | None]
) -> tuple[tuple[int, Kind, Kind | None], ...]:
    """List the lines that were given another kind than gold says.

    Args:
        gold: kinds by 1-based line number.
        found: the kind of every line of the page.

    Returns:
        Line number, gold kind and found kind of each, in order of lines.
    """
    return tuple(
        (number, kind, found[number - 1])
        for number, kind in sorted(gold.items())
        if found[number - 1] is not kind
    )


def confusion_table(score: StructureScore) -> str:
    """Format the counts as a table, gold kinds in rows and found kinds in columns.

    Args:
        score: the counts.

    Returns:
        The lines of the table, joined; kinds that do not occur are left out.
    """
    kinds = [kind for kind in Kind if any(kind in pair for pair in score.confusion)]
    width = max((len(kind) for kind in kinds), default=0)
    rows = [" " * width + "".join(f"{kind[:8]:>9}" for kind in kinds)]
    for gold in kinds:
        cells = (score.confusion[gold, found] for found in kinds)
        rows.append(f"{gold:<{width}}" + "".join(f"{count or '.':>9}" for count in cells))
    return "\n".join(rows)
