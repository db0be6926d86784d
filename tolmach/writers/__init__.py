"""From articles to files: a writer for each output format."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from tolmach.writers.base import Writer, make_folder, write_atomically
from tolmach.writers.jsonl import JsonLinesWriter
from tolmach.writers.text import TextWriter

__all__ = ["WRITERS", "JsonLinesWriter", "TextWriter", "Writer", "make_folder", "write_atomically"]

WRITERS: Final[Mapping[str, Writer]] = MappingProxyType(
    {"text": TextWriter(), "jsonl": JsonLinesWriter()}
)
"""The writers by the name of their format."""
