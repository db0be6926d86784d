"""Texts summarised as they are, by command and API; summaries that are translated."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import checkpoints
import fakes
import pytest
from commands import Command
from fakes import FakeCatalog, FakeEngine, fake_model, latin

import tolmach
from tolmach.assembly import assemble
from tolmach.cleaning import clean
from tolmach.config.run import RunSettings
from tolmach.document import Article, Summary, SummarySentence
from tolmach.errors import ConfigError, GenerationError
from tolmach.readers import read_text
from tolmach.segmentation import SPLITTERS, segment
from tolmach.stages import Input
from tolmach.summarization.lengths import Wanted
from tolmach.summarization.plain import article_of
from tolmach.summarization.summarizer import Job, summarize_all
from tolmach.summarization.texts import Summarizer
from tolmach.summarization.translated import all_in_target
from tolmach.translation.translator import Translated
from tolmach.writers.jsonl import JsonLinesWriter

ENGLISH = (
    "A ferry across the river has opened for three communes\n\n"
    "The new ferry across the river carried its first passengers on Monday morning. "
    "It holds 48 people and twelve motorcycles, and the trip takes seven minutes.\n\n"
    "Residents used to drive to the bridge, which stands thirty kilometres downstream. "
    "Building the pier cost the commune 5.6 billion dong, and a bank gave half of it.\n\n"
    "Local fishermen ask to limit the speed of the ferry near the cages with fish.\n"
)
VIETNAMESE = (
    "Phà qua sông đã mở cửa cho người dân ba xã\n\n"
    "Chiếc phà mới qua sông đã chở những hành khách đầu tiên vào sáng thứ Hai. "
    "Phà chở được 48 người và mười hai xe máy, chuyến đi mất bảy phút.\n\n"
    "Trước đây người dân phải đi tới cây cầu nằm cách đó ba mươi ki-lô-mét về phía hạ lưu. "
    "Việc xây bến tốn của xã 5,6 tỷ đồng, ngân hàng cho một nửa số tiền.\n"
)
RUSSIAN = (
    "Паром через реку открылся для жителей трёх общин\n\n"
    "Новый паром через реку перевёз первых пассажиров в понедельник утром. "
    "Он вмещает 48 человек и двенадцать мотоциклов, а дорога занимает семь минут.\n\n"
    "Раньше жителям приходилось ехать до моста, который стоит в тридцати километрах ниже. "
    "Строительство причала обошлось общине в 5,6 млрд донгов, половину дал банк.\n\n"
    "Местные рыбаки просят ограничить скорость парома возле садков с рыбой.\n"
)
POINTS = (
    "The province builds a new bridge over the river near the old market.",
    "Schools receive computers and teachers of music by the end of next year.",
    "Farmers may borrow money for cold stores without any interest.",
    "A hospital with ninety beds opens in the mountains next spring.",
    "Buses will run to the airport every half hour, even at night.",
    "Old trees along the main street may not be felled any more.",
    "Fishermen get warning of storms on their mobile telephones.",
    "The museum shows letters of soldiers that were never delivered.",
    "Rubbish is collected three times a week in all the villages.",
    "Tourists pay a small fee for visiting the caves from August on.",
    "Young families can rent flats from the province for ten years.",
    "The stadium receives a roof, and the swimming pool a new heating.",
    "Markets close an hour later on days before public holidays.",
    "Veterinarians examine every herd of buffaloes in the autumn.",
    "The library opens on Sundays and lends instruments as well.",
)
TEXTS = {"en": ENGLISH, "vi": VIETNAMESE, "ru": RUSSIAN}
SETTINGS = "device: cpu\noffline: true\nthreads: 1\n"


@pytest.fixture
def settings(tmp_path: Path) -> RunSettings:
    return RunSettings(device="cpu", offline=True, cache=str(tmp_path / "cache"))


class TestPlain:
    @pytest.mark.parametrize("language", TEXTS)
    def test_language_and_blocks(self, language: str) -> None:
        found = article_of(read_text(TEXTS[language]))
        assert found.to == language
        assert found.title == TEXTS[language].split("\n")[0]
        assert found.text == TEXTS[language].rstrip("\n") or found.text == TEXTS[language]
        for part in found.segments:
            assert part.source == part.target == part.span.of(found.document.text)

    def test_most_of_the_text_says_the_language(self) -> None:
        assert article_of(read_text(ENGLISH + RUSSIAN + RUSSIAN)).to == "ru"
        found = article_of(read_text(ENGLISH + ENGLISH + RUSSIAN))
        assert found.to == "en"
        (warning,) = found.warnings
        assert warning.code == "mixed_languages"
        assert "Russian" in warning.message


class TestApi:
    @pytest.mark.parametrize("language", TEXTS)
    def test_a_text(self, language: str, settings: RunSettings) -> None:
        article = tolmach.summarize(
            TEXTS[language],
            style=("bullets", "headline"),
            sentences=2,
            model="extractive",
            settings=settings,
        )
        assert article.to == language
        assert article.summary is not None
        assert [summary.style for summary in article.summaries] == ["bullets", "headline"]
        for sentence in article.summary.sentences:
            assert sentence.text == article.segments[sentence.sources[0]].target
            assert all(check.passed for check in sentence.checks)
        assert article.summaries[1].text == article.title

    def test_a_file(self, tmp_path: Path, settings: RunSettings) -> None:
        path = tmp_path / "ferry.txt"
        path.write_text(ENGLISH, encoding="utf-8")
        found = tolmach.summarize(path, characters=90, model="extractive", settings=settings)
        assert found.name == "ferry.txt"
        assert found.summary is not None
        assert 0 < len(found.summary.text) <= 90

    def test_wrong_options(self, settings: RunSettings) -> None:
        wrong: Any = {"styles": ("poem",)}
        for options in (wrong, {"sentences": 0}, {"characters": -1}, {"to": "de"}, {"styles": ()}):
            with pytest.raises(ConfigError):
                Summarizer(**options, settings=settings)
        with pytest.raises(ConfigError, match="cannot be translated from Vietnamese to English"):
            tolmach.summarize(VIETNAMESE, to="en", model="extractive", settings=settings)

    def test_a_bad_document_does_not_stop_the_others(
        self, tmp_path: Path, settings: RunSettings
    ) -> None:
        good = Input("good", text=ENGLISH)
        bad = Input("bad.txt", path=tmp_path / "missing.txt")
        with Summarizer(models=("extractive",), settings=settings) as summarizer:
            items = list(summarizer.items([good, bad, good]))
        assert [item.failure is None for item in items] == [True, False, True]
        assert items[0].articles["en"].summary == items[2].articles["en"].summary

    def test_translated(
        self, catalog: FakeCatalog, settings: RunSettings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(Summarizer, "_route", lambda *_args, **_more: fake_model())
        article = tolmach.summarize(RUSSIAN, to="en", model="extractive", settings=settings)
        assert article.summary is not None
        assert article.summary.order == "source"
        for sentence in article.summary.sentences:
            assert sentence.text == latin(article.segments[sentence.sources[0]].source)
        assert not catalog.loaded


class TestTranslatedSummaries:
    def article(self) -> Article:
        document = segment(clean(read_text(RUSSIAN)), splitter=SPLITTERS["razdel"]())
        english = ENGLISH.replace("\n\n", " ").strip()
        texts = [ENGLISH.split("\n")[0], *english[len(ENGLISH.split("\n")[0]) + 1 :].split(". ")]
        found = {
            index: Translated(index, text if not index or text.endswith(".") else f"{text}.")
            for index, text in enumerate(texts)
        }
        made = assemble(document, found, to="en", model="fake", signature={})
        assert len(made.segments) == len(texts) == 6
        return made

    def summary(self, answer: str, translation: str) -> Summary:
        engine = FakeEngine(answer=lambda _text, _to: [answer])
        model = fake_model("russian", engine=engine, max_source_tokens=500)

        def translate(texts: Sequence[str]) -> list[str]:
            assert list(texts) == [answer]
            return [translation]

        job = Job(self.article(), Wanted(sentences=1), model, "source", translate)
        (found,) = summarize_all([job])
        assert isinstance(found, Summary)
        return found

    def test_a_summary_of_the_source_is_translated(self) -> None:
        answer = "Новый паром через реку вмещает 48 человек."
        found = self.summary(answer, "The new ferry across the river holds 48 people.")
        assert found.order == "source"
        (sentence,) = found.sentences
        assert sentence.text == "The new ferry across the river holds 48 people."
        assert sentence.method == "abstractive"
        assert set(sentence.sources) <= {1, 2}

    @pytest.mark.parametrize(
        "translation",
        [
            "The new ferry across the river holds 84 people.",
            "Chiếc phà mới qua sông chở được 48 người.",
            "",
        ],
    )
    def test_a_bad_translation_is_replaced_and_marked(self, translation: str) -> None:
        answer = "Новый паром через реку вмещает 48 человек."
        found = self.summary(answer, translation)
        (sentence,) = found.sentences
        assert sentence.method == "extractive"
        assert sentence.text in ENGLISH
        assert translation in sentence.refused
        assert "summary_replaced" in {warning.code for warning in found.warnings}

    def test_what_is_taken_over_has_its_own_translation(self) -> None:
        article = self.article()
        (found,) = summarize_all(
            [Job(article, Wanted(sentences=2), None, "source", lambda texts: [*texts])]
        )
        assert isinstance(found, Summary)
        for sentence in found.sentences:
            assert sentence.text == article.segments[sentence.sources[0]].target

    def test_without_anything_to_replace_it_a_fault_is_marked(self) -> None:
        sentence = SummarySentence("Паром вмещает 48 человек.", (1,), "extractive")
        summary = Summary((sentence,), "extractive")
        done = all_in_target(
            summary, lambda _: ["The ferry holds 84 people."], language="ru", to="en"
        )
        assert [warning.code for warning in done.warnings] == ["summary_translation"]


class TestStage:
    def run(self, catalog: FakeCatalog, tmp_path: Path, **options: Any) -> Article:
        run = RunSettings(device="cpu", offline=True, cache=str(tmp_path))
        config = fakes.news().with_options("summarize", models=("extractive",), **options)
        with tolmach.load(config, model=str(catalog.folder), settings=run) as pipeline:
            return pipeline.translate(RUSSIAN, to="en")

    def test_order_and_styles(self, catalog: FakeCatalog, tmp_path: Path) -> None:
        styles = ("bullets", "headline", "lead")
        article = self.run(catalog, tmp_path, styles=styles, of={"en": "source"})
        assert tuple(summary.style for summary in article.summaries) == styles
        assert {summary.order for summary in article.summaries} == {"source"}
        assert article.summary == article.summaries[0]
        assert "en of source" in article.signature["summary"]
        record = json.loads(JsonLinesWriter().render(article)[".jsonl"].split("\n")[0])
        assert record["summary"]["sentences"][0]["checks"]["numbers"] == "passed"
        assert record["summary"]["coverage"] == 1.0
        assert [item["style"] for item in record["further_summaries"]] == ["headline", "lead"]

    def test_the_source_is_summarised_though_the_memory_had_all(
        self, catalog: FakeCatalog, tmp_path: Path
    ) -> None:
        said = "Новый паром через реку перевёз в понедельник первых пассажиров."
        catalog.engine = {"answer": lambda _text, to: [said] if to == "ru" else None}
        reader = fakes.fake_checkpoint(tmp_path / "reader", "reader")
        checkpoints.write_card(reader, "reader", pairs=["ru-ru"], family="bart")
        memory = str(tmp_path / "memory.sqlite3")
        run = RunSettings(device="cpu", offline=True, cache=str(tmp_path), memory=memory)
        options: dict[str, Any] = {"of": {"en": "source"}, "models": (str(reader),)}
        config = fakes.news().with_options("summarize", sentences=1, **options)
        translator = str(catalog.folder)
        found = []
        for _ in range(2):
            with tolmach.load(config, model={"en": translator}, settings=run) as pipeline:
                found.append(pipeline.translate(RUSSIAN, to="en"))
        assert {segment.origin.value for segment in found[1].segments} == {"memory"}
        first, second = (article.summary for article in found)
        assert second is not None
        assert first == second
        assert second.order == "source"
        assert [sentence.text for sentence in second.sentences] == [latin(said)]

    def test_translations_of_many_summaries_share_batches(self) -> None:
        said = "Новый паром через реку вмещает 48 человек."
        engine = FakeEngine(answer=lambda _text, _to: [said])
        model = fake_model("russian", engine=engine, max_source_tokens=500)
        asked: list[tuple[str, ...]] = []

        def translate(texts: Sequence[str]) -> list[str]:
            asked.append(tuple(texts))
            if len(asked) > 1:
                raise GenerationError("planted")
            return ["The new ferry across the river holds 48 people." for _ in texts]

        jobs = [
            Job(
                TestTranslatedSummaries().article(), Wanted(sentences=1), model, "source", translate
            )
            for _ in range(3)
        ]
        found = summarize_all(jobs)
        assert asked == [(said,)]
        assert len({repr(summary) for summary in found}) == 1
        # now it fails, for these documents and no others
        other = Job(TestTranslatedSummaries().article(), Wanted(sentences=1))
        results = summarize_all([*jobs, other])
        assert [isinstance(result, GenerationError) for result in results] == [True] * 3 + [False]

    def test_wrong_options(self) -> None:
        for wrong in (
            {"of": {"de": "source"}},
            {"of": {"en": "both"}},
            {"styles": ()},
            {"styles": ("ode",)},
        ):
            with pytest.raises(ConfigError):
                fakes.news().with_options("summarize", **wrong)

    @pytest.mark.parametrize("name", ["news", "draft"])
    def test_shipped_pipelines_say_what_they_summarise(self, name: str) -> None:
        (options,) = [s.options for s in tolmach.load_config(name).stages if s.name == "summarize"]
        assert options.model_fields_set >= {"of", "models"}
        assert set(options.of) == {"en", "vi"}


class TestCommand:
    def run(self, command: Command, *arguments: str, **more: Any) -> Any:
        command.write("offline.yaml", SETTINGS)
        return command(
            "summarize", *arguments, "--config", "offline.yaml", "--model", "extractive", **more
        )

    def test_prints(self, command: Command) -> None:
        command.write("ferry.txt", ENGLISH)
        found = self.run(command, "ferry.txt", "--style", "lead", "--style", "headline")
        assert found.code == 0, found.err
        assert found.out.startswith("[lead]\nThe new ferry across the river")
        assert "[headline]\nA ferry across the river has opened" in found.out

    def test_standard_input(self, command: Command) -> None:
        found = self.run(command, "-", "--length", "1", stdin=VIETNAMESE.encode())
        assert found.code == 0, found.err
        assert found.out.count("\n") == 1
        assert "Phà" in found.out

    def test_files_and_report(self, command: Command) -> None:
        for name, text in TEXTS.items():
            command.write(f"in/{name}.txt", text)
        command.write("in/empty.txt", "")
        found = self.run(
            command,
            "in",
            "--out",
            "out",
            "--length",
            "90c",
            "--style",
            "bullets",
            "--format",
            "jsonl",
        )
        assert found.code in {0, 1}, found.err
        files = found.files()
        for name in TEXTS:
            assert f"{name}/{name}.summary.txt" in files
            assert f"{name}/{name}.jsonl" in files
        record = found.record("en.txt")
        (summary,) = record["targets"]["en"]["summaries"]
        assert summary["style"] == "bullets"
        assert all(set(s["checks"].values()) == {"passed"} for s in summary["sentences"])
        assert all(s["segments"] for s in summary["sentences"])
        assert sum(len(s["text"]) for s in summary["sentences"]) <= 90

    def test_texts_of_many_sections_get_more(self, command: Command) -> None:
        parts = [f"{n}. {saying}" for n, saying in enumerate(POINTS, start=1)]
        command.write("plan.txt", "\n\n".join(["The plan of the province", *parts]))
        found = self.run(command, "plan.txt", "--json")
        assert found.code == 0, found.err
        (record,) = json.loads(found.out)["documents"]
        (summary,) = record["targets"]["en"]["summaries"]
        assert len(summary["sentences"]) == 5
        assert len(summary["missing"]) == 10
        shorter = self.run(command, "plan.txt", "--json", "--length", "2")
        (record,) = json.loads(shorter.out)["documents"]
        assert len(record["targets"]["en"]["summaries"][0]["sentences"]) == 2

    @pytest.mark.parametrize("value", ["many", "0", "31", "[3]"])
    def test_wrong_sentences_in_a_pipeline(self, command: Command, value: str) -> None:
        command.write(
            "mine.yaml",
            "stages:\n  - read\n  - clean\n  - segment\n  - translate\n"
            f"  - summarize:\n      sentences: {value}\n  - write\n",
        )
        found = command("pipelines", "check", "mine.yaml")
        assert found.code == 2
        assert "mine.yaml:7" in found.err
        assert "sentences" in found.err

    @pytest.mark.parametrize("length", ["0", "-1", "many", "5w", "0c"])
    def test_wrong_length(self, command: Command, length: str) -> None:
        command.write("ferry.txt", ENGLISH)
        found = self.run(command, "ferry.txt", f"--length={length}")
        assert found.code == 2
        assert "--length" in found.err

    def test_json(self, command: Command) -> None:
        command.write("ferry.txt", ENGLISH)
        found = self.run(command, "ferry.txt", "--json")
        (record,) = json.loads(found.out)["documents"]
        assert record["targets"]["en"]["summary"]
