"""Checks of what must come through letter by letter: addresses, handles, file names, codes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tolmach.checks.base import Pair, warning
from tolmach.document import EditorWarning, Span

__all__ = ["codes", "masked", "protected_tokens", "tokens"]

# URLs, e-mail addresses, file names, handles: must come through letter by letter
_PROTECTED = re.compile(
    r"https?://[^\s«»<>]+|www\.[^\s«»<>]+|(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    r"|(?<!\w)@[A-Za-z]\w+|(?<![\w/-])[\w-]+\.(?:jpe?g|png|gif|pdf|docx?|xlsx?|mp4|zip|ru|vn|com|org|net|info)(?!\w)",
    re.IGNORECASE,
)
_TRAILING = ".,;:!?)»”\"'"
# number plates, aircraft, standards: Latin capitals and digits in one word
_CODE = re.compile(
    r"(?<![\w.-])(?=[A-Z\d.-]{0,12}[A-Z])(?=[A-Z.-]{0,12}\d)[A-Z\d]+(?:[.-][A-Z\d]+)*(?!\w)"
)
_LONGEST_CODE = 24


def protected_tokens(text: str) -> list[str]:
    """Return the URLs, e-mail addresses, handles and file names of a text."""
    found = (match.group().rstrip(_TRAILING) for match in _PROTECTED.finditer(text))
    return [token for token in found if token]


def masked(text: str) -> str:
    """Return the text with its protected tokens replaced by underlines of the same length."""
    return _PROTECTED.sub(lambda match: "_" * len(match.group()), text)


def tokens(pair: Pair) -> Iterator[EditorWarning]:
    """Report addresses, handles and file names that were altered."""
    for token in protected_tokens(pair.source):
        if token not in pair.target:
            place = pair.source.find(token)
            yield warning(
                "token_altered",
                f"{token} did not come through",
                source=Span(place, place + len(token)),
            )


def codes(pair: Pair) -> Iterator[EditorWarning]:
    """Report designations such as "F-16" that were altered; hyphens may come and go."""
    text = masked(pair.source)
    found = [match for match in _CODE.finditer(text) if len(match.group()) <= _LONGEST_CODE]
    if not found:
        return
    target = _bare(pair.target)
    for match in found:
        if _bare(match.group()) not in target:
            yield warning(
                "code_altered", f"{match.group()} did not come through", source=Span(*match.span())
            )


def _bare(text: str) -> str:
    return re.sub(r"[\s.–-]", "", text).upper()
