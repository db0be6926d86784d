"""The exit codes of the command."""

from __future__ import annotations

from typing import Final

__all__ = ["DONE", "INTERRUPTED", "SOME_FAILED", "USAGE"]

DONE: Final = 0
SOME_FAILED: Final = 1
USAGE: Final = 2
# what a shell reports for a program that SIGINT has ended
INTERRUPTED: Final = 130
