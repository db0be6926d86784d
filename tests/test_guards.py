from __future__ import annotations

import time
from collections.abc import Sequence

import checkpoints
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tolmach.document import EditorWarning, Severity
from tolmach.translation.guards import inspect, loop_start, penalty, protected_tokens

# what an editor's eye finds nothing wrong with
GOOD: tuple[tuple[str, str, str], ...] = (
    *((ru, en, "en") for ru, en in zip(checkpoints.RUSSIAN, checkpoints.ENGLISH, strict=True)),
    *((ru, vi, "vi") for ru, vi in zip(checkpoints.RUSSIAN, checkpoints.VIETNAMESE, strict=False)),
    (
        "Товарооборот вырос на 23,4% и достиг 4,5 млрд долларов в 2024 году.",
        "Trade grew by 23.4% to reach 4.5 billion USD in 2024.",
        "en",
    ),
    (
        "Товарооборот вырос на 23,4% и достиг 4,5 млрд долларов в 2024 году.",
        "Kim ngạch thương mại tăng 23,4%, đạt 4,5 tỷ USD trong năm 2024.",
        "vi",
    ),
    ("Встреча начнётся в 17:30.", "The meeting begins at 5.30 pm.", "en"),
    ("В XXI веке город вырос вдвое.", "Thế kỷ 21, thành phố đã tăng gấp đôi.", "vi"),
    ("«Очень, очень хорошо», — сказал он.", '"Very, very good," he said.', "en"),
    ("Население провинции — 1 245 тыс. человек.", "The province has 1,245,000 people.", "en"),
    ("Об этом сообщает ТАСС.", "TASS đưa tin.", "vi"),
    (
        "Пишите на editor@example.com, смотрите карта.pdf.",
        "Write to editor@example.com, see карта.pdf.",
        "en",
    ),
    ("Адрес: https://новости.рф/вьетнам.", "The address is https://новости.рф/вьетнам.", "en"),
    ("Фото: AFP", "Photo: AFP", "en"),
    ("Ханой", "Hà Nội", "vi"),
    ("Тик-так, тик-так, тик-так, говорят часы.", "Tick-tock, tick-tock, tick-tock, it says.", "en"),
)

SOURCE = "Жители просят вернуть автобусный маршрут, который отменили весной."
ENGLISH = "Residents ask for the bus route that was cancelled in spring."
VIETNAMESE = "Người dân đề nghị khôi phục tuyến xe buýt bị hủy hồi mùa xuân."


def codes(warnings: Sequence[EditorWarning]) -> set[str]:
    return {warning.code for warning in warnings}


class TestInspect:
    @pytest.mark.parametrize("pair", GOOD, ids=lambda pair: f"{pair[2]}:{pair[1][:30]}")
    def test_good_pairs(self, pair: tuple[str, str, str]) -> None:
        source, target, to = pair
        assert inspect(source, target, to=to) == ()

    @pytest.mark.parametrize(
        ("source", "target", "to", "code"),
        [
            (SOURCE, "", "en", "empty"),
            (SOURCE, "  \n ", "vi", "empty"),
            (SOURCE, ENGLISH + " that was cancelled in spring" * 2, "en", "loop"),
            (SOURCE, "Người dân dân dân dân đề nghị khôi phục tuyến xe buýt", "vi", "loop"),
            (SOURCE, "Residents ask for the автобус that was cancelled.", "en", "cyrillic_left"),
            (SOURCE, SOURCE, "en", "cyrillic_left"),
            (SOURCE, "Residents ask for the 公交车 that was cancelled.", "en", "foreign_script"),
            (SOURCE, "Người dân đề nghị khôi phục ταχύ tuyến xe buýt.", "vi", "foreign_script"),
            (SOURCE, "Người dân 주민 đề nghị khôi phục tuyến xe buýt.", "vi", "foreign_script"),
            (SOURCE, VIETNAMESE, "en", "wrong_language"),
            (SOURCE, ENGLISH, "vi", "wrong_language"),
            (SOURCE, "Residents ask.", "en", "too_short"),
            (SOURCE, " ".join([ENGLISH, *checkpoints.ENGLISH[2:4]]), "en", "too_long"),
            ("Ханой", "Hanoi is the capital of the country and has many lakes, streets and parks.",
             "en", "too_long"),
            ("Пишите на a@example.com.", "Write to b@example.com.", "en", "token_altered"),
            ("Смотрите https://example.org/a1 сегодня", "See https://example.org/a7 today", "en",
             "token_altered"),
            ("На снимке photo_17.jpg мост", "The bridge is in photo 17", "en", "token_altered"),
        ],
    )  # fmt: skip
    def test_fault_that_cannot_stand(self, source: str, target: str, to: str, code: str) -> None:
        found = inspect(source, target, to=to)
        assert code in codes(found)
        assert all(w.severity is Severity.ERROR for w in found if w.code == code)
        assert penalty(found)[0] >= 1

    @pytest.mark.parametrize(
        ("source", "target", "to", "code", "place"),
        [
            ("Посадили 200 деревьев.", "They planted 300 trees.", "en", "number_invented", "300"),
            ("Посадили 200 деревьев.", "They planted many trees.", "en", "number_missing", None),
            ("Он живёт в Казани.", "He lives in Rotterdam.", "en", "name_doubtful", "Rotterdam"),
        ],
    )
    def test_fault_for_the_editor(
        self, source: str, target: str, to: str, code: str, place: str | None
    ) -> None:
        (warning,) = (w for w in inspect(source, target, to=to) if w.code == code)
        assert warning.severity is Severity.WARNING
        assert (warning.target.of(target) if warning.target else None) == place

    @pytest.mark.parametrize("fault", ["автобус", "漢字"])
    def test_points_at_the_words(self, fault: str) -> None:
        target = f"Residents ask for the {fault} again."
        (warning,) = (w for w in inspect(SOURCE, target, to="en") if w.target)
        assert warning.target is not None
        assert warning.target.of(target) == fault

    def test_unfinished(self) -> None:
        assert codes(inspect(SOURCE, ENGLISH, to="en", finished=False)) == {"truncated"}

    def test_foreign_script_of_the_source_may_stay(self) -> None:
        source = "Вывеска гласит: 漢字, и это всё, что известно."
        assert inspect(source, "The sign says 漢字, and that is all we know.", to="en") == ()

    def test_repetition_of_the_source_may_stay(self) -> None:
        target = "Boats, boats, boats, boats as far as one can see."
        source = "Лодки, лодки, лодки, лодки, насколько видит глаз."
        assert "loop" not in codes(inspect(source, target, to="en"))

    @given(st.text(max_size=200), st.text(max_size=200), st.sampled_from(["en", "vi"]))
    def test_any_text(self, source: str, target: str, to: str) -> None:
        for warning in inspect(source, target, to=to):
            assert warning.code
            assert warning.message
            if warning.target is not None:
                assert 0 <= warning.target.start < warning.target.end <= len(target)

    @pytest.mark.parametrize(
        "piece", ["a@", "www.", "a.b@c-", "http://", "ab ", "1 234 ", "a.jpg", "漢", "д", "-", "1"]
    )
    def test_long_lines_take_linear_time(self, piece: str) -> None:
        text = piece * (100_000 // len(piece))
        started = time.process_time()
        inspect(SOURCE, text, to="en")
        inspect(text, ENGLISH, to="en")
        assert time.process_time() - started < 8


class TestPenalty:
    def test_counts_errors_first(self) -> None:
        error = EditorWarning("a", "x", Severity.ERROR)
        warning = EditorWarning("b", "x")
        assert penalty(()) == (0, 0)
        assert penalty((error, warning, warning)) == (1, 2)
        assert penalty((warning,) * 9) < penalty((error,))


WORDS = st.sampled_from([f"слово{index}" for index in range(40)])


class TestLoopStart:
    @given(st.lists(WORDS, unique=True, max_size=40))
    @example([])
    def test_never_without_repetition(self, words: list[str]) -> None:
        assert loop_start(" ".join(words)) is None

    @given(st.lists(WORDS, max_size=60))
    def test_never_without_three_in_a_row_or_two_long_ones(self, words: list[str]) -> None:
        text = " ".join(words)
        found = any(
            words[at : at + size] * (times - 1) == words[at + size : at + size * times]
            for size in range(1, 31)
            for times in [2 if size >= 4 else 3]
            for at in range(len(words) - size * times + 1)
        )
        assert (loop_start(text) is not None) is found

    @given(
        st.lists(WORDS, unique=True, min_size=1, max_size=12),
        st.lists(WORDS, unique=True, min_size=1, max_size=12),
        st.integers(3, 6),
    )
    def test_what_is_before_the_start_has_no_loop(
        self, before: list[str], loop: list[str], times: int
    ) -> None:
        text = ", ".join(before + loop * times)
        start = loop_start(text)
        assert start is not None
        assert loop_start(text[:start]) is None
        # the first round stays
        assert set(before) <= {word.strip(" ,") for word in text[:start].split()}
        assert set(loop) <= {word.strip(" ,") for word in text[:start].split()}

    @pytest.mark.parametrize(
        ("text", "kept"),
        [
            ("the boats the boats the boats the boats", "the boats "),
            ("dân dân dân dân", "dân "),
            ("one two three four, one two three four", "one two three four, "),
            ("We saw it. Very very good.", None),
            ("to be or not to be", None),
            ("Да, да, ДА", "Да, "),
            ("", None),
            ("!!! ... !!!", None),
        ],
    )
    def test_examples(self, text: str, kept: str | None) -> None:
        start = loop_start(text)
        assert (None if start is None else text[:start]) == kept


class TestProtectedTokens:
    @pytest.mark.parametrize(
        ("text", "tokens"),
        [
            ("см. https://example.org/a?b=1, там", ["https://example.org/a?b=1"]),
            ("(www.example.vn).", ["www.example.vn"]),
            ("пишите: a.b+c@mail.example.ru!", ["a.b+c@mail.example.ru"]),
            ("канал @vnexpress и @tass_agency.", ["@vnexpress", "@tass_agency"]),
            ("файл IMG_0017.JPG и отчёт-2.pdf", ["IMG_0017.JPG", "отчёт-2.pdf"]),
            ("на «vietnam.vn» вышло", ["vietnam.vn"]),
            ("обычный текст. Без ничего", []),
            ("версия 2.0 и т.д.", []),
        ],
    )
    def test_examples(self, text: str, tokens: list[str]) -> None:
        assert protected_tokens(text) == tokens

    @given(st.text(max_size=200))
    def test_are_parts_of_the_text(self, text: str) -> None:
        for token in protected_tokens(text):
            assert token
            assert token in text
