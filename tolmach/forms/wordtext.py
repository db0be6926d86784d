"""The text of a paragraph of a Word document, and what stands in it besides text.

A paragraph is read into items: pieces of text with their formatting, things that stand at a
point, and boxes around other items (hyperlinks, insertions, fields). The names of elements are
those of ECMA-376, part 1, section 17.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from lxml import etree

from tolmach.readers.normalise import normalise

__all__ = [
    "Box",
    "Item",
    "Piece",
    "Point",
    "Raw",
    "attribute",
    "holder_of",
    "items_of",
    "local",
    "paragraphs_of",
]

_NAMESPACES: Final = (
    "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}",
    "{http://purl.oclc.org/ooxml/wordprocessingml/main}",
)
_COMPATIBILITY: Final = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_XML_SPACE: Final = "{http://www.w3.org/XML/1998/namespace}space"
# of no meaning for what is read: spelling marks, where pages once ended
_NOISE: Final = frozenset(("proofErr", "lastRenderedPageBreak", "softHyphen"))
_BOXES: Final = frozenset(
    ("hyperlink", "ins", "smartTag", "sdt", "fldSimple", "moveTo", "customXml", "dir", "bdo")
)
_PROPERTIES: Final = frozenset(("pPr", "rPr", "smartTagPr", "customXmlPr", "sdtPr", "sdtEndPr"))
_NAMES: Final = {
    "hyperlink": "link",
    "footnoteReference": "note",
    "endnoteReference": "note",
    "drawing": "image",
    "pict": "image",
    "object": "image",
    "AlternateContent": "image",
    "tab": "tab",
    "br": "break",
    "cr": "break",
}
_LINES: Final = frozenset(("", "textWrapping"))  # other breaks end a page or a column
_CYRILLIC: Final = re.compile("[\u0400-\u052f]")
_SHOWN: Final = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class Raw:
    """An element as it stands in the document.

    Attributes:
        element: itself.
        style: the formatting of its run; None outside runs and for runs without any.
        in_run: whether it is the content of a run, and so must stand in one again.
    """

    element: etree._Element
    style: etree._Element | None = None
    in_run: bool = False


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of text.

    Attributes:
        text: normalised.
        style: its formatting.
        key: equal for formatting that is the same, whatever its language is said to be.
        raw: the element it comes from.
    """

    text: str
    style: etree._Element | None
    key: str
    raw: Raw


@dataclass(frozen=True, slots=True)
class Point:
    """Something that stands at a point.

    Attributes:
        name: what it is, for the keys of marks.
        raw: its elements.
        space: the white space it is in the text; empty for what takes no space there.
    """

    name: str
    raw: tuple[Raw, ...]
    space: str = ""


@dataclass(frozen=True, slots=True)
class Box:
    """Something around other items.

    Attributes:
        name: what it is.
        items: inside.
        shell: the element, for what is one; its contents are replaced.
        before: else the elements at its beginning.
        after: and at its end.
        fixed: the text of a field that is computed, such as a page number: nobody translates it.
    """

    name: str
    items: tuple[Item, ...]
    shell: etree._Element | None = None
    before: tuple[Raw, ...] = ()
    after: tuple[Raw, ...] = ()
    fixed: str = ""


Item: TypeAlias = Piece | Point | Box


def local(element: etree._Element) -> str:
    """Return the name of an element of WordprocessingML; empty for any other node."""
    tag = element.tag
    if not isinstance(tag, str):
        return ""  # a comment or a processing instruction
    for namespace in _NAMESPACES:
        if tag.startswith(namespace):
            return tag[len(namespace) :]
    return ""


def attribute(element: etree._Element, name: str) -> str:
    """Return an attribute of WordprocessingML; empty if it is not there."""
    return next((v for n in _NAMESPACES if (v := element.get(f"{n}{name}")) is not None), "")


def paragraphs_of(
    root: etree._Element,
) -> Iterator[tuple[etree._Element, etree._Element | None]]:
    """Yield the paragraphs of a part, with those of text boxes.

    Word writes a text box twice, for new and for old readers. Of the second one the paragraph is
    given that it repeats; it gets the same translation.

    Yields:
        A paragraph, and the earlier one that it repeats, or None.
    """
    twins: dict[etree._Element, etree._Element] = {}
    for alternative in root.iter(f"{_COMPATIBILITY}AlternateContent"):
        choices = alternative.findall(f"{_COMPATIBILITY}Choice")
        fallback = alternative.find(f"{_COMPATIBILITY}Fallback")
        if not choices or fallback is None:
            continue
        firsts, seconds = (list(_inner_paragraphs(part)) for part in (choices[0], fallback))
        if [_letters(p) for p in firsts] == [_letters(p) for p in seconds]:
            twins.update(zip(seconds, firsts, strict=True))
    for paragraph in _inner_paragraphs(root):
        yield paragraph, twins.get(paragraph)


def _inner_paragraphs(root: etree._Element) -> Iterator[etree._Element]:
    return (element for element in root.iter() if local(element) == "p")


def _letters(paragraph: etree._Element) -> str:
    return "".join(element.text or "" for element in paragraph.iter() if local(element) == "t")


def items_of(paragraph: etree._Element) -> tuple[Item, ...]:
    """Return what a paragraph consists of."""
    return _fields(list(_children(paragraph)))


# --- reading ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _FieldSign:
    """The beginning, middle or end of a field, or a part of its instruction."""

    kind: str
    raw: Raw
    instruction: str = ""


def _children(parent: etree._Element) -> Iterator[Item | _FieldSign]:
    for child in parent:
        name = local(child)
        if name in _PROPERTIES or name in _NOISE or not isinstance(child.tag, str):
            continue
        if name == "r":
            yield from _run(child)
        elif name in _BOXES:
            yield _box(child, name)
        else:
            yield Point(_NAMES.get(name, "bookmark"), (Raw(child),))


def _box(element: etree._Element, name: str) -> Item:
    items = _fields(list(_children(holder_of(element))))
    if not any(_text(item).strip() for item in items):
        return Point("bookmark", (Raw(element),))  # a picture that is a link, or nothing at all
    fixed = _fixed("".join(map(_text, items))) if name == "fldSimple" else ""
    return Box(_NAMES.get(name, "part"), items, element, fixed=fixed)


def holder_of(element: etree._Element) -> etree._Element:
    """Return the element that the contents of a box are in."""
    return next((child for child in element if local(child) == "sdtContent"), element)


def _text(item: Item) -> str:
    if isinstance(item, Box):
        return "".join(map(_text, item.items))
    return item.text if isinstance(item, Piece) else item.space


def _fixed(text: str) -> str:
    return text if _SHOWN.search(text) and not _CYRILLIC.search(text) else ""


def _run(run: etree._Element) -> Iterator[Item | _FieldSign]:
    style = next((child for child in run if local(child) == "rPr"), None)
    key = style_key(style)
    for child in run:
        name = local(child)
        raw = Raw(child, style, in_run=True)
        if name in _PROPERTIES or name in _NOISE or not isinstance(child.tag, str):
            continue
        if name in {"t", "noBreakHyphen"}:
            text = "\u2011" if name == "noBreakHyphen" else _shown(child)
            if text:
                yield Piece(text, style, key, raw)
        elif name in {"tab", "cr"} or (name == "br" and attribute(child, "type") in _LINES):
            yield Point(_NAMES[name], (raw,), "\t" if name == "tab" else "\n")
        elif name == "fldChar":
            yield _FieldSign(attribute(child, "fldCharType"), raw)
        elif name == "instrText":
            yield _FieldSign("instruction", raw, child.text or "")
        else:
            yield Point(_NAMES.get(name or etree.QName(child).localname, "bookmark"), (raw,))


def _shown(element: etree._Element) -> str:
    text = element.text or ""
    if element.get(_XML_SPACE) != "preserve":
        text = text.strip(" \t\r\n")
    return " ".join(normalise(text)[0].split("\n"))


def style_key(style: etree._Element | None) -> str:
    """Return what tells one formatting from another: all of it but the language."""
    if style is None:
        return ""
    children = [
        etree.tostring(child, method="c14n", exclusive=True, with_tail=False).decode()
        for child in style
        if local(child) != "lang"
    ]
    return "".join(children)


# --- fields -----------------------------------------------------------------------------------


@dataclass(slots=True)
class _Open:
    """A field that has begun."""

    start: int
    middle: int = -1
    signs: list[_FieldSign] = field(default_factory=list)


def _fields(found: Sequence[Item | _FieldSign]) -> tuple[Item, ...]:
    """Put fields into boxes; signs of fields that do not end here stand at points."""
    out: list[Item | _FieldSign] = []
    opened: list[_Open] = []
    for item in found:
        if isinstance(item, _FieldSign) and item.kind == "begin":
            opened.append(_Open(len(out)))
        elif isinstance(item, _FieldSign) and item.kind == "separate" and opened:
            opened[-1].middle = len(out)
        elif isinstance(item, _FieldSign) and item.kind == "end" and opened:
            last = opened.pop()
            out.append(item)
            out[last.start :] = [_field(out[last.start :], last.middle - last.start)]
            continue
        out.append(item)
    return tuple(
        Point("bookmark", (item.raw,)) if isinstance(item, _FieldSign) else item for item in out
    )


def _field(found: Sequence[Item | _FieldSign], middle: int) -> Item:
    raw = tuple(part for item in found for part in _raw(item))
    if middle < 0:
        return Point("bookmark", raw)
    inner = tuple(
        Point("bookmark", (item.raw,)) if isinstance(item, _FieldSign) else item
        for item in found[middle + 1 : -1]
    )
    text = "".join(map(_text, inner))
    if not text.strip():
        return Point("bookmark", raw)
    before = tuple(part for item in found[: middle + 1] for part in _raw(item))
    link = any(isinstance(i, _FieldSign) and "HYPERLINK" in i.instruction for i in found[:middle])
    return Box(
        "link" if link else "part",
        inner,
        before=before,
        after=tuple(_raw(found[-1])),
        fixed="" if link else _fixed(text),
    )


def _raw(item: Item | _FieldSign) -> Iterator[Raw]:
    """Yield the elements of an item."""
    if isinstance(item, _FieldSign | Piece):
        yield item.raw
    elif isinstance(item, Point):
        yield from item.raw
    elif item.shell is not None:
        yield Raw(item.shell)
    else:
        yield from item.before
        for inner in item.items:
            yield from _raw(inner)
        yield from item.after
