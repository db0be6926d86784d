"""Forms that have something to say about an article before it is written."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from tolmach.document import Article

__all__ = ["Remarking", "remarked"]


@runtime_checkable
class Remarking(Protocol):
    """A form with remarks of its own, such as that a subtitle is too long for its time."""

    def warned(self, article: Article) -> Article:
        """Return the article with remarks; its texts and marks are the same."""
        ...


def remarked(article: Article) -> Article:
    """Return an article with the remarks of its form, if that has any.

    Args:
        article: the marks of its blocks are placed.
    """
    form = article.document.form
    return form.warned(article) if isinstance(form, Remarking) else article
