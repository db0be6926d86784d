"""Word documents (``.docx``, ECMA-376): every paragraph with words becomes a block."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from lxml import etree

from tolmach.document import Document, EditorWarning, Kind, Severity
from tolmach.errors import InputError
from tolmach.forms.docx import DocxForm, Paragraph, paragraphs
from tolmach.forms.package import Package, open_package, parse_part
from tolmach.forms.parts import Part, document_of
from tolmach.forms.wordtext import attribute, local
from tolmach.readers.options import ReadOptions

__all__ = ["DocxReader"]

_STYLES: Final = "word/styles.xml"
# Word stores the English names of its own styles, other programs sometimes those of their users
_KINDS: Final = (
    ("title", Kind.TITLE),
    ("название", Kind.TITLE),
    ("subtitle", Kind.LEAD),
    ("подзаголовок", Kind.LEAD),
    ("heading", Kind.HEADING),
    ("заголовок", Kind.HEADING),
    ("intense quote", Kind.QUOTE),
    ("quote", Kind.QUOTE),
    ("цитата", Kind.QUOTE),
    ("caption", Kind.CAPTION),
)
_MOST_ANCESTORS: Final = 10
_TRACKED: Final = frozenset(("ins", "del", "moveFrom", "moveTo"))


class DocxReader:
    """Reads Word documents; a :class:`tolmach.readers.Reader`."""

    def read(self, data: bytes, *, name: str, path: Path | None, options: ReadOptions) -> Document:
        """Return a document with a block for each paragraph, wherever it stands.

        Args:
            data: the bytes of the file.
            name: the name of the document.
            path: the file.
            options: how large it may be when unpacked.

        Raises:
            InputError: it is no Word document, is damaged, encrypted or dangerous, or there are
                no words in it.
        """
        shown = str(path or name)
        package = open_package(data, shown=shown, max_bytes=int(options.unpacked_megabytes * 1e6))
        roots = {part: parse_part(package.members, part, shown=shown) for part in package.texts}
        styles = _style_kinds(package, shown=shown)
        found = [p for p in paragraphs(package, roots) if not p.repeats]
        if not found:
            raise InputError(f"{shown}: there are no words in this document")
        kinds = _with_title([_kind(p, package, styles) for p in found])
        parts = [
            Part(p.layout.text, kind, p.layout.marks, gap="\n" if _in_cell(p) else "\n\n")
            for p, kind in zip(found, kinds, strict=True)
        ]
        return document_of(
            parts,
            name=name,
            path=path,
            form=DocxForm(package, shown),
            warnings=_warnings(roots),
        )


def _with_title(kinds: list[Kind]) -> list[Kind]:
    """Take a heading at the very beginning for the title, if nothing says that it is one."""
    if Kind.TITLE not in kinds and kinds[0] is Kind.HEADING:
        return [Kind.TITLE, *kinds[1:]]
    return kinds


def _kind(paragraph: Paragraph, package: Package, styles: Mapping[str, Kind]) -> Kind:
    if package.texts[paragraph.part] in {"header", "footer"}:
        return Kind.META
    properties = next((e for e in paragraph.element if local(e) == "pPr"), None)
    if properties is None:
        return Kind.BODY
    for element in properties:
        if local(element) == "pStyle":
            return styles.get(attribute(element, "val"), Kind.BODY)
    return Kind.BODY


def _style_kinds(package: Package, *, shown: str) -> dict[str, Kind]:
    """Return what paragraphs of each style are; a style is what the one it is based on is."""
    if _STYLES not in package.members:
        return {}
    names: dict[str, str] = {}
    parents: dict[str, str] = {}
    for style in parse_part(package.members, _STYLES, shown=shown):
        if local(style) != "style":
            continue
        identifier = attribute(style, "styleId")
        for child in style:
            if local(child) == "name":
                names[identifier] = attribute(child, "val").lower()
            elif local(child) == "basedOn":
                parents[identifier] = attribute(child, "val")
    kinds: dict[str, Kind] = {}
    for identifier in names:
        ancestor = identifier
        for _ in range(_MOST_ANCESTORS):
            kind = next((k for n, k in _KINDS if names.get(ancestor, "").startswith(n)), None)
            if kind is not None:
                kinds[identifier] = kind
                break
            ancestor = parents.get(ancestor, "")
    return kinds


def _in_cell(paragraph: Paragraph) -> bool:
    parent = paragraph.element.getparent()
    return parent is not None and local(parent) == "tc"


def _warnings(roots: Mapping[str, etree._Element]) -> tuple[EditorWarning, ...]:
    if not any(local(element) in _TRACKED for root in roots.values() for element in root.iter()):
        return ()
    return (
        EditorWarning(
            "tracked_changes",
            "The document has tracked changes: it is translated as if they were accepted, and "
            "what was deleted stands in Russian in the record of changes.",
            Severity.INFO,
        ),
    )
