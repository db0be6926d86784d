"""Files of the same form as their source."""

from __future__ import annotations

from collections.abc import Mapping

from tolmach.document import Article
from tolmach.writers.text import TextWriter

__all__ = ["FormWriter"]


class FormWriter:
    """Writes ``visit.html`` for ``visit.html``; plain text for what was plain text.

    A summary is a text file beside it, as with :class:`TextWriter`.
    """

    def render(self, article: Article) -> Mapping[str, str | bytes]:
        """Return the file, and the summary if there is one.

        Args:
            article: the marks of its blocks are placed.
        """
        texts = TextWriter().render(article)
        form = article.document.form
        if form is None:
            return texts
        files: dict[str, str | bytes] = {form.suffix: form.render(article)}
        return files | {suffix: text for suffix, text in texts.items() if suffix != ".txt"}
