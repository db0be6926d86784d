"""The report of a run: what became of every document. Written as ``run.json``."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tolmach import __version__
from tolmach.document import Article, Severity
from tolmach.languages import words
from tolmach.stages import Input, Item
from tolmach.terms.ledger import Ledger, names_of, record_of
from tolmach.writers.jsonl import warning_record

__all__ = ["DONE", "FAILED", "NOT_REACHED", "UNCHANGED", "RunReport"]

DONE, UNCHANGED, FAILED, NOT_REACHED = "done", "unchanged", "failed", "not reached"
"""Translated; left as it is because nothing in it is Russian; failed; the run ended before."""


@dataclass
class RunReport:
    """Collects what happens in a run.

    Attributes:
        settings: what the run was asked to do, for the record.
        notes: which models were chosen and why.
        documents: one record for each document that was reached, in order of completion.
    """

    settings: Mapping[str, Any]
    notes: list[str] = field(default_factory=list)
    documents: list[dict[str, Any]] = field(default_factory=list)
    interrupted: bool = False
    _ledger: Ledger = field(default_factory=Ledger)
    _started: float = field(default_factory=time.monotonic)
    _date: datetime = field(default_factory=lambda: datetime.now(UTC))

    def add(self, item: Item) -> dict[str, Any]:
        """Record a finished document and return its record."""
        record = _record(item)
        self.documents.append(record)
        for to, article in item.articles.items():
            self._ledger.add(names_of(article), document=item.source.name, to=to)
        return record

    def miss(self, inputs: Sequence[Input]) -> None:
        """Record the documents that an interrupted run did not finish."""
        reached = {record["name"] for record in self.documents}
        for source in inputs:
            if source.name not in reached:
                place = str(source.path) if source.path else None
                self.documents.append({"name": source.name, "path": place, "status": NOT_REACHED})

    @property
    def failed(self) -> int:
        """How many documents failed."""
        return sum(record["status"] == FAILED for record in self.documents)

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain values."""
        statuses = Counter(record["status"] for record in self.documents)
        warnings = [warning for record in self.documents for warning in _warnings(record)]
        severities = Counter(warning["severity"] for warning in warnings)
        codes = Counter(warning["code"] for warning in warnings)
        return {
            "tolmach": __version__,
            "started": self._date.isoformat(timespec="seconds"),
            "seconds": round(time.monotonic() - self._started, 2),
            "interrupted": self.interrupted,
            "settings": dict(self.settings),
            "notes": self.notes,
            "totals": {
                "documents": len(self.documents),
                **dict(statuses),
                "segments": sum(record.get("segments", 0) for record in self.documents),
                "words": sum(record.get("words", 0) for record in self.documents),
                "warnings": sum(_count(record) for record in self.documents),
                "severities": {severity.value: severities[severity.value] for severity in Severity},
                "codes": dict(sorted(codes.items())),
            },
            "names": [record_of(record) for record in self._ledger.names],
            "documents": self.documents,
        }

    def as_json(self) -> str:
        """Return the report as indented JSON."""
        return json.dumps(self.as_dict(), ensure_ascii=False, indent=1) + "\n"


def _record(item: Item) -> dict[str, Any]:
    record: dict[str, Any] = {
        "name": item.source.name,
        "path": str(item.source.path) if item.source.path else None,
        "status": _status(item),
        "seconds": {name: round(spent, 3) for name, spent in item.seconds.items()},
    }
    if item.failure is not None:
        record["error"] = str(item.failure)
    document = item.document
    if document is not None:
        record |= {
            "encoding": document.encoding,
            "blocks": dict(Counter(block.kind.value for block in document.blocks)),
            "segments": sum(part.translate for part in document.segments),
            "words": sum(len(words(part.source)) for part in document.segments if part.translate),
            "warnings": [warning_record(warning) for warning in document.warnings],
        }
    record["targets"] = {to: _target(article) for to, article in item.articles.items()}
    record["files"] = [str(path) for path in item.outputs]
    return record


def _status(item: Item) -> str:
    if item.failure is not None:
        return FAILED
    return DONE if any(article.model for article in item.articles.values()) else UNCHANGED


def _target(article: Article) -> dict[str, Any]:
    found = [warning_record(warning) for warning in article.warnings]
    for index, segment in enumerate(article.segments):
        found += [{**warning_record(w), "segment": index} for w in segment.warnings]
    summary = article.summary
    if summary is not None:
        found += [warning_record(warning) for warning in summary.warnings]
    return {
        "title": article.title,
        "model": article.model,
        "signature": dict(article.signature),
        "warnings": found,
        "summary": None if summary is None else summary.text,
        "summary_methods": [] if summary is None else [s.method for s in summary.sentences],
    }


def _count(record: Mapping[str, Any]) -> int:
    """Return how many warnings a record has that an editor should look at."""
    return sum(warning["severity"] != Severity.INFO.value for warning in _warnings(record))


def _warnings(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the warnings of a document and of its articles."""
    found = list(record.get("warnings", ()))
    for target in record.get("targets", {}).values():
        found += target["warnings"]
    return found


def write_report(report: RunReport, folder: Path) -> Path:
    """Write ``run.json`` into the output folder.

    Raises:
        OutputError: it cannot be written.
    """
    from tolmach.writers import write_atomically

    path = folder / "run.json"
    write_atomically(path, report.as_json())
    return path
