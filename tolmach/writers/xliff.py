"""XLIFF, for translation tools: version 2.1, and 1.2 for those that know nothing newer.

Source of both: the OASIS standards XLIFF 2.1 (2018) and XLIFF 1.2 (2008).

Blocks are groups, segments are units in them. A unit's id is the index of its segment in
:attr:`Article.segments`, so that what comes back can be told apart. What the machine wrote stays
beside the target that a tool may change: as a note of the category ``machine`` (2.1), or as an
``alt-trans`` of the origin ``tolmach`` (1.2).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from tolmach import __version__
from tolmach.document import (
    Action,
    Article,
    EditorWarning,
    Origin,
    Segment,
    TargetBlock,
    TargetSegment,
)
from tolmach.writers.inline import Code, source_codes, target_codes

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["Xliff1Writer", "XliffWriter"]

_SPACE: Final = "{http://www.w3.org/XML/1998/namespace}space"
_V2: Final = "urn:oasis:names:tc:xliff:document:2.0"
_V1: Final = "urn:oasis:names:tc:xliff:document:1.2"
# what XML 1.0 has no way to write; a lone half of a surrogate pair is one of them
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_SOURCE_LANGUAGE = "ru"


@dataclass(frozen=True, slots=True)
class _Unit:
    """A segment with what both versions say of it."""

    index: int
    source: Segment
    target: TargetSegment
    source_codes: tuple[Code, ...]
    target_codes: tuple[Code, ...]

    @property
    def approved(self) -> bool:
        return self.target.origin is Origin.APPROVED


class XliffWriter:
    """Writes ``visit.xlf`` in XLIFF 2.1."""

    def render(self, article: Article) -> Mapping[str, bytes]:
        """Return the file."""
        root = _root("xliff", _V2, version="2.1", srcLang=_SOURCE_LANGUAGE, trgLang=article.to)
        file = _add(root, "file", id="f1", original=_clean(article.name), **{_SPACE: "preserve"})
        _notes(file, [*_made(article), *_messages(_general(article))])
        for number, block, units in _blocks(article):
            group = _add(file, "group", id=f"b{number}", type=f"tolmach:{block.kind.value}")
            for unit in units:
                self._unit(group, unit)
        if len(file) < 2:  # a file without anything in it is not allowed
            _add(file, "group", id="b0")
        return {".xlf": _bytes(root)}

    def _unit(self, group: _Element, unit: _Unit) -> None:
        index = str(unit.index)
        element = _add(group, "unit", id=index)
        if not unit.source.translate:
            element.set("translate", "no")
        notes = _notes(element, [("machine", unit.target.target)])
        notes[0].set("appliesTo", "target")
        for category, message in _messages(unit.target.warnings):
            _add(notes, "note", category=category).text = _clean(message)
        state = "final" if unit.approved else "translated"
        segment = _add(element, "segment", id=index, state=state)
        _content2(_add(segment, "source"), unit.source.source, unit.source_codes)
        _content2(_add(segment, "target"), unit.target.target, unit.target_codes)


class Xliff1Writer:
    """Writes ``visit.1.2.xlf`` in XLIFF 1.2."""

    def render(self, article: Article) -> Mapping[str, bytes]:
        """Return the file."""
        root = _root("xliff", _V1, version="1.2")
        file = _add(
            root,
            "file",
            original=_clean(article.name),
            datatype="plaintext",
            **{"source-language": _SOURCE_LANGUAGE, "target-language": article.to},
            **{_SPACE: "preserve"},
        )
        header = _add(file, "header")
        for category, message in [*_made(article), *_messages(_general(article))]:
            # "from" is a keyword of Python
            _add(header, "note", **{"from": category}).text = _clean(message)
        body = _add(file, "body")
        for number, block, units in _blocks(article):
            group = _add(body, "group", id=f"b{number}", restype=f"x-{block.kind.value}")
            for unit in units:
                self._unit(group, unit)
        return {".1.2.xlf": _bytes(root)}

    def _unit(self, group: _Element, unit: _Unit) -> None:
        element = _add(
            group,
            "trans-unit",
            id=str(unit.index),
            approved="yes" if unit.approved else "no",
            translate="yes" if unit.source.translate else "no",
        )
        _content1(_add(element, "source"), unit.source.source, unit.source_codes)
        target = _add(element, "target", state="final" if unit.approved else "translated")
        _content1(target, unit.target.target, unit.target_codes)
        for category, message in _messages(unit.target.warnings):
            _add(element, "note", **{"from": category}).text = _clean(message)
        machine = _add(element, "alt-trans", origin="tolmach")
        _add(machine, "target").text = _clean(unit.target.target)


def _blocks(article: Article) -> Iterator[tuple[int, TargetBlock, Sequence[_Unit]]]:
    """Yield the blocks that have something to translate, with their numbers and units."""
    rest = iter(article.document.segments)
    first = 0
    for number, block in enumerate(article.blocks):
        sources = tuple(islice(rest, len(block.segments)))
        if sources and block.action is not Action.DROP:
            yield number, block, _units(article, block, sources, first=first)
        first += len(sources)


def _units(
    article: Article, block: TargetBlock, sources: Sequence[Segment], *, first: int
) -> tuple[_Unit, ...]:
    before = source_codes(article.document, block.span, sources)
    after = target_codes(article, block)
    return tuple(
        _Unit(first + place, source, target, before[place], after[place])
        for place, (source, target) in enumerate(zip(sources, block.segments, strict=True))
    )


def _general(article: Article) -> tuple[EditorWarning, ...]:
    return (*article.document.warnings, *article.warnings)


def _made(article: Article) -> list[tuple[str, str]]:
    """Return what made the translation."""
    made = {"tolmach": __version__, **article.signature}
    return [("signature", "; ".join(f"{key}: {value}" for key, value in made.items()))]


def _messages(warnings: Sequence[EditorWarning]) -> list[tuple[str, str]]:
    return [(f"tolmach:{w.severity.value}", f"{w.code}: {w.message}") for w in warnings]


def _notes(parent: _Element, notes: Sequence[tuple[str, str]]) -> _Element:
    listed = _add(parent, "notes")
    for category, text in notes:
        _add(listed, "note", category=category).text = _clean(text)
    return listed


def _content2(element: _Element, text: str, codes: Sequence[Code]) -> None:
    """Fill a source or target of 2.1: codes are pc, sc, ec and ph, odd characters cp."""

    def open_code(parent: _Element, code: Code) -> _Element:
        attributes = {"id": code.id}
        if code.part == "point":
            _add(parent, "ph", **attributes)
            return parent
        if code.part == "whole":
            return _add(parent, "pc", **attributes)
        # its other half stands in another unit
        _add(parent, "sc" if code.part == "start" else "ec", isolated="yes", **attributes)
        return parent

    def write(parent: _Element, piece: str) -> None:
        position = 0
        for match in _FORBIDDEN.finditer(piece):
            _append(parent, piece[position : match.start()])
            _add(parent, "cp", hex=f"{ord(match[0]):04X}")
            position = match.end()
        _append(parent, piece[position:])

    _fill(element, text, codes, open_code, write)


def _content1(element: _Element, text: str, codes: Sequence[Code]) -> None:
    """Fill a source or target of 1.2: codes are g, bx, ex and x; odd characters are lost."""

    def open_code(parent: _Element, code: Code) -> _Element:
        names = {"point": "x", "whole": "g", "start": "bx", "end": "ex"}
        added = _add(parent, names[code.part], id=code.id)
        return added if code.part == "whole" else parent

    def write(parent: _Element, piece: str) -> None:
        _append(parent, _clean(piece))

    _fill(element, text, codes, open_code, write)


def _fill(element: _Element, text: str, codes: Sequence[Code], open_code: Any, write: Any) -> None:
    """Write a text with its codes, which nest or are disjoint and are sorted outer ones first."""
    parents = [(len(text), element)]
    position = 0
    for code in codes:
        while len(parents) > 1 and parents[-1][0] <= code.span.start:
            end, parent = parents.pop()
            write(parent, text[position:end])
            position = end
        write(parents[-1][1], text[position : code.span.start])
        position = code.span.start
        opened = open_code(parents[-1][1], code)
        if opened is not parents[-1][1]:
            parents.append((code.span.end, opened))
    while parents:
        end, parent = parents.pop()
        write(parent, text[position:end])
        position = end


def _root(name: str, namespace: str, **attributes: str) -> _Element:
    from lxml import etree

    return etree.Element(f"{{{namespace}}}{name}", attributes, nsmap={None: namespace})


def _add(parent: _Element, name: str, **attributes: str) -> _Element:
    from lxml import etree

    namespace = etree.QName(parent).namespace
    return etree.SubElement(parent, f"{{{namespace}}}{name}", attributes)


def _append(element: _Element, text: str) -> None:
    """Add text after what an element holds so far."""
    if not text:
        return
    if len(element):
        element[-1].tail = (element[-1].tail or "") + text
    else:
        element.text = (element.text or "") + text


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)


def _bytes(root: _Element) -> bytes:
    from lxml import etree

    _indent(root, 0)
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return written + b"\n"


def _indent(element: _Element, depth: int) -> None:
    """Put elements on lines of their own, but nothing into the text of sources and targets."""
    from lxml import etree

    name = etree.QName(element).localname
    if not len(element) or name in {"source", "target", "note"}:
        return
    element.text = "\n" + " " * (depth + 1)
    for child in element:
        _indent(child, depth + 1)
        child.tail = "\n" + " " * (depth + 1)
    element[-1].tail = "\n" + " " * depth
