"""JSON lines: one line for the article, then one for each segment."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from tolmach.document import Article, EditorWarning, Span, Summary, TargetSegment
from tolmach.summarization.records import summary_record
from tolmach.terms.ledger import names_of, record_of

__all__ = ["JsonLinesWriter", "warning_record"]


class JsonLinesWriter:
    """Writes ``visit.jsonl``, for tools that work with segments.

    The first line has ``"type": "article"``: name, languages, title, summary, warnings,
    signature, and the names that the source mentions. Each further line has
    ``"type": "segment"``: index, kind, source, target, spans and warnings. Spans are
    ``[start, end]`` in characters: ``span`` in the normalised source text, ``origin`` in the file
    as it was decoded.
    """

    def render(self, article: Article) -> Mapping[str, str]:
        """Return the lines."""
        records = [_article(article)]
        records += [
            _segment(index, segment, article) for index, segment in enumerate(article.segments)
        ]
        form = article.document.form
        # beside a translation that is in JSON lines itself
        suffix = ".segments.jsonl" if form is not None and form.suffix == ".jsonl" else ".jsonl"
        return {suffix: "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in records)}


def _article(article: Article) -> dict[str, Any]:
    summary = article.summary
    return {
        "type": "article",
        "name": article.name,
        "source": "ru",
        "to": article.to,
        "title": article.title,
        "model": article.model,
        "signature": dict(article.signature),
        "warnings": _warnings((*article.document.warnings, *article.warnings)),
        "summary": None if summary is None else _summary(summary),
        "further_summaries": [_summary(further) for further in article.further_summaries],
        "names": [record_of(record) for record in names_of(article)],
    }


def _summary(summary: Summary) -> dict[str, Any]:
    return {**summary_record(summary), "warnings": _warnings(summary.warnings)}


def _segment(index: int, segment: TargetSegment, article: Article) -> dict[str, Any]:
    origin = article.document.origin
    place = origin.to_source(segment.span) if origin is not None else segment.span
    return {
        "type": "segment",
        "index": index,
        "kind": segment.kind.value,
        "source": segment.source,
        "target": segment.target,
        "translated": segment.translated,
        "from": segment.origin.value,
        "span": _span(segment.span),
        "origin": _span(place),
        "warnings": _warnings(segment.warnings),
    }


def _warnings(warnings: Iterable[EditorWarning]) -> list[dict[str, Any]]:
    return [warning_record(warning) for warning in warnings]


def warning_record(warning: EditorWarning) -> dict[str, Any]:
    """Return a warning as plain values."""
    record: dict[str, Any] = {
        "code": warning.code,
        "severity": warning.severity.value,
        "message": warning.message,
    }
    if warning.source is not None:
        record["source"] = _span(warning.source)
    if warning.target is not None:
        record["target"] = _span(warning.target)
    return record


def _span(span: Span) -> list[int]:
    return [span.start, span.end]
