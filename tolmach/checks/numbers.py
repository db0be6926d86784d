"""Checks of values: every number of one text must be in the other, whatever way it is written."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from functools import lru_cache

from tolmach.checks.base import Pair, warning
from tolmach.checks.quantities import Quantity, Values
from tolmach.checks.tokens import masked
from tolmach.document import EditorWarning
from tolmach.languages import SOURCE

__all__ = ["invented", "missing", "numbers", "units"]


def numbers(pair: Pair) -> Iterator[EditorWarning]:
    """Report values that only one of the two texts has."""
    for quantity in invented(pair):
        yield warning(
            "number_invented", f"{quantity.text} is not in the source", target=quantity.span
        )
    for quantity in missing(pair):
        yield warning(
            "number_missing", f"{quantity.text} is not in the translation", source=quantity.span
        )


def invented(pair: Pair) -> list[Quantity]:
    """Return the values of the target that the source does not have."""
    source, target = _values(pair.source, SOURCE), _values(pair.target, pair.to)
    return target.unsupported_by(source)


def missing(pair: Pair) -> list[Quantity]:
    """Return the values of the source that the target does not have."""
    source, target = _values(pair.source, SOURCE), _values(pair.target, pair.to)
    return source.unsupported_by(target)


def units(pair: Pair) -> Iterator[EditorWarning]:
    """Report values that came through with another unit."""
    source, target = _values(pair.source, SOURCE), _values(pair.target, pair.to)
    units_of: OrderedDict[object, set[str]] = OrderedDict()
    for quantity in source.stated:
        units_of.setdefault(quantity.value, set()).add(quantity.unit)
    for quantity in target.stated:
        wanted = units_of.get(quantity.value)
        if wanted is None or quantity.unit in wanted:
            continue
        exchanged = quantity.unit and "" not in wanted
        lost = "%" in wanted and not quantity.unit
        added = quantity.unit == "%" and not any("%" in units for units in units_of.values())
        if exchanged or lost or added:
            expected = " or ".join(sorted(wanted - {""})) or "none"
            yield warning(
                "unit_changed",
                f"{quantity.text} has the unit {quantity.unit or 'none'} here, in the source "
                f"{expected}",
                target=quantity.span,
            )


@lru_cache(maxsize=16)
def _values(text: str, language: str) -> Values:
    # several checks ask for the same text, and so does a retry
    return Values(masked(text), language)
