"""What the review page shows, as plain values that its script reads."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from tolmach import __version__
from tolmach.document import (
    Action,
    Article,
    EditorWarning,
    Segment,
    Span,
    Summary,
    TargetBlock,
    TargetSegment,
)
from tolmach.terms.ledger import NameRecord, names_of

__all__ = ["FORMAT_VERSION", "folded", "page_data", "units"]

FORMAT_VERSION = 1
"""Version of the form of the edits that the page exports."""

_SOURCE_LANGUAGE = "ru"


def page_data(article: Article) -> dict[str, Any]:
    """Return everything that the page of an article needs.

    Args:
        article: with its document.

    Returns:
        Values that ``json.dumps`` takes. Spans are ``[start, end]`` in UTF-16 units, as scripts
        count them, of the segment's own text.
    """
    names = names_of(article)
    sources = iter(article.document.segments)
    blocks, first = [], 0
    for block in article.blocks:
        own = tuple(islice(sources, len(block.segments)))
        blocks.append(_block(block, own, article, names=names, first=first))
        first += len(block.segments)
    return {
        "tolmach": __version__,
        "version": FORMAT_VERSION,
        "key": _key(article),
        "document": article.name,
        "title": article.title,
        "sourceLanguage": _SOURCE_LANGUAGE,
        "targetLanguage": article.to,
        "model": article.model,
        "signature": dict(article.signature),
        "warnings": [_warning(found) for found in (*article.document.warnings, *article.warnings)],
        "blocks": blocks,
        "summaries": [_summary(summary) for summary in article.summaries],
        "names": [_name(record, to=article.to) for record in names],
    }


def _key(article: Article) -> str:
    """Return what tells this text and translation from others under the same name."""
    content = [
        article.name,
        article.to,
        dict(article.signature),
        [(segment.source, segment.target) for segment in article.segments],
    ]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:24]


def _block(
    block: TargetBlock,
    sources: Sequence[Segment],
    article: Article,
    *,
    names: Sequence[NameRecord],
    first: int,
) -> dict[str, Any]:
    record: dict[str, Any] = {
        "kind": block.kind.value,
        "action": block.action.value,
        "segments": [],
    }
    if block.action is Action.DROP or not block.segments:
        record["text"] = block.span.of(article.document.text)
        return record
    for offset, (segment, source) in enumerate(zip(block.segments, sources, strict=True)):
        record["segments"].append(
            {
                "index": first + offset,
                "source": segment.source,
                "target": segment.target,
                "translate": source.translate,
                "origin": segment.origin.value if segment.translated else "copied",
                "warnings": _warnings(segment, article, names=names),
                "suggestions": [
                    {"source": s.source, "target": s.target, "similarity": s.similarity}
                    for s in segment.suggestions
                ],
            }
        )
    return record


def _warnings(
    segment: TargetSegment, article: Article, *, names: Sequence[NameRecord]
) -> list[dict[str, Any]]:
    found = []
    for warning in segment.warnings:
        record = _warning(warning)
        if warning.source is not None:
            place = folded(article.document.text, segment.span, warning.source)
            # a warning about the whole segment needs no line under all of it
            if 0 < len(place) < len(segment.source):
                record["source"] = _units(segment.source, place)
        if warning.target is not None and 0 < len(warning.target) < len(segment.target):
            record["target"] = _units(segment.target, warning.target)
            record["alternatives"] = _alternatives(
                warning.target.of(segment.target), names, to=article.to
            )
        found.append(record)
    return found


def _warning(warning: EditorWarning) -> dict[str, Any]:
    return {
        "code": warning.code,
        "severity": warning.severity.value,
        "message": warning.message,
    }


def folded(text: str, segment: Span, place: Span) -> Span:
    """Return where a place of the document stands in the source text of a segment.

    Args:
        text: of the document.
        segment: the segment's span in it.
        place: another span in it.

    Returns:
        A span in the segment's source, in which every run of white space is one space; empty
        if the place lies outside the segment.
    """
    start = min(max(place.start, segment.start), segment.end)
    end = min(max(place.end, start), segment.end)
    raw = segment.of(text)
    return Span(_fold(raw, start - segment.start), _fold(raw, end - segment.start))


def _fold(raw: str, offset: int) -> int:
    before = raw[:offset]
    gap = bool(before.strip()) and before[-1].isspace()
    return len(" ".join(before.split())) + gap


def units(text: str, offset: int) -> int:
    """Return an offset in characters as one in UTF-16 units."""
    if text.isascii():
        return offset
    return len(text[:offset].encode("utf-16-le", "surrogatepass")) // 2


def _units(text: str, span: Span) -> list[int]:
    return [units(text, span.start), units(text, span.end)]


def _alternatives(text: str, names: Iterable[NameRecord], *, to: str) -> list[str]:
    """Return what else a guessed name may be, in the form (whole or last word) that stands there.

    Only guessed names have alternatives that mean another spelling of the same person.
    """
    for record in names:
        if record.known:
            continue
        form = record.en if to == "en" else record.vi
        others = record.alternatives.get(to, ())
        if text == form:
            return list(dict.fromkeys(other for other in others if other != text))
        if " " not in text and text in form.split()[-1:]:
            last = (other.split()[-1] for other in others if other.split())
            return list(dict.fromkeys(other for other in last if other != text))
    return []


def _summary(summary: Summary) -> dict[str, Any]:
    return {
        "style": summary.style,
        "model": summary.model,
        "sentences": [
            {
                "text": sentence.text,
                "method": sentence.method,
                "sources": list(sentence.sources),
                "checks": [[check.name, check.passed, check.detail] for check in sentence.checks],
                "refused": list(sentence.refused),
            }
            for sentence in summary.sentences
        ],
        "sections": len(summary.sections),
        "missing": [section.title for section in summary.sections if not section.covered],
        "warnings": [_warning(warning) for warning in summary.warnings],
    }


def _name(record: NameRecord, *, to: str) -> dict[str, Any]:
    form = record.en if to == "en" else record.vi
    return {
        "source": record.ru,
        "form": form,
        "type": record.type.value,
        "known": record.known,
        "count": record.count,
        "missing": record.missing.get(to, 0),
        "alternatives": [other for other in record.alternatives.get(to, ()) if other != form],
        "written": dict(record.written.get(to, {})),
    }
