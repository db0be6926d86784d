"""The command line: ``tolmach translate``, ``tolmach models``, ``tolmach pipelines``."""

from __future__ import annotations

from tolmach.cli.main import main

__all__ = ["main"]
