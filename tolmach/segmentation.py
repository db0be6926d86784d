"""Sentences: the pieces that are translated one by one.

The default splitter is razdel (https://github.com/natasha/razdel, MIT): its delimiters and its
rules for Russian abbreviations, initials, quotes and brackets decide, except where a rule of this
module knows better (:func:`_own_rule`): list items, words like "кроме того" in lower case after a
full stop, a missing space after it, attributions after a quotation, years, currencies.

Razdel's own loop copies the sentence so far at every delimiter and so needs quadratic time for a
long line without sentence ends; the loop here looks at the same windows of text with the same
results in linear time.

What stands between two segments is not translated but copied: white space, list markers,
dialogue dashes, date stamps and addresses before the text, the agencies' end mark ``./.``. Of an
end mark that follows a word the first full stop belongs to the sentence, so the text is right
whether the rest (:data:`END_MARK`) is copied or dropped.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final, Protocol

from razdel.rule import JOIN
from razdel.segmenters.sentenize import (
    BULLET_SIZE,
    DELIMITER,
    RULES,
    SentSplit,
    SentSplitter,
)
from razdel.segmenters.sokr import SOKRS

from tolmach.document import Action, Block, Document, EditorWarning, Segment, Severity, Span

__all__ = [
    "END_MARK",
    "SPLITTERS",
    "Splitter",
    "line_splitter",
    "razdel_splitter",
    "segment",
    "source_of",
]

END_MARK: Final = re.compile(r"\s*\.?\s*[/\\]{1,2}\.?[/\\]?$")
"""The mark at the end of an agency's report, with what may stand before it."""


class Splitter(Protocol):
    """Finds the sentences of a text."""

    def __call__(self, text: str, /) -> tuple[Span, ...]:
        """Return the spans of the sentences, in order.

        They do not overlap and neither begin nor end with white space; list markers and the like
        belong to none of them.
        """
        ...


def razdel_splitter() -> Splitter:
    """Return the default splitter: razdel's rules and those of this module."""
    return _sentences


def line_splitter() -> Splitter:
    """Return a splitter that takes each line for a sentence."""
    return _lines


SPLITTERS: Final[Mapping[str, Callable[[], Splitter]]] = MappingProxyType(
    {"razdel": razdel_splitter, "line": line_splitter}
)
"""The splitters by name."""


def segment(document: Document, *, splitter: Splitter, max_chars: int = 600) -> Document:
    """Return the document with the segments of all blocks that are to be translated.

    Sentences are never cut here, so that a segment is always a whole sentence for the editor and
    the translation memory; whoever translates knows the model's limit and cuts with
    :func:`tolmach.clauses.split_clauses`.

    Args:
        document: with blocks; segments they may have are replaced.
        splitter: finds the sentences of a block.
        max_chars: each longer sentence gets a ``long_sentence`` warning (characters).
    """
    # in files with a form of their own a tab parts columns, in plain text it may be anything
    used = splitter if document.form is None else _by_columns(splitter)
    blocks = tuple(
        replace(block, segments=_segments(document.text, block, used)) for block in document.blocks
    )
    result = replace(document, blocks=blocks)
    return result.warn(
        *(
            EditorWarning(
                "long_sentence",
                f"A sentence of {len(part.source)} characters is translated in pieces.",
                Severity.INFO,
                source=part.span,
            )
            for part in result.segments
            if part.translate and len(part.source) > max_chars
        )
    )


def _by_columns(splitter: Splitter) -> Splitter:
    """Return a splitter that ends sentences at tabs as well."""

    def split(text: str, /) -> tuple[Span, ...]:
        return tuple(part for span in splitter(text) for part in _columns(text, span))

    return split


def _columns(text: str, span: Span) -> Iterator[Span]:
    for column in _COLUMN.finditer(span.of(text)):
        if any(map(str.isalnum, column[0])):
            yield Span(*column.span()).shift(span.start)


def _segments(text: str, block: Block, splitter: Splitter) -> tuple[Segment, ...]:
    if block.action is not Action.TRANSLATE:
        return ()
    spans = (span.shift(block.span.start) for span in splitter(block.span.of(text)))
    sources = ((span, source_of(span.of(text))) for span in spans)
    return tuple(Segment(span, source, translate=_is_russian(source)) for span, source in sources)


# --- the text of a segment -------------------------------------------------------------------

_SPACE: Final = re.compile(r"\s+")
_COLUMN: Final = re.compile(r"[^\t\s](?:[^\t]*[^\t\s])?")
_HYPHENATED: Final = re.compile(r"(?<=[а-яё])-[^\S\n]*\n\s*(?=[а-яё])")
_COMPOUND: Final = re.compile(r"[а-яё]{2}(?:ск|нн|чн|ьн|рн|вн|ов)о$")
_CYRILLIC: Final = re.compile("[\u0400-\u04ff]")
_LATIN: Final = re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")
_LATIN_WORD: Final = re.compile(r"\b[A-Za-z\u00c0-\u024f\u1e00-\u1eff]{2}")
_LATIN_SHARE, _LATIN_WORDS = 0.8, 4


def source_of(text: str) -> str:
    """Return a sentence on one line: runs of white space folded, hyphenation at line ends undone.

    The hyphen of a compound such as "торгово-экономический" stays.
    """
    return _SPACE.sub(" ", _HYPHENATED.sub(_unhyphenated, text)).strip()


def _unhyphenated(match: re.Match[str]) -> str:
    before = match.string[max(0, match.start() - 8) : match.start()]
    after = re.match("[а-яё]{5}", match.string[match.end() : match.end() + 5])
    return "-" if after and _COMPOUND.search(before) else ""


def _is_russian(source: str) -> bool:
    """Whether a segment is to be translated: not without Cyrillic letters, not Latin prose.

    Only Latin words in lower case make prose: "VinFast, FPT, Viettel и Petrovietnam" is Russian.
    """
    cyrillic = len(_CYRILLIC.findall(source))
    latin = len(_LATIN.findall(source))
    if not cyrillic or latin <= _LATIN_SHARE * (latin + cyrillic):
        return bool(cyrillic)
    lower_case = [word for word in _LATIN_WORD.findall(source) if word.islower()]
    return len(lower_case) < _LATIN_WORDS


# --- from boundaries to spans ----------------------------------------------------------------

_CONTENT: Final = re.compile(r"[^\W_]")
_CAPITAL_AHEAD: Final = r"(?=[(«“„\"'—–]*[А-ЯЁA-Z])"
# Every repetition is bounded or of one character class, and each pattern is tried at the
# beginning of a sentence only: linear time.
_MARKER: Final = re.compile(
    rf"[•·▪■●○◦‣►➢✓*-]\s+|[—–]\s*{_CAPITAL_AHEAD}|[—–]\s+"
    rf"|\d{{1,3}}(?:\.\d{{1,2}}){{0,3}}\.\s+{_CAPITAL_AHEAD}"
    r"|\(?\d{1,3}(?:\.\d{1,2}){0,3}\)\s+|\(?[а-яёa-z]\)\s+"
    rf"|[IVX]{{1,6}}[.)]\s+{_CAPITAL_AHEAD}"
)
_STAMP: Final = re.compile(
    r"(?:https?://|www\.)[^\s\u0400-\u04ff]+\s+"
    r"|[A-Za-z0-9_.+-]{1,64}@[A-Za-z0-9_.-]{1,255}\s+"
    r"|(?:[A-Za-z]{2,12}:?\s{1,3})?\d{4}-\d\d-\d\d"
    r"(?:[T ]\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:?\d\d)?)?\s{1,3}(?:[|—–-]\s{1,3})?(?=[«\"]?[А-ЯЁ])"
    r"|\d\d?\.\d\d\.\d{4},?\s{1,3}(?:[|—–-]\s{1,3})?\d\d?:\d\d\s{1,3}(?:[|—–-]\s{1,3})?"
    r"(?=[«\"]?[А-ЯЁ])"
)
_MAX_LEADING: Final = 4


def _sentence(text: str, start: int, end: int) -> Span | None:
    """The span without what belongs to no sentence; None if nothing is left of it."""
    while start < end and text[end - 1].isspace():
        end -= 1
    mark = END_MARK.search(text[max(start, end - 12) : end])
    if mark and "." in mark[0] and not _is_slash_of_text(text, start, end, mark[0]):
        end -= len(mark[0]) - mark[0].startswith(".")
        while start < end and text[end - 1].isspace():
            end -= 1
    while start < end and text[start].isspace():
        start += 1
    for _ in range(_MAX_LEADING):
        lead = _MARKER.match(text, start, end) or _STAMP.match(text, start, end)
        if lead is None:
            break
        start = lead.end()
    return Span(start, end) if _CONTENT.search(text, start, end) else None


def _is_slash_of_text(text: str, start: int, end: int, mark: str) -> bool:
    """Whether "/." is the end of an address, or of a remark in slashes, as agencies write them."""
    return mark.startswith("/") and "/" in text[start : end - len(mark)]


def _lines(text: str, /) -> tuple[Span, ...]:
    ends = [*(match.start() for match in re.finditer("\n", text)), len(text)]
    return _spans(text, ends)


def _sentences(text: str, /) -> tuple[Span, ...]:
    inside = _enclosed(text)
    ends = [end for end in _boundaries(text) if not _within(end, inside)]
    return _spans(text, [*ends, len(text)])


def _spans(text: str, ends: list[int]) -> tuple[Span, ...]:
    starts = [0, *ends[:-1]]
    spans = (_sentence(text, start, end) for start, end in zip(starts, ends, strict=True))
    return tuple(span for span in spans if span is not None)


# --- boundaries ------------------------------------------------------------------------------

_SHORT: Final = re.compile(r"«[^«»]{1,60}»(?=\s+[а-яё])|\([^()]{1,80}\)")
_ENDS: Final = re.compile(rf"(?:{DELIMITER})(?=\s)|(?<=[а-яё»)])[.!?…](?=[«]?[А-ЯЁ])")
_WINDOW: Final[int] = SentSplitter().window
_OWN_WINDOW: Final = 32
_SENTENCE_WINDOW: Final = 96

_CLOSING: Final = frozenset(".?!…;»”’)]}")
_WORD_BEFORE: Final = re.compile(r"[^\W\d_]+$")
_YEAR_BEFORE: Final = re.compile(r"\d\s*гг?$")
_DECADE_BEFORE: Final = re.compile(r"\d-[хе]$")
_ENUMERATION: Final = re.compile(r"[;:]\s{1,3}\d{1,2}$")
_CAPITAL_AFTER: Final = re.compile(r"\s+[«\"]?[А-ЯЁA-Z]")
_CLAUSE_MARK: Final = re.compile("[,;:(]")
_TIME_PHRASE: Final = re.compile(
    r"(?:(?:ещё|еще|уже|лишь|только|ранее)\s+)?(?:в|во|за|к|с|по|до|на|после)\s.{1,40}$",
    re.IGNORECASE | re.DOTALL,
)
_CURRENCIES: Final = frozenset(("дол", "долл", "млн", "млрд", "трлн", "тыс"))
_TITLES: Final = frozenset(("пров", "респ", "окр", "род", "ген", "адм", "пгт", "мкр", "наб"))
_MONTHS: Final = frozenset(
    ("янв", "фев", "февр", "мар", "апр", "авг", "сен", "сент", "окт", "ноя", "нояб", "дек")
)
_DASH_AFTER: Final = re.compile(r"\s+[—–-]\s")
_ITEM_AFTER: Final = re.compile(r"\s+[а-яё]\)\s")
_LOWER_AFTER: Final = re.compile(r"\s+[а-яё]")
_NUMBER_OR_LOWER_AFTER: Final = re.compile(r"\s+[\dа-яё]")
_USA_AFTER: Final = re.compile(r"\s+США\b")
_NEW_WORD_AFTER: Final = re.compile(r"«?[А-ЯЁ](?:[а-яё]|\s)")
# Words that begin a sentence when they are capitalised, as they are parts of no name.
_OPENER_AFTER: Final = re.compile(
    r"\s+(?:В|Во|На|За|По|При|Для|До|После|Под|Из|Об?|От|К|Ко|С|Со|У|И|А|Но|Он|Она|Оно|Они|Мы"
    r"|Это|Эт[аио]т?|Его|Её|Ее|Их|Как|Так|Также|Кроме|Однако|Если|Когда|Среди|Всего|Ранее|Сейчас"
    r"|Сегодня|Теперь|Там|Тогда|Уже|Ещё|Еще|Что|Чтобы|Стороны|Согласно|Благодаря|Более)\s"
)
_PHRASE_AFTER: Final = re.compile(
    r"\s+(?:кроме того|при этом|в частности|по (?:его|её|ее|их) словам|также|однако|вместе с тем"
    r"|в свою очередь|в то же время|между тем|тем не менее|таким образом|помимо этого"
    r"|в настоящее время|в целом|по данным|как (?:отметил|сообщил|подчеркнул))"
)
# How Russian words end and abbreviations, cut off before a vowel, do not.
_WORD_END: Final = re.compile(r"(?:[аеёиоуыэюяьй]|[оеё]в|[аяы]х|[аяы]м|[аяиеую]т|[аеиы]л)$")
_MIN_WORD: Final = 4


def _boundaries(text: str) -> Iterator[int]:
    """Yield where a sentence ends, without the end of the text."""
    start = 0
    for match in _ENDS.finditer(text):
        decision = _own_rule(text, start, match.start(), match.end())
        if decision is None:
            decision = _razdel_rule(text, start, match.start(), match.end())
        if decision:
            yield match.end()
            start = match.end()


def _razdel_rule(text: str, sentence: int, start: int, end: int) -> bool:
    """What razdel says: whether the sentence that began at ``sentence`` ends with a delimiter."""
    split = SentSplit(
        text[max(0, start - _WINDOW) : start], text[start:end], text[end : end + _WINDOW]
    )
    # The only rule that asks for the sentence so far wants to know whether it is a list marker.
    split.buffer = text[sentence : min(start, sentence + BULLET_SIZE + 1)]
    for rule in RULES:
        action = rule(split)
        if action:
            return bool(action != JOIN)
    return True


def _own_rule(text: str, sentence: int, start: int, end: int) -> bool | None:
    """What razdel does not know; None if there is nothing to say."""
    delimiter = text[start:end]
    after = text[end : end + _OWN_WINDOW]
    if after.lstrip()[:1] in _CLOSING:
        return False  # razdel says so too, but looks at more first
    before = text[max(sentence, start - _SENTENCE_WINDOW) : start].lstrip(" —–-\n\t\xa0")
    found = _WORD_BEFORE.search(before[-_OWN_WINDOW:])
    word = found[0] if found else ""
    if not after[0].isspace():
        return _is_word(word or "»»»»") and bool(_NEW_WORD_AFTER.match(after))
    if delimiter == ";":
        return False
    if delimiter in '»”"':
        closing = not text[start - 1 : start].isspace()
        return False if closing and _DASH_AFTER.match(after) else None
    return _full_stop(before, word, after) if delimiter == "." else None


def _full_stop(before: str, word: str, after: str) -> bool | None:
    """The rules for a full stop and a space after it."""
    short = word.lower()
    if _ENUMERATION.search(before):
        return False  # "подписаны: 1. План; 2. Договор"
    if _LOWER_AFTER.match(after):
        return _lower_case(before, word, after)
    if short in _CURRENCIES and _USA_AFTER.match(after):
        return False
    if _YEAR_BEFORE.search(before) and _CAPITAL_AFTER.match(after):
        return _after_year(before, after)
    if _DECADE_BEFORE.search(before) and _CAPITAL_AFTER.match(after):
        return True
    if (short in SOKRS or (len(word) == 1 and word.isupper())) and _OPENER_AFTER.match(after):
        return True
    if short in _TITLES or (short in _MONTHS and _NUMBER_OR_LOWER_AFTER.match(after)):
        return False
    return None


def _after_year(before: str, after: str) -> bool:
    """Whether "2024 г." ends a sentence, or only the phrase "В 2024 г." at its beginning.

    Args:
        before: the last characters of the sentence so far.
        after: what follows, with a capital letter.
    """
    clause = _CLAUSE_MARK.split(before)[-1].strip()
    if len(before) == len(clause) and _TIME_PHRASE.match(clause):
        return False
    return bool(_OPENER_AFTER.match(after)) or not _TIME_PHRASE.match(clause)


def _lower_case(before: str, word: str, after: str) -> bool | None:
    """Whether a sentence begins in lower case; razdel never thinks so."""
    if word and (word.lower() in SOKRS or word.lower() in _TITLES | _MONTHS):
        return None
    if _ITEM_AFTER.match(after):
        return True
    ended = len(word) > 2 if word else before[-1:] in set("»)%0123456789")
    if ended and _PHRASE_AFTER.match(after):
        return True
    return True if _is_word(word) and _WORD_END.search(word) else None


def _is_word(word: str) -> bool:
    """Whether these letters before a full stop are a whole word rather than an abbreviation."""
    return len(word) >= _MIN_WORD and not word.isupper() and word.lower() not in SOKRS


def _enclosed(text: str) -> list[Span]:
    """Names in quotation marks and short remarks in brackets: a sentence does not end in them."""
    return [Span(*match.span()) for match in _SHORT.finditer(text)]


def _within(end: int, spans: list[Span]) -> bool:
    place = bisect_left(spans, Span(end, end)) - 1
    return place >= 0 and spans[place].start < end < spans[place].end
