"""Scales, marks and labels for plots in SVG; pure functions that return markup."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

__all__ = ["Axis", "apart", "element", "frame", "linear", "logarithmic", "mark", "text"]

COLOURS = 8  # classes c0 to c7 of the style sheet
_SHAPES = ("circle", "square", "diamond", "up", "down", "cross", "plus", "bar")


@dataclass(frozen=True, slots=True)
class Axis:
    """Leads from values to pixels.

    Attributes:
        low: the value at ``start``.
        high: the value at ``end``.
        start: in pixels.
        end: in pixels; smaller than ``start`` for an axis that goes up.
        ticks: values to label.
        log: whether the scale is logarithmic.
    """

    low: float
    high: float
    start: float
    end: float
    ticks: tuple[float, ...]
    log: bool = False

    def at(self, value: float) -> float:
        """Return the pixel of a value."""
        low, high = self.low, self.high
        if self.log:
            value, low, high = math.log(value), math.log(low), math.log(high)
        return self.start + (value - low) / (high - low) * (self.end - self.start)


def _step(width: float, count: int) -> float:
    raw = width / max(count, 1)
    power = 10.0 ** math.floor(math.log10(raw))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw * (1 - 1e-9))


def linear(values: Sequence[float], start: float, end: float, *, count: int = 5) -> Axis:
    """Return an axis with round ticks that holds all values."""
    low, high = min(values), max(values)
    if high - low < 1e-6 * max(abs(low), abs(high), 1.0):
        low, high = low - 1, high + 1
    step = _step(high - low, count)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    ticks = tuple(round(index * step, 10) for index in range(first, last + 1))
    return Axis(ticks[0], ticks[-1], start, end, ticks)


def logarithmic(values: Sequence[float], start: float, end: float) -> Axis:
    """Return a logarithmic axis for positive values, with ticks at 1, 2, 5, 10 and so on."""
    low, high = min(values) / 1.25, max(values) * 1.25
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    ticks = [factor * 10.0**power for power in powers for factor in (1, 2, 5)]
    inside = tuple(tick for tick in ticks if low <= tick <= high)
    if len(inside) > 7:
        inside = tuple(10.0**power for power in powers if low <= 10.0**power <= high)
    return Axis(low, high, start, end, inside, log=True)


def apart(places: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Return places moved as little as this simple way can, so that labels do not overlap.

    Args:
        places: wanted positions, in pixels.
        gap: least distance.
        low: none gets below this.
        high: none gets above this, unless there is not enough room.
    """
    order = sorted(range(len(places)), key=lambda index: places[index])
    moved = list(places)
    edge = low
    for index in order:
        moved[index] = edge = max(moved[index], edge)
        edge += gap
    edge = high
    for index in reversed(order):
        moved[index] = edge = min(moved[index], edge)
        edge -= gap
    return moved


def element(name: str, content: str = "", **attributes: object) -> str:
    """Return an SVG element; ``content`` is markup, attribute values are escaped.

    A trailing underscore of an attribute's name is dropped, other underscores become hyphens.
    """
    parts = []
    for key, value in attributes.items():
        if isinstance(value, float):
            value = f"{value:.2f}".rstrip("0").rstrip(".")
        parts.append(f' {key.rstrip("_").replace("_", "-")}="{escape(str(value))}"')
    return f"<{name}{''.join(parts)}>{content}</{name}>"


def text(x: float, y: float, words: str, *, anchor: str = "start", kind: str = "") -> str:
    """Return a label; ``words`` is escaped."""
    extra = {"class": kind} if kind else {}
    return element("text", escape(words), x=x, y=y, text_anchor=anchor, **extra)


def mark(x: float, y: float, index: int, tip: str, *, size: float = 5.0) -> str:
    """Return the mark of a system: its colour, its shape, and a tooltip."""
    shape = _SHAPES[(index + index // COLOURS) % len(_SHAPES)]
    r = size
    if shape == "circle":
        body = element("circle", cx=x, cy=y, r=r)
    else:
        r2, r3 = r * 0.9, r * 0.35
        points = {
            "square": [(-r2, -r2), (r2, -r2), (r2, r2), (-r2, r2)],
            "diamond": [(0, -r * 1.3), (r * 1.3, 0), (0, r * 1.3), (-r * 1.3, 0)],
            "up": [(0, -r * 1.2), (r * 1.15, r), (-r * 1.15, r)],
            "down": [(0, r * 1.2), (r * 1.15, -r), (-r * 1.15, -r)],
            "bar": [(-r3, -r * 1.3), (r3, -r * 1.3), (r3, r * 1.3), (-r3, r * 1.3)],
        }.get(shape) or _cross(r, r3, turned=shape == "cross")
        body = element("polygon", points=" ".join(f"{x + a:.2f},{y + b:.2f}" for a, b in points))
    title = element("title", escape(tip)) if tip else ""
    return element("g", title + body, class_=f"mark c{index % COLOURS}")


def _cross(r: float, w: float, *, turned: bool) -> list[tuple[float, float]]:
    r *= 1.2
    corners = [(-w, -r), (w, -r), (w, -w), (r, -w), (r, w), (w, w)]
    corners += [(-a, -b) for a, b in corners]
    half = math.sqrt(0.5)
    return [((a - b) * half, (a + b) * half) for a, b in corners] if turned else corners


def frame(
    x: Axis | None, y: Axis | None, *, across: tuple[float, float], along: tuple[float, float]
) -> str:
    """Return grid lines and tick labels.

    Args:
        x: horizontal axis, labelled below the plot; None for none.
        y: vertical axis, labelled on the left; None for none.
        across: left and right edge of the plot, in pixels.
        along: top and bottom edge.
    """
    (left, right), (top, bottom) = across, along
    parts = []
    for tick in y.ticks if y else ():
        place = y.at(tick) if y else 0.0
        parts.append(element("line", class_="grid", x1=left, x2=right, y1=place, y2=place))
        parts.append(text(left - 6, place + 4, _short(tick), anchor="end", kind="tick"))
    for tick in x.ticks if x else ():
        place = x.at(tick) if x else 0.0
        parts.append(element("line", class_="grid", x1=place, x2=place, y1=top, y2=bottom))
        parts.append(text(place, bottom + 16, _short(tick), anchor="middle", kind="tick"))
    return "".join(parts)


def _short(value: float) -> str:
    return f"{value:,.6g}".replace("-", "−") if abs(value) < 1e6 else f"{value:.3g}"
