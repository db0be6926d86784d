"""From the text of a page to blocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from tolmach.cleaning.labels import kinds_of
from tolmach.cleaning.lines import Shape, Unit
from tolmach.cleaning.mending import units_of
from tolmach.cleaning.profiles import SiteProfile
from tolmach.document import Action, Block, Document, Kind, Span

__all__ = ["DEFAULT_ACTIONS", "clean"]

DEFAULT_ACTIONS: Final[Mapping[Kind, Action]] = MappingProxyType(
    {
        Kind.TITLE: Action.TRANSLATE,
        Kind.LEAD: Action.TRANSLATE,
        Kind.HEADING: Action.TRANSLATE,
        Kind.BODY: Action.TRANSLATE,
        Kind.QUOTE: Action.TRANSLATE,
        Kind.CAPTION: Action.TRANSLATE,
        # An attribution may not get lost, and a lone abbreviation is what models render worst.
        Kind.CREDIT: Action.KEEP,
        Kind.IMAGE: Action.DROP,
        Kind.RELATED_TITLE: Action.DROP,
        Kind.RELATED_TEXT: Action.DROP,
        Kind.NAV: Action.DROP,
        Kind.META: Action.DROP,
    }
)
"""What happens to each kind unless the user says otherwise."""


def clean(
    document: Document,
    *,
    actions: Mapping[Kind, Action] | None = None,
    profile: SiteProfile | None = None,
    mend: bool = True,
) -> Document:
    """Divide a document into blocks and decide what happens to each.

    Args:
        document: the document; its present blocks are ignored.
        actions: what to do with single kinds, where that differs from :data:`DEFAULT_ACTIONS`.
        profile: what is known about the site the text comes from.
        mend: whether lines that are one broken sentence become one block.

    Returns:
        The document with one block for each non-empty line or broken sentence, in order. Spans
        begin and end with a character that is not white space.
    """
    chosen = {**DEFAULT_ACTIONS, **(actions or {})}
    lines = document.text.split("\n")
    starts = _starts(lines)
    # Kinds are found on mended text in any case: half a sentence looks like a heading.
    mended = [
        replace(unit, shape=Shape.CELL)
        if unit.first == unit.last and starts[unit.first] in document.cells
        else unit
        for unit in units_of(lines, profile=profile)
    ]
    blocks: list[Block] = []
    for unit, kind in zip(mended, kinds_of(mended), strict=True):
        parts = [(unit.first, unit.last)] if mend else _single(unit, lines)
        for first, last in parts:
            span = _span(lines, starts, first, last)
            blocks.append(Block(kind=kind, span=span, action=chosen[kind]))
    return replace(document, blocks=tuple(blocks))


def _single(unit: Unit, lines: Sequence[str]) -> list[tuple[int, int]]:
    return [(at, at) for at in range(unit.first, unit.last + 1) if lines[at].strip()]


def _starts(lines: Sequence[str]) -> list[int]:
    """Return the offset of every line."""
    starts, offset = [], 0
    for line in lines:
        starts.append(offset)
        offset += len(line) + 1
    return starts


def _span(lines: Sequence[str], starts: Sequence[int], first: int, last: int) -> Span:
    """Return the range from the first to the last visible character of some lines."""
    lead = len(lines[first]) - len(lines[first].lstrip())
    return Span(starts[first] + lead, starts[last] + len(lines[last].rstrip()))
