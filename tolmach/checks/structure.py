"""Checks of the whole: nothing, cut off, repeating itself, too short, sentences that are gone."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tolmach.checks.base import Pair, warning
from tolmach.document import EditorWarning, Span

__all__ = ["brackets", "length", "loop", "loop_start", "proportion", "quotes", "sentences",
           "unfinished"]  # fmt: skip

# how far the number of characters of a translation may be from that of its source; the shared
# reference translations lie within 0.6 and 1.7
_RATIOS = (0.4, 2.3)
_USUAL = (0.55, 1.75)
_SHORT_SOURCE = 25
_LONG_SOURCE = 60
_LONG_REPEAT_WORDS = 4
_SENTENCE_END = re.compile(r"(?<![.!?…])[.!?…]+[»”\"')\]]*(?=\s+[«“\"'(\[—–-]*\s?[^\W_a-zа-яё])")
_ABBREVIATED = re.compile(
    r"(?:\b[^\W\d_]|\b(?:г|гг|им|тыс|млн|млрд|руб|долл|ул|пр|др|т\.\s?[деп]|st|mr|mrs|ms|dr|prof"
    r"|no|vs|gen|col|lt|sen|rep|jr|sr|u\.s|u\.k|ts|gs|ths|pgs|tp|st))$",
    re.IGNORECASE,
)
# the share of sentences that may go without the text being shorter than usual
_SHORTER = 0.86
_OPENING_QUOTES, _CLOSING_QUOTES = "“«", "”»"
_QUOTED = re.compile(r"[«»“”„\"]")


def unfinished(pair: Pair) -> Iterator[EditorWarning]:
    """Report a translation that the length cap cut off."""
    if not pair.finished:
        yield warning("truncated", "the model did not come to an end")


def loop(pair: Pair) -> Iterator[EditorWarning]:
    """Report a translation that repeats itself although its source does not."""
    start = loop_start(pair.target)
    if start is not None and loop_start(pair.source) is None:
        yield warning("loop", "the same words are repeated", target=Span(start, len(pair.target)))


def loop_start(text: str) -> int | None:
    """Return where a text begins to repeat itself, or None.

    A loop is a word or phrase three times in a row (twice for four words and more, if they are
    not the whole text).
    """
    found = [(match.group().lower(), match.start()) for match in re.finditer(r"\w+", text)]
    tokens = [word for word, _ in found]
    if len(tokens) == len(set(tokens)):
        return None
    for size in range(1, min(len(tokens) // 2, 40) + 1):
        needed = 2 if size >= _LONG_REPEAT_WORDS else 3
        run = 0
        for index in range(len(tokens) - size):
            run = run + 1 if tokens[index] == tokens[index + size] else 0
            if run >= size * (needed - 1):
                return found[index + size - run + 1][1]
    return None


def length(pair: Pair) -> Iterator[EditorWarning]:
    """Report lengths that no translation of the source can have."""
    if len(pair.source) < _SHORT_SOURCE:
        # a short heading may double; a short source with a long answer was not translated
        if len(pair.target) > 40 + 3 * len(pair.source):
            yield warning("too_long", "much longer than the source")
        return
    ratio = len(pair.target) / len(pair.source)
    if ratio < _RATIOS[0]:
        yield warning("too_short", "much shorter than the source")
    elif ratio > _RATIOS[1]:
        yield warning("too_long", "much longer than the source")


def proportion(pair: Pair) -> Iterator[EditorWarning]:
    """Report lengths that are possible, but rare."""
    if len(pair.source) < _LONG_SOURCE:
        return
    ratio = len(pair.target) / len(pair.source)
    if _RATIOS[0] <= ratio < _USUAL[0] or _USUAL[1] < ratio <= _RATIOS[1]:
        yield warning("length_doubtful", f"{ratio:.2f} times as long as the source")


def sentences(pair: Pair) -> Iterator[EditorWarning]:
    """Report a translation with fewer sentences than its source, if it is shorter as well.

    Two sentences that were joined into one keep their length.
    """
    source = _sentence_ends(pair.source)
    if not source:
        return
    lost = len(source) - len(_sentence_ends(pair.target))
    if lost > 0 and len(pair.target) < _SHORTER * len(pair.source):
        yield warning("sentence_missing", f"{lost} of {len(source) + 1} sentences may be missing")


def _sentence_ends(text: str) -> list[int]:
    return [
        match.end()
        for match in _SENTENCE_END.finditer(text)
        if text[match.start() : match.end()] != "."
        or not _ABBREVIATED.search(text[max(0, match.start() - 8) : match.start()])
    ]


def quotes(pair: Pair) -> Iterator[EditorWarning]:
    """Report quotations and brackets that are opened and not closed, or that are lost."""
    source, target = pair.source, pair.target
    if _balance(target) and not _balance(source):
        place = max(target.rfind(mark) for mark in '“”«»"()[]')
        yield warning(
            "quotes_unbalanced",
            "a quotation or bracket is not opened or not closed",
            target=Span(place, place + 1),
        )
    elif _QUOTED.search(source) and not re.search(r"[«»“”„\"‘’']", target):
        yield warning("quotes_lost", "the source has quotation marks")


def _balance(text: str) -> bool:
    """Whether quotation marks or brackets are unbalanced."""
    opened = sum(map(text.count, _OPENING_QUOTES))
    # a quotation of several segments begins in one and ends in another
    begins = bool(re.match('[“«"]', text))
    ends = bool(re.search('[”»"][.,!?…]*$', text))
    if "„" in text:  # „low and high“
        opened = text.count("«") + text.count("„")
        closed = sum(map(text.count, "“”»"))
    else:
        closed = sum(map(text.count, _CLOSING_QUOTES))
    return (
        opened - closed not in {0, int(begins), -int(ends)}
        or (text.count('"') % 2 == 1 and not begins and not ends)
        or text.count("(") > text.count(")")
        or text.count("[") != text.count("]")
    )


def brackets(pair: Pair) -> Iterator[EditorWarning]:
    """Report another number of bracketed remarks than in the source."""
    source, target = pair.source.count("("), pair.target.count("(")
    if source != target:
        yield warning("brackets_lost", f"{source} brackets in the source, {target} here")
