"""What one line, or one sentence broken over several, looks like by itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

from tolmach.cleaning import patterns as p
from tolmach.cleaning import phrases
from tolmach.document import Kind

__all__ = [
    "Shape",
    "Unit",
    "final_mark",
    "is_command",
    "is_person",
    "is_signature",
    "shape_of",
    "stems",
]

_CLOSERS = " \t\u00a0)»”\"'’]*"
_INNER_STOP = re.compile(r"[^\W\d_]{4}[.!?…][»”\"]?\s+[«“\"]?[А-ЯЁA-Z]")
_BULLET = re.compile(r"(?:[-–—•▪●*·✓]|\d{1,2}[.)]|[а-яa-z]\))\s*\S")
_DIALOGUE = re.compile(r"[-–—]\s?[А-ЯЁA-Z«]")
_LABEL = re.compile(r"[А-ЯЁA-Z][^:.!?«»]{1,90}:\s")
_TOKEN = re.compile(r"[^\W\d_]+|№")
_WORD = re.compile(r"[^\W\d_]{4,}")
_NAME = re.compile(r"[А-ЯЁA-ZĐ][^\W\d_]*(?:[-’'][^\W\d_]+)*\.?")
_LINK = re.compile(r"(?:https?://|www\.)\S{1,300}|[\w.+-]{1,60}@[\w-]{1,60}(?:\.[\w-]{1,30}){1,4}"
                   r"|(?:[a-z0-9-]{1,40}\.){1,4}(?:ru|vn|com|org|net|info|by|kz|рф)(?:/\S{0,200})?",
                   re.IGNORECASE)  # fmt: skip
_LINK_LABEL = re.compile(r"[^.!?:]{2,60}:\s*(?:https?://|www\.)\S{3,300}", re.IGNORECASE)
_GLUED = re.compile(r"((?:19|20)\d\d|\d\d:\d\d)[А-ЯЁ][\w-]{2,30}$")
_DATED = re.compile(r"\b\d{4}\b|\d{1,2}[:.]\d\d|\d{1,2}\s[а-яё]{3,8}")
_FULL_DATE = re.compile(r"\b\d{1,2}[./]\d{1,2}[./]\d{4}\b")
_INITIALS = 6  # «А. С.»: longer lines in capitals are not names
_SEPARATORS = re.compile(r"[/|,;()–—]| - ")


class Shape(Enum):
    """How a unit looks, before its neighbours are asked."""

    IMAGE = auto()
    CAPTION = auto()
    PHOTO_CREDIT = auto()
    CREDIT = auto()
    META = auto()
    NAV = auto()
    TEASER = auto()
    HEAD_WEAK = auto()
    HEAD_STRONG = auto()
    TEXT = auto()
    TITLE = auto()
    QUESTION = auto()
    CELL = auto()
    SHORT = auto()


@dataclass(frozen=True, slots=True)
class Unit:
    """One line of the page, or several that are one broken sentence.

    Attributes:
        first: index of its first line.
        last: index of its last line.
        text: its lines, stripped, joined by single spaces.
        shape: how it looks.
        gap: blank lines before it.
        forced: the kind a site profile says it has.
        cut: whether a site profile says that the article ends before it.
    """

    first: int
    last: int
    text: str
    shape: Shape
    gap: int = 0
    forced: Kind | None = None
    cut: bool = False

    @property
    def ended(self) -> bool:
        """Whether it carries the mark with which agencies end an article."""
        return self.text.endswith(("./.", ".//.", "/./", "./", "-0-"))


def final_mark(text: str) -> str:
    """Return the punctuation that ends the sentence ``text``, empty if nothing does.

    Closing quotation marks and brackets after it do not count: ``«…ушёл.»`` ends in a full stop.
    """
    tail = text[-40:].rstrip(_CLOSERS)
    if tail.endswith(("/.", "-0-")):
        return "."
    return tail[-1:] if tail[-1:] in tuple(".!?…;:") else ""


def is_person(text: str) -> bool:
    """Say whether ``text`` can be a name: two to five capitalised words and nothing else."""
    words = text.strip(" ()[]/|,").split()
    if text.isupper() and len(text) > _INITIALS:
        return False  # a heading in capitals
    return 2 <= len(words) <= 5 and all(_NAME.fullmatch(word.rstrip(",")) for word in words)


def is_command(text: str) -> bool:
    """Say whether ``text`` can be a button or link of a site: «Скачать PDF», «Все события»."""
    words = phrases.fold(text).split()
    if not 2 <= len(words) <= 5 or final_mark(text):
        return False
    return words[0] in phrases.COMMANDS or (words[0] == "все" and words[1] in phrases.ALL_OF)


def is_signature(text: str) -> bool:
    """Say whether ``text`` can sign an article: names of people, places and papers, no sentence."""
    parts = [part.split() for part in _SEPARATORS.split(text.strip(" ()[]/|,.")) if part.strip()]
    words = [word.rstrip("+") for part in parts for word in part]
    if (
        not 2 <= len(words) <= 8
        or is_command(text)
        or (text.isupper() and len(text) > _INITIALS)
        or final_mark(text) not in ("", ".")
    ):
        return False
    # Of each part the first word is capitalised; of the first one, all are.
    named = all(_NAME.fullmatch(part[0].strip('«»"+')) for part in parts)
    return named and all(
        _NAME.fullmatch(word) or phrases.fold(word) in phrases.AGENCIES
        for word in words[: len(parts[0])]
    )


def stems(text: str) -> frozenset[str]:
    """Return the beginnings of the longer words of ``text``, which inflection leaves alone."""
    words = _WORD.findall(text[: 4 * p.LONGEST].lower().replace("ё", "е"))
    return frozenset(word[: max(4, min(6, len(word) - 2))] for word in words)


def shape_of(text: str) -> Shape:
    """Classify one stripped, non-empty line by what it contains.

    Args:
        text: a line without white space at its ends.

    Returns:
        Its shape. Lines that nothing special is found in are TEXT, TITLE, QUESTION or SHORT.
    """
    if stamp := p.STAMP.match(text):
        rest = shape_of(_bare(text[stamp.end() :]))
        return Shape.META if rest in (Shape.SHORT, Shape.NAV, Shape.CREDIT) else rest
    text = _bare(text)
    if len(text) <= p.LONGEST:
        special = _special(text)
        if special is not None:
            return special
    return _plain(text)


def _bare(text: str) -> str:
    """Return ``text`` without the bars and marks of a flattened table."""
    return text.strip(" |\t\u00a0\ufeff\u200b") or text


def _special(text: str) -> Shape | None:
    """Find what the pattern lists know."""
    if p.IMAGE.fullmatch(text) or p.NUMBERED_PHOTO.fullmatch(text):
        return Shape.IMAGE
    folded = phrases.fold(text)
    if (found := _phrase(folded)) is not None:
        return found
    if p.TEASER.match(text):
        return Shape.TEASER
    if _is_credit(text, folded):
        return Shape.CREDIT
    if p.PHOTO_CREDIT.fullmatch(text) or _is_owner(text):
        return Shape.PHOTO_CREDIT
    if _is_meta(text):
        return Shape.META
    if p.LEGAL.match(text):
        return Shape.META
    if p.PROMPT.match(text):
        return Shape.NAV
    if p.CAPTION_TAIL.search(text[-140:]) or p.CAPTION_HEAD.match(text):
        return Shape.CAPTION
    return _menu(text)


def _phrase(folded: str) -> Shape | None:
    """Look a whole line up, with and without a counter such as «(3)» at its end."""
    bare = folded.rstrip("0123456789 ()[]")
    for phrase in (folded, bare) if bare else (folded,):
        if phrase in phrases.NAV_PHRASES:
            return Shape.NAV
        if phrase in phrases.HEADS_WEAK:
            return Shape.HEAD_WEAK
        if phrase in phrases.HEADS_STRONG or (len(phrase) <= 60 and p.HEADS.fullmatch(phrase)):
            return Shape.HEAD_STRONG
    return None


def _is_credit(text: str, folded: str) -> bool:
    """Say whether the line only names an author, an agency or a source."""
    if len(text) > 160:
        return False
    if folded in phrases.AGENCIES or text.strip("()[] ").lower() in ("vietnam+", "вьетнам+"):
        return True
    if p.BYLINE.fullmatch(text):
        return True
    # «Иван Петров 12.01.2026, 14:10»
    dated = _FULL_DATE.search(text)
    if (
        dated
        and is_person(text[: dated.start()].strip(" ,|•·—–-"))
        and _is_meta(text[dated.start() :])
    ):
        return True
    # «Иван Петров, ТАСС», «ВИА/Деловая хроника»: an agency and other names.
    signed = any(phrases.fold(part) in phrases.AGENCIES for part in _SEPARATORS.split(text))
    return signed and is_signature(text)


def _is_owner(text: str) -> bool:
    """Say whether the line is a name and whom the picture belongs to: «Иван Петров © ТАСС»."""
    name, sign, owner = text.partition("©")
    return bool(sign and owner.strip()) and len(text) <= 80 and is_person(name.strip(" /|,"))


def _is_meta(text: str) -> bool:
    """Say whether the line is a date, a counter, tags, an address or a breadcrumb."""
    if not any(char.isalpha() for char in text):
        return any(char.isdigit() for char in text)
    if p.META_HEAD.match(text) and len(text) < 300:
        return True
    if _LINK.fullmatch(text) or _LINK_LABEL.fullmatch(text):
        return True
    if p.BREADCRUMB.match(text) and len(text) < 250 and not final_mark(text):
        return True
    if len(text) > 120:
        return False
    if phrases.fold(text) in phrases.TAG_HEADS:
        return True
    place = p.DATELINE.match(text)
    # «Имбирь — 50 г» is no date.
    text = text[place.end() :] if place and _DATED.search(text, place.end()) else text
    # «09:09, 25 августа 2025Общество»: extraction glued the rubric to the date.
    words = [word.lower() for word in _TOKEN.findall(_GLUED.sub(r"\1", text))]
    dated = any(char.isdigit() for char in text) or bool({"сегодня", "вчера"} & set(words))
    # «Sputnik Вьетнам, 12.01.2026»: who published it and when.
    sure = _FULL_DATE.search(text) is not None
    return dated and all(
        word in phrases.META_WORDS
        or (sure and (word in phrases.AGENCIES or word in phrases.SECTIONS))
        for word in words
    )


def _menu(text: str) -> Shape | None:
    """Recognise several links on one line, and lines without any letter."""
    if not any(char.isalnum() for char in text):
        return Shape.NAV
    words = text.split()
    known = [phrases.fold(word) in phrases.NAV_PHRASES for word in words]
    sections = [phrases.fold(word) in phrases.SECTIONS for word in words]
    if len(words) > 1 and all(known):
        return Shape.NAV
    if len(words) > 3 and all(map(max, known, sections)):
        return Shape.NAV
    parts = [part for part in re.split(r"[|•·]|\s{2,}|\t", text) if part.strip()]
    if len(parts) > 1 and all(phrases.fold(part) in phrases.NAV_PHRASES for part in parts):
        return Shape.NAV
    if len(parts) < 2 or final_mark(text) or max(map(len, parts)) > 60:
        return None
    if any(_is_meta(part) for part in parts):
        return Shape.META
    return Shape.NAV if len(parts) > 2 else None


def _plain(text: str) -> Shape:
    """Tell paragraphs from titles by length and punctuation."""
    mark, length, words = final_mark(text), len(text), len(text[:400].split())
    if mark == ":" and words < 4:
        return Shape.SHORT
    if mark in tuple(".…;:"):
        return Shape.TEXT
    told = bool(_LABEL.match(text) or _DIALOGUE.match(text)) and mark != ""
    if length > 220 or told or (length > 90 and _INNER_STOP.search(text[:800])):
        return Shape.TEXT
    if _BULLET.match(text) and words > 3 and not text[0].isdigit():
        return Shape.TEXT
    if mark:
        return Shape.QUESTION if length <= 160 else Shape.TEXT
    return Shape.SHORT if words <= 2 else Shape.TITLE
