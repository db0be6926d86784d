"""Where on a page the article begins and ends.

The page is read as a sequence of four regions: what comes BEFORE the article, the ARTICLE, boxes
of links INSIDE it and what comes AFTER. Each unit speaks for or against each region, and changing
regions costs more where nothing suggests it; the best sequence is found with the Viterbi algorithm
(A. Viterbi, 1967), in the spirit of finding articles as the best-scoring run of a page
(J. Pasternack, D. Roth, "Extracting article text from the web with maximum subsequence
segmentation", WWW 2009). The numbers are set by hand, in favour of keeping: a paragraph has to be
contradicted by several signs before it is taken for foreign.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from tolmach.cleaning.lines import Shape, Unit, is_command, is_person, stems
from tolmach.cleaning.teasers import flow_of, pairs_of
from tolmach.document import Kind

__all__ = ["Region", "regions_of", "title_at"]


class Region(IntEnum):
    """Part of a page."""

    BEFORE = 0
    ARTICLE = 1
    INSIDE = 2
    AFTER = 3


_TITLES: Final = frozenset({Shape.TITLE, Shape.QUESTION})
_HEADS: Final = frozenset({Shape.HEAD_WEAK, Shape.HEAD_STRONG})
_PASSED: Final = frozenset({Shape.IMAGE, Shape.META, Shape.NAV, Shape.PHOTO_CREDIT, Shape.CREDIT})
_NEVER: Final = -1e9
_FEWEST: Final = 3  # paragraphs before a signature, and teasers after it

# Scores of a unit in BEFORE, ARTICLE, INSIDE, AFTER. TEXT, titles and captions depend on context.
_SCORES: Final[dict[Shape, tuple[float, float, float, float]]] = {
    Shape.IMAGE: (-0.1, 0.0, -0.1, -0.1),
    Shape.CAPTION: (-0.4, 0.0, -0.2, -0.2),
    Shape.PHOTO_CREDIT: (-0.2, 0.0, -0.2, -0.2),
    Shape.CREDIT: (-0.1, 0.0, -0.2, -0.3),
    Shape.META: (0.0, -0.3, -0.1, 0.0),
    Shape.NAV: (0.0, -0.6, -0.2, 0.0),
    Shape.CELL: (-0.2, 0.1, -0.1, -0.1),
    Shape.TEASER: (0.0, -0.2, 0.0, 0.0),
    Shape.HEAD_WEAK: (0.0, -2.0, 0.3, 0.0),
    Shape.HEAD_STRONG: (0.0, -2.5, 0.3, 0.0),
}


@dataclass(frozen=True, slots=True)
class _Page:
    """A page and what its units see around them; all tuples run parallel to ``units``."""

    units: tuple[Unit, ...]
    above: tuple[int, ...]
    below: tuple[int, ...]
    text_below: tuple[bool, ...]
    signed: tuple[bool, ...]
    bare: tuple[int, ...]
    repeated: frozenset[str]
    trust: tuple[float, ...]
    begun: tuple[bool, ...]
    first: int
    pairs: tuple[int, ...]
    flow: tuple[int, ...]


def regions_of(units: Sequence[Unit]) -> tuple[Region, ...]:
    """Assign every unit of a page to a region.

    Args:
        units: the units of one page, in order.

    Returns:
        One region for each unit. INSIDE and AFTER both mean: not of the article.
    """
    if not units:
        return ()
    page = _survey(tuple(units))
    best: list[float] = [_NEVER] * 4
    best[Region.BEFORE] = 0.0
    back: list[tuple[Region, ...]] = []
    for index in range(len(page.units)):
        scores = _scores(page, index)
        steps = _steps(page, index)
        row, came = [], []
        for region in Region:
            value, origin = max((best[old] + steps[old][region], -old) for old in Region)
            row.append(value + scores[region])
            came.append(Region(-origin))
        best = row
        back.append(tuple(came))
    path = _trace(best, back)
    # Of a page without any paragraph nothing can be told apart, so nothing is thrown away.
    return path if Region.ARTICLE in path else (Region.ARTICLE,) * len(path)


def _trace(best: Sequence[float], back: Sequence[tuple[Region, ...]]) -> tuple[Region, ...]:
    region = max(Region, key=lambda candidate: best[candidate])
    path = []
    for row in reversed(back):
        path.append(region)
        region = row[region]
    return tuple(reversed(path))


def _survey(units: tuple[Unit, ...]) -> _Page:
    """Look at the surroundings of every unit once, in linear time."""
    size = len(units)
    above, below = [-1] * size, [-1] * size
    text_below = [False] * size
    trust = [1.0] * size
    signed, bare = [False] * size, [0] * size
    titles = 0
    last, mass, factor, closed = -1, 0, 1.0, False
    begun = [False] * size
    for index, unit in enumerate(units):
        above[index], trust[index], signed[index] = last, factor, closed
        bare[index], begun[index] = titles, mass > 0
        titles = titles + (unit.shape is Shape.TITLE) if unit.shape is not Shape.TEXT else 0
        closed = unit.shape is Shape.CREDIT or (closed and unit.shape is not Shape.TEXT)
        if unit.shape not in _PASSED:
            last = index
        mass += len(unit.text) if unit.shape is Shape.TEXT else 0
        # After a heading such as «Другие новости» even paragraphs are less likely the article's.
        if unit.shape in _HEADS and mass > 300:
            factor = min(factor, 0.3 if unit.shape is Shape.HEAD_STRONG else 0.6)
        elif unit.ended and unit.shape is Shape.TEXT:
            factor = min(factor, 0.15)
    following, text = -1, False
    for index in range(size - 1, -1, -1):
        below[index], text_below[index] = following, text
        if units[index].shape not in _PASSED:
            following = index
        if units[index].shape is Shape.TEXT:
            text = True
        elif units[index].shape in _HEADS:
            text = False
    return _Page(units, tuple(above), tuple(below), tuple(text_below), tuple(signed),
                 tuple(bare), _repeated(units), tuple(trust), tuple(begun),
                 _first(units), pairs_of(units), flow_of(units))  # fmt: skip


def _signed_off(page: _Page, index: int) -> bool:
    """Say whether a name under several paragraphs is followed by nothing but teasers."""
    if index < 2 or page.flow[index] < _FEWEST or page.pairs[index] < _FEWEST:
        return False
    name, over = page.units[index - 1], page.units[index - 2]
    signs = name.shape is Shape.CREDIT or (name.shape is not Shape.TEXT and is_person(name.text))
    return signs and over.shape is Shape.TEXT


def _first(units: tuple[Unit, ...]) -> int:
    """Return the first unit that is no button, date, picture or name, -1 if there is none."""
    return next((at for at, unit in enumerate(units) if unit.shape not in _PASSED), -1)


def _repeated(units: tuple[Unit, ...]) -> frozenset[str]:
    """Return the title-like lines that stand on the page more than once."""
    counts = Counter(unit.text.casefold() for unit in units if unit.shape in _TITLES)
    return frozenset(text for text, count in counts.items() if count > 1)


def _pictured(units: Sequence[Unit], index: int) -> bool:
    """Say whether a unit stands next to a picture or a photographer's name."""
    near = (units[max(index - 1, 0)].shape, units[min(index + 1, len(units) - 1)].shape)
    return near[1] is Shape.PHOTO_CREDIT or near[0] in (Shape.IMAGE, Shape.PHOTO_CREDIT)


def _shape_at(page: _Page, index: int) -> Shape | None:
    return page.units[index].shape if index >= 0 else None


def _scores(page: _Page, index: int) -> tuple[float, float, float, float]:
    """Score one unit in each region."""
    unit = page.units[index]
    if unit.forced is not None:
        return _forced_scores(unit.forced)
    if unit.shape is Shape.TEXT:
        return _text_scores(page, index)
    if unit.shape is Shape.CAPTION and _shape_at(page, page.below[index]) is Shape.TITLE:
        return (-0.2, -0.4, -0.1, -0.1)
    if unit.shape in (Shape.NAV, Shape.META) and not page.text_below[index]:
        return (0.0, -0.1, -0.1, 0.0)  # at the end it is the same wherever it belongs
    if unit.shape in (Shape.NAV, Shape.META) and not page.begun[index]:
        return (0.0, -0.15, -0.1, 0.0)
    if unit.shape in _SCORES:
        return _SCORES[unit.shape]
    return _title_scores(page, index)


def _forced_scores(kind: Kind) -> tuple[float, float, float, float]:
    if kind in (Kind.TITLE, Kind.LEAD, Kind.HEADING, Kind.BODY, Kind.QUOTE):
        return (-2.0, 2.0, -2.0, -2.0)
    if kind in (Kind.RELATED_TITLE, Kind.RELATED_TEXT):
        return (0.0, -1.0, 0.5, 0.5)
    return (0.0, -0.1, 0.0, 0.0)


def _text_scores(page: _Page, index: int) -> tuple[float, float, float, float]:
    unit = page.units[index]
    length = len(unit.text)
    weight = 0.3 if length < 30 else 0.8 if length < 60 else 1.5 if length < 120 else 2.2
    weight = 3.0 if length >= 200 else weight
    over, under = _shape_at(page, page.above[index]), _shape_at(page, page.below[index])
    framed = (Shape.TITLE, Shape.CAPTION, Shape.TEASER, None, *_HEADS)
    if over is Shape.TITLE and under in framed and page.bare[index] < 2:
        # A title, one paragraph, a title: a teaser as likely as a section of an article.
        before = 0.6 * weight if page.above[index] == page.first else 0.0
        weight = (0.1 + 0.05 * weight) * page.trust[index]
        return (-max(weight / 2, before), weight, -weight * 0.4, -weight / 2)
    # Real paragraphs above the title are rare: rather, the article has no title.
    before = -max(3.3, 1.5 * weight)
    weight *= page.trust[index]
    return (before, weight, -weight * 0.4, -weight / 2)


def _title_scores(page: _Page, index: int) -> tuple[float, float, float, float]:
    """Score a line that may be a title, a heading, a teaser or a menu entry."""
    unit = page.units[index]
    over, under = _shape_at(page, page.above[index]), _shape_at(page, page.below[index])
    if (
        page.text_below[index]
        and over is not None
        and (unit.text.casefold() in page.repeated or _pictured(page.units, index))
    ):
        return (0.0, 0.0, 0.0, 0.0)
    if unit.shape is Shape.QUESTION and over is not None:
        return (0.0, 0.2 * page.trust[index], -0.1, -0.1)
    if not page.text_below[index]:
        # Nothing of the article follows, so it heads nothing; after a signature still less.
        if page.signed[index] or is_command(unit.text):
            return (0.0, -3.0, 0.0, 0.0)
        # Titles begin with a capital letter; what does not may be a list at the article's end.
        if not unit.text[0].isupper() and unit.text[0] not in '«“"':
            return (0.0, -0.3, 0.0, 0.0)
        return (0.0, -2.0 if unit.shape is Shape.TITLE else -1.2, 0.0, 0.0)
    if not page.begun[index]:
        # Above the first paragraph a line in the article is no worse than one of the menu.
        return (0.0, -0.3 if unit.shape is Shape.SHORT else -0.6, 0.0, 0.0)
    between = over in (Shape.TEXT, Shape.CAPTION) and under in (Shape.TEXT, Shape.CAPTION)
    if between:
        return (0.0, -0.4 if unit.shape is Shape.TITLE else -0.3, 0.0, 0.0)
    if under is Shape.TEXT and (_sets_off(page, index) or _is_deck(page, index)):
        return (0.0, -0.3, 0.0, 0.0)
    return (0.0, -1.0 if unit.shape is Shape.SHORT else -1.2, 0.0, 0.0)


def _sets_off(page: _Page, index: int) -> bool:
    """Say whether more blank lines stand before a unit than before the one above it."""
    return index > 0 and page.units[index].gap > page.units[index - 1].gap


def _is_deck(page: _Page, index: int) -> bool:
    """Say whether a unit may be the subtitle of the shorter title above it."""
    over = page.above[index]
    if over < 0 or page.units[over].shape is not Shape.TITLE:
        return False
    return len(page.units[over].text) < len(page.units[index].text)


def _steps(page: _Page, index: int) -> tuple[tuple[float, ...], ...]:
    """Score every change of region between the unit before and this one."""
    shape = page.units[index].shape
    enter = _opening(page, index)
    aside = -1.5 if shape in _HEADS else _NEVER
    leave = -5.0 + _ending(page, index)
    resume = -1.0 if shape is Shape.TEXT else -1.5
    if page.trust[index] <= 0.3:
        resume -= 1.0
    if shape is Shape.TITLE and _sets_off(page, index):
        resume = 0.0
    return (
        (0.0, enter, _NEVER, _NEVER),
        (_NEVER, 0.0, aside, leave),
        (_NEVER, resume, 0.0, -1.0),
        (_NEVER, _NEVER, _NEVER, 0.0),
    )


def _opening(page: _Page, index: int) -> float:
    """Score the article's beginning at a unit."""
    unit, far = page.units[index], -0.01 * min(index, 100)
    if unit.forced is Kind.TITLE:
        return 4.0 + far
    if unit.shape in _TITLES or unit.shape is Shape.SHORT:
        reach = title_at(page.units, index)
        if reach < 0:
            return far
        opening = {Shape.TITLE: 3.0, Shape.QUESTION: 2.0}.get(unit.shape, 1.0)
        if page.above[index] < 0:
            opening += 1.2  # nothing but buttons and dates above it
        if unit.text.casefold() in page.repeated:
            opening += 0.5
        if _pictured(page.units, index):
            opening -= 2.0
        if _shape_at(page, page.above[index]) is Shape.TEXT:
            opening -= 0.7  # more like a heading
        return opening + far + 2.0 * _overlap(page, index, reach)
    return far + (0.5 if unit.shape in (Shape.TEXT, Shape.IMAGE, Shape.CAPTION) else 0.0)


def title_at(units: Sequence[Unit], index: int) -> int:
    """Find the first paragraph under what may be the title of an article.

    Between the two there may be dates, names, pictures, buttons and one subtitle.

    Args:
        units: the units of the page.
        index: the possible title.

    Returns:
        The index of the paragraph, -1 if other things come first.
    """
    titles = 0
    for later in range(index + 1, min(len(units), index + 16)):
        shape = units[later].shape
        if shape is Shape.TEXT:
            return later
        titles += shape in _TITLES and not _repeats(units, index, later)
        if titles > 1 or shape in _HEADS or shape is Shape.TEASER:
            return -1
    return -1


def _repeats(units: Sequence[Unit], title: int, later: int) -> bool:
    """Say whether a line says the title again, or belongs to the picture it stands beside."""
    one, other = units[title].text.casefold(), units[later].text.casefold()
    above = units[later - 1]
    beside = above.shape is Shape.CAPTION and units[later].gap == 0
    return beside or _pictured(units, later) or one.startswith(other) or other.startswith(one)


def _overlap(page: _Page, title: int, start: int) -> float:
    """Return the share of a title's words that come back in the paragraphs under it."""
    wanted = stems(page.units[title].text)
    if not wanted:
        return 0.0
    found: set[str] = set()
    texts = 0
    for unit in page.units[start : start + 12]:
        if unit.shape is Shape.TEXT and texts < 5:
            found |= stems(unit.text)
            texts += 1
    return len(wanted & found) / len(wanted)


def _ending(page: _Page, index: int) -> float:
    """Score the signs that the article ended just before a unit."""
    unit = page.units[index]
    if unit.cut:
        return 30.0
    signs = {Shape.HEAD_WEAK: 4.0, Shape.HEAD_STRONG: 5.0, Shape.NAV: 2.0, Shape.META: 1.5}
    evidence = signs.get(unit.shape, 0.0)
    if not page.text_below[index] and is_command(unit.text):
        evidence = 2.0
    before = index - 1
    if before >= 0 and page.units[before].shape is Shape.CREDIT:
        evidence += 2.5
    before = page.above[index]
    if before >= 0 and page.units[before].ended and unit.shape is not Shape.CREDIT:
        # A paragraph right under the mark may still be the article's; anything else hardly is.
        evidence += 4.7 if unit.shape is Shape.TEXT else 5.5
    if _signed_off(page, index):
        evidence += 5.5
    return min(evidence, 6.5)
