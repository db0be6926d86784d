"""The plots of a report, each an inline SVG with its figures as a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

from tolmach.evaluation.report import svg
from tolmach.evaluation.report.analysis import (
    Direction,
    buckets,
    finite,
    quantiles,
    score_of,
)
from tolmach.evaluation.report.wording import MISSING, interval, number, rate, speed
from tolmach.evaluation.results import Score, SystemResult

__all__ = ["Chart", "charts"]

WIDTH = 400.0
LEFT, RIGHT, TOP = 38.0, 8.0, 24.0
MOST_DOCUMENTS = 40  # rows of the plot; the table below it has all
_NAME = 18  # characters of a name that labels show


@dataclass(frozen=True, slots=True)
class Chart:
    """A plot and what it shows.

    Attributes:
        title: heading.
        caption: how to read it.
        markup: the SVG.
        header: column names of its figures.
        rows: its figures, as texts.
        tall: whether it is much higher than wide.
    """

    title: str
    caption: str
    markup: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    tall: bool = False


def charts(direction: Direction) -> tuple[Chart, ...]:
    """Return the plots for which there are figures."""
    makers: Sequence[Callable[[Direction], Chart | None]] = (_speed, _lengths, _spread, _documents)
    return tuple(chart for make in makers if (chart := make(direction)) is not None)


def _drawing(height: float, label: str, *parts: str) -> str:
    return svg.element(
        "svg",
        "".join(parts),
        viewBox=f"0 0 {WIDTH:.0f} {height:.0f}",
        role="img",
        aria_label=label,
    )


def _cut(name: str, most: int = _NAME) -> str:
    return name if len(name) <= most else name[: most - 1] + "…"


@dataclass(frozen=True, slots=True)
class _Point:
    index: int
    system: SystemResult
    score: Score
    value: float
    words: float

    @property
    def ends(self) -> list[float]:
        """Both ends of the interval; empty if it is not known."""
        ends = [end for end in (finite(self.score.low), finite(self.score.high)) if end is not None]
        return ends if len(ends) == 2 else []


def _points(direction: Direction) -> list[_Point]:
    found = []
    for index, system in enumerate(direction.systems):
        score, words = score_of(system.scores, direction.headline), speed(system)
        value = finite(score.value) if score else None
        if score and words and value is not None:
            found.append(_Point(index, system, score, value, words))
    return found


def _speed(direction: Direction) -> Chart | None:
    metric, points = direction.headline, _points(direction)
    if not points:
        return None
    bottom, left, right = 250.0, LEFT, WIDTH - RIGHT
    speeds = [point.words for point in points]
    wide = max(speeds) > 4 * min(speeds)
    x = (svg.logarithmic if wide else svg.linear)(speeds, left + 24, right - 24)
    y = svg.linear([v for point in points for v in (point.value, *point.ends)], bottom, TOP)
    parts = [svg.frame(x, y, across=(left, right), along=(TOP, bottom))]
    taken = [_around(x.at(p.words), [y.at(v) for v in (p.value, *p.ends)]) for p in points]
    for point in points:
        place = x.at(point.words), y.at(point.value)
        if point.ends:
            parts.append(_whisker(place[0], [y.at(end) for end in point.ends], point.index))
        tip = f"{point.system.name}: {metric} {number(point.value)}, {rate(point.words)} words/s"
        parts.append(svg.mark(*place, point.index, tip))
        parts.append(_label(place, _cut(point.system.name), taken, (left, right)))
    parts.append(svg.text(right, bottom + 36, "source words per second", anchor="end", kind="axis"))
    parts.append(svg.text(4, TOP - 12, metric, kind="axis"))
    return Chart(
        "Quality against speed",
        f"{'Down' if direction.lower_is_better(metric) else 'Up'} is better, right is faster; "
        "lines are 95 % intervals." + (" The scale of the speed is logarithmic." if wide else ""),
        _drawing(300.0, f"{metric} of each system against its speed", *parts),
        ("System", metric, "95 % interval", "Words per second"),
        tuple(
            (p.system.name, number(p.value), interval(p.score) or MISSING, rate(p.words))
            for p in points
        ),
    )


def _whisker(x: float, ends: Sequence[float], index: int) -> str:
    line = svg.element("line", x1=x, x2=x, y1=ends[0], y2=ends[1])
    return svg.element("g", line, class_=f"whisker c{index % svg.COLOURS}")


_Box = tuple[float, float, float, float]  # left, top, right, bottom


def _around(x: float, heights: Sequence[float]) -> _Box:
    return x - 6, min(heights) - 6, x + 6, max(heights) + 6


def _label(
    place: tuple[float, float], name: str, taken: list[_Box], across: tuple[float, float]
) -> str:
    """Return a name beside its mark, where it covers nothing; that place is taken from now on."""
    x, y = place
    width = 6.6 * len(name)
    wanted = [
        (side, rise)
        for rise in (0, -14, 14, -28, 28, -42, 42)
        for side in (x + 10, x - 10 - width, x - width / 2)
        if rise or side != x - width / 2
    ]
    boxes = [(side, y + rise - 7, side + width, y + rise + 7) for side, rise in wanted]
    inside = [box for box in boxes if box[0] >= across[0] and box[2] <= across[1]] or boxes
    free = (box for box in inside if not any(_meet(box, other) for other in taken))
    left, top, right, bottom = next(free, inside[0])
    taken.append((left, top, right, bottom))
    middle = (top + bottom) / 2
    near = left if left > x else right if right < x else (left + right) / 2
    line = ""
    if abs(middle - y) > 20:
        line = svg.element("line", class_="leader", x1=x, y1=y, x2=near, y2=middle)
    return line + svg.text(left, middle + 4, name, kind="name")


def _meet(one: _Box, other: _Box) -> bool:
    across = one[0] < other[2] and other[0] < one[2]
    return across and one[1] < other[3] and other[1] < one[3]


def _lengths(direction: Direction) -> Chart | None:
    found = buckets(direction)
    if not found:
        return None
    metric, height, bottom = direction.segment_metric, 300.0, 238.0
    left, right = LEFT, WIDTH - 98
    values = [mean for bucket in found for mean in bucket.means if mean is not None]
    y = svg.linear(values, bottom, TOP)
    parts = [svg.frame(None, y, across=(left, right), along=(TOP, bottom))]
    step = (right - left - 24) / max(len(found) - 1, 1)
    places = [left + 12 + step * index for index in range(len(found))]
    for x, bucket in zip(places, found, strict=True):
        parts.append(svg.text(x, bottom + 16, bucket.label, anchor="middle", kind="tick"))
        parts.append(svg.text(x, bottom + 30, f"{bucket.count:,}", anchor="middle", kind="small"))
    ends = []
    for index, system in enumerate(direction.systems):
        dots = [
            (x, y.at(mean), mean, bucket)
            for x, bucket in zip(places, found, strict=True)
            if (mean := bucket.means[index]) is not None
        ]
        if dots:
            parts.append(_line([dot[:2] for dot in dots], index))
            for x, top, mean, bucket in dots:
                tip = f"{system.name}, {bucket.label} words: {metric} {number(mean)}"
                parts.append(svg.mark(x, top, index, tip, size=3.5))
            ends.append((index, system, dots[-1]))
    parts += _ends(ends, bottom, right)
    parts.append(svg.text(right, bottom + 48, "source words", anchor="end", kind="axis"))
    parts.append(svg.text(0, bottom + 30, "count", kind="small"))
    parts.append(svg.text(4, TOP - 12, f"mean {metric}", kind="axis"))
    return Chart(
        "By length of the source",
        "Mean score of the segments by number of source words; below, how many segments there are.",
        _drawing(height, f"Mean {metric} of each system by length of the source", *parts),
        ("Source words", "Segments", *(system.name for system in direction.systems)),
        tuple((b.label, f"{b.count:,}", *(number(mean) for mean in b.means)) for b in found),
    )


def _line(points: Sequence[tuple[float, float]], index: int) -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    line = svg.element("polyline", points=path)
    return svg.element("g", line, class_=f"line c{index % svg.COLOURS}")


def _ends(
    ends: Sequence[tuple[int, SystemResult, tuple[float, float, float, object]]],
    bottom: float,
    right: float,
) -> list[str]:
    labels = svg.apart([dot[1] for _, _, dot in ends], 14, TOP + 4, bottom)
    parts = []
    for (_, system, (x, y, *_)), label in zip(ends, labels, strict=True):
        edge = right - 2
        parts.append(svg.element("line", class_="leader", x1=x, y1=y, x2=edge, y2=label))
        parts.append(svg.text(edge + 4, label + 4, _cut(system.name, 15), kind="name"))
    return parts


_SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)


def _spread(direction: Direction) -> Chart | None:
    found = [
        (index, system, values)
        for index, system in enumerate(direction.systems)
        if (values := quantiles(direction, index, _SHARES))
    ]
    if not found:
        return None
    metric, left, right, row = direction.segment_metric, 118.0, WIDTH - RIGHT, 34.0
    top = TOP - 14
    bottom = top + row * len(found)
    x = svg.linear([value for *_, values in found for value in values], left + 6, right - 6)
    parts = [svg.frame(x, None, across=(left, right), along=(top, bottom))]
    for place, (index, system, values) in enumerate(found):
        y = top + row * (place + 0.5)
        a, b, middle, c, d = (x.at(value) for value in values)
        figures = "; ".join(
            f"{share * 100:.0f} %: {number(value)}"
            for share, value in zip(_SHARES, values, strict=True)
        )
        shapes = [
            svg.element("title", escape(f"{system.name}, {metric} of segments; {figures}")),
            svg.element("line", x1=a, x2=d, y1=y, y2=y),
            svg.element("rect", x=b, y=y - 8, width=max(c - b, 1.0), height=16, rx=3),
            svg.element("line", class_="middle", x1=middle, x2=middle, y1=y - 11, y2=y + 11),
        ]
        parts.append(svg.element("g", "".join(shapes), class_=f"box c{index % svg.COLOURS}"))
        parts.append(svg.text(left - 8, y + 4, _cut(system.name), anchor="end", kind="name"))
    label = f"{metric} of single segments"
    parts.append(svg.text(right, bottom + 36, label, anchor="end", kind="axis"))
    return Chart(
        "Spread over segments",
        "Box: the middle half of the segments, bar: the median, line: all but the best and the "
        "worst 5 %.",
        _drawing(bottom + 46, f"{label}, by system", *parts),
        ("System", *(f"{share * 100:.0f} %" for share in _SHARES)),
        tuple((system.name, *(number(value) for value in values)) for _, system, values in found),
    )


@dataclass(frozen=True, slots=True)
class _Row:
    name: str
    segments: int
    values: tuple[float | None, ...]

    @property
    def mean(self) -> float:
        known = [value for value in self.values if value is not None]
        return sum(known) / len(known)


def _document_rows(direction: Direction) -> list[_Row]:
    metric = direction.document_metric
    sizes: dict[str, int] = {}
    scores: dict[tuple[str, int], float | None] = {}
    for index, system in enumerate(direction.systems):
        for document in system.documents:
            sizes.setdefault(document.name, document.segments)
            score = score_of(document.scores, metric)
            scores[document.name, index] = finite(score.value) if score else None
    count = len(direction.systems)
    rows = [
        _Row(name, size, tuple(scores.get((name, index)) for index in range(count)))
        for name, size in sizes.items()
    ]
    rows = [row for row in rows if any(value is not None for value in row.values)]
    return sorted(rows, key=lambda row: row.mean, reverse=direction.lower_is_better(metric))


def _documents(direction: Direction) -> Chart | None:
    rows = _document_rows(direction)
    if not rows:
        return None
    metric, left, right, height = direction.document_metric, 132.0, WIDTH - RIGHT, 17.0
    shown = rows[:MOST_DOCUMENTS]
    legend, top = _legend(direction.systems)
    bottom = top + height * len(shown)
    x = svg.linear([v for row in shown for v in row.values if v is not None], left + 6, right - 6)
    parts = [legend, svg.frame(x, None, across=(left, right), along=(top, bottom))]
    for place, row in enumerate(shown):
        y = top + height * (place + 0.5)
        known = [x.at(value) for value in row.values if value is not None]
        ends = min(known), max(known)
        parts.append(svg.element("line", class_="leader", x1=ends[0], x2=ends[1], y1=y, y2=y))
        name = svg.element("title", escape(f"{row.name}: {row.segments:,} segments"))
        name += svg.text(left - 8, y + 4, _cut(row.name, 21), anchor="end", kind="tick")
        parts.append(svg.element("g", name))
        for index, value in enumerate(row.values):
            if value is not None:
                tip = f"{row.name}, {direction.systems[index].name}: {metric} {number(value)}"
                parts.append(svg.mark(x.at(value), y, index, tip, size=4))
    parts.append(svg.text(right, bottom + 36, metric, anchor="end", kind="axis"))
    what = "The" if len(shown) == len(rows) else f"The {len(shown)} worst of {len(rows):,}"
    return Chart(
        "By document",
        f"{what} documents, worst first.",
        _drawing(bottom + 46, f"{metric} of each system by document", *parts),
        ("Document", "Segments", *(system.name for system in direction.systems)),
        tuple((r.name, f"{r.segments:,}", *(number(v) for v in r.values)) for r in rows),
        tall=len(shown) > 14,
    )


def _legend(systems: Sequence[SystemResult]) -> tuple[str, float]:
    parts, x, y = [], 8.0, 14.0
    for index, system in enumerate(systems):
        name = _cut(system.name)
        width = 24 + 7.2 * len(name)
        if x + width > WIDTH and x > 8:
            x, y = 8.0, y + 18
        parts.append(svg.mark(x + 4, y - 4, index, system.name, size=4))
        parts.append(svg.text(x + 13, y, name, kind="name"))
        x += width
    return "".join(parts), y + 12
