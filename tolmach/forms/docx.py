"""The form of Word documents: paragraphs get other texts, everything else stays as it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from types import MappingProxyType
from typing import Final

from lxml import etree

from tolmach.document import Article, Document, Mark, TargetBlock
from tolmach.forms.package import Package, parse_part
from tolmach.forms.parts import is_unchanged
from tolmach.forms.wordlayout import Layout, layout_of
from tolmach.forms.wordtext import paragraphs_of
from tolmach.forms.wordwrite import rewrite

__all__ = ["DocxForm", "Paragraph", "paragraphs"]

_LANGUAGES: Final = MappingProxyType({"en": "en-US", "vi": "vi-VN"})


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph with words.

    Attributes:
        part: name of the part it is in.
        element: itself.
        layout: its text and what else is in it.
        number: counted from 0 in the document; a paragraph that repeats an earlier one has the
            number of that one.
        repeats: whether it does.
    """

    part: str
    element: etree._Element
    layout: Layout
    number: int
    repeats: bool


def paragraphs(package: Package, roots: Mapping[str, etree._Element]) -> Iterator[Paragraph]:
    """Yield the paragraphs that have words, in order.

    Args:
        package: the document.
        roots: its parts with texts, parsed.
    """
    numbers, keys = count(), count(1)
    for part in package.texts:
        known: dict[etree._Element, tuple[int, Layout]] = {}
        for element, earlier in paragraphs_of(roots[part]):
            layout = layout_of(element, keys)
            if not any(map(str.isalpha, layout.text)):
                continue
            twin = known.get(earlier) if earlier is not None else None
            if twin is not None and _alike(twin[1], layout):
                yield Paragraph(part, element, layout, twin[0], repeats=True)
                continue
            number = next(numbers)
            known[element] = (number, layout)
            yield Paragraph(part, element, layout, number, repeats=False)


def _alike(one: Layout, other: Layout) -> bool:
    spans = [mark.span for mark in one.marks]
    return one.text == other.text and spans == [mark.span for mark in other.marks]


@dataclass(frozen=True, slots=True)
class DocxForm:
    """A Word document; a :class:`tolmach.document.Form`.

    Attributes:
        package: the document that was read.
        shown: its name, for messages.
        suffix: ``.docx``.
    """

    package: Package
    shown: str
    suffix: str = ".docx"

    def render(self, article: Article) -> bytes:
        """Return the document with the target texts in place of the source texts.

        Parts without a change stay byte for byte, and so does a document without any.
        """
        # parsed anew each time, as elements are moved about
        members = self.package.members
        roots = {name: parse_part(members, name, shown=self.shown) for name in self.package.texts}
        source = _marks_by_block(article.document)
        changed: set[str] = set()
        for paragraph in list(paragraphs(self.package, roots)):
            block = article.blocks[paragraph.number]
            if is_unchanged(article, block):
                continue
            keys = [mark.key for mark in source[paragraph.number]]
            _rewrite(paragraph, block, keys, language=_LANGUAGES.get(article.to, article.to))
            changed.add(paragraph.part)
        return self.package.replaced({name: _written(roots[name]) for name in changed})


def _rewrite(paragraph: Paragraph, block: TargetBlock, keys: list[str], *, language: str) -> None:
    rewrite(
        paragraph.element,
        paragraph.layout,
        block.text,
        block.marks,
        keys=keys,
        language=language,
    )


def _marks_by_block(document: Document) -> list[list[Mark]]:
    found: list[list[Mark]] = [[] for _ in document.blocks]
    marks = iter(document.marks)
    mark = next(marks, None)
    for index, block in enumerate(document.blocks):
        while mark is not None and mark.span.end <= block.span.end:
            found[index].append(mark)
            mark = next(marks, None)
    return found


def _written(root: etree._Element) -> bytes:
    tree = root.getroottree()
    data: bytes = etree.tostring(tree, xml_declaration=True, encoding="UTF-8", standalone=True)
    return data
