"""From articles to files: a writer for each output format."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from tolmach.writers.base import Writer, make_folder, write_atomically
from tolmach.writers.form import FormWriter
from tolmach.writers.jsonl import JsonLinesWriter
from tolmach.writers.review import ReviewWriter
from tolmach.writers.text import TextWriter
from tolmach.writers.xliff import Xliff1Writer, XliffWriter

__all__ = [
    "WRITERS",
    "FormWriter",
    "JsonLinesWriter",
    "ReviewWriter",
    "TextWriter",
    "Writer",
    "Xliff1Writer",
    "XliffWriter",
    "make_folder",
    "write_atomically",
]

WRITERS: Final[Mapping[str, Writer]] = MappingProxyType(
    {
        "same": FormWriter(),
        "text": TextWriter(),
        "jsonl": JsonLinesWriter(),
        "review": ReviewWriter(),
        "xliff": XliffWriter(),
        "xliff1": Xliff1Writer(),
    }
)
"""The writers by the name of their format."""
