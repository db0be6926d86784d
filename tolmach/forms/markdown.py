"""The form of Markdown: other words in place, everything else as it was."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Final

from tolmach.document import Kind, TargetBlock
from tolmach.forms.splice import Code, SpliceForm, Unit, marked_up
from tolmach.markup import name_of

__all__ = ["CELL", "FRONT", "HEADING", "TEXT", "MarkdownForm"]

TEXT, CELL, HEADING, FRONT = "text", "cell", "heading", "front"
"""Where a text stands: in a paragraph, a table, a heading, or as a value of the front matter."""

# https://spec.commonmark.org/0.31.2/#backslash-escapes: what could begin markup inside a line
_SPECIAL: Final = re.compile(r"[\\`*\[\]<~|]|_(?=\W|\Z)|(?<!\w)_|&(?=#?\w{1,31};)|!(?=\[)")
# what could make another block of a line
_LINE_START: Final = re.compile(r"(?:[#>+=-]|:(?=-)|\d{1,9}(?=[.)](?:\s|\Z)))")
_LINE_END: Final = re.compile(r"\s*[\n\r]\s*")
_EMPHASIS: Final = frozenset(("italic", "bold", "strike"))
_NUMBER: Final = re.compile(r"(\d{1,9})([.)])")


class MarkdownForm(SpliceForm):
    """Markdown; a :class:`tolmach.document.Form`."""

    def written(self, target: TargetBlock, unit: Unit) -> str:
        """Return the text of a block so that it reads as that text and nothing else."""
        if unit.dialect == FRONT:
            return json.dumps(target.text, ensure_ascii=False)
        text = "".join(marked_up(target, _speaking(target, unit), self.escape))
        if unit.dialect == HEADING:
            text = re.sub(r"#(?=#*\s*\Z)", r"\\#", text)
        elif unit.dialect == TEXT and _LINE_START.match(text) and not self._begins_marked(target):
            numbered = _NUMBER.match(text)
            text = f"{numbered[1]}\\{text[numbered.end(1) :]}" if numbered else f"\\{text}"
        if unit.dialect == TEXT and unit.part.kind in {Kind.TITLE, Kind.HEADING}:
            # an underlined heading with a bar in it, escaped or not, is taken for a table
            text = text.replace("\\|", "&#124;")
        return text

    def _begins_marked(self, target: TargetBlock) -> bool:
        """Whether the first character is markup of ours."""
        return any(mark.span.start == 0 for mark in target.marks)

    def escape(self, text: str) -> str:
        """Return a text with a backslash before what would be markup."""
        return _SPECIAL.sub(lambda found: "\\" + found[0], _LINE_END.sub(" ", text))


def _speaking(target: TargetBlock, unit: Unit) -> Mapping[str, Code]:
    """Return the markup without emphasis of nothing, which would be read as asterisks."""
    empty = {
        mark.key: Code("")
        for mark in target.marks
        if not len(mark.span) and name_of(mark.key) in _EMPHASIS
    }
    return {**unit.codes, **empty}
