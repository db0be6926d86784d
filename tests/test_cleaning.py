"""The cleaner against annotated pages, and what must hold for any text."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from charset_normalizer import from_bytes
from hypothesis import given, settings
from hypothesis import strategies as st

from tolmach.cleaning import DEFAULT_ACTIONS, clean, label_lines
from tolmach.document import Action, Document, Kind
from tolmach.evaluation.structure import (
    StructureScore,
    confusion_table,
    misses,
    read_structure,
    score_structure,
)

ROOT = Path(__file__).resolve().parent.parent
GOLD = ROOT / "tests" / "gold"
SHARED = ROOT.parent / "shared" / "articles"


def read(path: Path) -> list[str]:
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = str(from_bytes(data, cp_isolation=["cp1251"]).best())
    return text.replace("\r\n", "\n").split("\n")


def annotated() -> list[tuple[Path, Path]]:
    seeds = ROOT / "seeds"
    pairs = [
        (text, GOLD / text.relative_to(seeds).with_suffix(".structure.jsonl"))
        for text in sorted(seeds.rglob("*.txt"))
    ]
    return [pair for pair in pairs if pair[1].exists()]


def total(pairs: Sequence[tuple[Path, Path]]) -> StructureScore:
    score = StructureScore()
    for text, gold in pairs:
        score += score_structure(read_structure(gold), label_lines(read(text)))
    return score


def one(text: str, **options: object) -> Document:
    return clean(Document(name="page", text=text), **options)  # type: ignore[arg-type]


def texts(document: Document, kind: Kind | None = None) -> list[str]:
    return [b.span.of(document.text) for b in document.blocks if kind in (None, b.kind)]


# ---------------------------------------------------------------------- annotated pages


def test_seeds_are_labelled_well() -> None:
    score = total(annotated())
    assert score.lines > 250
    assert score.kept >= 0.99
    assert score.caught >= 0.95
    assert score.accuracy >= 0.95


@pytest.mark.parametrize(("text", "gold"), annotated(), ids=lambda path: path.stem)
def test_no_seed_loses_a_line_of_the_article(text: Path, gold: Path) -> None:
    assert score_structure(read_structure(gold), label_lines(read(text))).kept == 1.0


@pytest.mark.skipif(not SHARED.is_dir(), reason="no annotated articles beside the repository")
def test_real_articles_are_labelled_well() -> None:
    pairs = [(p, p.with_suffix(".structure.jsonl")) for p in sorted(SHARED.glob("*.txt"))]
    score = total(pairs)
    assert score.kept >= 0.99
    assert score.caught >= 0.95
    assert score.accuracy >= 0.95


# ---------------------------------------------------------------------- blocks and actions


def test_default_actions_cover_every_kind() -> None:
    assert set(DEFAULT_ACTIONS) == set(Kind)
    assert DEFAULT_ACTIONS[Kind.CAPTION] is Action.TRANSLATE
    assert DEFAULT_ACTIONS[Kind.CREDIT] is Action.KEEP


def test_actions_can_be_changed_for_single_kinds() -> None:
    page = "Новый мост открыли в Кантхо\nДвижение по мосту началось в полдень.\nmost-01.jpg"
    kinds = {b.kind: b.action for b in one(page, actions={Kind.IMAGE: Action.KEEP}).blocks}
    assert kinds[Kind.IMAGE] is Action.KEEP
    assert kinds[Kind.TITLE] is Action.TRANSLATE


def test_blocks_leave_white_space_outside() -> None:
    page = "\n  Новый мост открыли в Кантхо \t\n\n\u00a0Движение по мосту началось в полдень. \n\n"
    assert texts(one(page)) == [
        "Новый мост открыли в Кантхо",
        "Движение по мосту началось в полдень.",
    ]


def test_earlier_blocks_and_the_document_are_left_alone() -> None:
    first = one("Движение по мосту началось в полдень.")
    again = clean(first)
    assert again.blocks == first.blocks
    assert again is not first


@pytest.mark.parametrize("text", ["", "\n \n\t\n", "Премьер-министр прибыл в Ханой"])
def test_little_text_is_never_dropped(text: str) -> None:
    assert all(block.action is Action.TRANSLATE for block in one(text).blocks)


def test_an_article_after_an_end_mark_is_kept_if_no_teasers_follow() -> None:
    body = "Стороны подтвердили намерение расширять сотрудничество во всех областях экономики."
    page = "\n".join(["Встреча прошла в Ханое", body, body[:-1] + "./.", body + " Так и будет."])
    assert len([b for b in one(page).blocks if b.action is Action.TRANSLATE]) == 4


# ---------------------------------------------------------------------- mending


def test_a_broken_sentence_is_one_block() -> None:
    page = (
        "Новый мост открыли в Кантхо\n"
        "Движение по новому мосту через реку Хау началось в полдень\n"
        "после торжественной церемонии."
    )
    blocks = texts(one(page))
    assert len(blocks) == 2
    assert blocks[1].endswith("в полдень\nпосле торжественной церемонии.")
    assert len(one(page, mend=False).blocks) == 3
    assert [b.kind for b in one(page, mend=False).blocks][1:] == [Kind.LEAD, Kind.LEAD]


@pytest.mark.parametrize(
    ("first", "second", "joined"),
    [
        ("Министр отметил, что торговля между странами", "выросла на треть.", True),
        ("Министр отметил, что торговля между странами", "\nвыросла на треть.", True),
        ("Министр отметил, что торговля между странами", "\n\nвыросла на треть.", False),
        ("Стороны обсудили вопросы двустороннего сотруд-", "ничества и торговли.", True),
        ("В переговорах приняли участие министр торговли,", "Генеральный консул и посол.", True),
        ("Делегация посетила завод, построенный в", "Хайфоне на берегу моря.", True),
        ("Он встретился с президентом страны Иваном Петровым", ", сообщает агентство.", True),
        ("Торговля между двумя странами выросла на треть.", "а экспорт удвоился.", False),
        ("Укрепление сотрудничества в торговле и науке", "Стороны подписали договор.", False),
        ("Министр отметил, что торговля между странами", "torgovlya-01.jpg", False),
        ("Министр перечислил три главные задачи года:", "построить мост через реку;", False),
        ("экономика и торговля Вьетнама", "туризм и отдых на море", False),
    ],
)
def test_what_is_mended(first: str, second: str, joined: bool) -> None:
    page = f"Сотрудничество обсудили в Ханое\n\n{first}\n{second}\nНа этом встреча завершилась."
    assert any(first in text and second.strip() in text for text in texts(one(page))) is joined


def test_hard_wrapped_text_is_mended_even_before_names() -> None:
    page = (
        "Делегация провинции прибыла в порт и провела переговоры с капитаном\n"
        "Нгуен Ван Анем, который командует портом уже двадцать лет, а также\n"
        "осмотрела причалы, склады и новую дорогу. Гостям показали, как за\n"
        "одну ночь разгружают судно с зерном, и угостили ухой из морского\n"
        "окуня, приготовленной на камбузе. К вечеру ветер стих, и на рейде\n"
        "Хайфона показались огни."
    )
    assert len(one(page).blocks) == 1


# ---------------------------------------------------------------------- any text at all

ALPHABET = st.sampled_from([*"аяЁВ .,:;!?—«»\"'()/|-\t\u00a0\n\n\n1290#@©>abcZ", "Фото: "])
ANY_TEXT = st.one_of(st.text(), st.lists(ALPHABET, max_size=300).map("".join))
LINES = st.sampled_from(
    [
        "Новый мост открыли в Кантхо",
        "Движение по новому мосту через реку Хау началось в полдень, сообщили власти города.",
        "most-01.jpg",
        "(Фото: ВИА)",
        "Читайте также",
        "Комментарии (3)",
        "12.05.2025 10:20",
        "«Мы ждали этого двадцать лет», — сказал он.",
        "ВИА",
        "и продолжение в нижнем регистре",
        "",
        "***",
    ]
)
PAGES = st.one_of(ANY_TEXT, st.lists(LINES, max_size=40).map("\n".join))


@settings(max_examples=150, deadline=None)
@given(text=PAGES, mend=st.booleans())
def test_blocks_cover_the_text_in_order(text: str, mend: bool) -> None:
    document = one(text, mend=mend)
    end = 0
    for block in document.blocks:
        assert not text[end : block.span.start].strip()
        covered = block.span.of(text)
        assert covered
        assert covered == covered.strip()
        end = block.span.end
    assert not text[end:].strip()


@settings(max_examples=150, deadline=None)
@given(text=PAGES)
def test_every_line_has_a_label_and_blank_ones_none(text: str) -> None:
    lines = text.split("\n")
    labels = label_lines(lines)
    assert len(labels) == len(lines)
    assert [label is None for label in labels] == [not line.strip() for line in lines]


@settings(max_examples=50, deadline=None)
@given(text=PAGES)
def test_without_mending_each_line_is_a_block_of_its_label(text: str) -> None:
    labels = [label for label in label_lines(text.split("\n")) if label is not None]
    assert [block.kind for block in one(text, mend=False).blocks] == labels


HOSTILE = [
    "а" * 5_000_000,
    "Слово " * 800_000,
    "а, " * 1_600_000,
    "«" * 5_000_000,
    "(Фото " * 800_000,
    "#а" * 2_500_000,
    "а.б@" * 1_200_000,
    ". - " * 1_200_000,
]


@pytest.mark.parametrize("line", HOSTILE, ids=lambda line: line[:6])
def test_a_line_of_five_megabytes_takes_no_time(line: str) -> None:
    begin = time.process_time()
    assert len(one(line).blocks) == 1
    assert time.process_time() - begin < 2.0


MANY = ["слово", "Поделиться", "Фото: ВИА", "Рис подорожал снова", "«Да.", "— Да, — сказал",
        "Он сказал об этом вчера вечером,"]  # fmt: skip


@pytest.mark.parametrize("line", MANY)
def test_many_lines_take_linear_time(line: str) -> None:
    begin = time.process_time()
    one("\n".join([line] * 20_000))
    assert time.process_time() - begin < 10.0


# ---------------------------------------------------------------------- the measure itself


def test_measure_counts_what_is_lost_and_what_is_caught() -> None:
    gold = {1: Kind.TITLE, 2: Kind.BODY, 4: Kind.NAV, 5: Kind.CREDIT}
    found = (Kind.TITLE, Kind.NAV, None, Kind.HEADING, Kind.CREDIT)
    score = score_structure(gold, found)
    assert (score.kept, score.caught, score.accuracy) == (0.5, 0.0, 0.5)
    assert (score + score).lines == 8
    assert misses(gold, found) == ((2, Kind.BODY, Kind.NAV), (4, Kind.NAV, Kind.HEADING))
    assert "heading" in confusion_table(score)
    assert StructureScore().accuracy == 1.0


# ---------------------------------------------------------------------- real prose

PROSE = ROOT.parent / "shared" / "data" / "ntrex-dev" / "ru.txt"
needs_prose = pytest.mark.skipif(not PROSE.is_file(), reason="no news prose beside the repository")


@needs_prose
@pytest.mark.parametrize("size", [5, 10, 40])
def test_real_prose_without_noise_is_kept(size: int) -> None:
    # Pages are cut without regard to the articles, so a few end in what looks like teasers.
    lines = PROSE.read_text(encoding="utf-8").strip().split("\n")
    pages = [lines[at : at + size] for at in range(0, len(lines), size)]
    labels = [label for page in pages for label in label_lines(page)]
    kept = sum(DEFAULT_ACTIONS[label] is not Action.DROP for label in labels if label)
    assert kept >= 0.975 * len(lines)


@needs_prose
def test_real_prose_is_mended_where_it_was_broken_and_nowhere_else() -> None:
    lines = PROSE.read_text(encoding="utf-8").strip().split("\n")
    whole = one("\n".join(lines))
    assert len(whole.blocks) == len(lines)
    broken = joined = 0
    for line in lines:
        space = line.rfind(" ", 30, max(31, len(line) // 2 + 15))
        if space > 0 and line[space + 1].islower() and line[space - 1].isalpha():
            broken += 1
            joined += len(one(f"{line[:space]}\n{line[space + 1 :]}").blocks) == 1
    assert broken > 100
    assert joined >= 0.97 * broken


@pytest.mark.parametrize("line", ["Анна Лесная 15.08.2025, 14:10", "Иван Петров | 12.01.2026"])
def test_a_name_and_a_date_are_no_lead(line: str) -> None:
    story = "В понедельник в городе открыли новый мост, сообщила вечером городская мэрия.\n\n"
    found = one(f"Новый мост открыт\n\n{line}\n\n{story}{story}{story}")
    assert line not in texts(found, Kind.LEAD)
    assert line in texts(found, Kind.CREDIT)
