"""How ``tolmach eval`` shows figures on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tolmach.evaluation.comparing import SIGNIFICANT, is_worse
from tolmach.evaluation.gate import Verdict
from tolmach.evaluation.results import Comparison, EvaluationResult, Score, SystemResult

__all__ = ["print_comparisons", "print_lines", "print_systems", "print_verdict"]


def print_lines(system: SystemResult) -> None:
    """Print each figure on a line, followed by its signature."""
    for score in system.scores:
        print(f"{score.metric} {_figure(score)}")
        print(f"  {score.signature}")


def _figure(score: Score) -> str:
    text = f"{score.value:.1f}"
    if score.low is not None and score.high is not None:
        text += f" [{score.low:.1f}, {score.high:.1f}]"
    return text


def print_systems(result: EvaluationResult) -> None:
    """Print a table for each language: figures, speed and memory; then the signatures."""
    from rich.console import Console
    from rich.table import Table

    console = Console()
    for to in dict.fromkeys(system.to for system in result.systems):
        systems = [system for system in result.systems if system.to == to]
        table = Table(show_edge=False, pad_edge=False)
        table.add_column(f"{result.suite}, {to}", no_wrap=True)
        for system in systems:
            table.add_column(system.name, justify="right", overflow="fold")
        for row in _rows(systems):
            table.add_row(*row)
        console.print(table, markup=False)
    for signature in dict.fromkeys(_signatures(result.systems)):
        console.print(signature, markup=False, highlight=False, soft_wrap=True)


def _rows(systems: Sequence[SystemResult]) -> Iterable[list[str]]:
    for metric in dict.fromkeys(score.metric for item in systems for score in item.scores):
        figures = (
            next((_figure(score) for score in item.scores if score.metric == metric), "-")
            for item in systems
        )
        yield [metric, *figures]
    if any(item.seconds for item in systems):
        yield ["seconds", *(f"{item.seconds:.1f}" for item in systems)]
        yield ["words/s", *(f"{item.words / (item.seconds or 1):.1f}" for item in systems)]
    if any(item.peak_mb for item in systems):
        yield ["memory, MB", *(f"{item.peak_mb:.0f}" for item in systems)]


def _signatures(systems: Iterable[SystemResult]) -> Iterable[str]:
    for system in systems:
        for score in system.scores:
            yield f"{score.metric}: {score.signature}"


def print_comparisons(comparisons: Sequence[Comparison]) -> None:
    """Print what was compared, and what it means."""
    for item in comparisons:
        print(_sentence(item))
    for text in dict.fromkeys(f"{item.method}: {item.signature}" for item in comparisons):
        print(f"  {text}")


def _sentence(item: Comparison) -> str:
    if not item.difference:
        told = "the same"
    elif item.p_value >= SIGNIFICANT:
        told = "may be chance"
    elif is_worse(item):
        told = "significantly worse"
    else:
        told = "significantly better"
    return (
        f"{item.to}, {item.metric}: {item.system} {item.difference:+.2f} beside {item.baseline}, "
        f"p = {item.p_value:.4f}: {told}"
    )


def print_verdict(found: Verdict) -> None:
    """Print what the gate says of a system."""
    for item in found.comparisons:
        print(_sentence(item))
    if found.worse:
        print(f"{found.system}: worse than the baseline")
    else:
        print(f"{found.system}: not worse than the baseline")
