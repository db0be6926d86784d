"""TMX 1.4b, the exchange format of translation memories.

Source: TMX 1.4b Specification, LISA OSCAR, 2005. Read and written with lxml: of the libraries for
TMX, hypomnema is in its alpha state and needs a newer Python, translate-toolkit has a licence that
would extend to tolmach.
"""

from __future__ import annotations

import calendar
import io
import re
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tolmach import __version__
from tolmach.memory.entries import Approved, Pair
from tolmach.memory.exchange import LANGUAGE, Unit, inner_text, language, opened, refuse, stream

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["read_tmx", "tmx_bytes", "writable"]

# of the inline elements, only highlighted text is text
_TEXT: Final = frozenset({"hi"})
_MACHINE, _ORIGIN, _DOCUMENT = "x-tolmach-machine", "x-tolmach-origin", "x-tolmach-document"
_DATE = "%Y%m%dT%H%M%SZ"
# what XML 1.0 has no way to write
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def read_tmx(path: Path, *, source: str, targets: Iterable[str]) -> Iterator[Unit]:
    """Yield the segments of a TMX file.

    Everything in it counts as approved, but what our own export marks as made by a model.

    Args:
        path: the file.
        source: language code of the texts.
        targets: language codes of translations; a unit without text in ``source`` and in one of
            these is yielded once, with the languages that it has.

    Raises:
        InputError: it cannot be read, or it is no TMX.
    """
    wanted = tuple(targets)
    with opened(path) as file:
        for event, element in stream(file, ("tu",)):
            if event == "end":
                yield from _units(element, path, source, wanted)


def _units(unit: _Element, path: Path, source: str, targets: tuple[str, ...]) -> Iterator[Unit]:
    variants: dict[str, _Element] = {}
    for variant in unit.iterchildren("{*}tuv", "tuv"):
        variants.setdefault(language(variant.get(LANGUAGE) or variant.get("lang")), variant)
    line = unit.sourceline or 0
    found = [code for code in targets if code in variants] if source in variants else []
    if not found:
        codes = (*variants, "", "")
        yield Unit("", "", (codes[0], codes[1]), False, line=line)
        return
    text = _segment(variants[source], path)
    document = _property(unit, _DOCUMENT)
    for code in found:
        variant = variants[code]
        yield Unit(
            text,
            _segment(variant, path),
            (source, code),
            _property(variant, _ORIGIN) != "machine",
            _property(variant, _MACHINE),
            document,
            _seconds(variant.get("changedate") or unit.get("changedate")),
            line,
        )


def _segment(variant: _Element, path: Path) -> str:
    found = next(variant.iterchildren("{*}seg", "seg"), None)
    if found is None:
        raise refuse(path, variant.sourceline or 0, "a <tuv> has no <seg>")
    return inner_text(found, path, transparent=_TEXT)


def _property(element: _Element, kind: str) -> str:
    for child in element.iterchildren("{*}prop", "prop"):
        if child.get("type") == kind:
            return child.text or ""
    return ""


def _seconds(date: str | None) -> int:
    try:
        return calendar.timegm(time.strptime(date or "", _DATE))
    except ValueError:
        return 0  # whoever wrote it, the date matters least


def writable(text: str) -> str:
    """Return a text without the characters that XML cannot have."""
    return _FORBIDDEN.sub("", text)


def tmx_bytes(rows: Iterable[tuple[Pair, Approved, bool]]) -> bytes:
    """Return a TMX file.

    Args:
        rows: languages, the translation, and whether an editor approved it.
    """
    from lxml import etree

    file = io.BytesIO()
    with etree.xmlfile(file, encoding="utf-8") as xml:
        xml.write_declaration(standalone=None)
        xml.write_doctype('<!DOCTYPE tmx SYSTEM "tmx14.dtd">')
        file_header = {
            "creationtool": "tolmach",
            "creationtoolversion": __version__,
            "segtype": "sentence",
            "o-tmf": "tolmach",
            "adminlang": "en",
            "srclang": "ru",
            "datatype": "plaintext",
        }
        with xml.element("tmx", version="1.4"):
            xml.write("\n")
            xml.write(etree.Element("header", file_header))
            with xml.element("body"):
                for pair, row, approved in rows:
                    xml.write("\n")
                    xml.write(_unit_element(etree, pair, row, approved))
                xml.write("\n")
    return file.getvalue() + b"\n"


def _unit_element(etree: Any, pair: Pair, row: Approved, approved: bool) -> _Element:
    unit: _Element = etree.Element("tu")
    # the order is that of the specification: properties before variants
    if row.document:
        etree.SubElement(unit, "prop", type=_DOCUMENT).text = writable(row.document)
    source = etree.SubElement(unit, "tuv", {LANGUAGE: pair[0]})
    etree.SubElement(source, "seg").text = writable(row.source)
    target = etree.SubElement(unit, "tuv", {LANGUAGE: pair[1]})
    if row.changed:
        target.set("changedate", time.strftime(_DATE, time.gmtime(row.changed)))
    origin = "approved" if approved else "machine"
    etree.SubElement(target, "prop", type=_ORIGIN).text = origin
    if row.machine:
        etree.SubElement(target, "prop", type=_MACHINE).text = writable(row.machine)
    etree.SubElement(target, "seg").text = writable(row.target)
    return unit
