"""What ``tolmach translate`` says at its end: failures, and a table of the documents."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tolmach.document import Origin, Severity
from tolmach.report import DONE, FAILED, LEFT_OUT, NOT_REACHED, RunReport

__all__ = ["print_table", "say_failures"]

# a table of more rows is read by nobody
_ROWS = 200
_WITHOUT_RESULT = frozenset((FAILED, NOT_REACHED, LEFT_OUT))


def say_failures(documents: Iterable[Mapping[str, Any]]) -> None:
    """Say on standard error which documents failed or were left out, and why.

    Args:
        documents: records of a report.
    """
    for record in documents:
        if record["status"] in {FAILED, LEFT_OUT}:
            print(f"tolmach: {record['status']}: {record['error']}", file=sys.stderr)


def print_table(report: RunReport, targets: Sequence[str], path: Path) -> None:
    """Print a line for each document, and what came of all of them.

    Args:
        report: of the run.
        targets: language codes.
        path: of ``run.json``.
    """
    from rich.console import Console

    console = Console(file=sys.stderr)
    found = report.as_dict()
    documents, totals = found["documents"], found["totals"]
    if len(documents) > _ROWS:
        # of thousands of documents, those that need somebody
        documents = [record for record in documents if _needs_somebody(record)][:_ROWS]
    if documents:
        console.print(_table(documents, targets), markup=False)
    console.print(_closing_line(totals, path), markup=False, highlight=False, soft_wrap=True)
    if any(_is_draft(record) for record in found["documents"]):
        console.print("draft quality: edit before use", style="yellow", highlight=False)


def _table(documents: Iterable[Mapping[str, Any]], targets: Sequence[str]) -> Any:
    from rich.table import Table

    table = Table(title=None, show_edge=False, pad_edge=False)
    table.add_column("document", overflow="fold")
    table.add_column("status")
    for heading in ("segments", "words", "seconds"):
        table.add_column(heading, justify="right")
    for target in targets:
        table.add_column(f"{target}: warnings", justify="right")
    for record in documents:
        table.add_row(*_row(record, targets))
    return table


def _needs_somebody(record: Mapping[str, Any]) -> bool:
    if record["status"] in _WITHOUT_RESULT:
        return True
    return any(
        warning["severity"] == Severity.ERROR.value
        for target in record["targets"].values()
        for warning in target["warnings"]
    )


def _closing_line(totals: Mapping[str, Any], path: Path) -> str:
    parts = [
        f"{totals.get(DONE, 0)} of {totals['documents']} documents translated",
        f"{totals['words']} words",
        _by_severity(totals["severities"]),
    ]
    if totals.get(LEFT_OUT):
        parts.insert(1, f"{totals[LEFT_OUT]} left out")
    if totals["resumed"]:
        parts.insert(1, f"{totals['resumed']} of them by earlier runs")
    origins = totals["from"]
    known = [
        f"{_number(origins[origin.value], 'segment')} {words}"
        for origin, words in (
            (Origin.APPROVED, "as editors approved them"),
            (Origin.MEMORY, "from the translation memory"),
        )
        if origins[origin.value]
    ]
    return ", ".join([*parts, *known]) + f"; details in {path}"


def _row(record: Mapping[str, Any], targets: Sequence[str]) -> list[str]:
    if record["status"] in _WITHOUT_RESULT:
        return [record["name"], record["status"], "", "", "", *("" for _ in targets)]
    status = f"{record['status']} before" if record.get("resumed") else record["status"]
    cells = [record["name"], status, str(record["segments"]), str(record["words"])]
    cells.append(f"{sum(record['seconds'].values()):.1f}")
    for target in targets:
        warnings = record["targets"][target]["warnings"]
        counts = Counter(warning["severity"] for warning in warnings)
        errors, others = counts[Severity.ERROR.value], counts[Severity.WARNING.value]
        cells.append(f"{_number(errors, 'error')} + {others}" if errors else str(others))
    return cells


def _by_severity(counts: Mapping[str, int]) -> str:
    nouns = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "remark"}
    return ", ".join(_number(counts[severity.value], noun) for severity, noun in nouns.items())


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _is_draft(record: Mapping[str, Any]) -> bool:
    return any(
        warning["code"] == "draft"
        for target in record.get("targets", {}).values()
        for warning in target["warnings"]
    )
