"""Changes in a text, and where things are after them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from tolmach.document import EditorWarning, Span

__all__ = ["Edit", "difference", "edited", "moved", "shifted"]


@dataclass(frozen=True, slots=True)
class Edit:
    """A change in a text: the characters of ``span`` become ``text``."""

    span: Span
    text: str


def edited(text: str, edits: Iterable[Edit]) -> str:
    """Return a text with edits applied; they are in order and do not overlap."""
    pieces: list[str] = []
    position = 0
    for edit in edits:
        pieces += [text[position : edit.span.start], edit.text]
        position = edit.span.end
    return "".join([*pieces, text[position:]])


def shifted(warnings: Iterable[EditorWarning], edits: Sequence[Edit]) -> tuple[EditorWarning, ...]:
    """Return warnings whose target spans lie in the edited text.

    Args:
        warnings: with spans in the old text.
        edits: in order, not overlapping.
    """
    return tuple(
        replace(warning, target=moved(warning.target, edits)) if warning.target else warning
        for warning in warnings
    )


def moved(span: Span, edits: Sequence[Edit]) -> Span:
    """Return where a span of the old text is in the edited one.

    What lay inside a replaced run becomes the whole of what replaces it.
    """
    start = _position(span.start, edits, at_end=False)
    return Span(start, max(start, _position(span.end, edits, at_end=True)))


def _position(position: int, edits: Sequence[Edit], *, at_end: bool) -> int:
    """Return where a position of the old text is in the new one.

    One that lies inside a replaced run goes to the near edge of what replaces it.
    """
    offset = 0
    for edit in edits:
        if position <= edit.span.start or (position < edit.span.end and not at_end):
            return min(position, edit.span.start) + offset
        offset += len(edit.text) - len(edit.span)
        if position <= edit.span.end:
            return edit.span.end + offset
    return position + offset


def difference(old: str, new: str) -> tuple[Edit, ...]:
    """Return the one edit that makes a text another one, as small as it can be."""
    if old == new:
        return ()
    shortest = min(len(old), len(new))
    start = next((i for i in range(shortest) if old[i] != new[i]), shortest)
    kept = next(
        (i for i in range(shortest - start) if old[-1 - i] != new[-1 - i]), shortest - start
    )
    return (Edit(Span(start, len(old) - kept), new[start : len(new) - kept]),)
