"""A summary as plain values, for ``run.json`` and JSON lines."""

from __future__ import annotations

from typing import Any

from tolmach.document import Summary, SummarySentence

__all__ = ["summary_record"]


def summary_record(summary: Summary) -> dict[str, Any]:
    """Return a summary without its warnings: sentences, sources, what the gate said, coverage."""
    return {
        "style": summary.style,
        "model": summary.model,
        "of": summary.order,
        "text": summary.text,
        "sentences": [_sentence(item) for item in summary.sentences],
        "coverage": round(summary.coverage, 3),
        "sections": [
            {"title": section.title, "segments": list(section.segments), "covered": section.covered}
            for section in summary.sections
        ],
        "missing": [section.title for section in summary.sections if not section.covered],
    }


def _sentence(item: SummarySentence) -> dict[str, Any]:
    record: dict[str, Any] = {
        "text": item.text,
        "method": item.method,
        "segments": list(item.sources),
        "checks": {check.name: check.detail or "passed" for check in item.checks},
    }
    if item.refused:
        record["refused"] = list(item.refused)
    return record
