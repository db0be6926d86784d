"""The form of Markdown: other words in place, everything else as it was."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from tolmach.document import Kind, TargetBlock
from tolmach.forms.splice import Code, SpliceForm, Unit, marked_up
from tolmach.markup import name_of

__all__ = ["CELL", "FRONT", "HEADING", "TEXT", "MarkdownForm"]

TEXT, CELL, HEADING, FRONT = "text", "cell", "heading", "front"
"""Where a text stands: in a paragraph, a table, a heading, or as a value of the front matter."""

# https://spec.commonmark.org/0.31.2/#backslash-escapes: what could begin markup inside a line
_SPECIAL: Final = re.compile(r"[\\`*\[\]<~|]|_(?=\W|\Z)|(?<!\w)_|&(?=#?\w{1,31};)|!(?=\[)")
# what could make another block of a line; where lines begin is noted by a sign no text has
_NEXT_LINE: Final = "\x00"
_BEGUN: Final = re.compile(r"\x00 ?(?:(?P<number>\d{1,9})(?=[.)](?:\s|\Z))|(?P<sign>[#>+=:-])|)")
_LINE_END: Final = re.compile(r"\s*[\n\r]\s*")
_EMPHASIS: Final = frozenset(("italic", "bold", "strike"))


class MarkdownForm(SpliceForm):
    """Markdown; a :class:`tolmach.document.Form`."""

    def written(self, target: TargetBlock, unit: Unit) -> str:
        """Return the text of a block so that it reads as that text and nothing else."""
        if unit.dialect == FRONT:
            return json.dumps(target.text, ensure_ascii=False)
        text = "".join(marked_up(target, _speaking(target, unit), self.escape))
        if unit.dialect == HEADING:
            text = re.sub(r"#(?=#*\s*\Z)", r"\\#", text)
        elif unit.dialect == TEXT:
            text = _BEGUN.sub(_plain_start, f"{_NEXT_LINE}{text}")
        text = text.replace(_NEXT_LINE, "")
        if unit.dialect == TEXT and unit.part.kind in {Kind.TITLE, Kind.HEADING}:
            # an underlined heading with a bar in it, escaped or not, is taken for a table
            text = text.replace("\\|", "&#124;")
        return text

    def escape(self, text: str) -> str:
        """Return a text with a backslash before what would be markup."""
        return _SPECIAL.sub(
            lambda found: "\\" + found[0], _LINE_END.sub(" ", text.replace(_NEXT_LINE, ""))
        )


def _plain_start(found: re.Match[str]) -> str:
    """Return the beginning of a line so that it does not begin a list, a heading or the like."""
    if found["number"]:
        return f"{found['number']}\\"
    return f"\\{found['sign']}" if found["sign"] else ""


def _speaking(target: TargetBlock, unit: Unit) -> Mapping[str, Code]:
    """Return the markup, with a sign where it begins a line.

    Emphasis of nothing is left out: it would be read as asterisks.
    """
    holding = {mark.key.rpartition(".")[0] for mark in target.marks}
    empty = {
        mark.key: Code("")
        for mark in target.marks
        if not len(mark.span) and name_of(mark.key) in _EMPHASIS and mark.key not in holding
    }
    breaks = {
        key: replace(code, before=code.before + _NEXT_LINE)
        for key, code in unit.codes.items()
        if name_of(key) == "break" and code.before.rstrip(" \t>").endswith(("\n", "\r"))
    }
    return {**unit.codes, **breaks, **empty}
