"""Guards: what a translation model gets wrong so badly that it must be tried again.

A guard looks at one source text and one hypothesis. What it finds decides whether the text is
translated again by other means, and if that does not help it stays with the segment as a warning.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tolmach.document import EditorWarning, Severity, Span
from tolmach.facts import unsupported_names, unsupported_numbers
from tolmach.languages import NAMES, is_vietnamese, vietnamese_share, words

__all__ = ["inspect", "loop_start", "penalty", "protected_tokens"]

_CYRILLIC_WORD = re.compile(r"[\u0400-\u052f]+")
# scripts that neither English nor Vietnamese is written in
_FOREIGN = re.compile(
    r"[\u0370-\u03ff\u0530-\u1cff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]+"
)
# URLs, e-mail addresses, file names, handles: must come through letter by letter
_PROTECTED = re.compile(
    r"https?://[^\s«»<>]+|www\.[^\s«»<>]+|(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    r"|(?<!\w)@[A-Za-z]\w+|(?<![\w/-])[\w-]+\.(?:jpe?g|png|gif|pdf|docx?|xlsx?|mp4|zip|ru|vn|com|org|net|info)(?!\w)",
    re.IGNORECASE,
)
_TRAILING = ".,;:!?)»”\"'"
# how far the number of characters of a translation may be from that of its source; the shared
# reference translations lie within 0.6 and 1.7
_RATIOS = (0.4, 2.3)
_SHORT_SOURCE = 25
_LONG_REPEAT_WORDS = 4


@dataclass(frozen=True, slots=True)
class _Pair:
    source: str
    target: str
    to: str
    finished: bool


def inspect(
    source: str, target: str, *, to: str, finished: bool = True
) -> tuple[EditorWarning, ...]:
    """Return what is wrong with one hypothesis.

    Args:
        source: what was to be translated, Russian as a rule.
        target: the hypothesis.
        to: its language.
        finished: false if the length cap cut it off.

    Returns:
        Warnings of severity *error* for what cannot stand, and of severity *warning* for what an
        editor should look at.
    """
    if not target.strip():
        return (EditorWarning("empty", "the model returned nothing", Severity.ERROR),)
    pair = _Pair(source, target, to, finished)
    return tuple(warning for guard in _GUARDS for warning in guard(pair))


def penalty(warnings: tuple[EditorWarning, ...]) -> tuple[int, int]:
    """Return how bad warnings are, to compare candidates: errors first, then the rest."""
    errors = sum(warning.severity is Severity.ERROR for warning in warnings)
    return errors, len(warnings) - errors


def _unfinished(pair: _Pair) -> Iterator[EditorWarning]:
    if not pair.finished:
        yield EditorWarning("truncated", "the model did not come to an end", Severity.ERROR)


def _loop(pair: _Pair) -> Iterator[EditorWarning]:
    start = loop_start(pair.target)
    if start is not None and loop_start(pair.source) is None:
        yield EditorWarning(
            "loop",
            "the same words are repeated",
            Severity.ERROR,
            target=Span(start, len(pair.target)),
        )


def loop_start(text: str) -> int | None:
    """Return where a text begins to repeat itself, or None.

    A loop is a word or phrase three times in a row (twice for four words and more, if they are
    not the whole text).
    """
    found = [(match.group().lower(), match.start()) for match in re.finditer(r"\w+", text)]
    tokens = [word for word, _ in found]
    for size in range(1, min(len(tokens) // 2, 40) + 1):
        needed = 2 if size >= _LONG_REPEAT_WORDS else 3
        run = 0
        for index in range(len(tokens) - size):
            run = run + 1 if tokens[index] == tokens[index + size] else 0
            if run >= size * (needed - 1):
                return found[index + size - run + 1][1]
    return None


def _script(pair: _Pair) -> Iterator[EditorWarning]:
    target = pair.target
    for token in protected_tokens(pair.source):
        # a file name or an address may be Cyrillic and must stay so
        target = target.replace(token, "_" * len(token))
    for match in _CYRILLIC_WORD.finditer(target):
        yield EditorWarning(
            "cyrillic_left",
            f"Russian was left over: {match.group()}",
            Severity.ERROR,
            target=Span(*match.span()),
        )
        return
    for match in _FOREIGN.finditer(pair.target):
        if match.group() not in pair.source:
            yield EditorWarning(
                "foreign_script",
                f"words in another script: {match.group()}",
                Severity.ERROR,
                target=Span(*match.span()),
            )
            return


def _language(pair: _Pair) -> Iterator[EditorWarning]:
    found = words(pair.target)
    share = vietnamese_share(pair.target)
    # names alone say nothing about the language
    plain = [word for word in found if word[0].islower()]
    wrong = False
    if pair.to == "vi" and len(plain) >= 4:
        wrong = sum(map(is_vietnamese, plain)) < 0.25 * len(plain)
    elif pair.to == "en" and len(found) >= 4:
        wrong = share > 0.35 or sum(map(is_vietnamese, plain)) > 0.2 * max(1, len(plain))
    if wrong:
        yield EditorWarning("wrong_language", f"this is not {NAMES[pair.to]}", Severity.ERROR)


def _length(pair: _Pair) -> Iterator[EditorWarning]:
    if len(pair.source) < _SHORT_SOURCE:
        # a short heading may double; a short source with a long answer was not translated
        if len(pair.target) > 40 + 3 * len(pair.source):
            yield EditorWarning("too_long", "much longer than the source", Severity.ERROR)
        return
    ratio = len(pair.target) / len(pair.source)
    if ratio < _RATIOS[0]:
        yield EditorWarning("too_short", "much shorter than the source", Severity.ERROR)
    elif ratio > _RATIOS[1]:
        yield EditorWarning("too_long", "much longer than the source", Severity.ERROR)


def _tokens(pair: _Pair) -> Iterator[EditorWarning]:
    for token in protected_tokens(pair.source):
        if token not in pair.target:
            yield EditorWarning("token_altered", f"{token} did not come through", Severity.ERROR)


def protected_tokens(text: str) -> list[str]:
    """Return the URLs, e-mail addresses, handles and file names of a text."""
    found = (match.group().rstrip(_TRAILING) for match in _PROTECTED.finditer(text))
    return [token for token in found if token]


def _numbers(pair: _Pair) -> Iterator[EditorWarning]:
    for number in unsupported_numbers(pair.target, pair.source):
        place = pair.target.find(number)
        yield EditorWarning(
            "number_invented",
            f"{number} is not in the source",
            target=Span(place, place + len(number)),
        )
    for number in unsupported_numbers(pair.source, pair.target):
        # the other way round a number may have become a word; months and ordinals are not looked at
        yield EditorWarning("number_missing", f"{number} is not in the translation")


def _names(pair: _Pair) -> Iterator[EditorWarning]:
    for name in unsupported_names(pair.target, pair.source, language=pair.to):
        place = pair.target.find(name)
        yield EditorWarning(
            "name_doubtful",
            f"{name} sounds like nothing in the source",
            target=Span(place, place + len(name)),
        )


_GUARDS: tuple[Callable[[_Pair], Iterator[EditorWarning]], ...] = (
    _unfinished,
    _loop,
    _script,
    _language,
    _length,
    _tokens,
    _numbers,
    _names,
)
