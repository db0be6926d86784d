"""The translation memory: what models made and what editors approved, kept in one file.

::

    Memory (a run's view: never stops it)  -->  MemoryFile (SQLite)  -->  schema (tables, opening)
    importing: TMX, XLIFF, edits of the review page  -->  MemoryFile.approve
    exporting: TMX, JSON lines
"""

from __future__ import annotations

from tolmach.memory.entries import Approval, Approved, Asked, Hit, Made, Pair
from tolmach.memory.session import OFF, Memory, memory_path, open_memory
from tolmach.memory.store import MadeBy, MemoryFile, default_path

__all__ = [
    "OFF",
    "Approval",
    "Approved",
    "Asked",
    "Hit",
    "Made",
    "MadeBy",
    "Memory",
    "MemoryFile",
    "Pair",
    "default_path",
    "memory_path",
    "open_memory",
]
