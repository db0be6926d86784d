"""Scheduling: every text answered once, whatever the windows, batches and failures."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import checkpoints
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tolmach.config.run import BatchSettings
from tolmach.errors import ConfigError, GenerationError, OutOfMemory
from tolmach.inference.base import ChainModel, Decoding, Encoded, RawHypothesis, TextModel
from tolmach.translation.strategy import translate_text
from tolmach.translation.translator import Task, Translated, Translator

# the copying model returns what it gets, so these pass for translations into English
SENTENCES = (*checkpoints.ENGLISH, "No comment", "Photo: AFP", "Yes.")
LONG = " ".join(checkpoints.ENGLISH[:10])


@dataclass
class Recorder:
    """An engine that writes down what it is asked, before another one answers.

    Attributes:
        inner: answers.
        fails: whether to fail on a batch.
        spoil: what to make of a text, greedy or wide.
    """

    inner: object
    fails: Callable[[Sequence[Encoded]], bool] = lambda _batch: False
    spoil: Callable[[tuple[str, ...], Decoding], tuple[str, ...]] = lambda tokens, _: tokens
    calls: list[tuple[tuple[Encoded, ...], Decoding]] = field(default_factory=list)
    signature: dict[str, str] = field(default_factory=dict)
    workers: int = 1
    error: type[GenerationError] = GenerationError

    def generate(
        self,
        batch: Sequence[Encoded],
        *,
        decoding: Decoding,
        max_new_tokens: int,
        end_tokens: Sequence[str],
    ) -> list[tuple[RawHypothesis, ...]]:
        self.calls.append((tuple(batch), decoding))
        if self.fails(batch):
            raise self.error("out of memory")
        found = self.inner.generate(  # type: ignore[attr-defined]
            batch, decoding=decoding, max_new_tokens=max_new_tokens, end_tokens=end_tokens
        )
        return [
            tuple(replace(item, tokens=self.spoil(item.tokens, decoding)) for item in candidates)
            for candidates in found
        ]

    def close(self) -> None:
        pass

    @property
    def rows(self) -> list[Encoded]:
        return [row for batch, _ in self.calls for row in batch]


def recording(model: TextModel, **changes: object) -> tuple[TextModel, Recorder]:
    engine = Recorder(model.engine, **changes)  # type: ignore[arg-type]
    return replace(model, engine=engine), engine


def translator(model: TextModel, **batch: int) -> Translator:
    return Translator({("ru", "en"): model, ("ru", "vi"): model}, batch=BatchSettings(**batch))


def tasks(texts: Sequence[str]) -> list[Task]:
    return [Task(index, text, "en") for index, text in enumerate(texts)]


def by_key(results: Iterator[Translated]) -> dict[object, Translated]:
    found: dict[object, Translated] = {}
    for result in results:
        assert result.key not in found, "answered twice"
        found[result.key] = result
    return found


class TestScheduling:
    @settings(
        deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(
        st.lists(st.sampled_from((*SENTENCES, LONG, "", "  ")), max_size=30),
        st.integers(1, 12),
        st.integers(1, 8),
        st.integers(0, 300),
    )
    def test_every_key_once_and_right(
        self, copying: TextModel, texts: list[str], window: int, rows: int, tokens: int
    ) -> None:
        found = by_key(
            translator(copying, window=window, rows=rows, tokens=tokens).translate(tasks(texts))
        )
        assert {key: result.target for key, result in found.items()} == dict(enumerate(texts))

    def test_batch_limits_hold(self, copying: TextModel) -> None:
        model, engine = recording(copying)
        list(translator(model, rows=3, tokens=60, window=20).translate(tasks(SENTENCES)))
        for batch, _ in engine.calls:
            assert len(batch) <= 3
            assert len(batch) == 1 or len(batch) * max(map(len, batch)) <= 60

    def test_tokens_default_to_what_suits_the_model(self, copying: TextModel) -> None:
        model, engine = recording(replace(copying, batch_tokens=40))
        list(translator(model).translate(tasks(SENTENCES)))
        assert all(len(b) == 1 or len(b) * max(map(len, b)) <= 40 for b, _ in engine.calls)

    def test_sorted_by_length_within_a_window(self, copying: TextModel) -> None:
        model, engine = recording(copying)
        list(translator(model, rows=2).translate(tasks(SENTENCES)))
        lengths = [len(row) for row in engine.rows]
        assert lengths == sorted(lengths, reverse=True)

    def test_equal_texts_are_translated_once(self, copying: TextModel) -> None:
        model, engine = recording(copying)
        texts = ["No comment", "Yes."] * 20
        found = by_key(translator(model, window=8).translate(tasks(texts)))
        assert len(found) == 40
        assert len(engine.rows) == 2

    def test_equal_texts_are_translated_once_although_the_first_is_tried_again(
        self, copying: TextModel
    ) -> None:
        model, engine = recording(copying, spoil=lambda _tokens, _decoding: ())
        found = by_key(translator(model, window=1).translate(tasks(["No comment"] * 5)))
        assert len(found) == 5
        assert len(engine.rows) == 2  # once, and once with a wider beam

    def test_equal_texts_for_two_languages_are_two(self, copying: TextModel) -> None:
        model, engine = recording(copying)
        pair = [Task("a", "Yes.", "en"), Task("b", "Yes.", "vi")]
        assert by_key(translator(model).translate(pair)).keys() == {"a", "b"}
        assert len(engine.rows) == 2

    def test_reads_a_window_ahead_of_the_engine(self, copying: TextModel) -> None:
        read: list[int] = []

        def stream() -> Iterator[Task]:
            for task in tasks([f"Text {n}" for n in range(100)]):
                read.append(int(str(task.key)))
                yield task

        results = translator(
            replace(copying, engine=Recorder(copying.engine)), window=10
        ).translate(stream())
        assert read == []
        next(results)
        # one runs, one is ready
        assert len(read) == 20
        for _ in range(10):
            next(results)
        assert len(read) <= 30

    def test_endless_stream(self, copying: TextModel) -> None:
        def stream() -> Iterator[Task]:
            number = 0
            while True:
                yield Task(number, f"Text {number}", "en")
                number += 1

        results = translator(copying, window=4).translate(stream())
        assert {next(results).target for _ in range(12)} <= {f"Text {n}" for n in range(16)}

    def test_two_models_do_not_share_batches(
        self, copying: TextModel, load_checkpoint: Callable[..., TextModel], random_checkpoint: str
    ) -> None:
        copier, copies = recording(copying)
        noise, noises = recording(load_checkpoint(random_checkpoint))
        both = Translator({("ru", "en"): copier, ("ru", "vi"): noise})
        mixed = [Task((to, text), text, to) for text in SENTENCES for to in ("en", "vi")]
        found = by_key(both.translate(mixed))
        assert len(found) == len(mixed)
        assert all(found["en", text].target == text for text in SENTENCES)
        assert len(copies.rows) == len(SENTENCES)
        assert len(noises.rows) >= len(SENTENCES)

    def test_unknown_direction(self, copying: TextModel) -> None:
        only = Translator({("ru", "en"): copying})
        with pytest.raises(ConfigError, match="ru to vi"):
            list(only.translate([Task(1, "да", "vi")]))

    def test_nothing_to_do(self, copying: TextModel) -> None:
        assert list(translator(copying).translate([])) == []

    def test_keeps_no_state(self, copying: TextModel) -> None:
        model, engine = recording(copying)
        same = translator(model)
        for _ in range(2):
            list(same.translate(tasks(["Yes."])))
        assert len(engine.rows) == 2


class TestLongTexts:
    @pytest.mark.parametrize("limit", [16, 40, 64])
    def test_nothing_is_lost(self, copying: TextModel, limit: int) -> None:
        model, engine = recording(replace(copying, max_source_tokens=limit))
        texts = [LONG, " ".join(checkpoints.ENGLISH), LONG[:-1] + "; and so on"]
        found = by_key(translator(model).translate(tasks(texts)))
        assert [found[index].target for index in range(3)] == texts
        assert all(row.text_tokens <= limit for row in engine.rows)
        assert len(engine.rows) > 3

    def test_a_word_without_end(self, copying: TextModel) -> None:
        model, engine = recording(replace(copying, max_source_tokens=32))
        (result,) = translator(model).translate([Task(0, "longword" * 60, "en")])
        assert result.target.replace(" ", "") == "longword" * 60
        assert all(row.text_tokens <= 32 for row in engine.rows)

    def test_characters_that_take_several_tokens(self, copying: TextModel) -> None:
        text = "a ½ b " * 12  # the vocabulary has no ½, and normalises it to three characters
        model, engine = recording(replace(copying, max_source_tokens=24))
        list(translator(model).translate([Task(0, text.strip(), "en")]))
        assert all(row.text_tokens <= 24 for row in engine.rows)

    def test_seams_of_a_model_that_writes_sentences(self, copying: TextModel) -> None:
        def sentence(tokens: tuple[str, ...], _decoding: Decoding) -> tuple[str, ...]:
            # takes each clause for a sentence: a capital at the start, a full stop at the end
            text = copying.codec.decode(tokens).rstrip(",.;")
            made = text[:1].upper() + text[1:] + "."
            return copying.codec.encode(made, source="ru", target="en").tokens[:-1]

        model, _ = recording(replace(copying, max_source_tokens=24), spoil=sentence)
        text = (
            "the city library has opened an exhibition of old maps, and the boats went out late, "
            "because fog lay over the river in the morning."
        )
        (result,) = translator(model).translate([Task(0, text, "en")])
        assert result.target == text[0].upper() + text[1:]


class TestRetries:
    @pytest.fixture
    def looped(self, copying: TextModel) -> tuple[str, ...]:
        """What a model writes that has lost its way."""
        return copying.encode("Fog lay" + " the boats" * 8, source="ru", target="en").tokens[:-1]

    def test_good_texts_are_not_tried_again(self, copying: TextModel) -> None:
        model, engine = recording(copying)
        list(translator(model).translate(tasks(SENTENCES)))
        assert len(engine.rows) == len(SENTENCES)
        assert {decoding.beam for _, decoding in engine.calls} == {1}

    def test_wide_beam_helps(self, copying: TextModel, looped: tuple[str, ...]) -> None:
        model, engine = recording(
            copying, spoil=lambda t, decoding: looped if decoding.beam == 1 else t
        )
        (result,) = translator(model).translate([Task(0, SENTENCES[0], "en")])
        assert result == Translated(0, SENTENCES[0], ())
        assert [decoding.beam for _, decoding in engine.calls] == [1, 4]
        wide = engine.calls[1][1]
        assert wide.candidates == 4
        assert wide.no_repeat_ngram > 0

    def test_then_cut_into_clauses(self, copying: TextModel, looped: tuple[str, ...]) -> None:
        text = f"{SENTENCES[0][:-1]}, and {SENTENCES[4][0].lower()}{SENTENCES[4][1:]}"
        whole = len(copying.encode(text, source="ru", target="en")) - 1
        model, engine = recording(
            replace(copying, max_source_tokens=200),
            spoil=lambda t, _decoding: looped if len(t) >= whole else t,
        )
        (result,) = translator(model).translate([Task(0, text, "en")])
        assert result == Translated(0, text, ())
        lengths = [[len(row) for row in batch] for batch, _ in engine.calls]
        beams = [decoding.beam for _, decoding in engine.calls]
        assert beams == [1, 4, 1]
        assert [len(batch) for batch in lengths] == [1, 1, 2]

    def test_loop_that_stays_is_cut_off_and_reported(
        self, copying: TextModel, looped: tuple[str, ...]
    ) -> None:
        model, _ = recording(copying, spoil=lambda _tokens, _decoding: looped)
        (result,) = translator(model).translate([Task(0, SENTENCES[0], "en")])
        assert "loop" in {warning.code for warning in result.warnings}
        assert result.target == "Fog lay the boats"

    def test_retries_share_batches_with_fresh_texts(
        self, copying: TextModel, looped: tuple[str, ...]
    ) -> None:
        # waiting for the end of the stream would hold back every text that is tried again
        first = copying.encode(SENTENCES[0], source="ru", target="en").tokens[:-1]
        model, _ = recording(
            copying,
            spoil=lambda t, d: looped if d.beam == 1 and t == first else t,
        )
        results = list(translator(model, window=2).translate(tasks(SENTENCES)))
        assert [result.key for result in results].index(0) < 5
        assert len(results) == len(SENTENCES)

    def test_beams_count_as_rows(self, copying: TextModel) -> None:
        model, engine = recording(copying, spoil=lambda _tokens, _decoding: ())
        list(translator(model, tokens=240).translate(tasks(SENTENCES)))
        for batch, decoding in engine.calls:
            assert len(batch) == 1 or len(batch) * max(map(len, batch)) * decoding.beam <= 240

    def test_whatever_the_batches_the_outcome_is_the_same(
        self, load_checkpoint: Callable[..., TextModel], random_checkpoint: str
    ) -> None:
        model = load_checkpoint(random_checkpoint)
        texts = checkpoints.RUSSIAN[:8]
        outcomes = {
            tuple(sorted((str(r.key), r.target, r.warnings) for r in found.translate(tasks(texts))))
            for found in (
                translator(model),
                translator(model, rows=1),
                translator(model, window=3, tokens=100),
            )
        }
        assert len(outcomes) == 1

    def test_same_batches_however_fast_the_engine(
        self, copying: TextModel, looped: tuple[str, ...]
    ) -> None:
        made = set()
        for delay in (0.0, 0.003):

            def spoil(tokens: tuple[str, ...], decoding: Decoding) -> tuple[str, ...]:
                time.sleep(delay)  # noqa: B023
                return looped if decoding.beam == 1 and len(tokens) % 3 == 0 else tokens

            model, engine = recording(copying, spoil=spoil)
            engine.workers = 2
            list(translator(model, window=4, rows=2).translate(tasks(SENTENCES)))
            made.add(frozenset(batch for batch, _ in engine.calls))
        assert len(made) == 1

    def test_strategy_needs_no_scheduler(self, copying: TextModel) -> None:
        strategy = translate_text(SENTENCES[0], copying, source="ru", to="en")
        (request,) = next(strategy)
        assert (request.text, request.to, request.wide) == (SENTENCES[0], "en", False)


class TestChain:
    @pytest.fixture
    def english(self, copying: TextModel) -> tuple[TextModel, Recorder]:
        return recording(copying)

    @pytest.fixture
    def onward(self, copying: TextModel) -> tuple[TextModel, Recorder]:
        return recording(copying)

    def test_english_half_is_computed_once(
        self, english: tuple[TextModel, Recorder], onward: tuple[TextModel, Recorder]
    ) -> None:
        chain = ChainModel("chain", ((english[0], "ru", "en"), (onward[0], "en", "vi")))
        routes = {("ru", "en"): english[0], ("ru", "vi"): chain}
        wanted = [Task((to, text), text, to) for text in SENTENCES for to in ("en", "vi")]
        found = by_key(Translator(routes, batch=BatchSettings(window=5)).translate(wanted))
        assert len(found) == len(wanted)
        assert all(found["en", text].target == text for text in SENTENCES)
        assert all(found["vi", text].target == text for text in SENTENCES)
        first = [row for row in english[1].rows if row.tokens[0] != ">>vie<<"]
        normal = [decoding for _, decoding in english[1].calls if decoding.beam == 1]
        assert len(first) == len(SENTENCES)
        assert len(normal) == len(english[1].calls)

    def test_second_half_reads_what_the_first_wrote(
        self, copying: TextModel, onward: tuple[TextModel, Recorder]
    ) -> None:
        other = copying.encode("Rice and tea.", source="ru", target="en").tokens[:-1]
        first, _ = recording(copying, spoil=lambda _tokens, _decoding: other)
        chain = ChainModel("chain", ((first, "ru", "en"), (onward[0], "en", "vi")))
        list(Translator({("ru", "vi"): chain}).translate([Task(0, SENTENCES[0], "vi")]))
        read = {copying.codec.decode(row.tokens[:-1]) for row in onward[1].rows}
        assert read == {"Rice and tea."}

    def test_what_the_first_half_could_not_mend_stays_an_error(
        self, copying: TextModel, onward: tuple[TextModel, Recorder]
    ) -> None:
        first, _ = recording(copying, spoil=lambda _tokens, _decoding: ())
        chain = ChainModel("chain", ((first, "ru", "en"), (onward[0], "en", "vi")))
        (result,) = Translator({("ru", "vi"): chain}).translate([Task(0, "No comment", "vi")])
        assert "empty" in {warning.code for warning in result.warnings}
        assert onward[1].rows == []

    def test_draft_if_one_of_them_is(self, copying: TextModel) -> None:
        stages = ((copying, "ru", "en"), (replace(copying, draft=True), "en", "vi"))
        assert ChainModel("chain", stages).draft
        assert not ChainModel("chain", stages[:1]).draft


class TestOutOfMemory:
    def test_budget_is_halved_for_all_that_follows(self, copying: TextModel) -> None:
        limit = 120  # padded tokens that the memory holds

        def fails(batch: Sequence[Encoded]) -> bool:
            return len(batch) * max(map(len, batch)) > limit

        model, engine = recording(copying, fails=fails, error=OutOfMemory)
        texts = [f"{text} {number}" for number in range(6) for text in SENTENCES]
        found = by_key(translator(model, tokens=4 * limit, window=20).translate(tasks(texts)))
        assert {key: result.target for key, result in found.items()} == dict(enumerate(texts))
        failures = [batch for batch, _ in engine.calls if fails(batch)]
        # those that were on their way when the first failed, and no window after them
        assert 1 <= len(failures) <= 6
        assert not any(fails(batch) for batch, _ in engine.calls[-10:])

    def test_single_row_that_does_not_fit_is_reported(self, copying: TextModel) -> None:
        model, _ = recording(copying, fails=lambda _batch: True, error=OutOfMemory)
        (result,) = translator(model).translate([Task(0, "No comment", "en")])
        assert {warning.code for warning in result.warnings} == {"engine_failed"}


class TestFailures:
    def test_batch_is_halved(self, copying: TextModel) -> None:
        model, engine = recording(copying, fails=lambda batch: len(batch) > 4)
        found = by_key(translator(model, tokens=10_000).translate(tasks(SENTENCES)))
        assert {key: result.target for key, result in found.items()} == dict(enumerate(SENTENCES))
        sizes = [len(batch) for batch, _ in engine.calls]
        assert sizes[0] == len(SENTENCES)
        assert max(sizes[1:]) == -(-len(SENTENCES) // 2)

    def test_text_that_fails_alone_is_reported(self, copying: TextModel) -> None:
        bad = SENTENCES[2]  # too short to be cut
        row = copying.encode(bad, source="ru", target="en")
        model, _ = recording(copying, fails=lambda batch: row in batch)
        found = by_key(translator(model).translate(tasks(SENTENCES)))
        assert len(found) == len(SENTENCES)
        failed = [result for result in found.values() if result.warnings]
        assert [result.key for result in failed] == [2]
        assert failed[0].target == ""
        assert {w.code for w in failed[0].warnings} == {"engine_failed"}

    def test_text_that_fails_as_a_whole_is_cut(self, copying: TextModel) -> None:
        row = copying.encode(SENTENCES[0], source="ru", target="en")
        model, _ = recording(copying, fails=lambda batch: row in batch)
        (result,) = translator(model).translate([Task(0, SENTENCES[0], "en")])
        assert result == Translated(0, SENTENCES[0], ())

    def test_failing_piece_of_a_long_text(self, copying: TextModel) -> None:
        row = copying.encode(checkpoints.ENGLISH[2], source="ru", target="en")
        model, _ = recording(
            replace(copying, max_source_tokens=40),
            fails=lambda batch: any(set(row.tokens[:5]) <= set(item.tokens) for item in batch),
        )
        (result,) = translator(model).translate([Task(0, LONG, "en")])
        assert "engine_failed" in {warning.code for warning in result.warnings}

    def test_failing_stream(self, copying: TextModel) -> None:
        def stream() -> Iterator[Task]:
            yield Task(0, "Yes.", "en")
            raise OSError("disk is gone")

        with pytest.raises(OSError, match="disk is gone"):
            list(translator(copying, window=1).translate(stream()))
