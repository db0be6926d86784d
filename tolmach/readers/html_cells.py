"""The cells of tables in HTML, with those that are empty."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from html import escape, unescape
from typing import Final

from tolmach.forms.html_tokens import Shape, tokens

__all__ = ["Cell", "cells_of"]

_SPANS: Final = re.compile(r"\s((?:col|row)span)\s{0,9}=\s{0,9}[\"']?(\d{1,3})", re.IGNORECASE)


_MOST_SIGNS: Final = 20


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table, whether there is anything in it or not.

    Attributes:
        start: where it begins.
        tag: ``td`` or ``th``.
        attributes: over how many columns and rows it goes, as HTML.
        signs: what is in it if that is neither word nor figure, such as a dash, as HTML.
    """

    start: int
    tag: str
    attributes: str = ""
    signs: str = ""


def cells_of(text: str) -> dict[int, list[Cell]]:
    """Return the cells of each row of each table, by the place where the row begins."""
    rows: dict[int, list[Cell]] = {}
    opened: list[int] = []
    for token in tokens(text):
        if token.name == "tr" and token.shape is Shape.START:
            opened[-1:] = [token.start]
        elif token.name == "table" and token.shape is Shape.START:
            opened.append(-1)
        elif token.name == "table" and opened:
            opened.pop()
        elif token.name in {"td", "th"} and token.shape is Shape.START and opened:
            spans = _SPANS.findall(text, token.start, token.end)
            attributes = "".join(f' {name.lower()}="{count}"' for name, count in spans)
            inside = rows.setdefault(opened[-1], [])
            inside.append(Cell(token.start, token.name, attributes))
        elif token.shape is Shape.TEXT and opened and rows.get(opened[-1]):
            inside = rows[opened[-1]]
            inside[-1] = _with_signs(inside[-1], text[token.start : token.end])
    return rows


def _with_signs(cell: Cell, raw: str) -> Cell:
    """Return a cell with what a text in it says, if that is no words."""
    said = " ".join(unescape(raw).split())
    if not said or any(map(str.isalnum, said)) or len(cell.signs) > _MOST_SIGNS:
        return cell
    return replace(cell, signs=f"{cell.signs} {escape(said, quote=False)}".lstrip())
