"""Both engines on the same checkpoints: they must agree with each other and with the truth."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from math import isfinite
from pathlib import Path

import checkpoints
import pytest

from tolmach.catalog.store import ModelStore
from tolmach.config.hardware import Hardware
from tolmach.errors import GenerationError, ModelError
from tolmach.inference.base import Decoding, Encoded, TextModel
from tolmach.inference.codecs import MarianCodec
from tolmach.inference.ct2 import CausalEngine, Seq2SeqEngine
from tolmach.inference.torch import TorchSeq2SeqEngine

TEXTS = (*checkpoints.RUSSIAN, *checkpoints.ENGLISH, *checkpoints.VIETNAMESE)
# enough of the noisy ones: beam search on torch is slow
SOME = TEXTS[::3]
ENGINES = ("ctranslate2", "torch")
SEARCHES = {
    "greedy": Decoding(),
    "beam4": Decoding(beam=4, candidates=4),
    "no repeats": Decoding(beam=4, candidates=2, no_repeat_ngram=2),
    "short": Decoding(beam=3, candidates=3, length_penalty=0.4),
    "tight cap": Decoding(max_length_ratio=0.3, max_length_extra=2),
}


@dataclass(frozen=True)
class Pair:
    """One checkpoint in both engines."""

    fast: TextModel
    reference: TextModel

    def __iter__(self) -> Iterator[TextModel]:
        return iter((self.fast, self.reference))


def both(folder: Path, load: Callable[..., TextModel]) -> Pair:
    return Pair(load(folder), load(folder, engine="torch"))


@pytest.fixture(scope="module")
def copies(copying_checkpoint: Path, load_checkpoint: Callable[..., TextModel]) -> Pair:
    return both(copying_checkpoint, load_checkpoint)


@pytest.fixture(scope="module")
def noises(random_checkpoint: Path, load_checkpoint: Callable[..., TextModel]) -> Pair:
    return both(random_checkpoint, load_checkpoint)


def rows(model: TextModel, texts: tuple[str, ...] = TEXTS) -> list[Encoded]:
    return [model.encode(text, source="ru", target="en") for text in texts]


class TestCopying:
    @pytest.mark.parametrize("engine", ENGINES)
    @pytest.mark.parametrize("beam", [1, 4])
    def test_whole_batch_is_copied(self, copies: Pair, engine: str, beam: int) -> None:
        model = copies.fast if engine == "ctranslate2" else copies.reference
        texts = TEXTS if beam == 1 else SOME
        found = model.generate(rows(model, texts), decoding=Decoding(beam=beam, candidates=beam))
        assert tuple(best.text for best, *_ in found) == texts
        assert all(best.finished for best, *_ in found)

    @pytest.mark.parametrize("engine", ENGINES)
    def test_order_of_the_batch_is_kept(self, copies: Pair, engine: str) -> None:
        model = copies.fast if engine == "ctranslate2" else copies.reference
        texts = tuple(sorted(SOME, key=len)) + tuple(sorted(SOME, key=len, reverse=True))
        found = model.generate(rows(model, texts))
        assert tuple(best.text for (best,) in found) == texts

    @pytest.mark.parametrize("engine", ENGINES)
    def test_short_among_long(self, copies: Pair, engine: str) -> None:
        model = copies.fast if engine == "ctranslate2" else copies.reference
        texts = ("Да.", " ".join(checkpoints.RUSSIAN[:6]), "1")
        found = model.generate(rows(model, texts))
        assert tuple(best.text for (best,) in found) == texts

    @pytest.mark.parametrize("engine", ENGINES)
    @pytest.mark.parametrize("length", [100, 300, 505])
    def test_up_to_the_last_position(self, copies: Pair, engine: str, length: int) -> None:
        model = copies.fast if engine == "ctranslate2" else copies.reference
        tokens = rows(model, (" ".join(TEXTS[:30]),))[0].tokens[:length]
        row = Encoded((*tokens, "</s>"), length)
        ((best,),) = model.generate([row])
        assert best.text == model.codec.decode(tokens)
        assert best.finished


class TestAgreement:
    @pytest.mark.parametrize("search", SEARCHES)
    def test_both_engines_say_the_same(self, noises: Pair, search: str) -> None:
        decoding = SEARCHES[search]
        fast, reference = (model.generate(rows(model, SOME), decoding=decoding) for model in noises)
        for one, other in zip(fast, reference, strict=True):
            assert [item.text for item in one] == [item.text for item in other]
            assert [item.finished for item in one] == [item.finished for item in other]
            assert [item.score for item in one] == pytest.approx(
                [item.score for item in other], abs=1e-3
            )

    def test_outputs_are_of_all_kinds(self, noises: Pair) -> None:
        found = [best for (best,) in noises.fast.generate(rows(noises.fast, TEXTS))]
        assert len({best.text for best in found}) > len(TEXTS) * 0.8
        assert 4 < sum(best.finished for best in found) < len(TEXTS)

    @pytest.mark.parametrize("search", ["beam4", "no repeats", "short"])
    def test_candidates_are_sorted_and_differ(self, noises: Pair, search: str) -> None:
        decoding = SEARCHES[search]
        for model in noises:
            for candidates in model.generate(rows(model, SOME), decoding=decoding):
                scores = [item.score for item in candidates]
                assert len(candidates) == decoding.candidates
                assert scores == sorted(scores, reverse=True)
                assert all(map(isfinite, scores))
                assert all(score <= 0 for score in scores)
                # different tokens may decode to one text, but not as a rule
                assert len({item.text for item in candidates}) > 1

    def test_greedy_and_beam_scores_can_be_compared(self, noises: Pair) -> None:
        # the scheduler ranks the outputs of both searches in one list
        for model in noises:
            greedy = model.generate(rows(model, SOME), decoding=Decoding())
            beam = model.generate(rows(model, SOME), decoding=Decoding(beam=2))
            same = [(a.score, b.score) for (a,), (b,) in zip(greedy, beam, strict=True)
                    if a.text == b.text and a.finished]  # fmt: skip
            assert same
            for one, other in same:
                assert one == pytest.approx(other, abs=1e-4)

    def test_no_more_candidates_than_beams(self, noises: Pair) -> None:
        for model in noises:
            found = model.generate(rows(model, SOME)[:2], decoding=Decoding(beam=2, candidates=5))
            assert [len(candidates) for candidates in found] == [2, 2]

    def test_no_ngram_is_written_twice(self, noises: Pair) -> None:
        for model in noises:
            raw = model.engine.generate(
                rows(model, SOME),
                decoding=SEARCHES["no repeats"],
                max_new_tokens=60,
                end_tokens=model.codec.end_tokens,
            )
            for best, *_ in raw:
                pairs = list(zip(best.tokens, best.tokens[1:], strict=False))
                assert len(pairs) == len(set(pairs))


class TestBatchIndependence:
    @pytest.mark.parametrize("search", SEARCHES)
    @pytest.mark.parametrize("engine", ENGINES)
    def test_alone_as_in_a_batch(self, noises: Pair, engine: str, search: str) -> None:
        model = noises.fast if engine == "ctranslate2" else noises.reference
        decoding = SEARCHES[search]
        batch = rows(model, SOME)
        together = model.generate(batch, decoding=decoding)
        picked = range(0, len(batch), 1 if engine == "ctranslate2" else 4)
        for index in picked:
            (alone,) = model.generate([batch[index]], decoding=decoding)
            assert [item.text for item in alone] == [item.text for item in together[index]]
            assert [item.finished for item in alone] == [item.finished for item in together[index]]

    def test_repeated_runs_are_equal(self, noises: Pair) -> None:
        for model in noises:
            batch = rows(model, SOME)[:8]
            assert model.generate(batch) == model.generate(batch)

    @pytest.mark.parametrize("engine", ENGINES)
    def test_several_threads(self, noises: Pair, engine: str) -> None:
        model = noises.fast if engine == "ctranslate2" else noises.reference
        batch = rows(model, SOME)[:6]
        search = SEARCHES["short"]
        expected = model.generate(batch, decoding=search)
        found = []
        threads = [
            threading.Thread(target=lambda: found.append(model.generate(batch, decoding=search)))
            for _ in range(3)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == [expected] * 3


class TestCap:
    def test_cut_off_is_not_finished(self, copies: Pair) -> None:
        for model in copies:
            (row,) = rows(model, (TEXTS[0],))
            for cap in (1, 5, row.text_tokens):
                ((best,),) = model.engine.generate(
                    [row], decoding=Decoding(), max_new_tokens=cap, end_tokens=["</s>"]
                )
                assert best.tokens == row.tokens[:cap]
                assert not best.finished

    def test_room_for_the_end(self, copies: Pair) -> None:
        for model in copies:
            (row,) = rows(model, (TEXTS[0],))
            ((best,),) = model.engine.generate(
                [row],
                decoding=Decoding(),
                max_new_tokens=row.text_tokens + 1,
                end_tokens=["</s>"],
            )
            assert best.tokens == row.tokens[:-1]
            assert best.finished

    def test_each_row_has_its_own(self, copies: Pair) -> None:
        decoding = Decoding(max_length_ratio=0.5, max_length_extra=3)
        for model in copies:
            batch = rows(model, (TEXTS[0], " ".join(TEXTS[1:5])))
            for row, (best,) in zip(batch, model.generate(batch, decoding=decoding), strict=True):
                cap = row.text_tokens // 2 + 3
                assert best.text == model.codec.decode(row.tokens[:cap])
                assert not best.finished

    @pytest.mark.parametrize(("engine", "beam"), [("ctranslate2", 4), ("torch", 1)])
    def test_never_beyond_the_last_position(self, noises: Pair, engine: str, beam: int) -> None:
        # 300 tokens would allow 616 of output, but there are 512 positions
        model = noises.fast if engine == "ctranslate2" else noises.reference
        tokens = rows(model, (" ".join(checkpoints.RUSSIAN),))[0].tokens[:300]
        row = Encoded((*tokens, "</s>"), 300)
        assert len(model.generate([row], decoding=Decoding(beam=beam))) == 1

    def test_source_beyond_the_last_position(self, copies: Pair) -> None:
        for model in copies:
            tokens = (rows(model, (TEXTS[0],))[0].tokens * 60)[:600]
            with pytest.raises(GenerationError, match="failed"):
                model.generate([Encoded(tokens, 600)])

    def test_empty_batch(self, copies: Pair) -> None:
        for model in copies:
            assert model.generate([]) == []


class TestLifeCycle:
    @pytest.mark.parametrize("engine", ENGINES)
    def test_closed(
        self,
        engine: str,
        copying_checkpoint: Path,
        load_checkpoint: Callable[..., TextModel],
    ) -> None:
        with load_checkpoint(copying_checkpoint, engine=engine) as model:
            batch = rows(model)[:2]
            assert len(model.generate(batch)) == 2
        with pytest.raises(GenerationError):
            model.generate(batch)
        model.close()

    def test_signature(self, copies: Pair) -> None:
        fast, reference = copies.fast.signature, copies.reference.signature
        assert fast["model"] == reference["model"] == "copying"
        assert fast["engine"].startswith("ctranslate2 4.")
        assert reference["engine"].startswith("transformers 5.")
        assert fast["precision"] == reference["precision"] == "float32"
        assert fast["device"] == "cpu"
        assert fast["decoding"] == "greedy"
        wide = Decoding(beam=4, length_penalty=0.8, repetition_penalty=1.1, no_repeat_ngram=3)
        changed = replace(copies.fast, decoding=wide)
        assert changed.signature["decoding"] == "beam4,lp0.8,rp1.1,ngram3"

    @pytest.mark.parametrize("factory", [Seq2SeqEngine, CausalEngine])
    @pytest.mark.parametrize("damage", ["no folder", "empty", "cut off", "letter"])
    def test_cannot_load(
        self,
        factory: type[Seq2SeqEngine],
        damage: str,
        tmp_path: Path,
        copying_checkpoint: Path,
        model_store: ModelStore,
    ) -> None:
        from tolmach.catalog.cards import load_card

        good = model_store.prepare(load_card(str(copying_checkpoint)), quantization="float32")
        folder = tmp_path / "model"
        if damage != "no folder":
            shutil.copytree(good, folder)
        binary = folder / "model.bin"
        if damage == "empty":
            binary.write_bytes(b"")
        elif damage == "cut off":
            binary.write_bytes(binary.read_bytes()[:5000])
        elif damage == "letter":
            binary.write_bytes(b"Dear reader, ... " * 100)
        with pytest.raises(ModelError, match="CTranslate2 cannot load"):
            factory(folder, Hardware(precision="float32", threads=1))

    @pytest.mark.parametrize("damage", ["no folder", "no weights", "cut off", "bad config"])
    def test_torch_cannot_load(self, damage: str, tmp_path: Path, copying_checkpoint: Path) -> None:
        folder = tmp_path / "model"
        codec = MarianCodec(copying_checkpoint, language_tokens={})
        if damage != "no folder":
            shutil.copytree(copying_checkpoint, folder)
        weights = folder / "model.safetensors"
        if damage == "no weights":
            weights.unlink()
        elif damage == "cut off":
            weights.write_bytes(weights.read_bytes()[:5000])
        elif damage == "bad config":
            (folder / "config.json").write_text("{", encoding="utf-8")
        with pytest.raises(ModelError, match="transformers cannot load"):
            TorchSeq2SeqEngine(folder, codec=codec, device="cpu", precision="float32")

    def test_no_such_device(self, copying_checkpoint: Path, model_store: ModelStore) -> None:
        import ctranslate2

        from tolmach.catalog.cards import load_card

        if ctranslate2.get_cuda_device_count():
            pytest.skip("there is a GPU here")
        folder = model_store.prepare(load_card(str(copying_checkpoint)), quantization="float32")
        with pytest.raises(ModelError, match="CTranslate2 cannot load"):
            Seq2SeqEngine(folder, Hardware("cuda", "float32"))
        codec = MarianCodec(copying_checkpoint, language_tokens={})
        with pytest.raises(ModelError, match="cannot use cuda"):
            TorchSeq2SeqEngine(copying_checkpoint, codec=codec, device="cuda", precision="float32")
