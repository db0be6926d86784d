"""The kinds of the lines of an article proper, read from its top to its end."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from typing import Final

from tolmach.cleaning.lines import Shape, Unit, final_mark, is_person, is_signature
from tolmach.cleaning.patterns import NUMBERED_PHOTO
from tolmach.cleaning.phrases import HEADING_PHRASES, fold
from tolmach.cleaning.regions import Region
from tolmach.document import Kind

__all__ = ["ArticleReader", "named"]

_SKIPPED: Final = frozenset({Shape.IMAGE, Shape.META, Shape.NAV, Shape.PHOTO_CREDIT, Shape.CAPTION})
_SURE: Final = {
    Shape.IMAGE: Kind.IMAGE,
    Shape.META: Kind.META,
    Shape.NAV: Kind.NAV,
    Shape.HEAD_WEAK: Kind.NAV,
    Shape.HEAD_STRONG: Kind.NAV,
    Shape.TEASER: Kind.RELATED_TITLE,
    Shape.CREDIT: Kind.CREDIT,
    Shape.PHOTO_CREDIT: Kind.CREDIT,
    Shape.CAPTION: Kind.CAPTION,
    Shape.CELL: Kind.BODY,
}
_OPENING: Final = '«“„"'
_CLOSING: Final = '»”“"'
_DIALOGUE: Final = re.compile(r"[–—-]\s?[А-ЯЁ«][^\n]{3,900}?[,?!…]\s?[–—-]\s[а-яё]")
_ATTRIBUTION: Final = re.compile(r"[,.?!…]?\s?[–—-]\s?[а-яёА-ЯЁ]")
_LABELLED: Final = re.compile(
    r"(?:корр?еспо[нр]\w+|вопрос|ответ|журналист|ведущ\w+)\b[^:]{0,40}:", re.I
)
_BULLETS: Final = "-–—•▪●*·✓"
_YEAR: Final = re.compile(
    r"(?:\d{1,2}\s[а-я]{3,8}\s)?(?:1\d|20)\d\d(?:[–-]\d{2,4})?\s?(?:год[аы]?|гг?\.)[.:]?"
)
_SIGNED_AT: Final = re.compile(
    r"[А-ЯЁ][\w-]{1,30}(?: [А-ЯЁ][\w-]{1,30})?, \d{1,2} [а-я]{3,8} (?:19|20)\d\d (?:года|г\.)"
)
_STAMPED: Final = re.compile(r"\d{1,2}:\d\d|\d{1,2}[./]\d{1,2}[./]\d{2,4}|назад")
_ABBREVIATION: Final = re.compile(r"[(\[]?[А-ЯЁA-Z]{2,6}[)\]]?")
_AMOUNT: Final = re.compile(r"\s[–—-]\s\d[\d ,.–-]{0,12}(?!г)[^\W\d]{1,12}\.?$|\s[–—-]\s\d+\sг\.?$")
_SECTION: Final = 60  # characters: shorter paragraphs may be prompts of the site
_FEWEST_ASKED: Final = 4
_FEWEST_PICTURES: Final = 3
_SHORT_CAPTION: Final = 160
_LONGEST_LEAD: Final = 700
_LONGEST_CAPTION: Final = 400


class ArticleReader:
    """Names the units of one article; made for one page and thrown away.

    What a line is depends on what came before it, so units are to be asked for in order.

    Args:
        units: all units of the page.
        regions: the region of each.
    """

    def __init__(self, units: Sequence[Unit], regions: Sequence[Region]) -> None:
        self._units = units
        self._regions = regions
        self._captions = frozenset(unit.text for unit in units if unit.shape is Shape.CAPTION)
        self._spaced = _is_spaced(units)
        self._items = _list_items(units)
        self._series = _is_series(units)
        self._chronicle = _is_chronicle(units, regions)
        self._interview = _asks_in_lines(units, regions)
        self._seen: set[str] = set()
        self._title = ""
        self._leads = 0
        self._texts = 0
        self._open_until = -1
        self._spoken = -2

    def kind(self, index: int) -> Kind:
        """Name a unit of the article."""
        unit = self._units[index]
        follows = index + 1 < len(self._units) and self._units[index + 1].shape is Shape.TEXT
        if unit.shape is Shape.META and self._texts > 1 and follows and _YEAR.fullmatch(unit.text):
            return Kind.HEADING  # of a chronicle; dates of pages have no «год»
        if unit.shape is Shape.META and self._texts > 1 and self._is_place_and_day(index):
            return Kind.BODY
        if unit.shape is Shape.NAV and self._heads_section(index):
            return Kind.HEADING
        if unit.shape in _SURE:
            return named(unit)
        if unit.text in self._captions or self._is_caption(index):
            self._seen.add(unit.text)
            return Kind.CAPTION
        if unit.shape is Shape.TEXT:
            return self._text_kind(index)
        return self._title_kind(index)

    def _is_place_and_day(self, index: int) -> bool:
        """Say whether a line is where and when a document was signed, at the document's end."""
        above = self._units[index - 1] if index else None
        ends = above is not None and above.shape is Shape.TEXT and not above.ended
        return ends and _SIGNED_AT.fullmatch(self._units[index].text) is not None

    def _heads_section(self, index: int) -> bool:
        """Say whether what may be a button heads a part of the article, as «О проекте» can."""
        if fold(self._units[index].text) not in HEADING_PHRASES or self._texts < 2:
            return False
        near = [self._units[at] for at in (index - 1, index + 1) if 0 <= at < len(self._units)]
        inside = index + 1 < len(self._units) and self._regions[index + 1] is Region.ARTICLE
        return inside and all(
            unit.shape is Shape.TEXT and len(unit.text) >= _SECTION for unit in near
        )

    def _is_caption(self, index: int) -> bool:
        """Say whether a unit without a photographer's name belongs to the picture beside it."""
        unit, above = self._units[index], self._units[index - 1] if index else None
        if unit.text in self._seen:
            return True
        started = self._title or self._texts
        if len(unit.text) > _LONGEST_CAPTION or above is None or not started:
            return False
        under = self._units[index + 1] if index + 1 < len(self._units) else None
        open_end = not final_mark(unit.text)
        if above.shape is Shape.IMAGE:
            if NUMBERED_PHOTO.fullmatch(above.text) or (self._series and self._texts):
                return True
            touches = self._spaced and unit.gap == 0
            return touches or (open_end and unit.shape is not Shape.SHORT)
        if under is not None and under.shape is Shape.PHOTO_CREDIT and open_end:
            return unit.text != self._title and not is_person(unit.text)
        if under is not None and under.shape is Shape.CAPTION and unit.text in under.text:
            return True
        below = self._texts and under is not None and under.shape is Shape.IMAGE and under.gap == 0
        return bool(below) and self._spaced and open_end

    def _text_kind(self, index: int) -> Kind:
        """Name a paragraph."""
        text = self._units[index].text
        self._texts += 1
        labelled = _LABELLED.match(text[:80]) is not None
        if self._texts == 1 and not self._leads and len(text) <= _LONGEST_LEAD and not labelled:
            self._leads += 1
            return Kind.LEAD
        return Kind.QUOTE if self._speaks(index) else Kind.BODY

    def _speaks(self, index: int) -> bool:
        """Say whether a paragraph quotes somebody, by itself or as part of a longer quotation."""
        text = self._units[index].text
        if index <= self._open_until:
            return True
        replies = text[0] in "–—" and self._spoken == index - 1
        if not replies and not _is_quote(text):
            return False
        self._spoken = index if text[0] in "–—" else self._spoken
        if text[0] in _OPENING and not set(_CLOSING) & set(text[1:]):
            # A quotation of several paragraphs; where it never ends, nothing is concluded.
            later = range(index + 1, min(len(self._units), index + 9))
            closing = (at for at in later if set(self._units[at].text) & set(_CLOSING))
            self._open_until = next(closing, index)
        return True

    def _title_kind(self, index: int) -> Kind:
        """Name a line without the length and the punctuation of a paragraph."""
        unit = self._units[index]
        if not self._title and not self._texts and self._heads_article(index):
            self._title = unit.text
            return Kind.TITLE
        if unit.text.casefold() == self._title.casefold():
            return Kind.TITLE
        if self._is_byline(index):
            return Kind.CREDIT
        if self._texts == 0 and self._title:
            if unit.shape is Shape.SHORT:
                return Kind.NAV
            self._leads += 1
            return Kind.LEAD
        if self._is_dated_teaser(index):
            return Kind.RELATED_TITLE
        if self._lists(index) or not self._anything_follows(index):
            return Kind.BODY
        if unit.shape is Shape.QUESTION and self._interview:
            return Kind.BODY
        if unit.shape is Shape.QUESTION and not self._looks_like_heading(index):
            self._texts += 1
            return Kind.QUOTE if self._speaks(index) else Kind.BODY
        return Kind.QUOTE if index <= self._open_until else Kind.HEADING

    def _is_dated_teaser(self, index: int) -> bool:
        """Say whether a line has the time or date of another article under it."""
        unit, under = self._units[index], self._units[index + 1 : index + 2]
        if self._texts == 0 or unit.shape is not Shape.TITLE or not under or self._chronicle:
            return False
        stamped = under[0].shape is Shape.META and under[0].gap <= unit.gap
        return stamped and _STAMPED.search(under[0].text) is not None

    def _anything_follows(self, index: int) -> bool:
        """Say whether the article has another line, so that this one may be its heading."""
        later = range(index + 1, len(self._units))
        return any(
            self._regions[at] is Region.ARTICLE and self._units[at].shape not in _SKIPPED
            for at in later
        )

    def _heads_article(self, index: int) -> bool:
        """Say whether no better title follows before the first paragraph."""
        if self._units[index].shape is not Shape.SHORT:
            return True
        for later in range(index + 1, len(self._units)):
            if self._regions[later] is not Region.ARTICLE or self._units[later].shape is Shape.TEXT:
                return True
            if self._units[later].shape in (Shape.TITLE, Shape.QUESTION):
                return False
        return True

    def _is_byline(self, index: int) -> bool:
        """Say whether a line of names stands where articles are signed: at the top or the end."""
        text = self._units[index].text
        if self._texts == 0:
            return is_person(text) or is_signature(text)
        if not self._text_follows(index):
            return is_signature(text) or _ABBREVIATION.fullmatch(text) is not None
        return self._texts == 1 and (is_person(text) or ("," in text and is_signature(text)))

    def _text_follows(self, index: int) -> bool:
        """Say whether the article goes on with a paragraph, pictures aside."""
        for later in range(index + 1, len(self._units)):
            if self._regions[later] is Region.ARTICLE and self._units[later].shape not in _SKIPPED:
                return self._units[later].shape in (Shape.TEXT, Shape.QUESTION, Shape.TITLE)
        return False

    def _lists(self, index: int) -> bool:
        """Say whether a line is an item of a list, or announces one."""
        text = self._units[index].text
        if text[0] in _BULLETS or text[-1] in ":,":
            return True
        return index in self._items or _AMOUNT.search(text[-40:]) is not None

    def _looks_like_heading(self, index: int) -> bool:
        """Tell a heading such as «Что дальше?» from a question that somebody asks."""
        text = self._units[index].text
        return len(text) <= 60 and text[0] not in "–—-«" and ". " not in text


def named(unit: Unit) -> Kind:
    """Name a unit whose shape decides; «Комментарии (12)» is a counter."""
    if unit.shape is Shape.HEAD_STRONG and any(char.isdigit() for char in unit.text):
        return Kind.META
    return _SURE.get(unit.shape, Kind.NAV)


def _is_quote(text: str) -> bool:
    """Say whether a paragraph is, or begins with, somebody's words."""
    if text[0] not in _OPENING:
        return _DIALOGUE.match(text[:1000]) is not None
    depth, end = 0, -1
    for at, char in enumerate(text[:4000]):
        if char == "«" or (char in _OPENING and (at == 0 or text[at - 1] in " (")):
            depth += 1
        elif char in _CLOSING:
            depth -= 1
        if at and depth == 0:
            end = at
            break
    if end < 0:
        return True
    # A name or a title in quotation marks is short and the sentence goes on without a mark.
    said, rest = text[1:end], text[end + 1 :]
    whole = not rest.strip(" .!?…/") or said[-1:] in tuple("?!….,")
    attributed = rest[:1] in tuple(",?!….") and _ATTRIBUTION.match(rest) is not None
    return len(said.split()) >= 4 and (whole or attributed or rest.startswith("."))


def _list_items(units: Sequence[Unit]) -> frozenset[int]:
    """Return the lines without final punctuation that a line ending in a colon announces."""
    found: set[int] = set()
    opened = False
    for index, unit in enumerate(units):
        if unit.text.endswith(":"):
            opened = True
        elif unit.shape not in (Shape.TITLE, Shape.SHORT):
            opened = False
        elif opened:
            # More space than between the items sets off the heading of what follows them.
            # So does a capital letter where the items have none.
            first = units[index - 1].text[:1] if index - 1 in found else unit.text[:1]
            apart = index - 1 in found and unit.gap > units[index - 1].gap
            if apart or (first.islower() and unit.text[:1].isupper()):
                opened = False
            else:
                found.add(index)
    return frozenset(found)


def _is_series(units: Sequence[Unit]) -> bool:
    """Say whether a page is a series of pictures, each with a short line under it."""
    under = [
        below
        for above, below in itertools.pairwise(units)
        if above.shape is Shape.IMAGE and below.shape is not Shape.IMAGE
    ]
    return len(under) >= _FEWEST_PICTURES and all(len(u.text) <= _SHORT_CAPTION for u in under)


def _is_chronicle(units: Sequence[Unit], regions: Sequence[Region]) -> bool:
    """Say whether paragraphs of an article have times between them, as a report of a day has."""
    return any(
        over.shape is Shape.TEXT
        and time.shape is Shape.META
        and under.shape is Shape.TEXT
        and regions[index] is Region.ARTICLE
        and _STAMPED.search(time.text) is not None
        for index, (over, time, under) in enumerate(zip(units, units[1:], units[2:], strict=False))
    )


def _asks_in_lines(units: Sequence[Unit], regions: Sequence[Region]) -> bool:
    """Say whether an article is an interview whose questions stand on lines of their own."""
    heads = [
        unit.shape
        for unit, region in zip(units, regions, strict=True)
        if region is Region.ARTICLE and unit.shape in (Shape.TITLE, Shape.QUESTION)
    ]
    asked = heads.count(Shape.QUESTION)
    return asked >= _FEWEST_ASKED and asked * 3 >= len(heads) * 2


def _is_spaced(units: Sequence[Unit]) -> bool:
    """Say whether this page puts blank lines between paragraphs."""
    gaps = [unit.gap > 0 for unit in units[1:] if unit.shape is Shape.TEXT]
    return sum(gaps) * 2 > len(gaps)
