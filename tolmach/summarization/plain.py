"""A text that is summarised as it is, without being translated, as an article."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from tolmach.cleaning import clean
from tolmach.document import (
    Action,
    Article,
    Block,
    Document,
    EditorWarning,
    Kind,
    Segment,
    Severity,
    Span,
    TargetBlock,
    TargetSegment,
)
from tolmach.languages import NAMES, language_of, words
from tolmach.segmentation import SPLITTERS, segment
from tolmach.summarization.support import sentences_of

__all__ = ["article_of"]

_END = re.compile(r"[.!?…:;,][”\"'»)\]]*$")
_LONGEST_TITLE = 200
_NUMBERED = re.compile(r"(?:\d{1,3}|[IVXLC]{1,6})[.)]\s+")
# fewer words than this do not say which language they are in
_FEWEST_WORDS = 3


def article_of(document: Document) -> Article:
    """Return a document as an article in its own language.

    The language is that of most of its letters; sentences in another one are kept out of
    summaries, and a warning says how many.

    Args:
        document: as it was read; one that has blocks keeps them.
    """
    language = _language(document)
    if language == "ru":
        if not document.blocks:
            document = clean(document, mend=document.form is None)
        document = segment(document, splitter=SPLITTERS["razdel"]())
    else:
        document = _segmented(document)
    foreign: Counter[str] = Counter()
    blocks = []
    for block in document.blocks:
        segments = tuple(
            TargetSegment(
                part.source, part.source, part.span, block.kind, _is_in(part, language, foreign)
            )
            for part in block.segments
        )
        blocks.append(
            TargetBlock(
                block.kind, block.span, block.action, block.span.of(document.text), segments
            )
        )
    warnings = tuple(_left_out(foreign, language))
    return Article(document, language, tuple(blocks), document.text, warnings=warnings)


def _language(document: Document) -> str:
    letters: Counter[str] = Counter()
    for line in document.text.split("\n"):
        letters[language_of(line)] += len(line)
    return letters.most_common(1)[0][0]


def _is_in(part: Segment, language: str, foreign: Counter[str]) -> bool:
    found = language_of(part.source)
    # a name of three words may be in any language
    if found == language or len(words(part.source)) <= _FEWEST_WORDS:
        return True
    foreign[found] += 1
    return False


def _left_out(foreign: Counter[str], language: str) -> Iterator[EditorWarning]:
    for other, count in sorted(foreign.items()):
        message = (
            f"the text is in {NAMES[language]}; {count} "
            f"{'sentence is' if count == 1 else 'sentences are'} in {NAMES[other]} and "
            f"left out of summaries"
        )
        yield EditorWarning("mixed_languages", message, Severity.WARNING)


def _segmented(document: Document) -> Document:
    """Divide a text in English or Vietnamese: lines are paragraphs, the first may be a title."""
    blocks = document.blocks or tuple(_paragraphs(document.text))
    return replace(
        document,
        blocks=tuple(
            replace(block, segments=tuple(_sentences(document.text, block)))
            if not block.segments and block.action is not Action.DROP
            else block
            for block in blocks
        ),
    )


def _paragraphs(text: str) -> Iterator[Block]:
    start = 0
    first = True
    for line in text.split("\n"):
        stripped = line.strip()
        if stripped:
            begin = start + len(line) - len(line.lstrip())
            span = Span(begin, begin + len(stripped))
            short = len(stripped) <= _LONGEST_TITLE and not _END.search(stripped)
            kind = Kind.BODY
            if short:
                kind = Kind.TITLE if first else Kind.HEADING
            yield Block(kind, span)
            first = False
        start += len(line) + 1


def _sentences(text: str, block: Block) -> Iterator[Segment]:
    inside = block.span.of(text)
    marker = _NUMBERED.match(inside)
    at = marker.end() if marker else 0
    for sentence in sentences_of(inside[at:]):
        begin = inside.index(sentence, at)
        at = begin + len(sentence)
        span = Span(block.span.start + begin, block.span.start + at)
        yield Segment(span, " ".join(sentence.split()))
