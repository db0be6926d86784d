"""Words for numbers in Russian, English and Vietnamese, and the values they stand for.

Words only ever support a number written in digits; nobody demands that "two countries" stay
two, because languages have pronouns, pairs and duals for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache

__all__ = ["MONTHS", "SCALES", "month_of", "scale_of", "worded"]

_TOKEN = re.compile(r"[^\W\d_]+")

SCALES = {
    "ru": {
        "тыс": 3, "тысяч": 3, "млн": 6, "миллион": 6, "млрд": 9, "миллиард": 9, "трлн": 12,
        "триллион": 12, "квадриллион": 15,
    },
    "en": {
        "thousand": 3, "million": 6, "mn": 6, "mln": 6, "billion": 9, "bn": 9, "bln": 9,
        "trillion": 12, "trn": 12, "tn": 12, "quadrillion": 15, "thousands": 3, "millions": 6,
        "billions": 9,
    },
    "vi": {"nghìn": 3, "ngàn": 3, "vạn": 4, "triệu": 6, "tỷ": 9, "tỉ": 9},
}  # fmt: skip
"""Powers of ten by language; Russian ones are the beginnings of declined words."""

MONTHS = {
    "ru": (
        "январ", "феврал", "март", "апрел", "ма[йяюе]", "июн", "июл", "август", "сентябр",
        "октябр", "ноябр", "декабр",
    ),
    "en": (
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ),
    "vi": (
        "một", "hai", "ba", "tư", "năm", "sáu", "bảy", "tám", "chín", "mười", "mười một",
        "mười hai",
    ),
}  # fmt: skip
_RU_MONTH = re.compile(
    "(?:" + "|".join(f"({stem})" for stem in MONTHS["ru"]) + ")(?:[ьяюеа]|ем|ём|ом|у)?"
)
_EN_MONTH = re.compile(
    r"(?:(january|jan)|(february|feb)|(march|mar)|(april|apr)|(may)|(june|jun)|(july|jul)"
    r"|(august|aug)|(september|sept|sep)|(october|oct)|(november|nov)|(december|dec))"
)

_ADJ = "(?:ый|ий|ой|ая|ое|ого|ому|ым|ом|ую|ые|ых|ыми)"
_CARD = "(?:ь|и|ью)"
# value and what its forms look like; a form ends the word unless a year or a part follows
_RU_FORMS: tuple[tuple[int, str], ...] = (
    (0, "нол[ьяюе]м?|нул[ьяюе]м?|нулев" + _ADJ),
    (1, "од(?:ин|на|но|ного|ной|ному|ним|ну|ном|ни|них)|перв" + _ADJ + "|впервые|однажды"),
    (2, "дв(?:а|е|ух|ум|умя|ое|оих|оим|оими|ойн" + _ADJ + ")|втор" + _ADJ
        + "|дважды|вдвое|об(?:а|е|оих|еих|оим|еим|оими|еими)|пар[аыеу]|вторично"),
    (3, "тр(?:и|ёх|ех|ём|ем|емя|ое|оих|оим|оими)|трет(?:ий|ь|ья|ье|ьего|ьей|ьему|ьим|ьем|ью|ьи"
        "|ьих|ьими|и|ей|ям|ями|ях)|трижды|втрое|тройн" + _ADJ),
    (4, "четыр(?:е|ёх|ех|ём|ем|ьмя)|четв[её]рт" + _ADJ + "|четверт[ьи]|четверо|четверых|вчетверо"),
    (5, f"пят(?:{_CARD}|{_ADJ}|еро|ерых)"),
    (6, f"шест(?:{_CARD}|{_ADJ}|еро|ерых)|полугоди\\w*|полгода|полугода"),
    (7, f"сем(?:{_CARD}|еро|ерых)|седьм{_ADJ}|сем[её]р\\w+|круглосуточн\\w*|недел\\w+"),
    (8, f"вос(?:емь|ьми|емью|ьмью|ьмеро)|восьм{_ADJ}"),
    (9, f"девят(?:{_CARD}|{_ADJ})"),
    (10, f"десят(?:{_CARD}|{_ADJ})|десятилети\\w*"),
    (11, f"одиннадцат(?:{_CARD}|{_ADJ})"),
    (12, f"двенадцат(?:{_CARD}|{_ADJ})|дюжин\\w*|год\\w{0,3}"),
    (13, f"тринадцат(?:{_CARD}|{_ADJ})"),
    (14, f"четырнадцат(?:{_CARD}|{_ADJ})"),
    (15, f"пятнадцат(?:{_CARD}|{_ADJ})"),
    (16, f"шестнадцат(?:{_CARD}|{_ADJ})"),
    (17, f"семнадцат(?:{_CARD}|{_ADJ})"),
    (18, f"восемнадцат(?:{_CARD}|{_ADJ})"),
    (19, f"девятнадцат(?:{_CARD}|{_ADJ})"),
    (20, f"двадцат(?:{_CARD}|{_ADJ})"),
    (24, "сутки|суток|суточн" + _ADJ + "|круглосуточн\\w*"),
    (30, f"тридцат(?:{_CARD}|{_ADJ})"),
    (40, "сорок(?:а|ов" + _ADJ + ")?"),
    (50, "пятьдесят|пятидесят(?:и|" + _ADJ + ")|пятьюдесятью|полвека|полувеков" + _ADJ),
    (60, "шестьдесят|шестидесят(?:и|" + _ADJ + ")|шестьюдесятью"),
    (70, "семьдесят|семидесят(?:и|" + _ADJ + ")|семьюдесятью"),
    (80, "восемьдесят|восьмидесят(?:и|" + _ADJ + ")|восемьюдесятью"),
    (90, "девяност(?:о|а|" + _ADJ + ")"),
    (100, "ст[оа]|сот(?:ня|ни|ню|ней|ен|" + _ADJ + ")|столети\\w*|столетн\\w*|век[аеу]?|веком"),
    (200, "двести|двухсот|двумстам|двумястами|двухстах"),
    (300, "триста|тр[её]хсот|тр[её]мстам|тр[её]хстах"),
    (400, "четыреста|четыр[её]хсот"),
    (500, "пятьсот|пятисот"), (600, "шестьсот|шестисот"), (700, "семьсот|семисот"),
    (800, "восемьсот|восьмисот"), (900, "девятьсот|девятисот"),
)  # fmt: skip
_RU = tuple((Decimal(value), re.compile(form)) for value, form in _RU_FORMS)
# "двадцатипятилетие", "восьмидесятилетний": parts of one word
_RU_PARTS = re.compile(
    r"(двадцати|тридцати|сорока|пятидесяти|шестидесяти|семидесяти|восьмидесяти|девяносто"
    r"|десяти|одиннадцати|двенадцати|тринадцати|четырнадцати|пятнадцати|шестнадцати|семнадцати"
    r"|восемнадцати|девятнадцати|ста|двухсот|тр[её]хсот|четыр[её]хсот|пятисот|шестисот|семисот"
    r"|восьмисот|девятисот)?"
    r"(одно|перво|двух|тр[её]х|четыр[её]х|пяти|шести|семи|восьми|девяти)?"
    r"(?:лет|дневн|кратн|час|минут|этаж|метров|процентн|миллион|миллиард|тысяч|сот|недельн"
    r"|месячн|сторон|класс|угольн|тонн|килом|балльн|комнатн|местн|век|ч[её]тв[её]р)\w*"
)
_PART_VALUES = {
    "двадцати": 20, "тридцати": 30, "сорока": 40, "пятидесяти": 50, "шестидесяти": 60,
    "семидесяти": 70, "восьмидесяти": 80, "девяносто": 90, "десяти": 10, "одиннадцати": 11,
    "двенадцати": 12, "тринадцати": 13, "четырнадцати": 14, "пятнадцати": 15, "шестнадцати": 16,
    "семнадцати": 17, "восемнадцати": 18, "девятнадцати": 19, "ста": 100, "двухсот": 200,
    "трехсот": 300, "четырехсот": 400, "пятисот": 500, "шестисот": 600, "семисот": 700,
    "восьмисот": 800, "девятисот": 900, "одно": 1, "перво": 1, "двух": 2, "трех": 3,
    "четырех": 4, "пяти": 5, "шести": 6, "семи": 7, "восьми": 8, "девяти": 9,
}  # fmt: skip
_EN = {
    "zero": 0, "nil": 0, "one": 1, "first": 1, "once": 1, "single": 1, "a": 1, "an": 1, "two": 2,
    "second": 2, "twice": 2, "both": 2, "double": 2, "doubled": 2, "pair": 2, "couple": 2,
    "secondly": 2, "firstly": 1, "either": 2, "three": 3, "third": 3, "thirds": 3, "triple": 3,
    "four": 4, "fourth": 4, "quarter": 4, "quarters": 4, "five": 5, "fifth": 5, "six": 6,
    "sixth": 6, "seven": 7, "seventh": 7, "eight": 8, "eighth": 8, "nine": 9, "ninth": 9,
    "ten": 10, "tenth": 10, "decade": 10, "eleven": 11, "eleventh": 11, "twelve": 12,
    "twelfth": 12, "dozen": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19, "thirteenth": 13, "fourteenth": 14,
    "fifteenth": 15, "sixteenth": 16, "seventeenth": 17, "eighteenth": 18, "nineteenth": 19,
    "twenty": 20, "twentieth": 20, "thirty": 30, "thirtieth": 30, "forty": 40, "fortieth": 40,
    "fifty": 50, "fiftieth": 50, "sixty": 60, "sixtieth": 60, "seventy": 70, "seventieth": 70,
    "eighty": 80, "eightieth": 80, "ninety": 90, "ninetieth": 90, "hundred": 100, "century": 100,
    "centenary": 100, "hundredth": 100, "midnight": 0, "noon": 12, "midday": 12, "twenties": 20,
    "thirties": 30, "forties": 40, "fifties": 50, "sixties": 60, "seventies": 70, "eighties": 80,
    "nineties": 90, "solo": 1, "sole": 1, "only": 1, "hat": 3,
}  # fmt: skip
_VI = {
    "không": 0, "một": 1, "mốt": 1, "nhất": 1, "đầu": 1, "hai": 2, "nhì": 2, "đôi": 2, "ba": 3,
    "bốn": 4, "tư": 4, "năm": 5, "lăm": 5, "nhăm": 5, "sáu": 6, "bảy": 7, "bẩy": 7, "tám": 8,
    "chín": 9, "mười": 10, "mươi": 10, "trăm": 100, "tá": 12, "chục": 10, "kỷ": 100, "cả": 1,
    "giêng": 1, "chạp": 12, "song": 2, "cặp": 2, "nửa": 1,
}  # fmt: skip
_HALVES = {"полтора": "1.5", "полторы": "1.5", "полутора": "1.5", "rưỡi": "0.5"}


def scale_of(word: str, language: str) -> int:
    """Return the power of ten that a word stands for, 0 if it is none.

    Args:
        word: lower case, without a full stop.
        language: ``"ru"``, ``"en"`` or ``"vi"``.
    """
    scales = SCALES[language]
    if language != "ru":
        return scales.get(word, 0)
    if word in {"тыс", "млн", "млрд", "трлн"}:
        return scales[word]
    return next(
        (power for stem, power in scales.items() if len(stem) > 4 and word.startswith(stem)), 0
    )


def month_of(word: str, language: str) -> int:
    """Return the number of a month, 0 if the word is none.

    Args:
        word: lower case.
        language: ``"ru"`` or ``"en"``; Vietnamese months are numbers.
    """
    match = (_RU_MONTH if language == "ru" else _EN_MONTH).fullmatch(word)
    return int(match.lastindex or 0) if match else 0


@lru_cache(maxsize=8192)
def _word_values(word: str, language: str) -> tuple[Decimal, ...]:
    if word in _HALVES:
        return (Decimal(_HALVES[word]),)
    if language == "en":
        return (Decimal(_EN[word]),) if word in _EN else ()
    if language == "vi":
        return (Decimal(_VI[word]),) if word in _VI else ()
    found = tuple(value for value, form in _RU if form.fullmatch(word))
    if found:
        return found
    parts = _RU_PARTS.fullmatch(word)
    if parts and any(parts.groups()):
        names = [part.replace("ё", "е") for part in parts.groups() if part]
        values = [Decimal(_PART_VALUES[name]) for name in names]
        return (sum(values, Decimal(0)), *values)
    return ()


def worded(text: str, language: str) -> set[Decimal]:
    """Return every value that number words of a text may stand for.

    Args:
        text: of any length.
        language: ``"ru"``, ``"en"`` or ``"vi"``.

    Returns:
        Single words ("двадцать", "пять") as well as what neighbours make together (25), also
        with a scale word ("two million").
    """
    found: set[Decimal] = set()
    for run in _runs(text, language):
        found.update(value for values, _ in run for value in values)
        found |= _combined(run, language)
    return found


def _runs(text: str, language: str) -> Iterator[list[tuple[tuple[Decimal, ...], int]]]:
    """Yield neighbouring number words: their values, and their power if they are scale words."""
    run: list[tuple[tuple[Decimal, ...], int]] = []
    for token in _TOKEN.findall(text.lower()):
        values, power = _word_values(token, language), scale_of(token, language)
        if values or power:
            run.append((values, power))
        elif run and token not in {"and", "linh", "lẻ"}:
            yield run
            run = []
    if run:
        yield run


def _combined(run: list[tuple[tuple[Decimal, ...], int]], language: str) -> set[Decimal]:
    found: set[Decimal] = set()
    total = current = Decimal(0)
    for values, power in run:
        if power:
            current = max(current, Decimal(1)) * Decimal(10) ** power
            total += current
            found |= {current, total}
            current = Decimal(0)
            continue
        value, last = values[0], current % 10
        if language != "ru" and value in {10, 100} and last:
            current += last * (value - 1)  # "hai mươi", "hai trăm", "two hundred"
        elif current % (10 if value < 10 else 100 if value < 100 else 1000):
            current = value  # it cannot go on: another number begins
        else:
            current += value
        found |= {current, total + current}
    return found
