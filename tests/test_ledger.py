"""The ledger: one name, one spelling, and what was written instead."""

from __future__ import annotations

import threading
from dataclasses import FrozenInstanceError, replace
from types import MappingProxyType

import pytest

from tolmach.document import Document, Span
from tolmach.terms.base import Mention, Name, NameType
from tolmach.terms.ledger import (
    Ledger,
    NamedArticle,
    NameRecord,
    names_of,
    record_of,
    records,
)
from tolmach.terms.placing import Outcome, Placement
from tolmach.terms.unifying import Passage, unify

HANOI = Name("Ханой", "Hanoi", "Hà Nội", NameType.PLACE)
CHINH = Name("Фам Минь Тьинь", "Pham Minh Chinh", "Phạm Minh Chính", NameType.PERSON)
GUESS = Name(
    "Нгуен Фыонг Хоа",
    "Nguyen Phuong Hoa",
    "Nguyễn Phương Hoa",
    NameType.PERSON,
    known=False,
    alternatives=MappingProxyType({"vi": ("Nguyễn Phương Hòa", "Nguyễn Phượng Hoa")}),
)


def placed(name: Name, outcome: Outcome = Outcome.RIGHT, written: str = "") -> Placement:
    return Placement(Mention(Span(0, 5), name.ru, name), outcome, None, written)


def test_records_count_mentions_and_what_was_written() -> None:
    found = records(
        [
            placed(HANOI),
            placed(CHINH, Outcome.REPLACED, "Fam Min Tin"),
            placed(HANOI, Outcome.REPLACED, "Khanoy"),
            placed(HANOI, Outcome.REPLACED, "Khanoy"),
            placed(CHINH, Outcome.MISSING),
        ],
        to="en",
        document="a.txt",
    )
    assert [(record.ru, record.count) for record in found] == [("Ханой", 3), (CHINH.ru, 2)]
    assert found[0].written == {"en": {"Khanoy": 2}}
    assert found[1].missing == {"en": 1}
    assert found[0].documents == ("a.txt",)


def test_a_short_form_belongs_to_its_full_name() -> None:
    short = replace(CHINH, en="Chinh", vi="Chính")
    (record,) = records([placed(short), placed(CHINH)], to="vi")
    assert (record.en, record.count) == ("Pham Minh Chinh", 2)


def test_a_name_counts_once_for_both_targets() -> None:
    ledger = Ledger()
    for document, times in (("a", 2), ("b", 1)):
        for to in ("en", "vi"):
            names = records([placed(HANOI)] * times, to=to, document=document)
            ledger.add(names, document=document, to=to)
    (record,) = ledger.names
    assert (record.count, record.documents) == (3, ("a", "b"))


def test_what_models_wrote_is_summed_by_target() -> None:
    ledger = Ledger()
    for to, written in (("en", "Khanoy"), ("en", "Khanoy"), ("en", "Hanoy"), ("vi", "Hanoi")):
        names = records([placed(HANOI, Outcome.REPLACED, written)], to=to)
        ledger.add(names, document="a", to=to)
    assert ledger.names[0].written == {"en": {"Khanoy": 2, "Hanoy": 1}, "vi": {"Hanoi": 1}}


def test_views_are_frozen() -> None:
    ledger = Ledger()
    ledger.add(records([placed(HANOI)], to="en"), document="a", to="en")
    with pytest.raises(FrozenInstanceError):
        ledger.names[0].count = 5  # type: ignore[misc]
    with pytest.raises(TypeError):
        ledger.names[0].written["en"] = {}  # type: ignore[index]


def test_many_threads_may_add() -> None:
    ledger = Ledger()
    names = records([placed(HANOI), placed(CHINH, Outcome.REPLACED, "Tin")], to="en")

    def work(number: int) -> None:
        for part in range(50):
            ledger.add(names, document=f"{number}-{part}", to="en")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [record.count for record in ledger.names] == [400, 400]
    assert ledger.names[1].written == {"en": {"Tin": 400}}


def test_the_likeliest_form_is_taken_if_models_know_nothing() -> None:
    assert Ledger().settle(GUESS, {}).vi == "Nguyễn Phương Hoa"


@pytest.mark.parametrize(
    ("seen", "vi", "en"),
    [
        ({"vi": {"Nguyễn Phương Hoà": 2}}, "Nguyễn Phương Hòa", "Nguyen Phuong Hoa"),
        ({"vi": {"Nguyễn Phương Hòa": 1, "Nguyễn Phượng Hoa": 2}}, "Nguyễn Phượng Hoa", None),
        ({"vi": {"Nguyễn Phượng Hóa": 1}}, "Nguyễn Phượng Hóa", None),
        ({"en": {"Nguyen Phuong Hoa": 3}}, "Nguyễn Phương Hoa", None),
        ({"en": {"Nguyen Phuong Hao": 3}}, "Nguyễn Phương Hoa", "Nguyen Phuong Hao"),
    ],
)
def test_a_form_that_models_wrote_is_preferred(
    seen: dict[str, dict[str, int]], vi: str, en: str | None
) -> None:
    name = Ledger().settle(GUESS, seen)
    assert name.vi == vi
    assert name.en == (en or GUESS.en)
    assert vi not in name.alternatives["vi"]
    assert {GUESS.vi, *GUESS.alternatives["vi"]} - {vi} == set(name.alternatives["vi"])


def test_the_first_decision_stays_for_the_run() -> None:
    ledger = Ledger()
    first = ledger.settle(GUESS, {"vi": {"Nguyễn Phương Hòa": 1}})
    assert ledger.settle(GUESS, {"vi": {"Nguyễn Phượng Hoa": 9}}) == first
    assert ledger.settled(GUESS) == first
    short = replace(GUESS, en="Hoa", vi="Hoa")
    assert ledger.settled(short).vi == "Hòa"


def test_known_names_are_not_up_for_decision() -> None:
    ledger = Ledger()
    assert ledger.settle(HANOI, {"vi": {"Hanoi": 5}}) is HANOI
    assert ledger.settled(HANOI) is HANOI
    assert ledger.settled(GUESS) is GUESS


def test_a_record_is_written_without_what_is_empty() -> None:
    record = NameRecord("Ханой", "Hanoi", "Hà Nội", NameType.PLACE, True, 2, ("a",))
    assert record_of(record) == {
        "ru": "Ханой",
        "en": "Hanoi",
        "vi": "Hà Nội",
        "type": "place",
        "known": True,
        "count": 2,
        "documents": ["a"],
    }


def test_an_article_keeps_its_names_when_it_is_changed() -> None:
    names = records([placed(HANOI)], to="en")
    article = NamedArticle(Document("a", ""), "en", (), "", names=names)
    assert names_of(replace(article, text="x")) == names


# one spelling for names that are nowhere known


def unified(*pairs: tuple[str, str], to: str = "en") -> list[str]:
    from tolmach.terms.edits import edited

    passages = [Passage(source, target) for source, target in pairs]
    return [
        edited(passage.target, change.edits)
        for passage, change in zip(passages, unify(passages, to=to), strict=True)
    ]


def test_a_foreign_name_gets_one_spelling() -> None:
    assert unified(
        ("Прибыл Олжас Бектенов.", "Olzhas Bektesanov arrived."),
        ("Встреча с Олжасом Бектеновым была.", "A meeting with Oxas Bektesov was held."),
        ("Вчера Бектенов говорил.", "Bektenov's speech was yesterday."),
        ("Сегодня Олжас Бектенов улетит.", "Olsha Bektemnestov will fly today."),
    ) == [
        "Olzhas Bektenov arrived.",
        "A meeting with Olzhas Bektenov was held.",
        "Bektenov's speech was yesterday.",
        "Olzhas Bektenov will fly today.",
    ]


def test_unifying_is_said_and_is_done_once() -> None:
    pairs = [
        ("Прибыл Олжас Бектенов.", "Olzhas Bektesanov arrived."),
        ("Вчера Бектенов говорил.", "Yesterday Bektenov spoke."),
    ]
    first, second = unify([Passage(*pair) for pair in pairs], to="en")
    assert [warning.code for warning in first.warnings] == ["name_varies"]
    assert not second.edits
    done = unified(*pairs)
    assert unified(*zip((source for source, _ in pairs), done, strict=True)) == done


@pytest.mark.parametrize(
    ("pairs", "to"),
    [
        # the spelling that is used most, of those that are near
        ([("Он — Токаев.", "He is Tokayev."), ("Это Токаев.", "It is Tokayev.")], "en"),
        # a country and its people
        (
            [("Мы в Казахстане.", "We are in Kazakhstan."), ("Он из Казахстана.", "He is Kazakh.")],
            "en",
        ),
        # a man and a woman
        ([("Это Захаров.", "It is Zakharov."), ("Это Захарова.", "It is Zakharova.")], "en"),
        # words that have a translation
        ([("Это Победа.", "It is Victory."), ("В Победе.", "In Pobeda.")], "en"),
        ([("Прибыл Олжас.", "Ông đến."), ("Вот Олжас.", "Đây là Olzhas.")], "vi"),
    ],
)
def test_what_is_not_another_spelling_stays(pairs: list[tuple[str, str]], to: str) -> None:
    assert unified(*pairs, to=to) == [target for _, target in pairs]


def test_names_that_were_dealt_with_are_left_alone() -> None:
    passages = [
        Passage("Это Бектенов.", "It is Bektesanov.", (Span(4, 12),), (Span(6, 16),)),
        Passage("Вот Бектенов.", "Here is Bektenov."),
    ]
    assert not any(change.edits for change in unify(passages, to="en"))
