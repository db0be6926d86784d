"""The tables of a report as HTML; every text that comes from outside is escaped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from html import escape

from tolmach.evaluation.report.analysis import Direction, finite, score_of, verdict
from tolmach.evaluation.report.charts import Chart
from tolmach.evaluation.report.svg import mark
from tolmach.evaluation.report.wording import (
    MISSING,
    arrow,
    interval,
    number,
    probability,
    rate,
    signed,
    speed,
)
from tolmach.evaluation.results import Score, SystemResult

__all__ = ["bullets", "checks", "comparisons", "figure", "signatures", "swatch", "systems"]


def _table(label: str, header: Iterable[str], rows: Iterable[str], *, kind: str = "") -> str:
    heads = "".join(f'<th scope="col">{cell}</th>' for cell in header)
    return (
        f'<div class="scroll" role="region" aria-label="{escape(label)}" tabindex="0">'
        f'<table class="{kind}"><thead><tr>{heads}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _row(name: str, cells: Iterable[str]) -> str:
    return f'<tr><th scope="row">{name}</th>{"".join(cells)}</tr>'


def swatch(index: int) -> str:
    """Return the mark of a system, as plots show it, for use beside its name."""
    drawing = mark(8, 8, index, "")
    return f'<svg class="swatch" viewBox="0 0 16 16" aria-hidden="true">{drawing}</svg>'


def _name(index: int, system: SystemResult) -> str:
    return f'<span class="system">{swatch(index)}{escape(system.name)}</span>'


def systems(direction: Direction) -> str:
    """Return the table of systems with scores, intervals, speed and memory."""
    rates = {id(system): speed(system) for system in direction.systems}
    memory = any(finite(system.peak_mb) and system.peak_mb > 0 for system in direction.systems)
    header = ["System"]
    for score in direction.metrics:
        header.append(f"{escape(score.metric)} {arrow(score.better)}".strip())
    header += ["Segments"]
    if any(rates.values()):
        header += ["Seconds ↓", "Words/s ↑"]
    if memory:
        header += ["Memory, MB ↓"]
    fastest = max((words for words in rates.values() if words), default=None)
    rows = []
    for index, system in enumerate(direction.systems):
        cells = [
            _score(score_of(system.scores, score.metric), direction.best(score.metric))
            for score in direction.metrics
        ]
        cells.append(_cell(f"{len(system.segments):,}"))
        if any(rates.values()):
            words = rates[id(system)]
            most = words is not None and words == fastest and len(direction.systems) > 1
            cells.append(_cell(number(system.seconds) if words else MISSING))
            cells.append(_cell(rate(words), best=most))
        if memory:
            cells.append(_cell(number(system.peak_mb, 0) if system.peak_mb > 0 else MISSING))
        rows.append(_row(_name(index, system), cells))
    return _table("Systems", header, rows, kind="figures")


def _cell(text: str, *, best: bool = False, below: str = "") -> str:
    shown = f'<b class="best" title="best">{text}</b>' if best else text
    small = f'<small class="interval">{below}</small>' if below else ""
    return f'<td class="number">{shown}{small}</td>'


def _score(score: Score | None, best: float | None) -> str:
    if score is None:
        return _cell(MISSING)
    top = best is not None and finite(score.value) == best
    return _cell(number(score.value), best=top, below=interval(score))


def comparisons(direction: Direction) -> str:
    """Return the table of comparisons; empty if there are none."""
    if not direction.comparisons:
        return ""
    places = {system.name: index for index, system in enumerate(direction.systems)}
    rows = []
    for item in direction.comparisons:
        says = verdict(direction, item)
        index = places.get(item.system)
        name = (swatch(index) if index is not None else "") + escape(item.system)
        how = f"{item.method}; {item.signature}" if item.signature else item.method
        rows.append(
            _row(
                f'<span class="system">{name}</span>',
                [
                    f"<td>{escape(item.metric)}</td>",
                    f'<td><span class="verdict {says.kind}">{says.text}</span></td>',
                    _cell(signed(item.difference)),
                    f"<td>{escape(item.baseline)}</td>",
                    _cell(probability(item.p_value)),
                    f'<td class="how">{escape(how)}</td>',
                ],
            )
        )
    header = ["System", "Metric", "In words", "Difference", "Compared with", "p", "Test"]
    return _table("Comparisons", header, rows, kind="compared")


def checks(direction: Direction) -> str:
    """Return how often each check found something, per 100 segments; empty if none did."""
    counts = [
        Counter(code for segment in system.segments for code in segment.checks)
        for system in direction.systems
    ]
    codes = sorted(set().union(*counts))
    if not codes:
        return ""
    rows = []
    for code in codes:
        cells = [
            _cell(
                number(count[code] * 100 / len(system.segments)) if system.segments else MISSING,
                below=f"{count[code]:,}" if system.segments else "",
            )
            for count, system in zip(counts, direction.systems, strict=True)
        ]
        rows.append(_row(f"<code>{escape(code)}</code>", cells))
    header = ["Check", *(_name(i, system) for i, system in enumerate(direction.systems))]
    return _table("Checks", header, rows, kind="figures")


def _pairs(pairs: Mapping[str, str]) -> str:
    items = (f"<dt>{escape(key)}</dt><dd><code>{escape(v)}</code></dd>" for key, v in pairs.items())
    return f"<dl>{''.join(items)}</dl>"


def signatures(direction: Direction) -> str:
    """Return, folded, what made each system's output and each figure."""
    parts = []
    for index, system in enumerate(direction.systems):
        made = {str(key): str(value) for key, value in system.signature.items()}
        scored = {score.metric: score.signature for score in system.scores if score.signature}
        body = (_pairs(made) if made else "<p>What made the output was not recorded.</p>") + (
            f"<h4>Scores</h4>{_pairs(scored)}" if scored else ""
        )
        parts.append(f"<section><h4>{_name(index, system)}</h4>{body}</section>")
    inside = f'<div class="signatures">{"".join(parts)}</div>'
    return f"<details><summary>Signatures: how this was made</summary>{inside}</details>"


def figure(chart: Chart) -> str:
    """Return a plot with its caption and, folded, its figures."""
    rows = [_row(escape(row[0]), (_cell(escape(cell)) for cell in row[1:])) for row in chart.rows]
    header = [escape(cell) for cell in chart.header]
    kind = ' class="tall"' if chart.tall else ""
    return (
        f"<figure{kind}><figcaption><h4>{escape(chart.title)}</h4><p>{escape(chart.caption)}</p>"
        f"</figcaption>{chart.markup}"
        f"<details><summary>Figures</summary>{_table(chart.title, header, rows, kind='figures')}"
        "</details></figure>"
    )


def bullets(lines: Sequence[str]) -> str:
    """Return a list of sentences; empty for none."""
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f"<ul>{items}</ul>" if items else ""
