"""Cutting a sentence that is too long for a model, where it hurts a translation least.

A piece that is too long is cut in two at the boundary with the lowest cost, which grows with the
distance from the middle and falls with the strength of the boundary: semicolons, dashes and
colons, commas before a clause, other commas, spaces, and inside a word if there is nothing else.
Halving keeps the pieces balanced; a greedy cut would leave a stump at the end, and models
translate stumps badly.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from tolmach.document import Span

__all__ = ["split_clauses"]

_SPACES: Final = re.compile(r"\s+")
_CLAUSE: Final = re.compile(
    r"(?:и|а|но|или|либо|что|чтобы|где|когда|если|как|так|также|поскольку|хотя|причём|причем|тогда"
    r"|(?:в|на|о|об|с|со|к|из|от|по|за|для|при|благодаря)\s+котор[а-яё]+|котор[а-яё]+"
    r"|(?:при|тем)\s+(?:этом|самым)|в\s+том\s+числе|[а-яё]{2,20}(?:[аиыя]в|[аяуюеи]я|вши)(?:сь)?"
    r"|[а-яё]{2,20}(?:[аяую]щ|вш|нн)(?:ий|ая|ее|ие|его|ей|их|им|ими|ую|ый|ое|ые|ого|ой|ых|ым|ыми)"
    r"(?:ся)?)(?!\w)"
)
_NEW_SENTENCE: Final = re.compile(r"[«„\"“(]?[А-ЯЁA-Z]")
_LOOK_BACK, _LOOK_AHEAD = 4, 36

# The cost of a boundary, in shares of the length of what is cut: a semicolon is preferred to a
# comma that is up to a quarter of the length nearer to the middle.
_SEMICOLON, _DASH, _COMMA_CLAUSE, _COMMA, _SPACE, _SPACE_WITHIN = 0.0, 0.1, 0.15, 0.25, 0.6, 0.7
_MIDDLE: Final = 0.3
_SURELY: Final = 2.0
_COMBINING_LIMIT: Final = 16


@dataclass(frozen=True, slots=True)
class _Cuts:
    """Where a text may be cut, in order, and what it costs."""

    positions: tuple[int, ...]
    costs: tuple[float, ...]


def split_clauses(text: str, *, limit: int, length: Callable[[str], int] = len) -> tuple[Span, ...]:
    """Cut a text into pieces that are short enough.

    Args:
        text: a sentence, as a rule.
        limit: what ``length`` may be at most for a piece, trailing space included.
        length: what counts, for instance tokens of a model; characters by default. It must not
            get smaller when a text gets longer.

    Returns:
        Spans that follow each other without a gap and cover the text; white space at a cut
        belongs to the piece before it. A piece that is still too long is a single character.
        Where ``length`` counts very unevenly over the text, a piece with more than twice the
        usual number of characters is cut even if it would just fit.
        An empty text has no pieces.

    Raises:
        ValueError: ``limit`` is less than 1.
    """
    if limit < 1:
        raise ValueError(f"limit must be at least 1, not {limit}")
    total = length(text)
    if total <= limit:
        return (Span(0, len(text)),) if text else ()
    # A piece that is surely too long is not measured: together with halving that would take a
    # tokenizer over the whole text many times.
    usual = limit * len(text) / total
    cuts = _find_cuts(text)
    done: list[Span] = []
    waiting = [Span(0, len(text))]
    while waiting:
        piece = waiting.pop()
        fits = len(piece) <= _SURELY * usual and length(piece.of(text)) <= limit
        if fits or len(piece) == 1:
            done.append(piece)
        else:
            cut = _best_cut(text, piece, cuts, usual)
            waiting += Span(cut, piece.end), Span(piece.start, cut)
    return tuple(done)


def _find_cuts(text: str) -> _Cuts:
    found = tuple(_boundaries(text))
    return _Cuts(tuple(place for place, _ in found), tuple(cost for _, cost in found))


def _boundaries(text: str) -> Iterator[tuple[int, float]]:
    for space in _SPACES.finditer(text):
        if space.start() > 0 and space.end() < len(text):
            before = text[max(0, space.start() - _LOOK_BACK) : space.start()]
            yield space.end(), _cost(before, text[space.end() : space.end() + _LOOK_AHEAD])


def _cost(before: str, after: str) -> float:
    """The cost of a cut between these two."""
    last = before[-1]
    if last == ";" or (last in ".!?…" and _NEW_SENTENCE.match(after)):
        return _SEMICOLON
    if last == ":" or before in ("—", "–", "-") or before[-2:] in (" —", " –", " -", "\xa0—"):
        return _DASH
    if last == ",":
        return _COMMA_CLAUSE if _CLAUSE.match(after) else _COMMA
    # Not between a preposition and its noun, a number and its unit, a word and its dash.
    short = last.isdigit() or " " in before or len(before) < _LOOK_BACK
    return _SPACE_WITHIN if short or after[0] in "—–-" else _SPACE


def _best_cut(text: str, piece: Span, cuts: _Cuts, usual: float) -> int:
    """Where to cut a piece of two or more characters.

    Args:
        text: the whole text.
        piece: what is to be cut.
        cuts: in the whole text.
        usual: how many characters a piece has as a rule; of a piece many times as long only this
            much around the middle is looked at.
    """
    middle = (piece.start + piece.end) / 2
    reach = min(_MIDDLE * len(piece), _SURELY * usual)
    first = bisect_left(cuts.positions, middle - reach)
    last = bisect_left(cuts.positions, middle + reach)
    if first < last:
        places = range(first, last)
        best = min(places, key=lambda i: _total_cost(cuts, i, middle, 2 * reach))
        return cuts.positions[best]
    # Nothing near the middle: the nearest boundary at all.
    around = [i for i in (first - 1, first) if 0 <= i < len(cuts.positions)]
    near = [cuts.positions[i] for i in around if piece.start < cuts.positions[i] < piece.end]
    if near:
        return min(near, key=lambda place: abs(place - middle))
    return _inside_word(text, piece)


def _total_cost(cuts: _Cuts, index: int, middle: float, width: float) -> float:
    return cuts.costs[index] + abs(cuts.positions[index] - middle) / width


def _inside_word(text: str, piece: Span) -> int:
    """The middle, but not before a combining mark if that can be helped."""
    middle = (piece.start + piece.end) // 2
    for place in range(middle, min(middle + _COMBINING_LIMIT, piece.end)):
        if not unicodedata.combining(text[place]):
            return place
    return middle
