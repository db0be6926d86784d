"""Long articles: their parts, models that read so much at once, tries after the gate's refusal."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import checkpoints_bart
import pytest
from fakes import FakeEngine, fake_model
from hypothesis import given, settings
from hypothesis import strategies as st

from tolmach.assembly import assemble
from tolmach.document import Article, Document, Summary
from tolmach.inference.base import Decoding, Encoded, TextModel
from tolmach.readers import read_path, read_text
from tolmach.summarization.lengths import Wanted
from tolmach.summarization.plain import article_of
from tolmach.summarization.records import summary_record
from tolmach.summarization.requests import Request, run
from tolmach.summarization.summarizer import Job, summarize, summarize_all
from tolmach.summarization.support import Support, sentences_of
from tolmach.summarization.view import view_of
from tolmach.translation.translator import Translated

ROOT = Path(__file__).resolve().parent.parent

TOPICS = (
    "trade in coffee and rice", "railway lines to the north", "scholarships for young teachers",
    "fishing in the eastern sea", "museums and old letters", "hospitals in the mountains",
    "wind farms near the coast", "football for schoolchildren",
)  # fmt: skip
SAYING = (
    "The ministers spoke at length about {} this year.",
    "Both sides praised the progress of {} since last spring.",
    "A working group will prepare proposals concerning {} soon.",
    "Delegates agreed to spend considerably more money on {} together.",
)
AFTER = (
    "Experts return to {} before the winter meeting in the capital.",
    "Local companies already expect better times thanks to {} there.",
    "Nobody opposed the chapter on {} when the vote was taken.",
)


def points(count: int = len(TOPICS)) -> str:
    """A statement with numbered points, two sentences each."""
    lines = ["Ministers of both countries sign a joint statement"]
    for place in range(count):
        topic = TOPICS[place % len(TOPICS)]
        if place >= len(TOPICS):
            topic = f"{topic} in region {place}"
        first, second = SAYING[place % len(SAYING)], AFTER[place % len(AFTER)]
        lines.append(f"{place + 1}. {first.format(topic)} {second.format(topic)}")
    return "\n\n".join(lines)


def article(text: str) -> Article:
    return article_of(read_text(text))


def reader(
    answer: Callable[[str, str], Sequence[str] | None], *, tokens: int = 60, output: int = 512
) -> TextModel:
    """A model that reads so many words and answers what it is told to."""
    return fake_model(
        "reader",
        engine=FakeEngine(answer=answer),
        max_source_tokens=tokens,
        max_output_tokens=output,
    )


def first_sentences(text: str, _to: str) -> Sequence[str]:
    return [" ".join(sentences_of(text)[:2])]


class TestStructure:
    def test_points_are_sections(self) -> None:
        view = view_of(article(points()))
        assert view.structured
        assert [len(section.units) for section in view.sections] == [2] * len(TOPICS)
        assert view.sections[2].title.startswith("3. A working group will prepare")

    def test_headings_are_sections(self) -> None:
        plain = re.sub(r"\n\n\d\. ", "\n\n", points()).split("\n\n")
        text = "\n\n".join([*plain[:4], "The sea", *plain[4:7], "Wind and sport", *plain[7:]])
        view = view_of(article(text))
        assert [section.title for section in view.sections][1:] == ["The sea", "Wind and sport"]
        assert [len(section.units) for section in view.sections] == [6, 6, 4]

    def test_other_articles_have_thirds(self) -> None:
        view = view_of(article(re.sub(r"\n\n\d\. ", "\n\n", points())))
        assert not view.structured
        assert [section.title for section in view.sections] == ["beginning", "middle", "end"]
        assert sum(len(section.units) for section in view.sections) == len(view.units)

    def test_coverage_says_what_is_missing(self) -> None:
        found = article(points())
        summary = summarize(found, sentences=3)
        assert summary.coverage == 3 / len(TOPICS)
        record = summary_record(summary)
        assert len(record["missing"]) == len(TOPICS) - 3
        for section in summary.sections:
            named = any(set(s.sources) & set(section.segments) for s in summary.sentences)
            assert section.covered == named
        whole = summarize(found, sentences=len(TOPICS), style="bullets")
        assert whole.coverage == 1.0
        assert summary_record(whole)["missing"] == []

    def test_the_joint_statement_of_the_samples(self) -> None:
        document = read_path(ROOT / "seeds" / "joint-statement.txt", name="statement")
        summary = summarize(article_of(document), sentences=6, style="bullets")
        assert len(summary.sections) > 6
        # every sentence stands for a part of its own
        assert sum(section.covered for section in summary.sections) == 6

    def test_a_statement_of_23_points(self) -> None:
        summary = summarize(article(points(23)), sentences=10, style="bullets")
        assert len(summary.sections) == 23
        assert sum(section.covered for section in summary.sections) == 10
        covered = [place for place, part in enumerate(summary.sections) if part.covered]
        # not its first page
        assert covered[-1] >= 18
        assert sum(place < 8 for place in covered) <= 6


class TestAutomaticLength:
    @pytest.mark.parametrize(("style", "most"), [("abstract", 8), ("bullets", 8)])
    def test_points_give_more_sentences(self, style: str, most: int) -> None:
        summary = summarize(article(points(23)), style=style)
        assert len(summary.sentences) == most
        # each from a point of its own
        assert sum(section.covered for section in summary.sections) == most

    def test_never_too_many(self) -> None:
        counts = {
            style: len(summarize(article(points(60)), style=style).sentences)
            for style in ("abstract", "bullets", "lead", "headline")
        }
        assert counts == {"abstract": 8, "bullets": 10, "lead": 1, "headline": 1}

    @pytest.mark.parametrize(("style", "count"), [("abstract", 3), ("bullets", 5)])
    def test_an_article_without_sections(self, style: str, count: int) -> None:
        text = points(12)
        plain = re.sub(r"^\d+\. ", "", text, flags=re.MULTILINE)
        assert len(summarize(article(plain), style=style).sentences) == count
        assert len(summarize(article(text), style=style).sentences) == max(count, 4)

    def test_numbers_and_caps_win(self) -> None:
        found = article(points(23))
        assert len(summarize(found, sentences=2).sentences) == 2
        assert len(summarize(found, characters=200).text) <= 200

    def test_a_model_is_asked_for_as_many(self) -> None:
        model = reader(lambda text, _to: [sentences_of(text)[0]], tokens=500, output=84)
        assert len(summarize(article(points(23)), model=model).sentences) == 8

    @settings(deadline=None)
    @given(st.integers(0, 400), st.sampled_from(["abstract", "bullets", "lead", "headline"]))
    def test_settled(self, sections: int, style: Any) -> None:
        found = Wanted(style).settled(sections=sections)
        assert found.sentences == found.count
        assert Wanted(style).count <= found.count <= 10
        assert found.count <= Wanted(style).settled(sections=sections + 1).count
        assert Wanted(style, 2).settled(sections=sections).count == Wanted(style, 2).count


class TestModelsThatRead:
    def test_parts_then_the_whole(self) -> None:
        asked: list[str] = []

        def answer(text: str, to: str) -> Sequence[str]:
            asked.append(text)
            return first_sentences(text, to)

        model = reader(answer)
        summary = summarize(article(points()), sentences=3, model=model)
        assert all(len(text.split()) <= 60 for text in asked)
        parts = asked[:-1]
        # all of it is read, in parts that begin where a point does
        for topic in TOPICS:
            assert any(topic in text for text in parts)
        starts = tuple(saying.split(" {")[0] for saying in SAYING)
        assert all(text.startswith(starts) for text in parts)
        # the last one is the whole: made of what the parts gave
        assert len(sentences_of(asked[-1])) >= len(parts)
        assert summary.sentences
        assert summary.model == "reader"

    def test_short_answers_come_from_parts(self) -> None:
        model = reader(lambda text, _to: [sentences_of(text)[0]], tokens=500, output=84)
        summary = summarize(article(points()), sentences=4, model=model)
        assert len(summary.sentences) == 4
        assert summary.coverage == 4 / len(TOPICS)

    def test_nothing_longer_than_the_limit_is_ever_asked(self) -> None:
        for tokens in (14, 25, 60, 1000):
            model = reader(first_sentences, tokens=tokens)
            summarize(article(points()), sentences=3, model=model)
            engine: Any = model.engine
            assert all(len(t.split()) <= tokens for batch in engine.batches for t in batch)

    def test_sentences_that_no_model_can_read(self) -> None:
        model = reader(first_sentences, tokens=8)
        summary = summarize(article(points()), sentences=3, model=model)
        engine: Any = model.engine
        assert not engine.batches
        assert {sentence.method for sentence in summary.sentences} == {"extractive"}
        assert len(summary.sentences) == 3

    def test_very_long_texts_are_chosen_from(self) -> None:
        text = "\n\n".join(
            f"The committee discussed proposal {place} about {TOPICS[place % 8]} in the hall."
            for place in range(400)
        )
        model = reader(first_sentences, tokens=40)
        summary = summarize(article(text), sentences=3, model=model)
        engine: Any = model.engine
        assert sum(len(batch) for batch in engine.batches) < 60
        assert len(summary.sentences) == 3

    @pytest.mark.parametrize("engine", ["ctranslate2", "torch"])
    def test_a_real_network_beyond_its_positions(
        self, tmp_path: Path, load_checkpoint: Callable[..., TextModel], engine: str
    ) -> None:
        limits = {"source_tokens": 120, "output_tokens": 40, "batch_tokens": 2048}
        folder = checkpoints_bart.build(
            tmp_path / "bart", name=f"long-{engine}", limits=limits, decoding={"beam": 2}
        )
        model = load_checkpoint(folder, engine=engine)
        text = points()
        assert len(model.encode(text, source="en", target="en")) > 256
        summary = summarize(article(text), sentences=2, model=model)
        # its weights are noise: nothing of it passes
        assert [item.method for item in summary.sentences] == ["extractive"] * 2


class TestRefused:
    text = (
        "A new bridge opens in the north\n\n"
        "The new bridge over the river was opened in March by the minister of transport. "
        "It cost 340 million dollars and was paid for by the province and by two banks.\n\n"
        "Residents had waited for the bridge for 12 years and came in large numbers. "
        "The old ferry will stop in autumn, and its crew will work at the new harbour.\n\n"
        "Farmers hope that their fruit will reach the market in half of the time."
    )

    def test_another_beam_is_taken(self) -> None:
        good = "The new bridge over the river was opened in March by the minister."

        def answer(_text: str, _to: str) -> Sequence[str]:
            return ["The new bridge over the river was opened in 1987 by the minister.", good]

        summary = summarize(
            article(self.text), sentences=1, model=beams(reader(answer, tokens=500))
        )
        assert summary.text == good
        assert all(check.passed for check in summary.sentences[0].checks)

    def test_a_tighter_input_is_tried(self) -> None:
        good = "The bridge cost 340 million dollars, paid for by two banks and the province."
        seen: list[str] = []

        def answer(text: str, _to: str) -> Sequence[str]:
            seen.append(text)
            if "Farmers" in text:
                return ["It cost 870 million dollars and was paid for by the province."]
            return [good]

        summary = summarize(article(self.text), sentences=1, model=reader(answer, tokens=500))
        assert len(seen) == 2
        assert len(seen[1]) < len(seen[0]) / 2
        assert summary.text == good
        assert summary.sentences[0].method == "abstractive"

    def test_else_the_sentence_of_the_article_marked(self) -> None:
        invented = "It cost 870 million dollars and was paid for by the province."
        summary = summarize(
            article(self.text),
            sentences=1,
            model=reader(lambda _text, _to: [invented], tokens=500),
        )
        (sentence,) = summary.sentences
        assert sentence.method == "extractive"
        assert sentence.text in self.text
        assert "340 million" in sentence.text
        assert invented in sentence.refused
        assert any(
            warning.code == "summary_replaced" and "870" in warning.message
            for warning in summary.warnings
        )

    def test_else_dropped_and_said(self) -> None:
        invented = "Seven parrots escaped from an aviary yesterday evening."
        summary = summarize(
            article(self.text),
            sentences=2,
            model=reader(lambda _text, _to: [invented], tokens=500),
        )
        assert "parrots" not in summary.text
        assert summary.sentences
        assert {"summary_dropped", "summary_replaced"} & {w.code for w in summary.warnings}

    def test_a_sentence_that_was_cut_off_is_left_out(self) -> None:
        whole = "The new bridge over the river was opened in March by the minister."

        def answer(_text: str, _to: str) -> Sequence[str]:
            return [f"{whole} The old ferry will stop in autumn, and its"]

        summary = summarize(article(self.text), sentences=3, model=reader(answer, tokens=500))
        assert summary.sentences[0].text == whole
        assert all(sentence.text.endswith(".") for sentence in summary.sentences)


def beams(model: TextModel) -> TextModel:
    return replace(model, decoding=Decoding(beam=4))


class TestStyles:
    def test_lengths_in_characters(self) -> None:
        found = article(points())
        for characters in (120, 200, 400):
            summary = summarize(found, sentences=30, characters=characters)
            assert 0 < len(summary.text) <= characters
        assert "summary_long" in {
            warning.code for warning in summarize(found, sentences=3, characters=20).warnings
        }

    def test_every_style(self) -> None:
        found = article(TestRefused.text)
        texts = {
            style: summarize(found, sentences=2, style=style).text
            for style in ("abstract", "lead", "bullets", "headline")
        }
        assert texts["headline"] == "A new bridge opens in the north"
        assert len(sentences_of(texts["lead"])) == 1
        assert len(sentences_of(texts["abstract"])) == 2
        assert texts["bullets"].count("\n- ") == 1
        untitled = article(TestRefused.text.partition("\n\n")[2])
        headline = summarize(untitled, sentences=2, style="headline")
        assert 0 < len(headline.text) <= 110

    def test_a_model_writes_headlines(self) -> None:
        model = reader(
            lambda _text, _to: ["New bridge over the river opened in March."], tokens=500
        )
        summary = summarize(article(TestRefused.text), sentences=1, style="headline", model=model)
        assert summary.text == "New bridge over the river opened in March"
        assert summary.sentences[0].sources


class TestTogether:
    def test_documents_share_batches(self) -> None:
        model = reader(first_sentences, tokens=500)
        jobs = [Job(article(points(count)), Wanted(), model) for count in (3, 4, 5, 6)]
        together = summarize_all(jobs)
        engine: Any = model.engine
        assert len(engine.batches) == 1
        assert len(engine.batches[0]) == 4
        for job, summary in zip(jobs, together, strict=True):
            (alone,) = summarize_all([job])
            assert alone == summary

    def test_one_failure_does_not_stop_the_others(self) -> None:
        def refuse(_text: str, _to: str) -> Sequence[str]:
            raise ValueError("planted")

        good = reader(first_sentences, tokens=500)

        class Broken:
            end_tokens = ("</s>",)

            def encode(self, *_: object, **__: object) -> Encoded:
                raise ValueError("planted")

        broken: Any = replace(good, codec=Broken())  # type: ignore[arg-type]
        found = summarize_all(
            [Job(article(points()), Wanted(), model) for model in (good, broken, good)]
        )
        assert isinstance(found[1], ValueError)
        assert isinstance(found[0], Summary)
        assert found[0] == found[2]

    def test_the_same_request_is_run_once(self) -> None:
        model = reader(first_sentences, tokens=500)

        def plan() -> Any:
            answers = yield [Request("The same text.", model, "en", Decoding())]
            return answers[0][0].text

        assert run([plan(), plan()]) == ["The same text."] * 2
        engine: Any = model.engine
        assert engine.batches == [("The same text.",)]


class TestBadInput:
    def test_a_list_without_sentences(self) -> None:
        text = "Shopping\n\n" + "\n".join(f"- {topic}" for topic in TOPICS)
        summary = summarize(article(text), sentences=3)
        assert summary.sentences == ()
        assert [warning.code for warning in summary.warnings] == ["summary_empty"]

    def test_too_short(self) -> None:
        text = "The new bridge over the river was opened in March by the minister."
        summary = summarize(article(text), sentences=3)
        assert summary.text == text
        assert "summary_short" in {warning.code for warning in summary.warnings}

    @pytest.mark.parametrize("style", ["abstract", "bullets", "lead"])
    @pytest.mark.parametrize(
        "text", ["The visit is over.", "Мост открыт.", "Chuyến thăm kết thúc."]
    )
    def test_a_line_is_its_own_summary(self, text: str, style: str) -> None:
        summary = summarize(article(text), sentences=3, style=style)
        assert [sentence.text for sentence in summary.sentences] == [text]
        assert summary.sentences[0].method == "extractive"
        codes = [warning.code for warning in summary.warnings]
        assert codes == ["summary_short", "summary_extractive"]

    def test_nothing_of_a_short_text_is_left_out_for_its_faults(self) -> None:
        document = Document("x", "Мост открыли 5 марта 2024 года при участии министра и жителей.")
        (block,) = article_of(document).document.blocks
        translated = {0: Translated(0, "The bridge was opened on March 7, 2031, by the minister.")}
        made = assemble(
            replace(document, blocks=(block,)), translated, to="en", model="m", signature={}
        )
        summary = summarize(made, sentences=3)
        assert summary.text == translated[0].target
        assert [check.name for check in summary.sentences[0].checks if not check.passed] == [
            "numbers"
        ]
        assert "the article does not say" in summary.warnings[1].message
        assert summary.warnings[1].code == "summary_doubtful"

    def test_a_cap_holds_for_short_texts_too(self) -> None:
        one, other = "The bridge opened in March, the minister said.", "Cars and buses may use it."
        summary = summarize(article(f"{one} {other}"), characters=60)
        assert len(summary.text) <= 60

    def test_mixed_languages(self) -> None:
        text = points() + "\n\nĐây là một câu tiếng Việt nói về cây cầu mới của tỉnh và người dân."
        found = article(text)
        assert found.to == "en"
        assert [warning.code for warning in found.warnings] == ["mixed_languages"]
        summary = summarize(found, sentences=30, style="bullets")
        assert "tiếng Việt" not in summary.text

    @pytest.mark.parametrize("text", ["", "\n\n", "...", "1 2 3", "А", "?!\n" * 50])
    def test_nothing(self, text: str) -> None:
        for style in ("abstract", "lead", "bullets", "headline"):
            summary = summarize(article_of(Document("x", text)), sentences=3, style=style)
            assert summary.sentences == ()

    @pytest.mark.parametrize(
        "unit",
        [
            "The committee discussed proposal {} about coffee and rice in the hall. ",
            "Uỷ ban thảo luận đề xuất số {} về cà phê và gạo tại hội trường lớn. ",
            "Комитет обсудил предложение номер {} о кофе и рисе в большом зале. ",
        ],
    )
    def test_a_million_characters(self, unit: str) -> None:
        paragraphs = [
            "".join(unit.format(place * 20 + at) for at in range(20)) for place in range(720)
        ]
        text = "\n".join(paragraphs)
        assert len(text) > 950_000
        started = time.process_time()
        found = article(text)
        summary = summarize(found, sentences=5, style="bullets")
        assert time.process_time() - started < 90
        assert summary.sentences

    def test_one_line_of_a_million_characters(self) -> None:
        started = time.process_time()
        summary = summarize(article("word " * 200_000), sentences=3)
        assert time.process_time() - started < 30
        assert len(summary.text) < 10

    @settings(deadline=None, max_examples=60)
    @given(st.text(alphabet="Ab. \n1Жжđ?", max_size=300), st.integers(1, 5))
    def test_any_text(self, text: str, count: int) -> None:
        found = article_of(Document("x", text))
        summary = summarize(found, sentences=count)
        assert len(summary.sentences) <= max(2, count)
        texts = [segment.target for segment in found.segments]
        assert all(sentence.text in texts for sentence in summary.sentences)


def test_what_a_sentence_rests_on() -> None:
    view = view_of(article(points()))
    support = Support(view)
    assert support.sources("They spend money on football for schoolchildren together.") == (14,)
    both = support.sources("They spoke of museums and old letters, and of hospitals in mountains.")
    assert {view.units[place].block for place in both} == {5, 6}
    assert support.sources("Qqq zzz.") == ()


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Dr. Smith met Mr. Lam. They spoke.", 2),
        ("The U.S. Congress met. It left.", 2),
        ("Ông Lâm nói: “Xong.” Mọi người về.", 2),
        ("В 2024 г. Москва открыла мост. А. С. Пушкин родился здесь.", 2),
        ("One sentence without an end", 1),
        ("", 0),
    ],
)
def test_sentences(text: str, count: int) -> None:
    assert len(sentences_of(text)) == count
    assert " ".join(sentences_of(text)) == text
