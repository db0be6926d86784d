"""What flows through a pipeline: Document -> Block -> Segment, and the Article made of them.

Everything here is frozen. A stage returns a new object and never changes the one it was given,
so a document can be looked at from several threads and after any stage.

All spans are half-open ``[start, end)`` offsets, in characters, into :attr:`Document.text`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from tolmach.readers.normalise import OffsetMap
    from tolmach.terms.base import Mention

__all__ = [
    "Action",
    "Article",
    "Block",
    "Document",
    "EditorWarning",
    "Form",
    "Kind",
    "Link",
    "Links",
    "Mark",
    "Origin",
    "Segment",
    "Severity",
    "Span",
    "Suggestion",
    "Summary",
    "SummaryCheck",
    "SummarySection",
    "SummarySentence",
    "TargetBlock",
    "TargetMark",
    "TargetSegment",
]


class Kind(StrEnum):
    """What a block of a news page is."""

    TITLE = "title"
    LEAD = "lead"
    HEADING = "heading"
    BODY = "body"
    QUOTE = "quote"
    CAPTION = "caption"
    IMAGE = "image"
    CREDIT = "credit"
    RELATED_TITLE = "related_title"
    RELATED_TEXT = "related_text"
    NAV = "nav"
    META = "meta"


class Action(StrEnum):
    """What happens to a block: translated, copied as it is, or left out."""

    TRANSLATE = "translate"
    KEEP = "keep"
    DROP = "drop"


class Severity(StrEnum):
    """How much an :class:`EditorWarning` matters."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Origin(StrEnum):
    """Where a target comes from."""

    MODEL = "model"
    MEMORY = "memory"
    APPROVED = "approved"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range of characters."""

    start: int
    end: int

    def __len__(self) -> int:
        return self.end - self.start

    def of(self, text: str) -> str:
        """Return the characters of ``text`` that this span covers."""
        return text[self.start : self.end]

    def shift(self, offset: int) -> Span:
        """Return this span moved by ``offset`` characters."""
        return Span(self.start + offset, self.end + offset)


@dataclass(frozen=True, slots=True)
class EditorWarning:
    """Something doubtful that an editor should look at.

    Attributes:
        code: stable identifier such as ``"loop"``; tools may rely on it.
        message: one sentence for a person.
        severity: how much it matters.
        source: where in :attr:`Document.text`, if it can be said.
        target: where in the target segment's own text, if it can be said.
    """

    code: str
    message: str
    severity: Severity = Severity.WARNING
    source: Span | None = None
    target: Span | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of source text that is translated by itself, as a rule a sentence.

    Attributes:
        span: the exact characters of :attr:`Document.text` it came from.
        source: those characters with every run of white space folded to one space.
        translate: false for text that must stay as it is (not Russian, a URL, a file name).
        mentions: the names in ``source``, in order, not overlapping.
    """

    span: Span
    source: str
    translate: bool = True
    mentions: tuple[Mention, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph-like unit: one line of the page, or several that belong to one sentence."""

    kind: Kind
    span: Span
    action: Action = Action.TRANSLATE
    segments: tuple[Segment, ...] = ()


@dataclass(frozen=True, slots=True)
class Mark:
    """Markup inside a block, such as a link, or a thing that stands at a point, such as a note.

    Attributes:
        key: unique in its document; the document's form knows what it stands for.
        span: in :attr:`Document.text`, inside one block; empty for what stands at a point.
        fixed: whether the marked text must stay as it is, such as code.
    """

    key: str
    span: Span
    fixed: bool = False


class Form(Protocol):
    """The file that a document was read from: all of it but the texts of the blocks.

    Attributes:
        suffix: of files of this form, with the dot.
    """

    @property
    def suffix(self) -> str:
        """Return the suffix, with the dot."""
        ...

    def render(self, article: Article) -> bytes:
        """Return the file with the target texts in place of the source texts.

        Args:
            article: made of the document this form belongs to; the marks of its blocks are
                placed. If every block's text is its source text, the file is the one that was
                read.
        """
        ...


@dataclass(frozen=True, slots=True)
class Document:
    r"""One source text and what has been found out about it.

    Attributes:
        name: path-like name, unique in a run; outputs are named after it.
        text: the decoded text, NFC, with ``\n`` line ends.
        path: the file it was read from, if any.
        encoding: the encoding it was decoded from.
        origin: leads from spans of ``text`` to the characters as they were decoded; None if
            nothing was changed.
        blocks: filled by the cleaner, in order, not overlapping.
        warnings: about the document as a whole.
        marks: markup inside blocks, in order, outer ones first; ranges nest or are disjoint.
        form: how to write a file like the one that was read; None for plain text.
        cells: where lines of ``text`` begin that are cells of tables, as the file says.
    """

    name: str
    text: str
    path: Path | None = None
    encoding: str = "utf-8"
    origin: OffsetMap | None = None
    blocks: tuple[Block, ...] = ()
    warnings: tuple[EditorWarning, ...] = ()
    marks: tuple[Mark, ...] = ()
    form: Form | None = None
    cells: frozenset[int] = frozenset()

    @property
    def segments(self) -> tuple[Segment, ...]:
        """All segments of all blocks, in order."""
        return tuple(segment for block in self.blocks for segment in block.segments)

    def warn(self, *warnings: EditorWarning) -> Document:
        """Return this document with further warnings."""
        return replace(self, warnings=self.warnings + warnings)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A translation of a similar source text, offered to the editor and never used in silence.

    Attributes:
        source: the similar text.
        target: its translation, as an editor approved it.
        similarity: 0 to 1.
    """

    source: str
    target: str
    similarity: float


@dataclass(frozen=True, slots=True)
class Link:
    """A part of a source and the part of its target that stands for it."""

    source: Span
    target: Span


@dataclass(frozen=True, slots=True)
class Links:
    """Which words of a segment became which words of its target, as a model sees it.

    Attributes:
        target: the text they lead into; of a target that was changed since they say nothing.
        pairs: words, the source's counted from the start of the segment's span in
            :attr:`Document.text`. A word may be in several links or in none.
    """

    target: str
    pairs: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class TargetSegment:
    """A segment and its translation.

    Attributes:
        source: the source text as it was given to the model.
        target: the translation; equal to ``source`` if nothing was to be translated.
        span: the characters of :attr:`Document.text` it came from.
        kind: the kind of its block.
        translated: whether a model made ``target``.
        warnings: what an editor should look at.
        origin: whether a model made it now, or it comes from the translation memory; what an
            editor approved is never changed by a later stage.
        suggestions: how similar texts were translated, best first.
        score: log probability per token that the model gave ``target``, as it wrote it; None if
            that is not known.
        links: which words became which, if a model was asked.
    """

    source: str
    target: str
    span: Span
    kind: Kind
    translated: bool = True
    warnings: tuple[EditorWarning, ...] = ()
    origin: Origin = Origin.MODEL
    suggestions: tuple[Suggestion, ...] = ()
    score: float | None = None
    links: Links | None = None


@dataclass(frozen=True, slots=True)
class TargetMark:
    """A mark of the source in its place in the target.

    Attributes:
        key: of the :class:`Mark`.
        span: in :attr:`TargetBlock.text`.
    """

    key: str
    span: Span


@dataclass(frozen=True, slots=True)
class TargetBlock:
    """A block in the target language; ``text`` is empty for dropped blocks.

    Attributes:
        kind: of the block.
        span: of the block in :attr:`Document.text`.
        action: what happens to it.
        text: in the target language.
        segments: what the text is made of.
        marks: each mark of the source block once, outer ones first; ranges nest or are disjoint.
    """

    kind: Kind
    span: Span
    action: Action
    text: str
    segments: tuple[TargetSegment, ...] = ()
    marks: tuple[TargetMark, ...] = ()


@dataclass(frozen=True, slots=True)
class SummaryCheck:
    """What one check of the gate said of a summary sentence.

    Attributes:
        name: stable identifier such as ``"numbers"``, see :mod:`tolmach.summarization.gate`.
        passed: whether the article supports the sentence in this respect.
        detail: what it does not support.
    """

    name: str
    passed: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class SummarySentence:
    """One sentence of a summary and the source segments it rests on.

    Attributes:
        text: the sentence in the target language.
        sources: indexes into :attr:`Article.segments`.
        method: ``"abstractive"`` (written by a model) or ``"extractive"`` (taken from the article).
        checks: what the gate said of it.
        refused: what a model had written for this place and the gate did not let pass.
    """

    text: str
    sources: tuple[int, ...]
    method: str
    checks: tuple[SummaryCheck, ...] = ()
    refused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SummarySection:
    """A part of the article: what stands below a heading, a numbered point.

    Attributes:
        title: the heading, or the first words.
        segments: indexes into :attr:`Article.segments`.
        covered: whether a sentence of the summary rests on it.
    """

    title: str
    segments: tuple[int, ...]
    covered: bool


@dataclass(frozen=True, slots=True)
class Summary:
    """A short version of an article in one target language.

    Attributes:
        sentences: in the order of the summary.
        model: name of the model that condensed, or ``"extractive"``.
        warnings: what an editor should know of it.
        style: ``abstract``, ``lead``, ``bullets`` or ``headline``.
        order: ``target`` if the translation was summarised, ``source`` if a summary of the source
            was translated.
        sections: the parts of the article, and which of them the summary represents.
    """

    sentences: tuple[SummarySentence, ...]
    model: str
    warnings: tuple[EditorWarning, ...] = ()
    style: str = "abstract"
    order: str = "target"
    sections: tuple[SummarySection, ...] = ()

    @property
    def text(self) -> str:
        """The sentences as one paragraph; bullets as lines."""
        if self.style == "bullets":
            return "\n".join(f"- {sentence.text}" for sentence in self.sentences)
        return " ".join(sentence.text for sentence in self.sentences)

    @property
    def coverage(self) -> float:
        """Which share of the sections is represented, 0 to 1; 1 if there are none."""
        covered = sum(section.covered for section in self.sections)
        return covered / len(self.sections) if self.sections else 1.0


@dataclass(frozen=True, slots=True)
class Article:
    """A document in one target language.

    Attributes:
        document: the source with its blocks and segments.
        to: target language code, ``"en"`` or ``"vi"``.
        blocks: one for each block of the document, in order.
        text: the assembled target text.
        model: name of the model that translated it, empty if nothing was translated.
        signature: what made this output; the same signature and text give the same output.
        summary: if one was asked for; of several styles the first.
        warnings: about the article as a whole; segments carry their own.
        further_summaries: those of the other styles that were asked for.
    """

    document: Document
    to: str
    blocks: tuple[TargetBlock, ...]
    text: str
    model: str = ""
    signature: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    summary: Summary | None = None
    warnings: tuple[EditorWarning, ...] = ()
    further_summaries: tuple[Summary, ...] = ()

    @property
    def summaries(self) -> tuple[Summary, ...]:
        """All summaries, one for each style that was asked for."""
        return (() if self.summary is None else (self.summary,)) + self.further_summaries

    @property
    def name(self) -> str:
        """The document's name."""
        return self.document.name

    @property
    def title(self) -> str:
        """The translated title; empty if the page has none."""
        return next((block.text for block in self.blocks if block.kind is Kind.TITLE), "")

    @property
    def segments(self) -> tuple[TargetSegment, ...]:
        """All segments of all blocks, in order."""
        return tuple(segment for block in self.blocks for segment in block.segments)

    def all_warnings(self) -> Iterator[EditorWarning]:
        """Yield the warnings of the document, the article, its segments and its summary."""
        yield from self.document.warnings
        yield from self.warnings
        for segment in self.segments:
            yield from segment.warnings
        for summary in self.summaries:
            yield from summary.warnings
