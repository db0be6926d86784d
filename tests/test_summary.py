"""Summaries: what is chosen, what the gate refuses, and how the two are put together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from types import MappingProxyType

import pytest
from fakes import FakeCatalog, FakeEngine, fake_model, latin
from hypothesis import given, settings
from hypothesis import strategies as st

from tolmach.assembly import assemble
from tolmach.cleaning import clean
from tolmach.composition import load_config
from tolmach.config.run import RunSettings
from tolmach.document import Article, EditorWarning, Severity
from tolmach.inference.base import TextModel
from tolmach.pipeline import load
from tolmach.readers import read_path, read_text
from tolmach.segmentation import SPLITTERS, segment
from tolmach.summarization.gate import Evidence, objections
from tolmach.summarization.salience import salience, select, similarity, stems
from tolmach.summarization.summarizer import summarize
from tolmach.translation.translator import Translated

ROOT = Path(__file__).resolve().parent.parent
SEEDS = sorted((ROOT / "seeds").rglob("*.txt"))

RUSSIAN = (
    "Паром через реку Кон открылся для жителей трёх общин",
    "Новый паром через реку Кон перевёз первых пассажиров в понедельник утром.",
    "Он вмещает 48 человек и двенадцать мотоциклов, а дорога занимает семь минут.",
    "Раньше жителям приходилось ехать до моста, который стоит в тридцати километрах ниже.",
    "Директор порта Нгуен Ван Лам сказал, что билет для школьников останется бесплатным.",
    "Строительство причала обошлось общине в 5,6 млрд донгов, половину дал банк.",
    "Осенью здесь поставят навес и скамейки, чтобы люди могли ждать в тени.",
    "Местные рыбаки просят ограничить скорость парома возле садков с рыбой.",
)
ENGLISH = (
    "A ferry across the Kon River has opened for residents of three communes",
    "The new ferry across the Kon River carried its first passengers on Monday morning.",
    "It holds 48 people and twelve motorcycles, and the trip takes seven minutes.",
    "Residents used to drive to the bridge, which stands thirty kilometres downstream.",
    "Port director Nguyen Van Lam said that the ticket for pupils would remain free of charge.",
    "Building the pier cost the commune 5.6 billion dong, and a bank gave half of it.",
    "A canopy and benches will be put up here in autumn so that people can wait in the shade.",
    "Local fishermen ask to limit the speed of the ferry near the cages with fish.",
)
VIETNAMESE = (
    "Phà qua sông Kôn đã mở cửa cho người dân ba xã",
    "Chiếc phà mới qua sông Kôn đã chở những hành khách đầu tiên vào sáng thứ Hai.",
    "Phà chở được 48 người và mười hai xe máy, chuyến đi mất bảy phút.",
    "Trước đây người dân phải đi tới cây cầu nằm cách đó ba mươi ki-lô-mét về phía hạ lưu.",
    "Giám đốc cảng Nguyễn Văn Lâm cho biết vé cho học sinh vẫn sẽ miễn phí.",
    "Việc xây bến tốn của xã 5,6 tỷ đồng, ngân hàng cho một nửa số tiền.",
    "Mùa thu tới ở đây sẽ dựng mái che và ghế để mọi người có thể chờ trong bóng mát.",
    "Ngư dân địa phương đề nghị hạn chế tốc độ của phà gần lồng cá.",
)
TARGETS = {"en": ENGLISH, "vi": VIETNAMESE}


def ferry(to: str = "en", *, joined: bool = False) -> Article:
    """The article above; ``joined`` puts its body into one paragraph."""
    gap = " " if joined else "\n\n"
    document = segment(
        clean(read_text(f"{RUSSIAN[0]}\n\n{gap.join(RUSSIAN[1:])}\n")),
        splitter=SPLITTERS["razdel"](),
    )
    assert [part.source for part in document.segments] == list(RUSSIAN)
    found = {index: Translated(index, text) for index, text in enumerate(TARGETS[to])}
    return assemble(document, found, to=to, model="fake", signature={})


def evidence(passage: int, to: str = "en", *, examples: str = "") -> Evidence:
    texts = TARGETS[to]
    return Evidence(texts[passage], " ".join(texts), "\n".join(RUSSIAN), examples, to)


# --- salience ----------------------------------------------------------------------------------


def test_the_whole_article_is_represented() -> None:
    chosen = select(RUSSIAN[1:], count=3, title=RUSSIAN[0])
    assert len(chosen) == 3
    assert chosen == sorted(set(chosen))
    assert chosen[0] == 0  # the lead
    assert chosen[-1] >= 3  # something of the second half


def test_real_articles_are_represented() -> None:
    reach = []
    for path in SEEDS:
        document = segment(clean(read_path(path, name="a")), splitter=SPLITTERS["razdel"]())
        sentences = [part.source for part in document.segments if len(part.source) > 40]
        chosen = select(sentences, count=3)
        assert len(set(chosen)) == 3
        assert chosen == select(list(sentences), count=3)
        reach.append(chosen[-1] / len(sentences))
    # not only the beginning, which is what a lead already says
    assert sum(share > 1 / 3 for share in reach) >= len(SEEDS) * 2 // 3


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from([*RUSSIAN, "Да?", "1", "...", ""]), max_size=25), st.integers(1, 6))
def test_never_more_than_asked_for(sentences: list[str], count: int) -> None:
    chosen = select(sentences, count=count)
    assert len(chosen) == min(count, len(sentences))
    assert chosen == sorted(set(chosen))
    assert all(0 <= index < len(sentences) for index in chosen)
    assert chosen == select(sentences, count=count)


def test_a_sentence_is_not_chosen_twice() -> None:
    said_again = [RUSSIAN[1], RUSSIAN[1], RUSSIAN[1], RUSSIAN[5], RUSSIAN[7], RUSSIAN[3]]
    chosen = [said_again[index] for index in select(said_again, count=3)]
    assert len(set(chosen)) == 3


def test_the_title_attracts() -> None:
    plain = salience(RUSSIAN[1:])
    for place, title in enumerate(RUSSIAN[1:]):
        drawn = salience(RUSSIAN[1:], title=title)
        gains = [after - before for before, after in zip(plain, drawn, strict=True)]
        assert max(gains) == gains[place] > 0


def test_similarity_is_symmetric_and_bounded() -> None:
    for one in RUSSIAN:
        assert similarity(stems(one), stems(one)) == 1
        for other in ENGLISH:
            assert similarity(stems(one), stems(other)) == similarity(stems(other), stems(one))
            assert 0 <= similarity(stems(one), stems(other)) < 0.5
    assert similarity([], stems(RUSSIAN[0])) == 0


# --- the gate ----------------------------------------------------------------------------------

SUPPORTED = [
    ("en", 1, "The new ferry across the Kon River carried its first passengers on Monday."),
    ("en", 2, "It holds 48 people, and the trip takes seven minutes."),
    ("en", 4, "Port director Nguyen Van Lam said the ticket for pupils would remain free."),
    ("en", 5, "Building the pier cost the commune 5.6 billion dong."),
    ("vi", 1, "Chiếc phà mới qua sông Kôn đã chở những hành khách đầu tiên."),
    ("vi", 2, "Phà chở được 48 người, chuyến đi mất bảy phút."),
    ("vi", 4, "Giám đốc cảng Nguyễn Văn Lâm cho biết vé cho học sinh miễn phí."),
]
PLANTED = [
    # numbers
    ("en", 2, "It holds 480 people, and the trip takes seven minutes.", "480"),
    ("en", 2, "It holds 84 people and twelve motorcycles in seven minutes.", "84"),
    ("en", 5, "Building the pier cost the commune 56.5 billion dong.", "56.5"),
    ("vi", 2, "Phà chở được 148 người, chuyến đi mất bảy phút.", "148"),
    ("vi", 5, "Việc xây bến tốn của xã 65 tỷ đồng, ngân hàng cho một nửa.", "65"),
    # names
    ("en", 4, "Port director Robert Peterson said that the ticket would remain free.", "Peterson"),
    ("en", 1, "The new ferry across the Dnieper River carried its first passengers.", "Dnieper"),
    ("vi", 4, "Giám đốc cảng Petersburg cho biết vé cho học sinh vẫn sẽ miễn phí.", "Petersburg"),
    # forms
    ("en", 1, "The new ferry across the Kon River carried its first", "cut off"),
    ("vi", 1, "Chiếc phà mới qua sông Kôn đã chở những hành khách", "cut off"),
    ("en", 1, "The ferry the ferry the ferry the ferry carried passengers.", "again and again"),
    ("vi", 1, "Chiếc phà phà phà phà phà đã chở những hành khách đầu tiên.", "again and again"),
    ("en", 1, "A ferry.", "says nothing"),
    # languages
    ("en", 1, VIETNAMESE[1], "wrong language"),
    ("vi", 1, ENGLISH[1], "wrong language"),
    ("en", 1, "The new паром across the Kon River carried its first passengers.", "wrong language"),
    # content from elsewhere
    (
        "en",
        1,
        "The new ferry was praised by tourists who arrived from abroad.",
        "not in the article",
    ),
    ("en", 1, "Local fishermen ask to limit the speed near the cages with fish.", "strays"),
]


@pytest.mark.parametrize(("to", "passage", "sentence"), SUPPORTED)
def test_supported_sentences_pass(to: str, passage: int, sentence: str) -> None:
    assert objections(sentence, evidence(passage, to)) == []


@pytest.mark.parametrize(("to", "passage", "sentence", "reason"), PLANTED)
def test_planted_mistakes_are_refused(to: str, passage: int, sentence: str, reason: str) -> None:
    assert any(reason in objection for objection in objections(sentence, evidence(passage, to)))


@pytest.mark.parametrize("to", ["en", "vi"])
def test_the_article_supports_itself(to: str) -> None:
    for passage, sentence in enumerate(TARGETS[to][1:], start=1):
        assert objections(sentence, evidence(passage, to)) == []
        assert objections(sentence, evidence(passage, to), finished=False) == ["it is cut off"]


def test_examples_of_the_prompt_do_not_leak() -> None:
    example = "The plant carried its first passengers to the river of the commune last week."
    leaked = evidence(1, examples=f"Text: ...\nSummary: {example}")
    sentence = "The ferry carried its first passengers to the river of the commune."
    assert any("example" in reason for reason in objections(sentence, leaked))
    # words that the article shares with an example are no leak
    shared = evidence(1, examples=f"Summary: {ENGLISH[1]}")
    assert objections(ENGLISH[1], shared) == []


# --- summaries ---------------------------------------------------------------------------------


@pytest.mark.parametrize("to", ["en", "vi"])
@pytest.mark.parametrize("count", [1, 2, 3, 10])
def test_extractive_summaries(to: str, count: int) -> None:
    article = ferry(to)
    summary = summarize(article, sentences=count)
    assert 1 <= len(summary.sentences) <= min(count, 3)  # seven sentences give at most three
    assert summary.model == "extractive"
    positions = [sentence.sources for sentence in summary.sentences]
    assert positions == sorted(positions)
    assert len(set(positions)) == len(positions)
    for sentence in summary.sentences:
        assert sentence.method == "extractive"
        assert sentence.text == article.segments[sentence.sources[0]].target
    assert summary.text == " ".join(sentence.text for sentence in summary.sentences)
    assert article.segments[0].target not in summary.text  # the title is no sentence of it


def one_of(text: str) -> Article:
    document = segment(clean(read_text(text)), splitter=SPLITTERS["razdel"]())
    found = {
        index: Translated(index, latin(part.source))
        for index, part in enumerate(document.segments)
        if part.translate
    }
    return assemble(document, found, to="en", model="fake", signature={})


def test_short_articles_get_short_summaries() -> None:
    summary = summarize(one_of(f"{RUSSIAN[0]}\n\n{RUSSIAN[1]} {RUSSIAN[2]}\n"), sentences=3)
    assert summary.text == " ".join(latin(text) for text in RUSSIAN[1:3])
    assert [warning.code for warning in summary.warnings] == ["summary_short", "summary_extractive"]


def test_headings_alone_have_no_summary() -> None:
    summary = summarize(one_of("Новый паром открыт\n"), sentences=3, model=fake_model())
    assert summary.sentences == ()
    assert summary.text == ""
    assert [warning.code for warning in summary.warnings] == ["summary_empty"]


def test_what_a_colon_announces_does_not_stand_alone() -> None:
    article = one_of(
        "На листке геолог записал строки, которые теперь знает весь город:\n\n"
        "Музей открыл выставку писем двух рек и показал сорок конвертов.\n\n"
        "Посетители приходят семьями, а школьники пишут ответы на старые письма."
    )
    summary = summarize(article, sentences=3)
    assert summary.sentences
    assert not any(sentence.text.endswith(":") for sentence in summary.sentences)


def test_doubtful_segments_are_not_summarised() -> None:
    article = ferry()
    error = EditorWarning("loop", "the same again", Severity.ERROR)
    found = {
        index: Translated(index, text, (error,) if index == 1 else ())
        for index, text in enumerate(ENGLISH)
    }
    doubtful = assemble(article.document, found, to="en", model="fake", signature={})
    assert any(1 in s.sources for s in summarize(article, sentences=3).sentences)
    assert not any(1 in s.sources for s in summarize(doubtful, sentences=3).sentences)


def test_sentences_with_names_of_their_own_are_not_summarised() -> None:
    article = ferry()
    doubt = EditorWarning("name_doubtful", "Abdullayev sounds like nothing in the source")

    def with_doubts(places: Sequence[int]) -> Article:
        found = {
            index: Translated(index, text, (doubt,) if index in places else ())
            for index, text in enumerate(ENGLISH)
        }
        return assemble(article.document, found, to="en", model="fake", signature={})

    summary = summarize(with_doubts([1]), sentences=3)
    assert len(summary.sentences) == 3
    assert not any(1 in s.sources for s in summary.sentences)
    # where all are doubtful they are taken, and it is said
    everywhere = summarize(with_doubts(range(len(ENGLISH))), sentences=3)
    assert len(everywhere.sentences) == 3
    assert "summary_doubtful" in {warning.code for warning in everywhere.warnings}


def answering(answer: Callable[[str, str], Sequence[str] | None]) -> TextModel:
    return fake_model("planted", engine=FakeEngine(answer=answer), examples=EXAMPLES)


# a model that has examples is asked for one passage at a time
EXAMPLES = MappingProxyType({"en": " ", "vi": " "})


@pytest.mark.parametrize("joined", [False, True])
def test_condensed_passages_are_abstractive(joined: bool) -> None:
    condensed = {
        ENGLISH[1]: "The new ferry across the Kon River carried its first passengers.",
        ENGLISH[5]: "Building the pier cost the commune 5.6 billion dong.",
    }

    def answer(text: str, _: str) -> Sequence[str]:
        return [short for start, short in condensed.items() if text.startswith(start)] or [text]

    article = ferry(joined=joined)
    summary = summarize(article, sentences=3, model=answering(answer))
    methods = {sentence.text: sentence.method for sentence in summary.sentences}
    assert methods[condensed[ENGLISH[1]]] == "abstractive"
    # what the model only repeats is not called its own
    assert all(
        method == ("abstractive" if text in condensed.values() else "extractive")
        for text, method in methods.items()
    )
    assert summary.model == "planted"
    assert not summary.warnings


@pytest.mark.parametrize("to", ["en", "vi"])
def test_unsupported_hypotheses_are_dropped_and_reported(to: str) -> None:
    invented = {
        "en": "The new ferry carried its first 9,000 passengers to Petersburg on Monday.",
        "vi": "Chiếc phà mới đã chở 9.000 hành khách đầu tiên vào sáng thứ Hai.",
    }[to]
    summary = summarize(ferry(to), sentences=3, model=answering(lambda _text, _to: [invented]))
    assert invented not in summary.text
    assert "000" not in summary.text
    assert summary.sentences
    # what stands instead is taken from the article
    assert all(sentence.method == "extractive" for sentence in summary.sentences)
    assert all(sentence.text in TARGETS[to] for sentence in summary.sentences)
    replaced = [item for item in summary.warnings if item.code == "summary_replaced"]
    assert replaced
    assert all(invented in warning.message for warning in replaced)
    assert all(sentence.refused == (invented,) for sentence in summary.sentences)
    assert {item.code for item in summary.warnings} == {"summary_replaced", "summary_extractive"}


def test_the_first_supported_hypothesis_is_taken() -> None:
    good = "The new ferry across the Kon River carried its first passengers."

    def answer(text: str, _: str) -> Sequence[str]:
        if not text.startswith(ENGLISH[1]):
            return [text]
        return ["The ferry carried 9,000 passengers.", "It sank in Petersburg.", good, text]

    summary = summarize(ferry(), sentences=3, model=answering(answer))
    assert summary.sentences[0].text == good
    assert summary.sentences[0].method == "abstractive"
    assert summary.sentences[0].sources == (1,)
    assert not summary.warnings


def test_nothing_is_said_twice() -> None:
    same = "The ferry carried the residents across the Kon River on Monday morning."
    summary = summarize(ferry(), sentences=3, model=answering(lambda _text, _to: [same]))
    texts = [sentence.text for sentence in summary.sentences]
    assert len(texts) == len(set(texts))


def test_a_failing_engine_leaves_an_extractive_summary() -> None:
    words = frozenset(word for text in ENGLISH for word in text.split())
    summary = summarize(ferry(), sentences=2, model=fake_model(engine=FakeEngine(fails=words)))
    assert [sentence.method for sentence in summary.sentences] == ["extractive"] * 2
    assert [warning.code for warning in summary.warnings] == ["summary_extractive"]


def test_passages_that_do_not_fit_are_taken_as_they_are() -> None:
    engine = FakeEngine(answer=lambda _text, _to: ["It is written by the model."])
    model = fake_model(engine=engine, context_tokens=50, examples=EXAMPLES)
    summary = summarize(ferry(), sentences=2, model=model)
    assert not engine.batches
    assert all(sentence.method == "extractive" for sentence in summary.sentences)


def test_the_stage_labels_extractive_summaries(catalog: FakeCatalog, tmp_path: Path) -> None:
    config = load_config("news").with_options("summarize", models=("extractive",), sentences=2)
    run = RunSettings(device="cpu", offline=True, cache=str(tmp_path))
    with load(config, model=str(catalog.folder), settings=run) as pipeline:
        article = pipeline.translate("\n\n".join(RUSSIAN), to="en")
        assert article.summary is not None
        assert len(article.summary.sentences) == 2
        assert "summary_extractive" in {w.code for w in article.summary.warnings}
        assert article.signature["summary"] == "2 sentences, extractive"
        assert pipeline.translate("Nothing here is in Russian.", to="en").summary is None


@pytest.mark.parametrize("to", ["en", "vi"])
def test_a_mistranslated_sentence_is_not_taken_over(to: str) -> None:
    right = summarize(ferry(to), sentences=3)
    place = next(s.sources[0] for s in right.sentences if "48" in s.text)
    texts = [text.replace("48", "84") for text in TARGETS[to]]
    found = {index: Translated(index, text) for index, text in enumerate(texts)}
    document = ferry(to).document
    wrong = assemble(document, found, to=to, model="fake", signature={})
    summary = summarize(wrong, sentences=3)
    assert len(summary.sentences) == 3
    assert all(place not in sentence.sources for sentence in summary.sentences)
