"""Inline markup: marks of the source, their places in the target, and trees to render.

Keys of marks read ``link-7``: what the mark is, a hyphen, a number. The first part is for messages
and says how much a misplaced mark matters. The key of a mark that lies inside another one may
begin with the key of the outer one and a full stop (``link-7.bold-8``); it must do so where ranges
alone do not say it, which is at the end of the outer one. Without that, an empty mark that stands
where another one ends stands after it.
"""

from __future__ import annotations

from tolmach.markup.placing import place_marks
from tolmach.markup.tree import Close, Node, Open, events, name_of, nested, ordered, parents_of

__all__ = [
    "Close",
    "Node",
    "Open",
    "events",
    "name_of",
    "nested",
    "ordered",
    "parents_of",
    "place_marks",
]
