"""Where a marked part of a sentence is in its translation."""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import IntEnum

from tolmach.document import Link, Span
from tolmach.markup.alignment import Alignment, align

__all__ = ["Place", "Trust", "project"]

_OPENING, _CLOSING = "«“„\"'([", "»”\"')]"
_FINAL = ".,;:!?…"
# a found range may be longer than the marked one by this factor and so many words
_STRETCH, _SLACK = 2, 3
# words of grammar, in English and Vietnamese: an emphasis does not mean them
_HOLLOW_WORDS = """
a an the of to in on at by for and or is was are were be been with from as that it its
và của các những là cho với trong ở tại đã sẽ được về từ do để một
"""
_HOLLOW = frozenset(_HOLLOW_WORDS.split())
# words between two links, besides those of the mark, among which a guess is not far wrong
_NEAR = 8


class Trust(IntEnum):
    """How sure a place is.

    Below ``LIKELY`` it is interpolated; ``NEAR`` says that it cannot be far wrong.
    """

    GUESSED = 0
    NEAR = 1
    LIKELY = 2
    CERTAIN = 3


@dataclass(frozen=True, slots=True)
class Place:
    """A range of the target and how sure it is."""

    span: Span
    trust: Trust


def project(source: str, target: str, span: Span, links: tuple[Link, ...] = ()) -> Place:
    """Return where a part of a sentence is in its translation; never inside a word.

    Args:
        source: the sentence.
        target: its translation.
        span: in ``source``; empty for a point.
        links: which words became which, if a model was asked.
    """
    if source == target:
        return Place(span, Trust.CERTAIN)
    if span == Span(0, len(source)):
        return Place(Span(0, len(target)), Trust.CERTAIN)
    text = span.of(source)
    stripped = text.strip()
    known = align(source, target, links)
    if not stripped:
        place = _point(source, target, span.start, known)
        return _over_space(target, place, known) if text else place
    start = span.start + len(text) - len(text.lstrip())
    return _range(source, target, Span(start, start + len(stripped)), known)


# --- points ----------------------------------------------------------------------------------


def _point(source: str, target: str, at: int, known: Alignment) -> Place:
    edge = _outer_edge(source, target, at, known)
    if edge is None:
        edge = _neighbour(source, at, known)
    if edge is not None:
        return Place(Span(edge, edge), Trust.CERTAIN)
    edge = _beside_told(source, at, known)
    if edge is not None:
        return Place(Span(edge, edge), Trust.LIKELY)
    leans_left = at > 0 and not source[at - 1].isspace()
    edges = [token.end if leans_left else token.start for token in known.target_tokens]
    nearest = _nearest(edges, known.between(at), default=len(target))
    return Place(Span(nearest, nearest), _guess(known, Span(at, at)))


def _outer_edge(source: str, target: str, at: int, known: Alignment) -> int | None:
    """The place of a point before the first or after the last word of a sentence."""
    if at <= 0:
        return 0
    if at >= len(source):
        return len(target)
    if not known.source_tokens or not known.target_tokens:
        return len(target) if at * 2 >= len(source) else 0
    if at >= known.source_tokens[-1].end:
        # to the left of as many of the final marks as in the source
        final = len(target) - known.target_tokens[-1].end
        return len(target) - min(len(source[at:].strip()), final)
    if at <= known.source_tokens[0].start:
        return min(len(source[:at].strip()), known.target_tokens[0].start)
    return None


def _neighbour(source: str, at: int, known: Alignment) -> int | None:
    """The place of a point that touches something whose place is known."""
    if at in known.ends:
        return known.ends[at].target.end
    if at in known.starts:
        return known.starts[at].target.start
    for index in known.inside(Span(max(0, at - 1), at + 1)):
        token, link = known.source_tokens[index], known.words.get(index)
        if link is not None and token.end == at:
            return link.target.end
        if link is not None and token.start == at and source[at - 1 : at].isspace():
            return link.target.start
    return None


def _beside_told(source: str, at: int, known: Alignment) -> int | None:
    """The place of a point that touches a word of which a model says what became of it."""
    for index in known.inside(Span(max(0, at - 1), at + 1)):
        token = known.source_tokens[index]
        begins = token.start == at and source[at - 1 : at].isspace()
        if token.end != at and not begins:
            continue
        found = _told(range(index, index + 1), known)
        if found is not None:
            return found.span.start if begins else found.span.end
    return None


def _over_space(target: str, place: Place, known: Alignment) -> Place:
    """Move a point to the white space that is nearest, and over all of it."""
    at = place.span.start
    spaces = [
        Span(one.end, other.start)
        for one, other in zip(known.target_tokens, known.target_tokens[1:], strict=False)
    ]
    index = bisect_left(spaces, at, key=lambda gap: gap.end)
    near = [gap for gap in spaces[max(0, index - 1) : index + 1] if " " in gap.of(target)]
    if not near:
        return place
    gap = min(near, key=lambda one: min(abs(one.start - at), abs(one.end - at)))
    start = gap.start + gap.of(target).index(" ")
    return Place(Span(start, start + 1), place.trust)


# --- ranges ----------------------------------------------------------------------------------


def _range(source: str, target: str, span: Span, known: Alignment) -> Place:
    inside = known.inside(span)
    tokens = known.target_tokens
    if not inside or not tokens:
        return _no_words(source, target, span, known)
    part = _part_of_word(source, target, span, known)
    if part is not None:
        return part
    if len(inside) == len(known.source_tokens):
        core = Span(tokens[0].start, tokens[-1].end)
        return Place(_with_punctuation(source, target, span, core), Trust.CERTAIN)
    links = [known.words[index] for index in inside if index in known.words]
    framed = span.start in known.starts and span.end in known.ends
    found = None if framed else _linked(source, inside, links, known)
    if found is not None:
        found = Place(_with_told(found.span, inside, known), found.trust)
    told = None if framed or found else _told(inside, known)
    if told is not None and told.trust >= Trust.LIKELY:
        found = told
    if found is None:
        found = _edged(source, target, span, inside, known) or told
    if found is None:
        found = _interpolated(source, target, span, links, known, inside)
    return Place(_with_punctuation(source, target, span, found.span), found.trust)


def _part_of_word(source: str, target: str, span: Span, known: Alignment) -> Place | None:
    """Where a figure beside letters is, such as that of "км2" or "CO2", if the mark is on one.

    It ends or begins the word there as it does here, and may be written small already. Where there
    is none, nothing is marked rather than a whole word.
    """
    text = span.of(source)
    (index, *more) = known.inside(span)
    word = known.source_tokens[index]
    ending = span.end == word.end
    if more or not text.isdigit() or not _beside_letter(source, span, ending=ending):
        return None
    position = known.between(span.start)
    places = [
        Span(at.end - len(text), at.end) if ending else Span(at.start, at.start + len(text))
        for at in known.target_tokens
        if len(at) > len(text)
    ]
    same = [
        place
        for place in places
        if _plain(place.of(target)) == _plain(text) and _beside_letter(target, place, ending=ending)
    ]
    if same:
        return Place(min(same, key=lambda place: abs(place.start - position)), Trust.CERTAIN)
    link, edges = known.words.get(index), [token.end for token in known.target_tokens]
    edge = link.target.end if link else _nearest(edges, position, default=len(target))
    return Place(Span(edge, edge), Trust.GUESSED)


def _beside_letter(text: str, span: Span, *, ending: bool) -> bool:
    return (
        text[span.start - 1 : span.start] if ending else text[span.end : span.end + 1]
    ).isalpha()


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def _no_words(source: str, target: str, span: Span, known: Alignment) -> Place:
    first, last = known.starts.get(span.start), known.ends.get(span.end)
    if first is not None and last is not None and first.target.start < last.target.end:
        return Place(Span(first.target.start, last.target.end), Trust.CERTAIN)
    return _point(source, target, span.start, known)


def _linked(source: str, inside: range, links: list[Link], known: Alignment) -> Place | None:
    """The words themselves, if each that says something has been found."""
    if not links:
        return None
    content = [index for index in inside if known.is_content(source, index)]
    if any(index not in known.words for index in content or inside):
        return None
    hull = Span(min(link.target.start for link in links), max(link.target.end for link in links))
    if known.count(hull) > _STRETCH * len(inside) + 1:
        return None  # scattered over the sentence
    return Place(hull, Trust.CERTAIN)


def _told(inside: range, known: Alignment) -> Place | None:
    """Where a model says the words are.

    That is the part of the target with the most words that stand for them and the fewest that
    stand for others (J. Bentley, "Algorithm design techniques", 1984).
    """
    best = (0, 0, 0, 0)  # gain, less its length, first and end
    gain = first = 0
    for index, owners in enumerate(known.owners):
        if gain <= 0:
            gain, first = 0, index
        gain += _gain(owners, inside)
        best = max(best, (gain, first - index, first, index + 1), key=lambda one: one[:2])
    _, _, start, end = best
    if start == end:
        return None
    gains = [_gain(owners, inside) for owners in known.owners]
    ours = sum(one > 0 for one in gains)
    caught = [one for one in gains[start:end] if one]
    strangers = sum(one < 0 for one in caught)
    span = Span(known.target_tokens[start].start, known.target_tokens[end - 1].end)
    fits = (len(caught) - strangers) * 4 >= (ours + strangers) * 3
    return Place(span, Trust.LIKELY if fits else Trust.NEAR)


def _gain(owners: AbstractSet[int], inside: range) -> int:
    if not owners:
        return 0
    return 1 if any(index in inside for index in owners) else -1


def _with_told(span: Span, inside: range, known: Alignment) -> Span:
    """Let a range take the words beside it that a model says belong to it."""
    if not known.owners:
        return span
    first = bisect_left(known.target_tokens, span.start, key=lambda token: token.start)
    last = bisect_left(known.target_tokens, span.end, key=lambda token: token.start) - 1
    while first > 0 and _gain(known.owners[first - 1], inside) > 0:
        first -= 1
    while last + 1 < len(known.owners) and _gain(known.owners[last + 1], inside) > 0:
        last += 1
    return Span(known.target_tokens[first].start, known.target_tokens[last].end)


def _edged(source: str, target: str, span: Span, inside: range, known: Alignment) -> Place | None:
    """The part between two edges that are known: punctuation, or an end of the sentence."""
    left, right = _left(span, inside, known), _right(source, target, span, inside, known)
    if left is None or right is None:
        return None
    first = bisect_left(known.target_tokens, left, key=lambda token: token.start)
    last = bisect_left(known.target_tokens, right + 1, key=lambda token: token.end) - 1
    if first > last:
        return None
    core = Span(known.target_tokens[first].start, known.target_tokens[last].end)
    return Place(core, Trust.CERTAIN)


def _left(span: Span, inside: range, known: Alignment) -> int | None:
    if inside.start == 0:
        return 0
    if span.start in known.starts:
        return known.starts[span.start].target.start
    before = known.ends.get(span.start) or known.ends.get(span.start - 1)
    return None if before is None else before.target.end


def _right(source: str, target: str, span: Span, inside: range, known: Alignment) -> int | None:
    if inside.stop == len(known.source_tokens):
        return len(target)
    if span.end in known.ends:
        return known.ends[span.end].target.end
    after = known.starts.get(span.end)
    if after is None and source[span.end : span.end + 1].isspace():
        after = known.starts.get(span.end + 1)
    return None if after is None else after.target.start


def _interpolated(
    source: str, target: str, span: Span, links: list[Link], known: Alignment, inside: range
) -> Place:
    """The part that lies as far into the sentence; words that were found belong to it."""
    tokens = known.target_tokens
    left, right = known.between(span.start), known.between(span.end)
    first = _nearest_index([token.start for token in tokens], left)
    last = _nearest_index([token.end for token in tokens], right)
    # as many words as the marked ones make on average; the window slides to the nearer edge
    wanted = max(1, round(len(inside) * len(tokens) / len(known.source_tokens)))
    if last - first + 1 > wanted:
        first_fits = abs(tokens[first].start - left) < abs(tokens[last].end - right)
        first, last = (first, first + wanted - 1) if first_fits else (last - wanted + 1, last)
    if any(known.is_content(source, index) for index in inside):
        first, last = _with_meaning(target, tokens, first, max(first, last))
    last = max(first, last)
    core = Span(tokens[first].start, tokens[last].end)
    hull = Span(
        min([core.start, *(link.target.start for link in links)]),
        max([core.end, *(link.target.end for link in links)]),
    )
    if known.count(hull) <= _STRETCH * len(inside) + _SLACK:
        core = hull
    likely = len(links) * 2 >= len(inside)
    return Place(core, Trust.LIKELY if likely else _guess(known, span))


def _with_meaning(target: str, tokens: Sequence[Span], first: int, last: int) -> tuple[int, int]:
    """Let a guessed part neither begin nor end with a word of grammar, nor consist of such."""
    while first < last and tokens[last].of(target) in _HOLLOW:
        last -= 1
    while first < last and tokens[first].of(target) in _HOLLOW:
        first += 1
    if tokens[first].of(target) not in _HOLLOW:
        return first, last
    # a preposition belongs to what follows it
    beside = [index for index in (first + 1, first - 1) if 0 <= index < len(tokens)]
    found = next((i for i in beside if tokens[i].of(target) not in _HOLLOW), first)
    return found, found


def _guess(known: Alignment, span: Span) -> Trust:
    """How good an interpolated place is: by how many words lie between what is known."""
    near = known.spread(span) <= _NEAR + len(known.inside(span))
    return Trust.NEAR if near else Trust.GUESSED


def _with_punctuation(source: str, target: str, span: Span, core: Span) -> Span:
    """Let a range take the quotation marks and the final marks that it has in the source."""
    start, end = core.start, core.end
    text = span.of(source)
    if span.start == 0 and not any(char.isalnum() for char in target[:start]):
        start = 0
    elif text[0] in _OPENING:
        while start and target[start - 1] in _OPENING:
            start -= 1
    if span.end == len(source) and not any(char.isalnum() for char in target[end:]):
        end = len(target)
    elif text[-1] in _CLOSING + _FINAL:
        wanted = _CLOSING + _FINAL if text[-1] in _FINAL else _CLOSING
        while end < len(target) and target[end] in wanted:
            end += 1
    return Span(start, end)


def _nearest_index(edges: list[int], position: float) -> int:
    index = bisect_left(edges, position)
    if index == len(edges) or (index and position - edges[index - 1] <= edges[index] - position):
        index -= 1
    return max(index, 0)


def _nearest(edges: list[int], position: float, *, default: int) -> int:
    return edges[_nearest_index(edges, position)] if edges else default
