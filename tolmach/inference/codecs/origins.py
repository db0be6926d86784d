"""Where in a text its tokens come from."""

from __future__ import annotations

import re
from typing import Any

from tolmach.document import Span

__all__ = ["piece_spans", "positions_before"]

_WORD = re.compile(r"\w+")


def piece_spans(model: Any, text: str) -> tuple[Span, ...] | None:
    """Return the characters of a text that each of its pieces stands for.

    A piece may take the white space before its word with it.

    Args:
        model: a SentencePiece model.
        text: that is encoded.

    Returns:
        One span for each piece; None if the pieces do not spell the text as the model normalises
        it, such as bytes of unknown characters.
    """
    normal, origins = model.normalize(text, with_offsets=True)
    pieces: list[str] = model.encode(text, out_type=str)
    if "".join(pieces) != normal or len(origins) <= len(normal):
        return None
    spans = []
    at = 0
    for piece in pieces:
        start, end = origins[at], origins[at + len(piece)]
        spans.append(Span(start, max(start, end)))
        at += len(piece)
    return tuple(spans)


def positions_before(changed: str, text: str) -> list[int] | None:
    """Return where each position of a text was before its punctuation was changed.

    Args:
        changed: has the words of ``text``, in order.
        text: as it was.

    Returns:
        A position for each of ``changed`` and for its end, ascending; None if the words differ.
        What stands between words is where the word before it ends.
    """
    if changed == text:
        return list(range(len(text) + 1))
    ours, theirs = list(_WORD.finditer(changed)), list(_WORD.finditer(text))
    if [match[0] for match in ours] != [match[0] for match in theirs]:
        return None
    positions = [0] * (len(changed) + 1)
    before = end = 0
    for match, origin in zip(ours, theirs, strict=True):
        positions[before : match.start()] = [end] * (match.start() - before)
        positions[match.start() : match.end()] = range(*origin.span())
        before, end = match.end(), origin.end()
    positions[before:] = [end] * (len(positions) - before)
    return positions
