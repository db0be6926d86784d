"""Which checks there are, and running them over one pair."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from tolmach.checks.base import Check, Pair, warning
from tolmach.checks.dates import dates
from tolmach.checks.names import latin_lost, names, names_lost
from tolmach.checks.negation import negation
from tolmach.checks.numbers import numbers, units
from tolmach.checks.scripts import copied, language, script
from tolmach.checks.structure import (
    brackets,
    length,
    loop,
    proportion,
    quotes,
    sentences,
    unfinished,
)
from tolmach.checks.tokens import codes, tokens
from tolmach.document import EditorWarning

__all__ = ["ALL", "GUARDS", "run"]

GUARDS: tuple[Check, ...] = (
    unfinished,
    loop,
    script,
    language,
    length,
    tokens,
    numbers,
    dates,
    names,
    latin_lost,
)
"""What makes a translation worth trying again by other means."""

ALL: tuple[Check, ...] = (
    *GUARDS,
    copied,
    proportion,
    sentences,
    units,
    names_lost,
    codes,
    quotes,
    brackets,
    negation,
)
"""Everything that one pair of texts can show."""


def run(
    pair: Pair, checks: Sequence[Check] = ALL, *, skip: Collection[str] = ()
) -> tuple[EditorWarning, ...]:
    """Return what checks find in a pair.

    Args:
        pair: the texts.
        checks: which ones.
        skip: codes that are not reported.

    Returns:
        Warnings whose spans are in ``pair.source`` and ``pair.target``; an empty translation has
        that one warning and no other.
    """
    if not pair.target.strip():
        found = [warning("empty", "the model returned nothing")]
    else:
        found = [item for check in checks for item in check(pair)]
    return tuple(item for item in found if item.code not in skip)
