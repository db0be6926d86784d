"""The report as one page of HTML: style, script, plots and data are inside, nothing is fetched."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from html import escape
from importlib.resources import files

from tolmach.evaluation.report import tables
from tolmach.evaluation.report.analysis import ALPHA, Direction
from tolmach.evaluation.report.charts import charts
from tolmach.evaluation.report.payload import payload
from tolmach.evaluation.report.wording import findings, title
from tolmach.evaluation.results import EvaluationResult

__all__ = ["render_page"]


def _asset(name: str) -> str:
    return files("tolmach.evaluation.report").joinpath(name).read_text("utf-8")


def _hash(content: str) -> str:
    digest = hashlib.sha256(content.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def render_page(result: EvaluationResult, directions: Sequence[Direction]) -> str:
    """Return the page.

    Args:
        result: what was found.
        directions: of that result.
    """
    style, script = _asset("page.css"), _asset("differences.js") + _asset("page.js")
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    name = escape(result.suite)
    sections = "".join(
        _direction(direction, index, many=len(directions) > 1)
        for index, direction in enumerate(directions)
    )
    if not directions:
        sections = "<section><p>No system was evaluated.</p></section>"
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f'<title>{name}: evaluation</title>\n<link rel="icon" href="data:,">\n'
        f"<style>{style}</style>\n</head>\n<body>\n"
        '<a class="skip" href="#segments">Skip to the segments</a>\n'
        f"{_header(result)}\n<main>\n{sections}\n{_segments(directions)}\n</main>\n"
        f"{_swatches(directions)}\n"
        f'<script type="application/json" id="data">{payload(directions)}</script>\n'
        f"<script>{script}</script>\n</body>\n</html>\n"
    )


def _header(result: EvaluationResult) -> str:
    created = escape(result.created)
    shown = created.replace("T", " ").removesuffix("+00:00").removesuffix("Z")
    when = f'<p class="when"><time datetime="{created}">{shown} UTC</time></p>' if created else ""
    notes = tables.bullets(result.notes)
    notes = f'<aside class="notes" aria-label="Notes">{notes}</aside>' if notes else ""
    return (
        f'<header class="page"><p class="kicker">tolmach evaluation</p>'
        f"<h1>{escape(result.suite)}</h1>{when}{notes}</header>"
    )


def _direction(direction: Direction, index: int, *, many: bool) -> str:
    label = f"d{index}"
    found = tables.bullets(findings(direction))
    compared = tables.comparisons(direction)
    counted = tables.checks(direction)
    figures = "".join(tables.figure(chart) for chart in charts(direction))
    parts = [f'<section aria-labelledby="{label}"><h2 id="{label}">{escape(title(direction))}</h2>']
    if found:
        parts.append(f'<div class="findings">{found}</div>')
    parts.append(f"<h3>Systems</h3>{tables.systems(direction)}{_legend(direction)}")
    parts.append(tables.signatures(direction))
    if compared:
        count = len(direction.comparisons)
        words = f"Significant is p &lt; {ALPHA:g}"
        words += f"; not corrected for there being {count} comparisons." if count > 1 else "."
        parts.append(f'<h3>Comparisons</h3>{compared}<p class="hint">{words}</p>')
    if figures:
        parts.append(f'<h3>Plots</h3><div class="plots">{figures}</div>')
    if counted:
        parts.append(
            f"<h3>Checks</h3>{counted}"
            '<p class="hint">Findings per 100 segments; below, how many there are.</p>'
        )
    parts.append("</section>")
    markup = "".join(parts)
    return f'<div class="direction">{markup}</div>' if many else markup


def _legend(direction: Direction) -> str:
    scores = [score for system in direction.systems for score in system.scores]
    words = ["↑ higher is better, ↓ lower is better; the best is bold."]
    if any(score.low is not None for score in scores):
        words.append("Below a score is its 95 % confidence interval.")
    return f'<p class="hint">{" ".join(words)}</p>'


def _segments(directions: Sequence[Direction]) -> str:
    if not any(direction.units for direction in directions):
        return '<section id="segments"><h2>Segments</h2><p>There are no segments.</p></section>'
    return (
        '<section id="segments" aria-labelledby="segments-title">'
        '<h2 id="segments-title">Segments</h2>'
        "<noscript><p>Looking through the segments needs JavaScript; the file with the same name "
        "in Markdown lists the worst ones.</p></noscript>"
        '<div id="browser" hidden></div></section>'
    )


def _swatches(directions: Sequence[Direction]) -> str:
    most = max((len(direction.systems) for direction in directions), default=0)
    return f'<template id="swatches">{"".join(map(tables.swatch, range(most)))}</template>'
