"""Figures and findings as people read them, the same in the page and in Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from tolmach.evaluation.report.analysis import Direction, finite, score_of, verdict
from tolmach.evaluation.results import Comparison, Score, SystemResult
from tolmach.languages import NAMES, SOURCE

__all__ = [
    "arrow",
    "findings",
    "interval",
    "language",
    "number",
    "probability",
    "rate",
    "signed",
    "speed",
    "title",
]

MISSING = "–"


def number(value: float | None, digits: int = 1) -> str:
    """Return a figure with thousands set apart; a dash for one that is missing or not finite."""
    value = finite(value)
    return MISSING if value is None else f"{value:,.{digits}f}".replace("-", "−")


def signed(value: float | None) -> str:
    """Return a difference with its sign."""
    value = finite(value)
    return MISSING if value is None else f"{value:+,.2f}".replace("-", "−")


def probability(value: float | None) -> str:
    """Return a p-value; small ones as ``< 0.001``."""
    value = finite(value)
    if value is None:
        return MISSING
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def interval(score: Score) -> str:
    """Return the 95 % confidence interval, such as ``"29.4 to 31.2"``; empty if there is none."""
    if finite(score.low) is None or finite(score.high) is None:
        return ""
    return f"{number(score.low)} to {number(score.high)}"


def arrow(better: str) -> str:
    """Return the sign for which way a metric gets better."""
    return {"higher": "↑", "lower": "↓"}.get(better, "")


def language(code: str) -> str:
    """Return the English name of a language, or its code."""
    return NAMES.get(code, code)


def title(direction: Direction) -> str:
    """Return such as ``"Russian to English"``."""
    return f"{language(SOURCE)} to {language(direction.to)}"


def speed(system: SystemResult) -> float | None:
    """Return source words per second; None if the time was not measured."""
    if not (finite(system.seconds) and system.seconds > 0 and system.words > 0):
        return None
    return finite(system.words / system.seconds)


def rate(value: float | None) -> str:
    """Return a speed: figures of three places and more need no fraction."""
    return number(value, 0 if value is not None and value >= 100 else 1)


def findings(direction: Direction) -> list[str]:
    """Say in a few sentences what is worth knowing first."""
    found = []
    metric = direction.headline
    ranked = [
        (value, system, score)
        for system in direction.systems
        if (score := score_of(system.scores, metric)) and (value := finite(score.value)) is not None
    ]
    if ranked:
        ranked.sort(key=lambda item: item[0], reverse=not direction.lower_is_better(metric))
        value, system, score = ranked[0]
        between = f" (95 % interval {interval(score)})" if interval(score) else ""
        lead = "Best" if len(ranked) > 1 else "One system"
        found.append(f"{lead} by {metric}: {system.name}, {number(value)}{between}.")
    found += _compared(direction, [c for c in direction.comparisons if c.metric == metric])
    speeds = [(words, system.name) for system in direction.systems if (words := speed(system))]
    if len(speeds) > 1:
        words, name = max(speeds)
        found.append(f"Fastest: {name}, {rate(words)} source words per second.")
    return found


def _compared(direction: Direction, comparisons: Sequence[Comparison]) -> list[str]:
    groups: dict[tuple[str, str], list[str]] = {}
    for item in comparisons:
        says = verdict(direction, item)
        p = probability(item.p_value)
        text = f"{item.system} ({signed(item.difference)}, p {p if p[0] == '<' else '= ' + p})"
        groups.setdefault((item.baseline, says.text), []).append(text)
    lines = []
    for (baseline, words), systems in groups.items():
        link = "from" if "differen" in words else "than"
        names = ", ".join(systems)
        if words == "not known":
            lines.append(f"Not known whether different from {baseline}: {names}.")
        else:
            lines.append(f"{words.capitalize()} {link} {baseline}: {names}.")
    return lines
