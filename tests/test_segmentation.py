"""Sentences, what stands between them, and the figures promised for real articles."""

from __future__ import annotations

import importlib.util
import re
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest
import razdel
from hypothesis import given, settings
from hypothesis import strategies as st

from tolmach import segmentation
from tolmach.document import Action, Block, Document, Kind, Span
from tolmach.errors import InputError
from tolmach.evaluation.boundaries import (
    BoundaryScore,
    compare,
    gold_units,
    read_gold,
    score,
)
from tolmach.segmentation import SPLITTERS, line_splitter, razdel_splitter, segment, source_of

ROOT = Path(__file__).resolve().parent.parent
SPLIT = razdel_splitter()


def sentences(text: str) -> list[str]:
    return [span.of(text) for span in SPLIT(text)]


def document(text: str, action: Action = Action.TRANSLATE) -> Document:
    return Document("test", text, blocks=(Block(Kind.BODY, Span(0, len(text)), action),))


# "|" stands where a sentence ends; "[...]" is what belongs to no sentence.
SENTENCES = [
    "Порт открыли.| Суда пришли.",
    "Добыто 5 млн долл. США.| Это много.",
    "Мост построили в 2019 г.| Сегодня по нему ездят.",
    "Завод в Хайфоне работает с 2019 г.| Индия купила первую партию.",
    "В 2024–2025 гг. Вьетнам строил порты.| Теперь строит дороги.",
    "Как ожидается, в 2026 г. Вьетнам откроет метро.| Ждать недолго.",
    "Он прибыл 5 янв. 2025 года.| Его встретили.",
    "В г. Ханой и пров. Куангнинь шёл дождь.| На о. Фукуок было сухо.",
    "А. С. Пушкин и В. И. Даль дружили.| И.И. Иванов писал о них.",
    "На ул. Ленина, д. 5, стр. 2 открыли музей им. Хо Ши Мина.| Вход свободный.",
    "Купили рис, чай и т. д.| Потом уехали.",
    "Выделено 3 тыс. руб. на ремонт.| См. стр. 5 и рис. 2.",
    "Цена выросла на 3.5 процента.| Встреча прошла 12.05.2025.| Все довольны.",
    "Принято постановление № 5.| Стороны готовы.",
    "Что?!| Не может быть!..| Да.| Ну...| Пойдём.",
    "Он… ушёл.| Потом вернулся…| Все молчали.",
    "«Ура!» — сказал он.| Все ушли.",
    "«Ура!» — Нгуен Ван Бинь махнул рукой.| Все ушли.",
    "«Мы рады.| Мы едем», — сказал он.| Поезд тронулся.",
    "Он сказал: «Мы рады!»| Потом ушёл.",
    "Дом сгорел (в 2020 году.)| Новый построили быстро.",
    "Корреспондент: Как дела?| Министр: Хорошо.",
    "Экспорт вырос на пять процентов.| кроме того, вырос импорт.",
    "Доля составила 5 %.| при этом цены упали.",
    "Дома стоят на сваях.| внизу держат лодки.",
    "Работы ведут на обл. и местном уровне.| Срок — 2 года.",
    "Стороны расширят обмены.|Кроме того, они откроют школу.",
    "Газета «Труд. Мир. Май» вышла вчера.| Номер толстый.",
    "В программе: Ханой; Хюэ; Дананг.| Выезд утром.",
    "[1. ]Стороны договорились.| [2. ]Стороны подпишут план.",
    "[12) ]развивать туризм;",
    "[а) ]развивать туризм;",
    "[II. ]Торговля и инвестиции",
    "[• ]Рис и кофе",
    "[- ]Рис и кофе",
    "[— ]Как дела?| [— ]Хорошо.",
    "[— ]Куда идём? — спросил он.| [— ]На рынок, — ответила она.| [— ]За рыбой.",
    "Он рад», — сказал посол.[/.]",
    "Переговоры прошли успешно.[ ./.]",
    "Переговоры прошли успешно.[/.]| ВИА",
    "[date 2026-01-31 ]Президент принял посла.| Фото: ВИА",
    "[31.01.2026, 14:05 ]Президент принял посла.",
    "[https://example.org/a/ ]Президент принял посла.",
    "Адрес сайта: https://example.org/.",
    "Президент принял посла.| (Фото: ВИА)",
    "Подписаны: 1. План работ; 2. Договор о рисе.| Всё готово.",
    "Он снимал кино в стиле 80-х.| Зрители довольны.",
    "Плотина рухнула /её строили десять лет/.| Виновных ищут.",
    "[* * *]",
]


@pytest.mark.parametrize("marked", SENTENCES)
def test_sentences(marked: str) -> None:
    text = re.sub(r"[|\[\]]", "", marked)
    plain = re.sub(r"\[[^\]]*\]", "", marked)
    expected = [part.strip() for part in plain.split("|")] if plain else []
    assert sentences(text) == expected


RUSSIAN = st.lists(
    st.sampled_from(
        [
            *'абвАБВ.,;:!?…—-«»()"/\\0123456789\n\t\u00a0 ',
            *(
                "слово",
                "Ханой",
                " г. ",
                "т. д.",
                " 2025 г. ",
                "./.",
                "1. ",
                "а) ",
                "— ",
                ". ",
                "? ",
            ),
            *(
                "XIV. ",
                "https://a.vn/ ",
                "date 2026-01-31 ",
                "a@b.vn ",
                "кроме того",
                "США",
                "долл",
            ),
        ]
    ),
    max_size=40,
).map("".join)
LISTS = re.compile(r"\(?[а-яё]\)\s")


@given(RUSSIAN | st.text(max_size=100))
@settings(deadline=None, max_examples=400)
def test_spans_are_in_order_and_lose_no_letter(text: str) -> None:
    result = segment(document(text), splitter=SPLIT)
    spans = [part.span for part in result.segments]
    place, rebuilt, between = 0, "", ""
    for span in spans:
        assert place <= span.start < span.end <= len(text)
        assert span.of(text) == span.of(text).strip()
        between += text[place : span.start] + "\n"
        rebuilt += text[place : span.start] + span.of(text)
        place = span.end
    between += text[place:]
    assert rebuilt + text[place:] == text
    assert not re.search("[а-яёА-ЯЁ]", LISTS.sub(" ", between))


@given(RUSSIAN | st.text(max_size=100))
@settings(deadline=None, max_examples=400)
def test_the_linear_loop_agrees_with_razdel(text: str) -> None:
    text = text.replace("\x00", "")
    expected = [part.text for part in razdel.sentenize(text) if part.text]
    ends, start = [], 0
    for match in segmentation._ENDS.finditer(text):
        glued = not text[match.end() :][:1].isspace()
        if not glued and segmentation._razdel_rule(text, start, match.start(), match.end()):
            ends.append(match.end())
            start = match.end()
    pieces = (text[a:b].strip() for a, b in zip([0, *ends], [*ends, len(text)], strict=True))
    assert [piece for piece in pieces if piece] == expected


@given(RUSSIAN)
def test_lines(text: str) -> None:
    spans = line_splitter()(text)
    assert all("\n" not in span.of(text) for span in spans)
    assert len(spans) <= text.count("\n") + 1


def test_registry() -> None:
    assert set(SPLITTERS) == {"razdel", "line"}
    assert [span.of("Да. Нет.\nОн") for span in SPLITTERS["line"]()("Да. Нет.\nОн")] == [
        "Да. Нет.",
        "Он",
    ]


def test_only_blocks_to_translate_get_segments() -> None:
    assert segment(document("Порт открыт."), splitter=SPLIT).segments
    for action in (Action.KEEP, Action.DROP):
        assert not segment(document("Порт открыт.", action), splitter=SPLIT).segments


def test_spans_are_in_the_document() -> None:
    text = "шапка\n\nПорт открыт. Суда идут.\nконец"
    start = text.index("Порт")
    block = Block(Kind.BODY, Span(start, start + 23))
    result = segment(Document("test", text, blocks=(block,)), splitter=SPLIT)
    assert [part.span.of(text) for part in result.segments] == ["Порт открыт.", "Суда идут."]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Порт\u00a0открыт\nснова,  да", "Порт открыт снова, да"),
        ("новый сотруд-\nник", "новый сотрудник"),
        ("новый сотруд- \n  ник", "новый сотрудник"),
        ("торгово-\nэкономический", "торгово-экономический"),
        ("вьетнамско-\nроссийский", "вьетнамско-российский"),
        ("Ханой-\nХюэ", "Ханой- Хюэ"),
    ],
)
def test_source(text: str, expected: str) -> None:
    assert source_of(text) == expected


@pytest.mark.parametrize(
    ("text", "translate"),
    [
        ("Порт открыт", True),
        ("2025", False),
        ("The port is open.", False),
        ("VinFast, FPT, Viettel и Vietcombank", True),
        ("The new port of Haiphong (Хайфон) was opened by the minister yesterday", False),
        ("VinFast VF8: цена", True),
    ],
)
def test_what_is_not_russian_stays(text: str, translate: bool) -> None:
    (part,) = segment(document(text), splitter=SPLIT).segments
    assert part.translate is translate


def test_long_sentences_are_named_not_cut() -> None:
    text = "Очень длинное предложение, " * 30
    result = segment(document(text), splitter=SPLIT, max_chars=200)
    assert len(result.segments) == 1
    (warning,) = result.warnings
    assert warning.code == "long_sentence"
    assert warning.source == result.segments[0].span
    assert not segment(document(text), splitter=SPLIT, max_chars=2000).warnings


@pytest.mark.parametrize(
    "text",
    ["а" * 5_000_000, "слово слово, " * 190_000, "Порт открыт. " * 100_000, ";" * 2_500_000],
    ids=["one word", "no stops", "sentences", "delimiters"],
)
def test_long_lines_take_linear_time(text: str) -> None:
    began = time.process_time()
    segment(document(text), splitter=SPLIT)
    assert time.process_time() - began < 10


# --- the figures ---


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    path = ROOT / "benchmarks" / "segmentation.py"
    spec = importlib.util.spec_from_file_location("benchmarks_segmentation", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_boundaries_of_articles(benchmark: ModuleType) -> None:
    found = list(benchmark.cases())
    if not found:
        pytest.skip("no articles with gold")
    for case in found:
        result = score(case.text, case.units, SPLIT)
        assert result.f1 >= 0.99, (case.name, result)


def test_benchmark_prints_a_table(
    benchmark: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gold, text = tmp_path / "x.jsonl", tmp_path / "x.txt"
    gold.write_text('{"line": 1, "ru": "Да."}\n{"line": 1, "ru": "Нет."}\n', encoding="utf-8")
    text.write_text("Да. Нет.\n", encoding="utf-8")
    assert benchmark.main(["--gold", str(gold), "--text", str(text)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "P 1.000  R 1.000  F1 1.000  (+0 -0 of 1)" in lines[0]
    assert any(line.startswith("(plain razdel)") for line in lines)


def test_compare() -> None:
    text = "1. Да. Нет. Всё."
    gold = (Span(3, 6), Span(7, 11), Span(12, 16))
    assert compare(text, gold, gold) == BoundaryScore(2, 0, 0)
    result = compare(text, (Span(0, 2), Span(3, 11), Span(12, 16)), gold)
    assert result == BoundaryScore(found=1, extra=1, missed=1)
    assert (result.precision, result.recall, result.f1) == (0.5, 0.5, 0.5)
    assert result + result == BoundaryScore(2, 2, 2)
    assert BoundaryScore().f1 == 1.0


def test_a_sentence_over_two_lines_joins_them() -> None:
    text = "Заголовок\nПорт открыт\nснова. Суда идут.\nКонец."
    gold = [(1, "Заголовок"), (2, "Порт открыт снова."), (3, "Суда идут."), (4, "Конец.")]
    units = gold_units(text, gold)
    assert [unit.span.of(text) for unit in units] == [
        "Заголовок",
        "Порт открыт\nснова. Суда идут.",
        "Конец.",
    ]
    assert score(text, units, SPLIT) == BoundaryScore(1, 0, 0)


def test_gold_that_is_not_in_the_text(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not in the text"):
        gold_units("Да.", [(1, "Нет.")])
    with pytest.raises(InputError, match="no reference sentences"):
        read_gold(tmp_path / "none.jsonl")
