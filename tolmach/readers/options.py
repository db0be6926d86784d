"""What can be chosen about reading; the options of the stage ``read``."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from tolmach.config.schema import Options

__all__ = ["ReadOptions"]


class ReadOptions(Options):
    """Options of the stage ``read``; each reader takes those that concern it.

    Attributes:
        max_megabytes: larger files are refused.
        unpacked_megabytes: a ``.docx`` file whose contents are larger when unpacked is refused.
        html: ``page`` finds the article in a saved page, ``fragment`` translates everything in
            its place, ``auto`` takes files with ``<html>`` or ``<body>`` for pages.
        subtitle_line: characters in a line of a subtitle.
        subtitle_lines: most lines of a subtitle.
        fields: names of the fields of JSON lines and the columns of CSV files to translate;
            empty takes those of the usual names.
    """

    max_megabytes: float = Field(default=20.0, gt=0)
    unpacked_megabytes: float = Field(default=200.0, gt=0)
    html: Literal["auto", "page", "fragment"] = "auto"
    subtitle_line: int = Field(default=42, ge=10, le=500)
    subtitle_lines: int = Field(default=2, ge=1, le=10)
    fields: tuple[str, ...] = ()
