"""The country of a currency, which models translate a second time.

«Долларов США» is USD in both languages; small models write the country behind it once more:
"3 billion USD of the United States", "3 tỷ USD Hoa Kỳ". Where the source speaks of the country only
in the name of the currency, it is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tolmach.document import Span
from tolmach.terms.edits import Edit

__all__ = ["repeated_countries"]

_DOLLARS = re.compile(r"долл(?:\.|ар\w{0,4})\s+США(?!\w)", re.IGNORECASE)
_STATES = re.compile(r"США(?!\w)|[Аа]мерик|Соедин[её]нны\w+ Штат", re.IGNORECASE)
_REPEATED = {
    "en": (
        re.compile(
            r"(?<=\bUSD)(?: (?:of|in|from|for))?(?: the)? "
            r"(?:United States(?: of America)?|U\.S\.|US|America)(?![\w'’])"
        ),
        re.compile(r"\b(?:U\.S\.|US) (?=USD\b)"),
    ),
    "vi": (re.compile(r"(?<=\bUSD)(?: của)? (?:Hoa Kỳ|Mỹ)(?!\w)"),),
}


def repeated_countries(source: str, target: str, *, to: str) -> tuple[Edit, ...]:
    """Return the edits that leave out the country behind USD.

    Args:
        source: the Russian sentence; if it also speaks of the country itself, nothing is touched.
        target: its translation.
        to: language code of the translation.
    """
    if not _DOLLARS.search(source) or _STATES.search(_DOLLARS.sub("", source)):
        return ()
    return tuple(sorted(_found(target, to), key=lambda edit: edit.span))


def _found(target: str, to: str) -> Iterator[Edit]:
    for pattern in _REPEATED.get(to, ()):
        for match in pattern.finditer(target):
            yield Edit(Span(*match.span()), "")
