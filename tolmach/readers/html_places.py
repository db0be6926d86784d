"""What the names of elements say of the texts in them: that they stand beside the article."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["WHOLE", "is_beside", "is_comments"]

WHOLE: Final = frozenset(("html", "body", "main", "article"))
"""Elements that are never beside anything, whatever their names say of the page."""

# what readers have written below an article
_COMMENTS: Final = re.compile(
    r"""\s(?:class|id)\s{0,9}=\s{0,9}["']?(?:[^"'>]{0,200}[\s])?
        (?:(?:user|article|post|news)[-_])?(?:comments?|disqus)
        (?:[-_]?(?:list|block|section|area|box|wrap|wrapper|container|holder|thread|item|body|text|\d+))?
        (?=["'\s>])""",
    re.IGNORECASE | re.VERBOSE,
)
_NAMES: Final = re.compile(
    r"\s(?:class|id)\s{0,9}=\s{0,9}(?:\"([^\"]{0,500})|'([^']{0,500})|([^\s\"'>]{1,500}))",
    re.IGNORECASE,
)
_WORD: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_BESIDE: Final = frozenset((
    "ad", "ads", "adv", "advert", "adverts", "advertisement", "advertising", "adsbygoogle",
    "sponsor", "sponsored", "relate", "related", "relation", "recommend", "recommended",
    "recommendation", "recommendations", "share", "sharing", "social", "socials", "subscribe",
    "subscription", "newsletter", "paywall", "popular", "trending", "breadcrumb", "breadcrumbs",
    "cookie", "cookies", "consent",
))  # fmt: skip
# https://amp.dev/documentation/components
_ADDED: Final = re.compile(
    r"<amp-(?:ad|auto-ads|sticky-ad|sidebar|embed|list|consent|user-notification|social-share)\b",
    re.IGNORECASE,
)
# words that make a property of the page of a name, such as "has-ads"
_PROPERTIES: Final = frozenset(("has", "with", "without", "no", "non", "is", "not", "page", "hide"))


def is_comments(text: str, start: int, end: int) -> bool:
    """Whether the tag at a place in a file begins the comments of readers."""
    return bool(_COMMENTS.search(text, start, end))


def is_beside(tag: str) -> bool:
    """Whether an element is a box beside the article, by its own name, its class or its id.

    Args:
        tag: its tag as it stands in the file.
    """
    if _ADDED.match(tag):
        return True
    for found in _NAMES.finditer(tag):
        for name in next(filter(None, found.groups()), "").split():
            words = [word.lower() for word in _WORD.findall(name)]
            if words and words[0] not in _PROPERTIES and not _BESIDE.isdisjoint(words):
                return True
    return False
