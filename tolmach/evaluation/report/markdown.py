"""The report as Markdown: tables, and the segments worth looking at first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from tolmach.evaluation.report.analysis import (
    ALPHA,
    Direction,
    Unit,
    most_different,
    score_of,
    verdict,
    worst,
)
from tolmach.evaluation.report.wording import (
    MISSING,
    arrow,
    findings,
    interval,
    number,
    probability,
    rate,
    signed,
    speed,
    title,
)
from tolmach.evaluation.results import EvaluationResult, SystemResult

__all__ = ["render_markdown"]

WORST = 20
DIFFERENT = 10
_SPECIAL = re.compile(r"([\\`*_\[\]<>|~&$])")
_START = re.compile(r"^(?:(\d+)(?=[.)])|(?=[#=+-]))")  # of headings, rules and lists
_SPACES = re.compile(r"\s+")


def _plain(text: str) -> str:
    """Return a text on one line in which Markdown and HTML mean nothing."""
    text = _SPECIAL.sub(r"\\\1", _SPACES.sub(" ", text).strip())
    return _START.sub(r"\1\\", text)


def _code(text: str) -> str:
    """Return a text as code that may stand in a table."""
    plain = _SPACES.sub(" ", text).replace("`", "'").replace("|", r"\|")
    return f"`{plain}`"


def _table(header: Sequence[str], rows: Iterable[Sequence[str]], *, words: int = 1) -> list[str]:
    """Return a table; the first ``words`` columns are aligned to the left."""
    rule = [":---" if index < words else "---:" for index in range(len(header))]
    return [f"| {' | '.join(row)} |" for row in (header, rule, *rows)]


def render_markdown(result: EvaluationResult, directions: Sequence[Direction]) -> str:
    """Return the report.

    Args:
        result: what was found.
        directions: of that result.
    """
    lines = [f"# {_plain(result.suite)}", ""]
    if result.created:
        lines += [f"Evaluated {_plain(result.created)}", ""]
    lines += [f"- {_plain(note)}" for note in result.notes] + ([""] if result.notes else [])
    if not directions:
        lines += ["No system was evaluated.", ""]
    for direction in directions:
        lines += [f"## {title(direction)}", ""]
        found = findings(direction)
        lines += [f"- {_plain(line)}" for line in found] + ([""] if found else [])
        lines += ["### Systems", "", *_systems(direction), ""]
        lines += _comparisons(direction) + _signatures(direction) + _segments(direction)
    return "\n".join(lines).rstrip() + "\n"


def _systems(direction: Direction) -> list[str]:
    timed = any(speed(system) for system in direction.systems)
    memory = any(system.peak_mb > 0 for system in direction.systems)
    header = ["System"]
    header += [f"{_plain(s.metric)} {arrow(s.better)}".strip() for s in direction.metrics]
    header += ["Segments"] + ["Words/s ↑"] * timed + ["Memory, MB ↓"] * memory
    rows = []
    for system in direction.systems:
        row = [_plain(system.name)]
        row += [_figure(system, s.metric, direction.best(s.metric)) for s in direction.metrics]
        row.append(f"{len(system.segments):,}")
        row += [rate(speed(system))] * timed
        row += [number(system.peak_mb, 0) if system.peak_mb > 0 else MISSING] * memory
        rows.append(row)
    legend = "↑ higher is better, ↓ lower is better; 95 % confidence intervals in parentheses."
    return [*_table(header, rows), "", legend]


def _figure(system: SystemResult, metric: str, best: float | None) -> str:
    score = score_of(system.scores, metric)
    if score is None:
        return MISSING
    value = number(score.value)
    shown = f"**{value}**" if best is not None and score.value == best else value
    return f"{shown} ({interval(score)})" if interval(score) else shown


def _comparisons(direction: Direction) -> list[str]:
    if not direction.comparisons:
        return []
    rows = []
    for item in direction.comparisons:
        says = verdict(direction, item)
        text = says.text if says.kind == "same" else f"**{says.text}**"
        names = [item.system, item.baseline, item.metric]
        p = probability(item.p_value).replace("<", "\\<")
        how = f"{item.method}; {item.signature}" if item.signature else item.method
        rows.append([*map(_plain, names), text, signed(item.difference), p, _code(how)])
    header = ["System", "Compared with", "Metric", "In words", "Difference", "p", "Test"]
    hint = f"Significant is p \\< {ALPHA:g}, not corrected for the number of comparisons."
    return ["### Comparisons", "", *_table(header, rows, words=4), "", hint, ""]


def _signatures(direction: Direction) -> list[str]:
    rows = []
    for system in direction.systems:
        made = "; ".join(f"{key}: {value}" for key, value in system.signature.items())
        if made:
            rows.append([_plain(system.name), "output", _code(made)])
        rows += [
            [_plain(system.name), _plain(score.metric), _code(score.signature)]
            for score in system.scores
            if score.signature
        ]
    if not rows:
        return []
    return ["### Signatures", "", *_table(["System", "Of", "Signature"], rows, words=3), ""]


def _segments(direction: Direction) -> list[str]:
    lines = []
    for heading, units in (
        (f"The {WORST} worst segments", worst(direction, WORST)),
        ("Where systems differ most", most_different(direction, DIFFERENT)),
    ):
        if units:
            lines += [f"### {heading}", ""]
            lines += [line for unit in units for line in _unit(direction, unit)]
    return lines


def _unit(direction: Direction, unit: Unit) -> list[str]:
    metric = direction.segment_metric
    place = f" ({_plain(unit.document)})" if unit.document else ""
    lines = [f"**{_plain(unit.id)}**{place}", "", f"- source: {_plain(unit.source)}"]
    lines += [f"- reference: {_plain(text)}" for text in unit.references]
    for system, output in zip(direction.systems, unit.outputs, strict=True):
        if output is not None:
            score = number(output.scores.get(metric))
            checks = "".join(f" {_code(code)}" for code in dict.fromkeys(output.checks))
            text = _plain(output.hypothesis) or "(empty)"
            lines.append(f"- {_plain(system.name)}, {_plain(metric)} {score}{checks}: {text}")
    return [*lines, ""]
