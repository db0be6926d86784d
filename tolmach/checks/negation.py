"""A remark on sentences that deny something in one language only."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tolmach.checks.base import Pair, warning
from tolmach.document import EditorWarning, Span

__all__ = ["negation"]

_RUSSIAN = re.compile(
    r"(?<!\w)(?:не|ни|нет|нельзя|никогда|никто|ничего|никак\w{2,3}|никому|нигде|без|отказал\w*"
    r"|невозможн\w+)(?!\w)",
    re.IGNORECASE,
)
# "не только", "не менее", "не раз": nothing is denied
_HARMLESS = re.compile(
    r"\s(?:только|менее|более|позднее|раз|просто|ранее|исключ|случайн|мог\w* не|зависимо)",
    re.IGNORECASE,
)
# a word with a negative beginning or end denies as well as "not" does
_DENIES = {
    "en": re.compile(
        r"\b(?:not?|cannot|never|without|nor|neither|none|nothing|nobody|nowhere|\w+less|un\w+"
        r"|in\w+|im\w+|non\w*|dis\w+|ir\w+|il\w+|fail\w*|lack\w*|refus\w*|reject\w*|den(?:y|ie)\w*"
        r"|absen\w+|avoid\w*|prevent\w*|instead|few|little|hardly|rarely|unless|until|free|far"
        r"|beyond|only|miss\w*|stop\w*|ban\w*|prohibit\w*|but)\b|n[’']t\b",
        re.IGNORECASE,
    ),
    "vi": re.compile(
        r"(?<!\w)(?:không|chưa|chẳng|đừng|chớ|vô|thiếu|phi|bất|mất|khỏi|từ chối|bác bỏ|phủ nhận"
        r"|hết|vắng|trái|cấm|tránh|ngoài|trừ|chỉ|khó|ngừng|miễn|kém)(?!\w)",
        re.IGNORECASE,
    ),
}


def negation(pair: Pair) -> Iterator[EditorWarning]:
    """Report a source that denies something beside a translation without any such word."""
    for match in _RUSSIAN.finditer(pair.source):
        if _HARMLESS.match(pair.source, match.end()):
            continue
        if not _DENIES[pair.to].search(pair.target):
            yield warning(
                "negation_lost",
                f"the source says {match.group()!r}, the translation seems to deny nothing",
                source=Span(*match.span()),
            )
        return
