"""The report of an evaluation: a page that needs no server and no network, and Markdown."""

from __future__ import annotations

from pathlib import Path

from tolmach.errors import OutputError
from tolmach.evaluation.report.analysis import directions
from tolmach.evaluation.report.markdown import render_markdown
from tolmach.evaluation.report.page import render_page
from tolmach.evaluation.results import EvaluationResult
from tolmach.writers.base import write_atomically

__all__ = ["render_markdown", "render_page", "write_report"]


def write_report(result: EvaluationResult, folder: Path, *, name: str = "report") -> list[Path]:
    """Write the report of an evaluation; the same result always gives the same files.

    Args:
        result: what was found.
        folder: where to write; made if need be. Reports of the same name are replaced.
        name: of the files, without suffix.

    Returns:
        The files: ``NAME.html``, which holds everything it needs, and ``NAME.md``.

    Raises:
        OutputError: they cannot be written, or ``name`` is not a plain file name.
    """
    if not name or Path(name).name != name:
        raise OutputError(f"{name!r} is not a name for a report; give one without folders")
    found = directions(result)
    files = {
        folder / f"{name}.html": render_page(result, found),
        folder / f"{name}.md": render_markdown(result, found),
    }
    for path, content in files.items():
        # lone surrogates, from outputs that were not UTF-8, cannot be written
        write_atomically(path, content.encode("utf-8", "replace"))
    return list(files)
