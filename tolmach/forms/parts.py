"""Documents made of parts whose kinds are known: paragraphs, cues, cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tolmach.document import (
    Article,
    Block,
    Document,
    EditorWarning,
    Form,
    Kind,
    Mark,
    Span,
    TargetBlock,
)

__all__ = ["Part", "document_of", "is_unchanged"]


@dataclass(frozen=True, slots=True)
class Part:
    """A part that becomes a block.

    Attributes:
        text: normalised, not empty.
        kind: of the block.
        marks: with spans in ``text``.
        gap: what stands before the part in the text of the document, if it is not the first.
    """

    text: str
    kind: Kind = Kind.BODY
    marks: tuple[Mark, ...] = ()
    gap: str = "\n\n"


def document_of(
    parts: Sequence[Part],
    *,
    name: str,
    path: Path | None,
    form: Form,
    encoding: str = "utf-8",
    warnings: Sequence[EditorWarning] = (),
) -> Document:
    """Return a document with a block for each part.

    Args:
        parts: in order, at least one.
        name: the name of the document.
        path: the file it was read from.
        form: writes files like it; its blocks are the parts.
        encoding: of the file.
        warnings: about the document as a whole.
    """
    texts: list[str] = []
    blocks: list[Block] = []
    marks: list[Mark] = []
    length = 0
    for part in parts:
        if texts:
            texts.append(part.gap)
            length += len(part.gap)
        texts.append(part.text)
        blocks.append(Block(part.kind, Span(length, length + len(part.text))))
        marks += (replace(mark, span=mark.span.shift(length)) for mark in part.marks)
        length += len(part.text)
    return Document(
        name=name,
        text="".join(texts) + "\n",
        path=path,
        encoding=encoding,
        blocks=tuple(blocks),
        warnings=tuple(warnings),
        marks=tuple(marks),
        form=form,
    )


def is_unchanged(article: Article, block: TargetBlock) -> bool:
    """Whether a block says what its source says, so that its original is right as it is."""
    return block.text == block.span.of(article.document.text)
