"""The kind of every line of a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tolmach.cleaning.article import ArticleReader, named
from tolmach.cleaning.lines import Shape, Unit, is_command, is_signature
from tolmach.cleaning.mending import units_of
from tolmach.cleaning.phrases import AGENCIES, TAG_HEADS, fold
from tolmach.cleaning.profiles import SiteProfile
from tolmach.cleaning.regions import Region, regions_of
from tolmach.cleaning.tables import with_cells
from tolmach.document import Kind

__all__ = ["kinds_of", "label_lines"]

_PICTURES: Final = frozenset({Shape.IMAGE, Shape.CAPTION, Shape.PHOTO_CREDIT})
_AROUND: Final = frozenset({Shape.META, Shape.NAV, Shape.CREDIT, Shape.TITLE, *_PICTURES})
_DOUBTFUL: Final = frozenset({Shape.TITLE, Shape.QUESTION, Shape.TEXT, Shape.CREDIT, *_PICTURES})
_FEW: Final = 4  # lines above what looks like the title; without any button they are kept
_LONGEST_SECOND: Final = 300
_SIGNATURES: Final = 3  # lines that sign an article
_TAGS: Final = 12  # lines that one article is tagged with


def label_lines(
    lines: Sequence[str], *, profile: SiteProfile | None = None
) -> tuple[Kind | None, ...]:
    """Tell what each line of a page is.

    Args:
        lines: the lines of a page without line ends.
        profile: what is known about the site; without it only general rules are used.

    Returns:
        One kind for each line, None for blank lines.
    """
    units = units_of(lines, profile=profile)
    labels: list[Kind | None] = [None] * len(lines)
    for unit, kind in zip(units, kinds_of(units), strict=True):
        for index in range(unit.first, unit.last + 1):
            if lines[index].strip():
                labels[index] = kind
    return tuple(labels)


def kinds_of(units: Sequence[Unit]) -> tuple[Kind, ...]:
    """Tell what each unit of a page is.

    Args:
        units: the units of one page, in order, see :func:`tolmach.cleaning.mending.units_of`.

    Returns:
        One kind for each unit.
    """
    units = with_cells(units)
    regions = _with_pictures(units, regions_of(units))
    article = ArticleReader(units, regions)
    kinds: list[Kind] = []
    for index, (unit, region) in enumerate(zip(units, regions, strict=True)):
        if unit.forced is not None:
            kinds.append(unit.forced)
        elif region is Region.ARTICLE:
            kinds.append(article.kind(index))
        else:
            kinds.append(_outer_kind(units, regions, index))
    return _two_leads(units, kinds)


def _with_pictures(units: Sequence[Unit], regions: tuple[Region, ...]) -> tuple[Region, ...]:
    """Give an article the picture above its title, and the title where it stands twice."""
    start = next((i for i, region in enumerate(regions) if region is Region.ARTICLE), 0)
    twins = [i for i in range(start) if units[i].text.casefold() == units[start].text.casefold()]
    if twins and all(unit.shape in _AROUND for unit in units[twins[0] + 1 : start]):
        regions = (*regions[: twins[0]], *(Region.ARTICLE,) * (start - twins[0]), *regions[start:])
        start = twins[0]
    head = units[:start]
    if len(head) <= _FEW and all(unit.shape in _DOUBTFUL for unit in head):
        return (Region.ARTICLE,) * start + regions[start:]
    if any(unit.shape in (Shape.TEXT, Shape.TITLE, Shape.QUESTION) for unit in head):
        return regions
    first = next((i for i, unit in enumerate(head) if unit.shape in _PICTURES), start)
    return regions[:first] + (Region.ARTICLE,) * (start - first) + regions[start:]


def _outer_kind(units: Sequence[Unit], regions: Sequence[Region], index: int) -> Kind:
    """Name a unit outside the article."""
    unit, shape = units[index], units[index].shape
    if shape in (Shape.CREDIT, Shape.PHOTO_CREDIT):
        if _is_site_name(units, regions, index):
            return Kind.NAV
        return Kind.CREDIT if _signs(units, regions, index) else Kind.META
    if shape in (Shape.TEXT, Shape.CAPTION):
        return Kind.RELATED_TEXT
    after = regions[index] is not Region.BEFORE and shape in (Shape.SHORT, Shape.TITLE)
    if after and is_signature(unit.text) and _signs(units, regions, index):
        return Kind.CREDIT
    if shape in (Shape.TITLE, Shape.QUESTION):
        if _digits(unit.text) > 0.3 or _is_page_name(units, index):
            return Kind.META
        if unit.text.isupper() or is_command(unit.text):
            return Kind.NAV
        return Kind.RELATED_TEXT if _is_under_teaser(units, index) else Kind.RELATED_TITLE
    if shape is Shape.SHORT and regions[index] is Region.BEFORE and _is_rubric(units, index):
        return Kind.META
    if shape is Shape.SHORT and _is_tag(units, index):
        return Kind.META
    return named(unit)


def _is_site_name(units: Sequence[Unit], regions: Sequence[Region], index: int) -> bool:
    """Say whether the name of an agency stands over the menu of its site."""
    if regions[index] is not Region.BEFORE or fold(units[index].text) not in AGENCIES:
        return False
    return index + 1 < len(units) and units[index + 1].shape is Shape.NAV


def _is_tag(units: Sequence[Unit], index: int) -> bool:
    """Say whether a short line stands in a list under «Теги»."""
    for before in range(index - 1, max(-1, index - 1 - _TAGS), -1):
        if fold(units[before].text) in TAG_HEADS:
            return True
        if units[before].shape is not Shape.SHORT:
            return False
    return False


def _is_page_name(units: Sequence[Unit], index: int) -> bool:
    """Say whether a line is a title that stands below again, with the name of the site added."""
    text = units[index].text
    below = (unit.text for unit in units[index + 1 : index + 12] if unit.shape is Shape.TITLE)
    return any(text.startswith(title) and text != title for title in below)


def _digits(text: str) -> float:
    """Return the share of digits among the letters and digits of a text."""
    signs = [char for char in text if char.isalnum()]
    return sum(char.isdigit() for char in signs) / len(signs) if signs else 0.0


def _is_rubric(units: Sequence[Unit], index: int) -> bool:
    """Say whether a short line above the title stands alone, so that it is no menu."""
    if not units[index].text[0].isalnum():
        return False
    near = [units[i].shape for i in (index - 1, index + 1) if 0 <= i < len(units)]
    return not {Shape.SHORT, Shape.NAV} & set(near)


def _is_under_teaser(units: Sequence[Unit], index: int) -> bool:
    """Say whether a line explains the teaser title it is set directly under."""
    unit, above = units[index], units[index - 1] if index else None
    if unit.gap or above is None or not above.gap or above.shape is not Shape.TITLE:
        return False
    return index + 1 == len(units) or units[index + 1].gap > 0


def _signs(units: Sequence[Unit], regions: Sequence[Region], index: int) -> bool:
    """Say whether a name outside the article belongs to it: nothing foreign stands between."""
    if regions[index] is Region.BEFORE:
        return True
    for before in range(index - 1, max(-1, index - 1 - _SIGNATURES), -1):
        if regions[before] is Region.ARTICLE:
            return True
        if units[before].shape not in (Shape.CREDIT, Shape.META, Shape.PHOTO_CREDIT):
            return False
    return False


def _two_leads(units: Sequence[Unit], kinds: Sequence[Kind]) -> tuple[Kind, ...]:
    """Take a second short paragraph for part of the lead when a heading follows it directly."""
    found = tuple(kinds)
    told = (Kind.LEAD, Kind.BODY, Kind.QUOTE, Kind.HEADING)
    proper = [index for index, kind in enumerate(found) if kind in told][:3]
    opening = [found[index] for index in proper]
    if Kind.TITLE in found or opening != [Kind.LEAD, Kind.BODY, Kind.HEADING]:
        return found
    second = proper[1]
    if len(units[second].text) > _LONGEST_SECOND:
        return found
    return (*found[:second], Kind.LEAD, *found[second + 1 :])
