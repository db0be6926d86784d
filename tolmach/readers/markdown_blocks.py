"""Blocks that many writers of Markdown use and CommonMark does not know.

Without them a note or a definition would be a line of the paragraph above it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.ruler import RuleOptionsType
    from markdown_it.rules_block import StateBlock

__all__ = ["add_blocks"]

# what begins a note (PHP Markdown Extra, GitHub), or a definition below its term (Pandoc)
_LABEL: Final = re.compile(r"\[\^[^\[\]\s]{1,200}\]:|:(?=[ \t]+\S)")
# lines for programs: fences of Pandoc, shortcodes of Hugo, tags of Liquid
_COMMAND: Final = re.compile(r":::.*|\{\{(?:(?!\}\}).)*\}\}[ \t]*|\{%(?:(?!%\}).)*%\}[ \t]*")
# what belongs to a note is indented by so many columns
_INDENT: Final = 4


def add_blocks(parser: MarkdownIt) -> None:
    """Teach a parser notes, definitions and lines for programs."""
    ending: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote"]}
    parser.block.ruler.before("reference", "labelled", _labelled, ending)
    parser.block.ruler.before("reference", "command", _command, ending)


def _is_code(state: StateBlock, line: int) -> bool:
    return state.sCount[line] - state.blkIndent >= _INDENT


def _command(state: StateBlock, first: int, last: int, silent: bool) -> bool:  # noqa: ARG001
    start = state.bMarks[first] + state.tShift[first]
    if _is_code(state, first) or not _COMMAND.fullmatch(state.src, start, state.eMarks[first]):
        return False
    if not silent:
        state.line = first + 1
    return True


def _labelled(state: StateBlock, first: int, last: int, silent: bool) -> bool:
    """Read what follows a label as blocks of their own, with the lines indented below it."""
    start = state.bMarks[first] + state.tShift[first]
    label = _LABEL.match(state.src, start, state.eMarks[first])
    if label is None or _is_code(state, first):
        return False
    if silent:
        return True
    before = state.bMarks[first], state.tShift[first], state.sCount[first], state.parentType
    text = label.end()
    while text < state.eMarks[first] and state.src[text] in " \t":
        text += 1
    state.blkIndent += _INDENT
    state.level += 1
    state.bMarks[first], state.tShift[first] = text, 0
    state.sCount[first] = state.blkIndent
    state.parentType = "note"
    state.md.block.tokenize(state, first, last)
    state.blkIndent -= _INDENT
    state.level -= 1
    state.bMarks[first], state.tShift[first], state.sCount[first], state.parentType = before
    return True
