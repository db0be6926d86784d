"""The report of a run: what became of every document. Written as ``run.json``."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tolmach import __version__
from tolmach.document import Article, Origin, Severity
from tolmach.errors import NoArticle
from tolmach.languages import words
from tolmach.stages import Input, Item
from tolmach.summarization.records import summary_record
from tolmach.terms.ledger import Ledger, NameRecord, names_of, record_of
from tolmach.writers.jsonl import warning_record

__all__ = ["DONE", "FAILED", "LEFT_OUT", "NOT_REACHED", "UNCHANGED", "RunReport"]

DONE, UNCHANGED, FAILED, NOT_REACHED = "done", "unchanged", "failed", "not reached"
"""Translated; left as it is because nothing in it is Russian; failed; the run ended before."""

LEFT_OUT = "left out"
"""Met in a folder, and no article."""


@dataclass(frozen=True, slots=True)
class _Reached:
    """A document that the run has reached: its record, and its names by target."""

    record: dict[str, Any]
    names: Mapping[str, tuple[NameRecord, ...]] = field(
        default_factory=lambda: MappingProxyType({})
    )


@dataclass
class RunReport:
    """Collects what happens in a run.

    Attributes:
        settings: what the run was asked to do, for the record.
        notes: which models were chosen and why.
    """

    settings: Mapping[str, Any]
    notes: list[str] = field(default_factory=list)
    interrupted: bool = False
    _reached: dict[str, _Reached] = field(default_factory=dict)
    _places: dict[str, int] = field(default_factory=dict)
    _started: float = field(default_factory=time.monotonic)
    _date: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def documents(self) -> list[dict[str, Any]]:
        """One record for each document that was reached, in the order of the run's documents."""
        return [reached.record for reached in self._in_order()]

    def expect(self, inputs: Iterable[Input]) -> None:
        """Tell which documents the run has, or has besides those it had, in their order."""
        for source in inputs:
            self._places.setdefault(source.name, len(self._places))

    def add(self, item: Item) -> dict[str, Any]:
        """Record a finished document, in place of an older record, and return its record."""
        record = _record(item)
        names = {to: names_of(article) for to, article in item.articles.items()}
        self._reached[item.source.name] = _Reached(record, MappingProxyType(names))
        return record

    def take_over(
        self, record: Mapping[str, Any], names: Mapping[str, tuple[NameRecord, ...]]
    ) -> None:
        """Record a document that an earlier run has finished."""
        self._reached[record["name"]] = _Reached({**record, "resumed": True}, names)

    def miss(self, inputs: Iterable[Input]) -> None:
        """Record the documents that an interrupted run did not finish."""
        for source in inputs:
            if source.name not in self._reached:
                place = str(source.path) if source.path else None
                record = {"name": source.name, "path": place, "status": NOT_REACHED}
                self._reached[source.name] = _Reached(record)

    def _in_order(self) -> list[_Reached]:
        last = len(self._places)
        by_place = self._reached.items()
        return [
            reached
            for _, reached in sorted(by_place, key=lambda pair: self._places.get(pair[0], last))
        ]

    def _names(self) -> tuple[NameRecord, ...]:
        ledger = Ledger()
        for reached in self._in_order():
            for to, names in reached.names.items():
                ledger.add(names, document=reached.record["name"], to=to)
        return ledger.names

    @property
    def failed(self) -> int:
        """How many documents failed; where all were left out, something is wrong with all."""
        statuses = Counter(reached.record["status"] for reached in self._reached.values())
        nothing_else = statuses[LEFT_OUT] == len(self._reached)
        return statuses[FAILED] + (statuses[LEFT_OUT] if nothing_else else 0)

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain values."""
        documents = self.documents
        statuses = Counter(record["status"] for record in documents)
        warnings = [warning for record in documents for warning in _warnings(record)]
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
                "documents": len(documents),
                **dict(statuses),
                "resumed": sum(record.get("resumed", False) for record in documents),
                "segments": sum(record.get("segments", 0) for record in documents),
                "words": sum(record.get("words", 0) for record in documents),
                "warnings": sum(_count(record) for record in documents),
                "severities": {severity.value: severities[severity.value] for severity in Severity},
                "codes": dict(sorted(codes.items())),
                "from": _added_origins(documents),
            },
            "names": [record_of(record) for record in self._names()],
            "documents": documents,
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
    if isinstance(item.failure, NoArticle) and item.source.found:
        return LEFT_OUT
    if item.failure is not None:
        return FAILED
    return DONE if any(article.model for article in item.articles.values()) else UNCHANGED


def _target(article: Article) -> dict[str, Any]:
    found = [warning_record(warning) for warning in article.warnings]
    for index, segment in enumerate(article.segments):
        found += [{**warning_record(w), "segment": index} for w in segment.warnings]
    summary = article.summary
    for made in article.summaries:
        found += [warning_record(warning) for warning in made.warnings]
    return {
        "title": article.title,
        "model": article.model,
        "signature": dict(article.signature),
        "from": _origins(article),
        "warnings": found,
        "summary": None if summary is None else summary.text,
        "summary_methods": [] if summary is None else [s.method for s in summary.sentences],
        "summaries": [summary_record(made) for made in article.summaries],
    }


def _origins(article: Article) -> dict[str, int]:
    """Return how many translated segments a model made, and how many were there already."""
    counts = Counter(segment.origin for segment in article.segments if segment.translated)
    return {origin.value: counts[origin] for origin in Origin}


def _added_origins(records: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Return where the translated segments of a run's documents came from, taken together."""
    counts: Counter[str] = Counter()
    for record in records:
        for target in record.get("targets", {}).values():
            counts.update(target["from"])
    return {origin.value: counts[origin.value] for origin in Origin}


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
