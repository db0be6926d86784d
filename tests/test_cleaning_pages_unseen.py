"""Further pages in the styles of many sites, and plain articles of which nothing may be lost.

The pages are in ``tests/data/pages``, written one line a line, ``kind | text``. They were written
before the rules that they test; those whose names begin with ``b2`` and ``b3`` are further rounds.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tolmach.cleaning import DEFAULT_ACTIONS, label_lines
from tolmach.document import Action, Kind
from tolmach.evaluation.structure import PROPER, StructureScore, score_structure

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted((ROOT / "tests" / "data" / "pages").glob("*.txt"))
SENTENCES = ROOT.parent / "shared" / "data" / "adapter-pairs" / "domain.jsonl"


def parse(path: Path) -> tuple[list[str], dict[int, Kind]]:
    """Return the lines of a page and the kind of each non-empty one by its number."""
    lines: list[str] = []
    gold: dict[int, Kind] = {}
    for row in path.read_text(encoding="utf-8").strip("\n").split("\n"):
        kind, _, text = row.partition(" | ")
        lines.append(text)
        if kind.strip():
            gold[len(lines)] = Kind(kind.strip())
    return lines, gold


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_line_of_the_article_is_kept(page: Path) -> None:
    lines, gold = parse(page)
    found = label_lines(lines)
    dropped = [
        lines[number - 1]
        for number, kind in gold.items()
        if kind in PROPER and DEFAULT_ACTIONS[found[number - 1] or kind] is Action.DROP
    ]
    assert dropped == []


def test_noise_is_caught_and_kinds_are_told_apart() -> None:
    total = StructureScore()
    for page in PAGES:
        lines, gold = parse(page)
        total += score_structure(gold, label_lines(lines))
    assert total.lines > 650
    assert total.caught >= 0.98
    assert total.accuracy >= 0.92


def plain_articles(count: int, *, seed: int) -> Iterator[list[str]]:
    """Make articles without any noise out of sentences drawn at random."""
    rows = SENTENCES.read_text(encoding="utf-8").splitlines()
    pool = [text for row in rows if "\n" not in (text := json.loads(row)["ru"])]
    short = [text.rstrip(".") for text in pool if len(text) < 130]
    draw = random.Random(seed)
    for _ in range(count):
        gap = [""] * draw.randint(0, 2)
        lines = [draw.choice(short)] if draw.random() < 0.7 else []
        for _ in range(draw.randint(3, 15)):
            if draw.random() < 0.1:
                lines += [*gap, draw.choice(short) + " (Фото: ВИА)"]
            elif draw.random() < 0.1:
                lines += [*gap, draw.choice(short)]
            lines += [*gap, " ".join(draw.sample(pool, draw.randint(1, 4)))]
        yield lines


@pytest.mark.skipif(not SENTENCES.exists(), reason="no sentences beside the repository")
def test_nothing_of_a_plain_article_is_dropped() -> None:
    for lines in plain_articles(300, seed=3):
        found = label_lines(lines)
        dropped = [
            line
            for line, kind in zip(lines, found, strict=True)
            if kind is not None and DEFAULT_ACTIONS[kind] is Action.DROP
        ]
        assert dropped == []


def test_table_cells_are_kept_and_counters_are_not() -> None:
    table = ["Урожай за три года (тысяч тонн):", "Год", "Рис", "2023", "43,5", "2024", "43,7"]
    story = ["Крестьяне дельты собрали больше риса, чем годом раньше, сообщило министерство."]
    found = label_lines(["Урожай вырос", *story, *table, *story, "12", "3"])
    assert set(found[2:9]) == {Kind.BODY}
    assert set(found[10:]) == {Kind.META}


def test_an_interview_asks_in_lines_of_its_own() -> None:
    reply = "На этот вопрос ответ дан давно: нужно строить школы, больницы и дороги, а потом ждать."
    asked = ["Что изменилось?", "Кто поможет?", "А деньги?", "Когда закончат?"]
    lines = [line for question in asked for line in (question, reply)]
    found = label_lines(["Разговор с мэром о новых школах", reply, *lines])
    assert Kind.HEADING not in found


def test_a_button_phrase_heads_a_section_only_between_paragraphs() -> None:
    story = "Линия соединит центр города с промышленным районом, и ездить по ней будут поезда."
    page = ["Город построит новую линию метро", story, story + " Их двадцать."]
    assert label_lines([*page, "О проекте", story])[3] is Kind.HEADING
    assert label_lines([*page, "О проекте", "Реклама", "Контакты"])[3] is Kind.NAV
