"""Plain text: the article, and its summary in a file of its own."""

from __future__ import annotations

from collections.abc import Mapping

from tolmach.document import Article

__all__ = ["TextWriter"]


class TextWriter:
    """Writes ``visit.txt`` and, if there is a summary, ``visit.summary.txt``."""

    def render(self, article: Article) -> Mapping[str, str]:
        """Return the contents of both files."""
        files = {".txt": _ended(article.text)}
        if article.summary is not None and article.summary.sentences:
            files[".summary.txt"] = _ended(article.summary.text)
        return files


def _ended(text: str) -> str:
    return text if text.endswith("\n") else text + "\n"
