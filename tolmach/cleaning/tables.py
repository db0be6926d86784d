"""Tables that copying flattened into a column of short lines, a cell on each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from tolmach.cleaning.lines import Shape, Unit, final_mark

__all__ = ["with_cells"]

# A year is a number too, a time, a date in figures and a telephone number are not.
_NUMBER: Final = re.compile(r"[-–−+]?[$€¥₫]?\d{1,3}(?:[ \u00a0.,]?\d{1,3}){0,6}\s?[%°$€₫]?")
_DATE: Final = re.compile(r"\d{1,2}[./]\d{1,2}[./]\d{2,4}")
_FEWEST: Final = 4  # numbers; fewer may be counters of views and comments
_LONGEST: Final = 40
_LABELS: Final = frozenset({Shape.SHORT, Shape.TITLE})
_TELLING: Final = frozenset({Shape.TEXT, Shape.QUESTION})


def with_cells(units: Sequence[Unit]) -> tuple[Unit, ...]:
    """Mark the cells of tables: runs of short lines, many of them numbers, amid paragraphs.

    Args:
        units: the units of one page, in order.

    Returns:
        The same units; those in a table have the shape ``CELL``.
    """
    found = list(units)
    index = 0
    while index < len(units):
        stop = index
        while stop < len(units) and _may_be_cell(units[stop]):
            stop += 1
        if _is_table(units, index, stop):
            found[index:stop] = (replace(unit, shape=Shape.CELL) for unit in units[index:stop])
        index = max(stop, index + 1)
    return tuple(found)


def _may_be_cell(unit: Unit) -> bool:
    if unit.forced is not None or unit.cut or len(unit.text) > _LONGEST:
        return False
    return _is_number(unit.text) or (unit.shape in _LABELS and not final_mark(unit.text))


def _is_number(text: str) -> bool:
    return _NUMBER.fullmatch(text) is not None and not _DATE.fullmatch(text)


def _is_table(units: Sequence[Unit], start: int, stop: int) -> bool:
    """Say whether a run of possible cells has the numbers and stands between paragraphs."""
    numbers = sum(_is_number(unit.text) for unit in units[start:stop])
    if numbers < _FEWEST or numbers == stop - start or start == 0 or stop == len(units):
        return False
    return units[start - 1].shape in _TELLING and units[stop].shape in _TELLING
