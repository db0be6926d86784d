"""The article of a saved page as lines: paragraphs, lists and tables."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from tolmach.forms.html import Line
from tolmach.readers.html_cells import Cell
from tolmach.readers.html_units import Found

__all__ = ["are_cells", "gaps_of", "lines_of"]

# in characters; longer texts stand in tables that only lay out a page
_LONGEST_CELL: Final = 80
_CELLS: Final = frozenset(("td", "th"))
_KEPT: Final = frozenset(("blockquote", "h3", "h4", "h5", "h6"))


def gaps_of(chosen: Sequence[Found]) -> Iterator[str]:
    """Yield what stands before each text."""
    before: Found | None = None
    for item in chosen:
        near = before is not None and item.group >= 0 and item.group == before.group
        yield "" if before is None else "\n" if near else "\n\n"
        before = item


def are_cells(chosen: Sequence[Found]) -> list[bool]:
    """Tell which texts are cells; in a table that only lays out a page nothing is."""
    sizes: dict[int, int] = {}
    counts: dict[int, int] = {}
    for item in chosen:
        sizes[item.row] = max(sizes.get(item.row, 0), len(item.unit.part.text))
        counts[item.row] = counts.get(item.row, 0) + 1
    return [
        item.row >= 0 and counts[item.row] > 1 and sizes[item.row] <= _LONGEST_CELL
        for item in chosen
    ]


def lines_of(chosen: Sequence[Found], rows: Mapping[int, Sequence[Cell]]) -> Iterator[Line]:
    """Yield for each text the element it is, with the lists and tables that begin and end.

    Args:
        chosen: the article.
        rows: the cells of each row of a table; those without a text are written as well.
    """
    layouts = _layouts(chosen)
    places = {cell.start: index for cells in rows.values() for index, cell in enumerate(cells)}
    around = [_container(item, layouts) for item in chosen]
    for index, item in enumerate(chosen):
        before = index - 1 if index and _together(chosen, around, index - 1) else None
        after = index + 1 if _together(chosen, around, index) else None
        opening = f"<{around[index]}>\n" if around[index] and before is None else ""
        closing = f"</{around[index]}>\n" if around[index] and after is None else ""
        if around[index] != "table":
            yield Line(_element(item), opening, closing)
            continue
        earlier = None if before is None else chosen[before]
        later = None if after is None else chosen[after]
        start, end, tag = _in_row(item, earlier, later, rows.get(item.row, ()), places)
        yield Line(tag, opening + start, end + closing)


def _in_row(
    item: Found,
    before: Found | None,
    after: Found | None,
    cells: Sequence[Cell],
    places: Mapping[int, int],
) -> tuple[str, str, str]:
    """Return what stands before a text in a table, what stands after it, and its element."""
    begins = before is None or before.row != item.row
    ends = after is None or after.row != item.row
    place = _index(cells, places, item.cell) if item.row >= 0 else -1  # some tables have no rows
    own = cells[place] if place >= 0 else Cell(item.cell, "td")
    opens = before is None or begins or before.cell != item.cell
    closes = after is None or ends or after.cell != item.cell
    start, end = "<tr>" if begins else "", "</tr>\n" if ends else ""
    if place >= 0:
        reached = -1 if before is None or begins else _index(cells, places, before.cell)
        start += "".join(map(_empty, cells[reached + 1 : place]))
        end = "".join(map(_empty, cells[place + 1 :] if ends else ())) + end
    if opens:
        start += f"<{own.tag}{own.attributes}>"
    if closes:
        end = f"</{own.tag}>\n{end}"
    # several texts in one cell are paragraphs in it
    return start, end, "" if opens and closes else "p"


def _index(cells: Sequence[Cell], places: Mapping[int, int], start: int) -> int:
    """Return which cell of a row begins at a place; -1 if none does, as in tables within tables."""
    index = places.get(start, -1)
    return index if 0 <= index < len(cells) and cells[index].start == start else -1


def _empty(cell: Cell) -> str:
    return f"<{cell.tag}{cell.attributes}>{cell.signs}</{cell.tag}>\n"


def _layouts(chosen: Sequence[Found]) -> frozenset[int]:
    """Return the tables that only lay out a page: with an article in a cell, or one column."""
    tables: set[int] = set()
    wide: set[int] = set()
    crowded: set[int] = set()
    long: Counter[int] = Counter()
    cells: defaultdict[tuple[int, int], set[int]] = defaultdict(set)
    for item in chosen:
        if item.tag not in _CELLS:
            continue
        tables.add(item.group)
        cells[item.group, item.row].add(item.cell)
        if len(cells[item.group, item.row]) > 1:
            wide.add(item.group)
        long[item.cell] += len(item.unit.part.text) > _LONGEST_CELL
        if long[item.cell] > 1:
            crowded.add(item.group)
    return frozenset(tables - (wide - crowded))


def _container(item: Found, layouts: frozenset[int]) -> str:
    if item.tag == "li":
        return item.list
    return "table" if item.tag in _CELLS and item.group not in layouts else ""


def _element(item: Found) -> str:
    if item.tag == "li" or item.tag in _KEPT:
        return item.tag
    # the cleaner says what is the title; headings keep their level below it
    return "p"


def _together(chosen: Sequence[Found], around: Sequence[str], index: int) -> bool:
    """Whether a text and the next one are in the same list or table."""
    if index + 1 >= len(chosen):
        return False
    same = chosen[index].group == chosen[index + 1].group
    return same and around[index] == around[index + 1]
