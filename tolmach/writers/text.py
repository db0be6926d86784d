"""Plain text: the article, and its summary in a file of its own."""

from __future__ import annotations

from collections.abc import Mapping

from tolmach.document import Article

__all__ = ["TextWriter", "summary_files"]


class TextWriter:
    """Writes ``visit.txt`` and, if there is a summary, ``visit.summary.txt``.

    Of summaries in several styles the others are ``visit.summary.headline.txt`` and the like.
    """

    def render(self, article: Article) -> Mapping[str, str]:
        """Return the contents of the files."""
        files = {".txt": _ended(article.text)}
        return {**files, **summary_files(article)}


def summary_files(article: Article) -> Mapping[str, str]:
    """Return the files of the summaries; those after the first are named after their styles."""
    files = {}
    for number, summary in enumerate(article.summaries):
        if summary.sentences:
            suffix = f".summary.{summary.style}.txt" if number else ".summary.txt"
            files[suffix] = _ended(summary.text)
    return files


def _ended(text: str) -> str:
    return text if text.endswith("\n") else text + "\n"
