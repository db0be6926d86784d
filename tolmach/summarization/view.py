"""An article as the summariser sees it: sentences in one language, and the parts they belong to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from tolmach.document import (
    Article,
    Kind,
    Severity,
    SummarySection,
    TargetBlock,
    TargetSegment,
)
from tolmach.languages import SOURCE, words

__all__ = ["Section", "Unit", "View", "view_of"]

_KINDS = frozenset({Kind.LEAD, Kind.BODY, Kind.QUOTE})
_SHORTEST_SOURCE = 40
_NUMBERED = re.compile(r"\s*(?:\d{1,3}|[IVXLC]{1,6})[.)](?=\s)")
_FEWEST_POINTS = 3
_TITLE_LETTERS = 60
# an article without headings and points is reported on by thirds
_FEWEST_FOR_THIRDS = 9
_THIRDS = ("beginning", "middle", "end")
# what is longer and has no sentences is a list, or no text
_BRIEF_LINES, _BRIEF_LETTERS = 2, 400
_FEWEST_WORDS = 2
# what a translation says and its source does not, by the check of the gate that it fails
_INVENTED = {
    "number_invented": "numbers",
    "date_changed": "numbers",
    "unit_changed": "numbers",
    "name_doubtful": "names",
    "negation_lost": "negation",
}
_SENTENCE = re.compile(r"[.!?…][”\"'»)\]]*$")


@dataclass(frozen=True, slots=True)
class Unit:
    """A sentence of the article proper.

    Attributes:
        segment: index into :attr:`Article.segments`.
        text: in the language that is summarised.
        source: as the document has it.
        target: what would stand for it in a summary that takes it over.
        block: number of its paragraph.
        doubtful: whether its translation has warnings; one with errors is no unit.
        faults: which checks of the gate these warnings speak against, and why.
    """

    segment: int
    text: str
    source: str
    target: str
    block: int
    doubtful: bool = False
    faults: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the article: what stands below a heading, a numbered point, a third.

    Attributes:
        title: the heading, or the first words, in the language of the summary.
        units: places in :attr:`View.units`.
    """

    title: str
    units: tuple[int, ...]


@dataclass(frozen=True)
class View:
    """What is summarised.

    Attributes:
        units: the usable sentences, in order.
        sections: its parts, in order; together they are all units.
        title: of the article, in the language that is summarised.
        headline: the title's segments, with text and translation; empty if there is none.
        language: in which it is summarised.
        to: in which the summary will be.
        source_language: of the document.
        structured: whether the sections are those of the document.
        unsound: places of units that do not pass the gate themselves: none is taken as it is.
        brief: what a text says that is too short to have sentences worth choosing from; empty for
            any other text.
    """

    units: tuple[Unit, ...]
    sections: tuple[Section, ...]
    title: str
    headline: tuple[Unit, ...]
    language: str
    to: str
    source_language: str = SOURCE
    structured: bool = False
    unsound: frozenset[int] = frozenset()
    brief: tuple[Unit, ...] = ()

    @property
    def headed(self) -> int:
        """How many sections the document itself has."""
        return len(self.sections) if self.structured else 0

    @cached_property
    def text(self) -> str:
        """The units and the title, in the language that is summarised."""
        return "\n".join([self.title, *(unit.text for unit in self.units)])

    @cached_property
    def source(self) -> str:
        """The same as the document has it."""
        return "\n".join(
            [*(unit.source for unit in self.headline), *(unit.source for unit in self.units)]
        )

    def joined(self, places: Sequence[int]) -> str:
        """Return some units as one text."""
        return " ".join(self.units[place].text for place in places)

    def covered(self, segments: Sequence[int]) -> tuple[SummarySection, ...]:
        """Return the sections, and which of them have one of these segments."""
        named = set(segments)
        made = []
        for section in self.sections:
            members = tuple(self.units[place].segment for place in section.units)
            made.append(SummarySection(section.title, members, not named.isdisjoint(members)))
        return tuple(made)


def view_of(article: Article, *, of: str = "target", source_language: str = SOURCE) -> View:
    """Look at an article.

    Args:
        article: the translation.
        of: ``target`` to summarise the translation, ``source`` the document.
        source_language: of the document.
    """
    units: list[Unit] = []
    index = 0
    headline: list[Unit] = []
    said: list[Unit] = []
    for number, block in enumerate(article.blocks):
        for segment in block.segments:
            text = segment.source if of == "source" else segment.target
            doubtful = of != "source" and _severity(segment) is Severity.WARNING
            text = " ".join(text.split())
            faults = tuple(_faults(segment)) if of != "source" else ()
            unit = Unit(index, text, segment.source, segment.target, number, doubtful, faults)
            if segment.kind is Kind.TITLE and not units:
                headline.append(unit)
            elif _is_usable(segment, text):
                units.append(unit)
            if _says_something(segment, text):
                said.append(unit)
            index += 1
    title = " ".join(unit.text for unit in headline)
    sections, structured = _sections(article, units, of)
    if all(unit.source == unit.target for unit in (*headline, *units)):
        source_language = article.to  # nothing was translated
    language = source_language if of == "source" else article.to
    return View(
        tuple(units), sections, title, tuple(headline), language, article.to, source_language,
        structured, brief=tuple(said) if not units and _is_brief(said) else (),
    )  # fmt: skip


def _says_something(segment: TargetSegment, text: str) -> bool:
    is_sound = segment.translated and _severity(segment) is not Severity.ERROR
    return segment.kind in _KINDS and is_sound and len(words(text)) >= _FEWEST_WORDS


def _is_brief(said: Sequence[Unit]) -> bool:
    return len(said) <= _BRIEF_LINES and sum(len(unit.text) for unit in said) <= _BRIEF_LETTERS


def _severity(segment: TargetSegment) -> Severity:
    found = {warning.severity for warning in segment.warnings}
    return next((s for s in (Severity.ERROR, Severity.WARNING) if s in found), Severity.INFO)


def _faults(segment: TargetSegment) -> Iterator[tuple[str, str]]:
    for warning in segment.warnings:
        if warning.code in _INVENTED and warning.severity is Severity.WARNING:
            yield _INVENTED[warning.code], warning.message


def _is_usable(segment: TargetSegment, text: str) -> bool:
    return (
        segment.kind in _KINDS
        and segment.translated
        and len(segment.source) >= _SHORTEST_SOURCE
        # what announces something that does not follow
        and not segment.source.rstrip().endswith((":", ",", ";"))
        and bool(_SENTENCE.search(text))
        and _severity(segment) is not Severity.ERROR
    )


def _sections(article: Article, units: Sequence[Unit], of: str) -> tuple[tuple[Section, ...], bool]:
    """Divide the units by headings and numbered points, else into thirds."""
    starts = dict(_starts(article, of))
    if len(starts) < 2:
        return _thirds(units), False
    found: list[tuple[str, list[int]]] = [("", [])]
    at = 0
    for number in range(len(article.blocks)):
        if number in starts:
            found.append((starts[number], []))
        while at < len(units) and units[at].block == number:
            found[-1][1].append(at)
            at += 1
    sections = [
        Section(title or _shortened(units[places[0]].target), tuple(places))
        for title, places in found
        if places
    ]
    return tuple(sections), len(sections) > 1


def _starts(article: Article, of: str) -> Iterator[tuple[int, str]]:
    """Yield the numbers of the blocks that begin a part, with its title."""
    numbered = [
        number
        for number, block in enumerate(article.blocks)
        if block.segments and _NUMBERED.match(_written(article, block))
    ]
    points = set(numbered) if len(numbered) >= _FEWEST_POINTS else set()
    for number, block in enumerate(article.blocks):
        if block.kind is Kind.HEADING and block.segments:
            yield number, _shortened(" ".join(_text(part, of) for part in block.segments))
        elif number in points:
            marker = _NUMBERED.match(_written(article, block))
            head = marker.group().strip() if marker else ""
            text = _text(block.segments[0], of)
            yield number, _shortened(text if text.startswith(head) else f"{head} {text}")


def _text(segment: TargetSegment, of: str) -> str:
    return segment.source if of == "source" else segment.target


def _written(article: Article, block: TargetBlock) -> str:
    return article.document.text[block.span.start : block.span.start + 20]


def _shortened(text: str) -> str:
    text = " ".join(text.split())
    if len(text) <= _TITLE_LETTERS:
        return text
    return text[:_TITLE_LETTERS].rsplit(" ", 1)[0].rstrip(" ,;:–—-") + "…"


def _thirds(units: Sequence[Unit]) -> tuple[Section, ...]:
    count = len(units)
    if count < _FEWEST_FOR_THIRDS:
        return ()
    cuts = [round(count * part / len(_THIRDS)) for part in range(len(_THIRDS) + 1)]
    return tuple(
        Section(name, tuple(range(start, end)))
        for name, start, end in zip(_THIRDS, cuts, cuts[1:], strict=False)
    )
