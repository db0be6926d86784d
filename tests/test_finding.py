"""Finding names in Russian text."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tolmach.resources import folder
from tolmach.terms.base import Mention, NameType
from tolmach.terms.finding import find
from tolmach.terms.gazetteer import Gazetteer, load_gazetteer


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return load_gazetteer(folder("configs") / "gazetteer")


def found(gazetteer: Gazetteer, *segments: str, transcribe: bool = True) -> list[str]:
    mentions = find(segments, gazetteer, transcribe=transcribe)
    return [f"{m.text} = {m.name.en}" for found in mentions for m in found]


@pytest.mark.parametrize(
    ("text", "mentions"),
    [
        ("Приём у То Лама прошёл в Ханое.", ["То Лама = To Lam", "Ханое = Hanoi"]),
        ("Письмо Фам Минь Тьиню вручено.", ["Фам Минь Тьиню = Pham Minh Chinh"]),
        ("Делегация из Даклака в Хошимине.", ["Даклака = Dak Lak", "Хошимине = Ho Chi Minh City"]),
        ("Встреча с Си Цзиньпином.", ["Си Цзиньпином = Xi Jinping"]),
        ("в Дак-Лаке и Ба Дине", ["Дак-Лаке = Dak Lak", "Ба Дине = Ba Dinh"]),
        ("в Соединённых Штатах", ["Соединённых Штатах = United States"]),
        ("в Соединенных Штатах Америки", ["Соединенных Штатах Америки = United States"]),
        ("газета «Нян Зан» пишет", ["Нян Зан = Nhan Dan"]),
        ("в Министерстве обороны", ["Министерстве обороны = Ministry of Defence"]),
        ("президент Республики Корея", ["Республики Корея = Republic of Korea"]),
        ("переговоры Россия–Вьетнам", ["Россия = Russia", "Вьетнам = Vietnam"]),
        ("мавзолей Хошимина", ["мавзолей Хошимина = Ho Chi Minh Mausoleum"]),
        ("имени Хошимина", ["Хошимина = Ho Chi Minh"]),
        ("в Хо Ши Мине", ["Хо Ши Мине = Ho Chi Minh City"]),
        ("президент Хо Ши Мин", ["Хо Ши Мин = Ho Chi Minh"]),
        ("российско-вьетнамские связи", []),
        ("Студент Иван Смирнов учится.", []),
        ("А сон был, и лам там нет.", []),
        ("", []),
    ],
)
def test_known_names(gazetteer: Gazetteer, text: str, mentions: list[str]) -> None:
    assert found(gazetteer, text) == mentions


@pytest.mark.parametrize(
    "text",
    [
        "Сон был крепким.",
        "Винь никто не видел.",
        "Воз сена у дороги.",
        "До дома далеко, но Во дворе тихо.",
        "Хан правил степью.",
        "То Было давно.",
    ],
)
def test_words_that_are_no_names(gazetteer: Gazetteer, text: str) -> None:
    assert found(gazetteer, text) == []


def test_a_sentence_initial_word_needs_evidence(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("type: place\nnames:\n  - {ru: [Мир], en: Mir}\n", encoding="utf-8")
    small = load_gazetteer(path)
    assert found(small, "Мир изменился.") == []
    assert found(small, "Мир изменился.", "Замок Мир стоит.") == ["Мир = Mir"] * 2


def test_a_guess_is_marked_as_one() -> None:
    ((mention,),) = find(["Так сказал Нгуен Ван Тханг."], Gazetteer())
    assert not mention.name.known
    assert mention.confidence < 1
    assert mention.name.en.startswith("Nguyen Van Thang")
    assert mention.name.alternatives["vi"]


def test_a_declined_guess(gazetteer: Gazetteer) -> None:
    mentions = find(["Награду вручили Ле Тхи Хонг Нгок и Чан Ван Донгу."], gazetteer)[0]
    assert [m.name.en for m in mentions] == ["Le Thi Hong Ngoc", "Tran Van Dong"]
    assert [m.name.ru for m in mentions] == ["Ле Тхи Хонг Нгок", "Чан Ван Донг"]
    assert all(m.name.type is NameType.PERSON for m in mentions)


def test_guesses_can_be_turned_off(gazetteer: Gazetteer) -> None:
    assert found(gazetteer, "Так сказал Нгуен Ван Бе.", transcribe=False) == []


def test_a_guessed_place_behind_its_word(gazetteer: Gazetteer) -> None:
    (mention,) = find(["Вьетнам", "В общине Тхыонгхоа идут дожди."], gazetteer)[1]
    assert mention.text == "Тхыонгхоа"
    assert mention.name.type is NameType.PLACE


def test_a_guessed_name_is_repeated_by_the_given_name(gazetteer: Gazetteer) -> None:
    mentions = find(["Крестьянин Нгуен Ван Хоанг рад.", "У Хоанга большой сад."], gazetteer)
    (again,) = mentions[1]
    assert (again.text, again.name.en) == ("Хоанга", "Hoang")
    assert "Nguyen Van Hoang" in again.name.alternatives["en"]


def test_the_given_name_follows_the_full_one(gazetteer: Gazetteer) -> None:
    assert found(gazetteer, "Премьер-министр Тьинь прибыл.") == []
    mentions = find(["Фам Минь Тьинь прибыл.", "Премьер-министр Тьинь доволен."], gazetteer)
    (short,) = mentions[1]
    assert (short.name.en, short.name.vi) == ("Chinh", "Chính")
    assert "Phạm Minh Chính" in short.name.alternatives["vi"]
    assert 0.5 < short.confidence < 1


def test_a_clear_surname_needs_nothing(gazetteer: Gazetteer) -> None:
    assert found(gazetteer, "Путина ждут.") == ["Путина = Putin"]
    (alone,) = find(["ждут Путина"], gazetteer)[0]
    (after,) = find(["Владимир Путин", "ждут Путина"], gazetteer)[1]
    assert alone.confidence < after.confidence < 1


def test_a_surname_means_who_was_named_last(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(
        "type: person\nnames:\n  - {ru: [Анна Берг], en: Anna Berg}\n"
        "  - {ru: [Пётр Берг], en: Petr Berg}\n",
        encoding="utf-8",
    )
    segments = ["Анна Берг пришла.", "Тут Берг села.", "Пётр Берг пришёл.", "Тут Берг сел."]
    mentions = find(segments, load_gazetteer(path))
    assert [found[0].name.ru for found in mentions] == [
        "Анна Берг", "Анна Берг", "Пётр Берг", "Пётр Берг",
    ]  # fmt: skip


def test_the_longest_match_wins(gazetteer: Gazetteer) -> None:
    assert found(gazetteer, "в ЦК Коммунистической партии Вьетнама") == [
        "ЦК Коммунистической партии Вьетнама = Communist Party of Vietnam Central Committee"
    ]
    person = found(gazetteer, "Вьетнам: певица Нгуен Тхи Хюэ поёт.")
    assert person[-1] == "Нгуен Тхи Хюэ = Nguyen Thi Hue"


def test_capitals_throughout(gazetteer: Gazetteer) -> None:
    assert found(gazetteer, "ЛИДЕРЫ АСЕАН СОБРАЛИСЬ В ДЖАКАРТЕ") == [
        "АСЕАН = ASEAN",
        "ДЖАКАРТЕ = Jakarta",
    ]


def test_acronyms_among_capitals(gazetteer: Gazetteer) -> None:
    assert found(gazetteer, "ВОЗ сообщила о вспышке.")[0].startswith("ВОЗ")
    assert found(gazetteer, "МЫ ВСЕГДА ЖДЁМ ВАС") == []


def well_formed(segments: list[str], mentions: tuple[tuple[Mention, ...], ...]) -> bool:
    for segment, found in zip(segments, mentions, strict=True):
        end = 0
        for mention in found:
            if mention.span.start < end or mention.span.of(segment) != mention.text:
                return False
            if not 0 < mention.confidence <= 1:
                return False
            end = mention.span.end
    return True


WORDS = st.sampled_from(
    re.findall(
        r"\S+",
        "Ханой Ханоя То Лам Лама Нгуен Ван Тхань «Вьетнам» России и в общине Хо Ши Мин, Си ООН "
        "провинции – - . До Хюэ Винь сон НЯН Зан Путин То Минь Кхой",
    )
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(WORDS, max_size=12).map(" ".join), max_size=4))
def test_mentions_are_in_order_and_apart(segments: list[str]) -> None:
    gazetteer = load_gazetteer(folder("configs") / "gazetteer")
    mentions = find(segments, gazetteer)
    assert well_formed(segments, mentions)
    assert mentions == find(segments, gazetteer)


def test_our_own_sentences(gazetteer: Gazetteer) -> None:
    """All names in sentences that were written before the finder was tuned, and no others."""
    path = Path(__file__).parent / "data" / "names-finding.tsv"
    missing, extra = [], []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        text, *cells = line.split("\t")
        gold = {cell.split("|")[0] for cell in cells if cell}
        got = {mention.text for mention in find([text], gazetteer)[0]}
        missing += [form for form in gold if not any(form in it or it in form for it in got)]
        extra += [form for form in got if not any(form in it or it in form for it in gold)]
    assert len(missing) <= 1, missing
    assert extra == []


def test_a_long_line_takes_linear_time(gazetteer: Gazetteer) -> None:
    find(["Ханой"], gazetteer)
    started = time.process_time()
    find(["Нгуен Ван Тхань в Ханое и Хошимине " * 3000], gazetteer)
    assert time.process_time() - started < 8


def test_many_segments_take_linear_time(gazetteer: Gazetteer) -> None:
    started = time.process_time()
    find(["Владимир Путин в Ханое", "Путин ждёт"] * 10_000, gazetteer)
    assert time.process_time() - started < 8
