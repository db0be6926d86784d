"""Writing the text of a paragraph of a Word document anew, with everything else in its place."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Final

from lxml import etree

from tolmach.document import Span, TargetMark
from tolmach.forms.wordlayout import Layout, Payload, Style
from tolmach.forms.wordtext import Box, Piece, Point, Raw, holder_of, local
from tolmach.markup import Node, nested

__all__ = ["rewrite"]

_XML_SPACE: Final = "{http://www.w3.org/XML/1998/namespace}space"
# characters that XML cannot say
_UNSPEAKABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_SPACES: Final = re.compile("[\t\n\r]")
_HYPHEN: Final = re.compile("(\u2011)")
# what stands after the language in the properties of a run
_AFTER_LANGUAGE: Final = frozenset(("eastAsianLayout", "specVanish", "oMath", "rPrChange"))


def rewrite(
    paragraph: etree._Element,
    layout: Layout,
    text: str,
    marks: Sequence[TargetMark],
    *,
    keys: Sequence[str],
    language: str = "",
) -> None:
    """Put another text into a paragraph.

    Args:
        paragraph: it is changed.
        layout: what :func:`tolmach.forms.wordlayout.layout_of` says of it.
        text: the new text.
        marks: places in ``text``; each key once.
        keys: of the marks of ``layout``, in its order.
        language: tag such as ``"vi-VN"`` for the text; empty leaves it as it was.
    """
    payloads = dict(zip(keys, layout.payloads, strict=True))
    text, marks = _without_spaces(text, marks, payloads)
    for child in list(paragraph):
        if local(child) != "pPr":
            paragraph.remove(child)
    namespace = paragraph.tag.rpartition("}")[0] + "}"
    writer = _Writer(namespace, payloads, language)
    for point in layout.prefix:
        writer.raw(paragraph, point.raw)
    writer.children(paragraph, nested(text, marks).children, layout.style)
    for point in layout.suffix:
        writer.raw(paragraph, point.raw)


def _without_spaces(
    text: str, marks: Sequence[TargetMark], payloads: Mapping[str, Payload]
) -> tuple[str, tuple[TargetMark, ...]]:
    """Take out the white space that stands for tabs and line ends, which are elements."""
    gone: set[int] = set()
    for mark in marks:
        payload = payloads[mark.key]
        if isinstance(payload, Point) and payload.space:
            place = mark.span.start
            for near in (place, place - 1):
                if 0 <= near < len(text) and text[near].isspace() and near not in gone:
                    gone.add(near)
                    break
    if not gone:
        return text, tuple(marks)
    new = [0]
    for index in range(len(text)):
        new.append(new[-1] + (index not in gone))
    kept = "".join(char for index, char in enumerate(text) if index not in gone)
    return kept, tuple(
        TargetMark(mark.key, Span(new[mark.span.start], new[mark.span.end])) for mark in marks
    )


@dataclass(frozen=True, slots=True)
class _Writer:
    """Builds the contents of a paragraph.

    Attributes:
        namespace: of WordprocessingML in this document.
        payloads: what the marks stand for.
        language: of the text.
    """

    namespace: str
    payloads: Mapping[str, Payload]
    language: str

    def children(
        self,
        parent: etree._Element,
        children: Sequence[str | Node],
        style: etree._Element | None,
    ) -> None:
        """Append texts and marked parts."""
        for child in children:
            if isinstance(child, str):
                self._text(parent, child, style)
                continue
            payload = self.payloads[child.key]
            if isinstance(payload, Style):
                self.children(parent, child.children, payload.element)
            elif isinstance(payload, Point):
                self.raw(parent, payload.raw)
                self.children(parent, child.children, style)
            else:
                self._box(parent, payload, child.children, style)

    def _box(
        self,
        parent: etree._Element,
        box: Box,
        children: Sequence[str | Node],
        style: etree._Element | None,
    ) -> None:
        inner = style
        outside: Sequence[str | Node] = ()
        if box.fixed and _words(children) != box.fixed:
            # what stands here must not be inside: it would be overwritten by what is computed
            outside, children = children, (box.fixed,)
            inner = next((i.style for i in box.items if isinstance(i, Piece)), style)
        if box.shell is not None:
            holder = holder_of(box.shell)
            for child in list(holder):
                if not local(child).endswith("Pr"):
                    holder.remove(child)
            parent.append(box.shell)
            self.children(holder, children, inner)
        else:
            self.raw(parent, box.before)
            self.children(parent, children, inner)
            self.raw(parent, box.after)
        self.children(parent, outside, style)

    def raw(self, parent: etree._Element, elements: Sequence[Raw]) -> None:
        """Append elements as they were, each content of a run in a run of its own."""
        for raw in elements:
            raw.element.tail = None
            if not raw.in_run:
                parent.append(raw.element)
                continue
            run = etree.SubElement(parent, f"{self.namespace}r")
            if raw.style is not None:
                run.append(deepcopy(raw.style))
            run.append(raw.element)

    def _text(self, parent: etree._Element, text: str, style: etree._Element | None) -> None:
        text = _SPACES.sub(" ", _UNSPEAKABLE.sub("", text))
        if not text:
            return
        run = etree.SubElement(parent, f"{self.namespace}r")
        properties = self._properties(style)
        if properties is not None:
            run.append(properties)
        for part in filter(None, _HYPHEN.split(text)):
            if part == "\u2011":
                etree.SubElement(run, f"{self.namespace}noBreakHyphen")
                continue
            element = etree.SubElement(run, f"{self.namespace}t")
            element.text = part
            if part != part.strip():
                element.set(_XML_SPACE, "preserve")

    def _properties(self, style: etree._Element | None) -> etree._Element | None:
        if style is not None:
            style = deepcopy(style)
        if not self.language:
            return style
        if style is None:
            style = etree.Element(f"{self.namespace}rPr")
        found = next((child for child in style if local(child) == "lang"), None)
        if found is None:
            found = etree.Element(f"{self.namespace}lang")
            later = next(
                (i for i, e in enumerate(style) if local(e) in _AFTER_LANGUAGE), len(style)
            )
            style.insert(later, found)
        found.set(f"{self.namespace}val", self.language)
        return style


def _words(children: Sequence[str | Node]) -> str:
    return "".join(
        child if isinstance(child, str) else _words(child.children) for child in children
    )
