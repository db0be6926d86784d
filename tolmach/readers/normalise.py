r"""One form for all texts, and the way back to the characters they were read from.

After :func:`normalise` a text is in Unicode NFC, its lines end in ``"\n"``, and it holds no
control characters, soft hyphens, zero-width spaces or lone surrogates. An :class:`OffsetMap`
leads from the normalised text back to the raw one. The idea is that of the timestamp maps of
speech tools that cut out silence: only the places where something changed are kept, and a
position is found among them by bisection (Unicode Standard Annex 15 says where a text can be cut
so that its parts can be normalised one by one).
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tolmach.document import Span

__all__ = ["OffsetMap", "normalise"]

# What leaves no trace: C0 and C1 controls but tab and the line ends, DEL, soft hyphen,
# zero-width space, word joiner, byte order mark. The zero-width (non-)joiner stays: it has a
# meaning in some scripts.
_REMOVED: Final = "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b\u2060\ufeff"
_LINE_END: Final = "\r\x0b\x0c\x85\u2028\u2029"
# Characters that begin anew: normalisation never joins them to what stands before them and
# leaves them as they are. The list need not be complete, what is missing only costs time.
_SIMPLE: Final = "\t\n\x20-\x7e\xa0-\xac\xae-\u02ff\u0400-\u0482\u048a-\u052f\u1e00-\u1eff"
_SIMPLE_MARKS: Final = "\u2010-\u2027\u2030-\u205e\u2070-\u209c\u20a0-\u20cf\u2116"
_OTHER: Final = rf"[^{_SIMPLE}{_SIMPLE_MARKS}{_LINE_END}]"
_CHANGING: Final = re.compile(
    rf"\r\n?|[{_LINE_END}]|[{_SIMPLE}{_SIMPLE_MARKS}]?{_OTHER}+",
)
_DROP: Final = re.compile(f"[{_REMOVED}]")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class OffsetMap:
    """Where the characters of a normalised text came from.

    Attributes:
        raw_starts: where each changed piece starts in the raw text, in order.
        raw_ends: where it ends there.
        out_starts: where it starts in the normalised text.
        out_ends: where it ends there; equal to the start if the piece was removed.
    """

    raw_starts: tuple[int, ...] = ()
    raw_ends: tuple[int, ...] = ()
    out_starts: tuple[int, ...] = ()
    out_ends: tuple[int, ...] = ()

    @property
    def identity(self) -> bool:
        """Whether nothing was changed."""
        return not self.raw_starts

    def to_source(self, span: Span) -> Span:
        """Return the characters of the raw text that became those of ``span``.

        A changed piece is taken as a whole when ``span`` begins or ends inside it, so that the
        result always covers everything the span came from. Removed characters at the edges of
        the span are not part of the result.
        """
        if self.identity:
            return span
        start = self._start(span.start)
        return Span(start, max(start, self._end(span.end)))

    def _start(self, position: int) -> int:
        place = bisect_right(self.out_ends, position)
        if place < len(self.out_starts) and self.out_starts[place] < position:
            return self.raw_starts[place]
        return position + self._shift(place)

    def _end(self, position: int) -> int:
        place = bisect_left(self.out_starts, position)
        if place and self.out_ends[place - 1] > position:
            return self.raw_ends[place - 1]
        return position + self._shift(place)

    def _shift(self, place: int) -> int:
        """How much longer the raw text is up to the end of the change before ``place``."""
        return self.raw_ends[place - 1] - self.out_ends[place - 1] if place else 0


def normalise(raw: str) -> tuple[str, OffsetMap]:
    """Return ``raw`` in the one form all texts have, and the way back.

    Time and space are linear in the length of the text and, for the map, in the number of
    changes; a text that needs no change is returned as it is with an empty map.

    Args:
        raw: decoded text, without a byte order mark.

    Returns:
        The normalised text and a map from its spans to those of ``raw``.
    """
    parts: list[str] = []
    columns: tuple[list[int], ...] = ([], [], [], [])
    raw_starts, raw_ends, out_starts, out_ends = columns
    done = length = 0  # how far raw is dealt with, how long the parts are
    for start, end, new in _changes(raw):
        parts += raw[done:start], new
        length += start - done
        raw_starts.append(start)
        raw_ends.append(end)
        out_starts.append(length)
        length += len(new)
        out_ends.append(length)
        done = end
    if not parts:
        return raw, OffsetMap()
    parts.append(raw[done:])
    return "".join(parts), OffsetMap(*map(tuple, columns))


def _changes(raw: str) -> Iterator[tuple[int, int, str]]:
    """Yield what has to be replaced, as narrowly as possible, and by what."""
    for match in _CHANGING.finditer(raw):
        old = match[0]
        if old == "\r\n":  # by far the most frequent change
            yield match.start(), match.end() - 1, ""
            continue
        new = "\n" if old[0] in _LINE_END else _composed(old)
        if new != old:
            head = _common(old, new)
            tail = _common(old[head:][::-1], new[head:][::-1])
            yield match.start() + head, match.end() - tail, new[head : len(new) - tail]


def _composed(text: str) -> str:
    text = _SURROGATE.sub("\ufffd", _DROP.sub("", text))
    return unicodedata.normalize("NFC", text)


def _common(one: str, other: str) -> int:
    """How many characters at the beginning are the same."""
    count = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        count += 1
    return count
