"""What the tests of file formats share: reading, translating with a fake, writing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from unittest import mock

from fakes import latin

from tolmach.assembly import assemble, retargeted
from tolmach.document import Article, Document, TargetMark
from tolmach.errors import InputError
from tolmach.forms.remarks import remarked
from tolmach.markup import place_marks
from tolmach.readers import ReadOptions, reader_for
from tolmach.segmentation import razdel_splitter, segment

SUFFIXES = (
    ".docx",
    ".html",
    ".htm",
    ".xhtml",
    ".md",
    ".markdown",
    ".srt",
    ".vtt",
    ".jsonl",
    ".ndjson",
    ".csv",
    ".tsv",
)


def read(data: bytes | str, name: str, options: ReadOptions | None = None) -> Document:
    """Return the document in a file of this name, divided into segments."""
    data = data.encode() if isinstance(data, str) else data
    path = Path(name)
    document = reader_for(path).read(data, name=name, path=None, options=options or ReadOptions())
    return segment(document, splitter=razdel_splitter())


def untranslated(document: Document, *, to: str = "en") -> Article:
    """Return the article whose targets are its sources."""
    return place_marks(assemble(document, {}, to=to, signature={}))


def translated(
    document: Document, say: Callable[[str], str] | None = None, *, to: str = "en"
) -> Article:
    """Return the article that a model makes which says what ``say`` returns."""
    article = assemble(document, {}, to=to, signature={})
    say = say or (lambda source: latin(source, to=to))
    segments = [replace(s, target=say(s.source), translated=True) for s in article.segments]
    return remarked(place_marks(retargeted(article, segments)))


def written(article: Article) -> bytes:
    """Return the file that the document's form makes of an article."""
    form = article.document.form
    if form is None:
        raise ValueError("the document has no form")
    return form.render(article)


def round_trip(data: bytes | str, name: str, options: ReadOptions | None = None) -> bytes:
    """Return a file after a translation that changes nothing."""
    return written(untranslated(read(data, name, options)))


def rewritten(data: bytes | str, name: str) -> bytes:
    """Return a file all of whose texts are written anew, and say the same."""
    document = read(data, name)
    article = assemble(document, {}, to="en", signature={})
    blocks = []
    for block in article.blocks:
        start, end = block.span.start, block.span.end
        inside = (m for m in document.marks if start <= m.span.start and m.span.end <= end)
        marks = tuple(TargetMark(mark.key, mark.span.shift(-start)) for mark in inside)
        blocks.append(replace(block, marks=marks))
    with mock.patch("tolmach.forms.splice.is_unchanged", return_value=False):
        return written(replace(article, blocks=tuple(blocks)))


def survives(data: bytes, name: str) -> None:
    """Read anything: an error of ours, or a document that can be written."""
    try:
        document = read(data, name)
    except InputError as error:
        if name not in str(error):
            raise
        return
    if written(untranslated(document)) != data:
        raise ValueError("reading and writing changed the file")
    if not written(translated(document, lambda source: latin(source) or "x")):
        raise ValueError("the translation was lost")
