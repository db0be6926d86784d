"""The gate: negation, figures and their words, names, number words, and what hangs in the air."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tolmach.document import SummaryCheck
from tolmach.summarization.denial import unlike
from tolmach.summarization.gate import CHECKS, Evidence, examine, failures, objections

PASSAGE = {
    "en": (
        "The ministry did not approve the bridge, which would have cost 340 million USD, but it "
        "opened a school for 412 pupils. Director Nguyen Van Lam and Olga Petrova signed the "
        "papers on March 5, 2024."
    ),
    "vi": (
        "Bộ không phê duyệt cây cầu trị giá 340 triệu USD nhưng đã mở trường cho 412 học sinh. "
        "Giám đốc Nguyễn Văn Lâm và bà Olga Petrova ký các văn kiện ngày 5/3/2024."
    ),
    "ru": (
        "Министерство не утвердило мост за 340 миллионов долларов, но открыло школу для 412 "
        "учеников. Директор Нгуен Ван Лам и Ольга Петрова подписали бумаги 5 марта 2024 года."
    ),
}


def evidence(language: str) -> Evidence:
    text = PASSAGE[language]
    return Evidence(text, text, PASSAGE["ru"], "", language, "ru", strict=False)


GOOD = [
    ("en", "The ministry did not approve the bridge for 340 million USD."),
    ("en", "It opened a school for 412 pupils."),
    ("en", "Nguyen Van Lam and Olga Petrova signed the papers on March 5."),
    ("vi", "Bộ không phê duyệt cây cầu trị giá 340 triệu USD."),
    ("vi", "Giám đốc Nguyễn Văn Lâm ký các văn kiện ngày 5/3."),
    ("ru", "Министерство не утвердило мост за 340 миллионов долларов."),
    ("ru", "Бумаги подписали Ольга Петрова и директор Нгуен Ван Лам."),
]
WRONG = [
    ("en", "The ministry did approve the bridge for 340 million USD.", "negation"),
    ("en", "The ministry did not open a school for 412 pupils.", "negation"),
    ("en", "It opened a school for 421 pupils.", "numbers"),
    ("en", "It opened a school for nine thousand pupils.", "numbers"),
    ("en", "The papers were signed on March 15, 2024.", "numbers"),
    ("en", "The bridge would have cost 412 million USD.", "numbers"),
    ("en", "Director Nguyen Van Petrova signed the papers.", "names"),
    ("en", "Director Ivan Sidorov signed the papers.", "names"),
    ("en", "The ministry opened a school for 412 pupils and.", "ending"),
    ("en", "It opened a school (for 412 pupils.", "ending"),
    ("en", "It opened a school for 412 pupils and opened a school for 412 pupils.", "content"),
    ("vi", "Bộ phê duyệt cây cầu trị giá 340 triệu USD.", "negation"),
    ("vi", "Bộ không mở trường cho 412 học sinh.", "negation"),
    ("vi", "Bộ đã mở trường cho 142 học sinh.", "numbers"),
    ("vi", "Bộ đã mở trường cho chín nghìn học sinh.", "numbers"),
    ("vi", "Giám đốc Trần Văn Lâm ký các văn kiện.", "names"),
    ("vi", "Bộ đã mở trường cho học sinh, followed by cây cầu.", "language"),
    ("ru", "Министерство утвердило мост за 340 миллионов долларов.", "negation"),
    ("ru", "Министерство не открыло школу для 412 учеников.", "negation"),
    ("ru", "Министерство открыло школу для 142 учеников.", "numbers"),
    ("ru", "Директор Нгуен Ван Петров подписал бумаги.", "names"),
    ("ru", "The ministry opened a school for 412 pupils.", "language"),
]


@pytest.mark.parametrize(("language", "sentence"), GOOD)
def test_supported(language: str, sentence: str) -> None:
    assert failures(examine(sentence, evidence(language))) == []


@pytest.mark.parametrize(("language", "sentence", "check"), WRONG)
def test_unsupported(language: str, sentence: str, check: str) -> None:
    wrong = {item.name for item in examine(sentence, evidence(language)) if not item.passed}
    assert check in wrong


@pytest.mark.parametrize("language", PASSAGE)
def test_every_check_says_something(language: str) -> None:
    found = examine(PASSAGE[language], evidence(language))
    assert tuple(item.name for item in found) == CHECKS
    assert all(item.passed == (not item.detail) for item in found)
    assert objections(PASSAGE[language], evidence(language)) == failures(found)
    assert failures([SummaryCheck("names", False, "no")]) == ["no"]


def test_a_mistake_of_the_translation_is_no_evidence() -> None:
    # the translated passage has another number than its source
    text = PASSAGE["en"].replace("412", "4,120")
    wrong = Evidence(text, text, PASSAGE["ru"], "", "en", "ru", strict=False)
    sentence = "It opened a school for 4,120 pupils."
    assert {c.name for c in examine(sentence, wrong) if not c.passed} == {"numbers"}


@pytest.mark.parametrize(
    ("language", "passage", "right", "mixed"),
    [
        (
            "en",
            "The port is closed from 12 pm on September 24 to 10 am on September 26.",
            "The port is closed from September 24 to September 26.",
            "The port is closed from September 12 to September 26.",
        ),
        (
            "vi",
            "Cảng biển đóng cửa từ 12 giờ ngày 24/9 đến 10 giờ ngày 26/9.",
            "Cảng biển đóng cửa từ ngày 24/9 đến ngày 26/9.",
            "Cảng biển đóng cửa từ ngày 12/9 đến ngày 26/9.",
        ),
        (
            "ru",
            "Порт закрыт с 12 часов 24 сентября до 10 часов 26 сентября.",
            "Порт закрыт с 24 сентября до 26 сентября.",
            "Порт закрыт с 12 сентября до 26 сентября.",
        ),
    ],
)
def test_an_hour_and_a_month_make_no_date(
    language: str, passage: str, right: str, mixed: str
) -> None:
    russian = "Порт закрыт с 12 часов 24 сентября до 10 часов 26 сентября."
    beside = Evidence(passage, passage, russian, "", language, "ru", strict=False)
    assert failures(examine(right, beside)) == []
    wrong = {check.name: check.detail for check in examine(mixed, beside) if not check.passed}
    assert set(wrong) == {"numbers"}
    assert "12" in wrong["numbers"]


@pytest.mark.parametrize(
    ("language", "here", "there"),
    [
        ("en", "No later than May the bridge opens.", "The bridge opens in May at the latest."),
        ("en", "Not only the bridge was opened.", "The bridge was opened, too."),
        ("vi", "Không chỉ cây cầu được mở.", "Cây cầu cũng được mở."),
        ("ru", "Не только мост открыли весной.", "Мост тоже открыли весной."),
        ("ru", "Мост строили не менее года.", "Мост строили год."),
    ],
)
def test_what_only_looks_like_denial(language: str, here: str, there: str) -> None:
    assert unlike(here, there, language) == ""


def test_headlines_may_be_short_and_have_no_end() -> None:
    proof = evidence("en")
    assert failures(examine("Ministry opened a school", proof, headline=True)) == []
    assert failures(examine("Ministry opened a school", proof)) != []
    assert failures(examine("A school", proof, headline=True)) != []


@settings(deadline=None, max_examples=80)
@given(st.text(max_size=120), st.sampled_from(sorted(PASSAGE)))
def test_any_text_can_be_examined(text: str, language: str) -> None:
    found = examine(text, evidence(language))
    assert tuple(item.name for item in found) == CHECKS


def test_long_texts_take_linear_time() -> None:
    def spent(times: int) -> float:
        long = " ".join([PASSAGE["en"]] * times)
        proof = Evidence(long, long, long, "", "en", "en", strict=False)
        started = time.process_time()
        examine(GOOD[0][1], proof)
        return time.process_time() - started

    spent(10)
    small, large = spent(300), spent(3000)
    assert large < 60 * small + 0.5
    assert large < 20


@pytest.mark.parametrize(
    ("language", "passage", "sentence"),
    [
        (
            "en",
            "They agreed to bring trade to 3 billion US dollars by 2030.",
            "They agreed to bring the US to 3 billion by 2030.",
        ),
        (
            "vi",
            "Hai bên nhất trí đưa kim ngạch thương mại lên 3 tỷ USD Hoa Kỳ vào năm 2030.",
            "Hai bên nhất trí đưa thương mại Hoa Kỳ lên 3 tỷ USD vào năm 2030.",
        ),
    ],
)
def test_the_country_of_a_currency_is_not_named(language: str, passage: str, sentence: str) -> None:
    source = "Стороны решили довести торговлю до 3 млрд долларов США к 2030 году."
    proof = Evidence(passage, passage, source, "", language)
    assert {c.name for c in examine(sentence, proof) if not c.passed} == {"names"}
    assert failures(examine(passage, proof)) == []


def test_a_currency_mistaken_for_a_country() -> None:
    passage = "The sides set a goal to bring the United States to 3 billion USD by 2030."
    source = "Стороны поставили цель довести торговлю до 3 млрд долларов США к 2030 году."
    proof = Evidence(passage, passage, source, "", "en", strict=False)
    assert {c.name for c in examine(passage, proof) if not c.passed} == {"names"}
    meant = Evidence(passage, passage, f"{source} США согласны.", "", "en", strict=False)
    assert failures(examine(passage, meant)) == []


def test_a_model_of_prompts_names_only_what_it_has_read() -> None:
    passage = "The ministry opened a new school for 412 pupils of the town in March."
    article = f"{passage}\nDirector Olga Petrova thanked the town of Vinh Yen for the school."
    sentence = "Vinh Yen opened a new school for 412 pupils of the town."
    for strict in (True, False):
        proof = Evidence(passage, article, passage, "", "en", "en", strict=strict)
        named = {c.name for c in examine(sentence, proof) if not c.passed}
        assert ("names" in named) is strict


@pytest.mark.parametrize(
    ("sentence", "passes"),
    [
        ("Đại sứ đánh giá cao các reforms conducted in Việt Nam trong năm nay.", False),
        ("Năm nay Việt Nam đón hơn 430.000 lượt người Russians tới thăm.", False),
        ("Tổng Bí thư cùng spouses và đoàn đại biểu đã thăm bốn nước.", False),
        ("Công ty logistics mở tuyến container từ Hải Phòng tới Aktau.", True),
        ("Ông Johannes Evans làm việc tại công ty Siemens ở Đà Nẵng.", True),
    ],
)
def test_english_words_in_vietnamese(sentence: str, passes: bool) -> None:
    proof = Evidence(sentence, sentence, sentence, "", "vi", "vi")
    failed = {c.name for c in examine(sentence, proof) if not c.passed}
    assert ("language" not in failed) is passes
