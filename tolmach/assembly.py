"""From translated segments back to a text that has the form of its source.

A block is walked from its first to its last character: segments are replaced by their targets,
and everything between them (white space, list markers, dialogue dashes) is copied. With targets
equal to the sources, the result is the source text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TypeVar

from tolmach.document import (
    Action,
    Article,
    Block,
    Document,
    EditorWarning,
    Origin,
    Segment,
    Severity,
    Span,
    TargetBlock,
    TargetSegment,
)
from tolmach.languages import cyrillic_share
from tolmach.segmentation import END_MARK
from tolmach.translation.translator import Translated

__all__ = ["Piece", "assemble", "block_pieces", "polish", "retargeted"]

AnyArticle = TypeVar("AnyArticle", bound=Article)

_LINE_BREAKS = re.compile(r"\n")
# "а)" as a list marker: the letters of the list in the target's alphabet
_LETTER_MARKER = re.compile(r"(?<!\w)([а-яё])(?=[.)])", re.IGNORECASE)
_LIST_LETTERS = "абвгдежзиклмнопрстуфхцчшщэюя"
_OPENING, _CLOSING = "“", "”"
_QUOTES = re.compile(r"[«»“”„\"]")
# a whole segment in quotation marks, or one that opens or closes a longer quotation
_SOURCE_OPENS = re.compile(r"^[«“„\"]")
_CLOSING_MARKS = '»”"'
_FINAL = ".,!?…"
_CLOSES = re.compile("[»”]")
_SOURCE_CLOSES = re.compile(rf"[{_CLOSING_MARKS}][{_FINAL}]*$")


def assemble(
    document: Document,
    translated: Mapping[int, Translated],
    *,
    to: str,
    model: str = "",
    signature: Mapping[str, str],
) -> Article:
    """Build the article of one target language.

    Args:
        document: with blocks and segments.
        translated: results by index into :attr:`Document.segments`; segments that stay as they
            are have none.
        to: target language code.
        model: name of the model, for the article.
        signature: what made the output.

    Returns:
        The article; its text has the paragraphs of the source, without dropped blocks.
    """
    blocks: list[TargetBlock] = []
    index = 0
    for block in document.blocks:
        segments = []
        for segment in block.segments:
            segments.append(_target(segment, block, translated.get(index)))
            index += 1
        text = "" if block.action is Action.DROP else _block_text(document, block, segments, to=to)
        blocks.append(TargetBlock(block.kind, block.span, block.action, text, tuple(segments)))
    return Article(
        document=document,
        to=to,
        blocks=tuple(blocks),
        text=_join(document, blocks),
        model=model,
        signature=signature,
    )


def retargeted(article: AnyArticle, segments: Sequence[TargetSegment]) -> AnyArticle:
    """Return an article with other targets or warnings, its text put together again.

    Args:
        article: what :func:`assemble` returned.
        segments: as many as :attr:`Article.segments`, in order; their spans are the same.
    """
    if tuple(segments) == article.segments:
        return article
    rest = iter(segments)
    blocks = []
    for block in article.blocks:
        changed = tuple(islice(rest, len(block.segments)))
        text = block.text
        if block.action is not Action.DROP and _targets(changed) != _targets(block.segments):
            text = _block_text(article.document, block, changed, to=article.to)
        blocks.append(replace(block, text=text, segments=changed))
    text = _join(article.document, blocks)
    return replace(article, blocks=tuple(blocks), text=text)


def _targets(segments: Sequence[TargetSegment]) -> list[str]:
    return [segment.target for segment in segments]


def _target(segment: Segment, block: Block, translated: Translated | None) -> TargetSegment:
    if translated is None:
        return TargetSegment(
            segment.source, segment.source, segment.span, block.kind, translated=False
        )
    if not translated.target:
        # nothing may be lost: what could not be translated stands there in Russian
        warning = EditorWarning(
            "untranslated", "could not be translated and stands in Russian", Severity.ERROR
        )
        return TargetSegment(
            segment.source,
            segment.source,
            segment.span,
            block.kind,
            translated=False,
            warnings=(*translated.warnings, warning),
            suggestions=translated.suggestions,
        )
    approved = translated.origin is Origin.APPROVED
    return TargetSegment(
        segment.source,
        # what an editor approved is as it is to be
        translated.target if approved else polish(translated.target, segment.source),
        segment.span,
        block.kind,
        warnings=tuple(
            EditorWarning(w.code, w.message, w.severity, w.source or segment.span, w.target)
            for w in translated.warnings
        ),
        origin=translated.origin,
        suggestions=translated.suggestions,
        score=translated.score,
    )


def polish(target: str, source: str) -> str:
    """Mend what models do to white space and quotation marks.

    A quotation that the source opens or closes at the edge of the segment is opened or closed
    there in the target too; straight quotation marks become typographic ones.
    """
    target = " ".join(target.split())
    if not _QUOTES.search(source):
        return target
    target = _typographic(target)
    closes = bool(_SOURCE_CLOSES.search(source))
    # a quotation that the source closes further on is closed nobody knows where in the target
    opens = bool(_SOURCE_OPENS.search(source)) and (closes or not _CLOSES.search(source))
    balance = target.count(_OPENING) - target.count(_CLOSING)
    if opens and not target.startswith(_OPENING) and balance <= 0:
        if _OPENING in target:
            return target  # the model moved the quotation inside
        target = _OPENING + target
        balance += 1
    if closes and balance > 0:
        # the mark goes before or after the final punctuation, as in the source
        after = source[-1] in _CLOSING_MARKS
        words = target if after else target.rstrip(_FINAL)
        target = words + _CLOSING + target[len(words) :]
    return target


def _typographic(text: str) -> str:
    text = text.replace("«", _OPENING).replace("»", _CLOSING).replace("„", _OPENING)
    parts = text.split('"')
    if len(parts) == 1:
        return text
    joined = parts[0]
    for part in parts[1:]:
        opening = not joined or joined[-1] in " \u00a0(—–-" + _OPENING
        joined += (_OPENING if opening else _CLOSING) + part
    return joined


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a block's target text and what it stands for.

    Attributes:
        source: in :attr:`Document.text`; the pieces of a block cover it without gaps.
        text: in the target.
        segment: index into the segments of the block; None for what stands between them.
    """

    source: Span
    text: str
    segment: int | None = None


def block_pieces(
    document: Document,
    block: Block | TargetBlock,
    segments: Sequence[TargetSegment],
    *,
    to: str,
) -> tuple[Piece, ...]:
    """Return the parts of a block's target text, in order.

    Args:
        document: the source.
        block: one that is not dropped.
        segments: those of the block.
        to: target language code.
    """
    pieces: list[Piece] = []
    position = block.span.start
    for index, segment in enumerate(segments):
        between = Span(position, segment.span.start)
        pieces.append(Piece(between, _gap(between.of(document.text))))
        # a segment that stays as it is keeps its own white space too
        text = segment.target if segment.translated else segment.span.of(document.text)
        pieces.append(Piece(segment.span, text, index))
        position = segment.span.end
    rest = Span(position, block.span.end)
    tail = rest.of(document.text)
    if tail and any(segment.translated for segment in segments):
        tail = _end_mark(tail, to=to)
    pieces.append(Piece(rest, _gap(tail) if block.action is Action.TRANSLATE else tail))
    return tuple(pieces)


def _block_text(
    document: Document,
    block: Block | TargetBlock,
    segments: Sequence[TargetSegment],
    *,
    to: str,
) -> str:
    return "".join(piece.text for piece in block_pieces(document, block, segments, to=to))


def _gap(text: str) -> str:
    """Copy what stands between segments, list markers in the letters of the target."""
    if not cyrillic_share(text):
        return text
    return _LETTER_MARKER.sub(_list_letter, text)


def _list_letter(match: re.Match[str]) -> str:
    letter = match.group(1)
    place = _LIST_LETTERS.find(letter.lower())
    if not 0 <= place < 26:
        return letter
    latin = "abcdefghijklmnopqrstuvwxyz"[place]
    return latin.upper() if letter.isupper() else latin


def _end_mark(tail: str, *, to: str) -> str:
    # Vietnamese newsrooms end a report with "./." themselves; English ones do not
    return tail if to == "vi" else END_MARK.sub("", tail)


def _join(document: Document, blocks: Sequence[TargetBlock]) -> str:
    """Put blocks together with the blank lines of the source.

    Where blocks were dropped, the widest of the gaps around them remains.
    """
    pieces: list[str] = []
    gap = ""
    position = 0
    for block in blocks:
        between = document.text[position : block.span.start]
        wider = len(_LINE_BREAKS.findall(between)) > len(_LINE_BREAKS.findall(gap))
        gap = between if wider or not gap else gap
        position = block.span.end
        if block.action is Action.DROP:
            continue
        # white space before the first block that remains is no gap
        pieces.append(gap if pieces or block is blocks[0] else "")
        pieces.append(block.text)
        gap = ""
    if pieces:
        pieces.append(document.text[position:] if not gap else "\n")
    return "".join(pieces)
