"""NLLB and T5 on both engines: they agree, and nobody's output depends on the neighbours."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import checkpoints
import checkpoints_nllb
import checkpoints_t5
import pytest

from tolmach.catalog.loading import load_model
from tolmach.catalog.store import ModelStore
from tolmach.config.run import RunSettings
from tolmach.errors import GenerationError, ModelError, OutOfMemory
from tolmach.inference import torch as torch_engine
from tolmach.inference.base import Decoding, Encoded, TextModel
from tolmach.inference.torch import TorchSeq2SeqEngine, placement, usable_precision, weights_bytes

TEXTS = (*checkpoints.RUSSIAN[:7], "Да.", " ".join(checkpoints.RUSSIAN[7:10]))
KINDS = ("nllb", "t5-1.0", "t5-1.1", "mt5")
SEARCHES = {
    "greedy": Decoding(max_length_ratio=1.0),
    "beam4": Decoding(beam=4, candidates=3, max_length_ratio=1.0),
    "short": Decoding(beam=3, candidates=2, length_penalty=0.4, max_length_ratio=1.0),
}

Load = Callable[[str, str], TextModel]


@pytest.fixture(scope="module")
def load(tmp_path_factory: pytest.TempPathFactory, load_checkpoint: Callable[..., Any]) -> Load:
    root = tmp_path_factory.mktemp("families")
    loaded: dict[tuple[str, str], TextModel] = {}

    def one(kind: str, engine: str) -> TextModel:
        if not (root / kind).is_dir():
            if kind == "nllb":
                checkpoints_nllb.build(root / kind)
            else:
                checkpoints_t5.build(root / kind, kind=kind, name=kind)
        if (kind, engine) not in loaded:
            loaded[kind, engine] = load_checkpoint(root / kind, engine=engine)
        return loaded[kind, engine]

    return one


def rows(model: TextModel, *targets: str) -> list[Encoded]:
    ways = targets or ("en", "vi")
    return [
        model.encode(text, source="ru", target=ways[place % len(ways)])
        for place, text in enumerate(TEXTS)
    ]


@pytest.mark.parametrize("search", SEARCHES)
@pytest.mark.parametrize("kind", KINDS)
def test_both_engines_say_the_same(load: Load, kind: str, search: str) -> None:
    models = [load(kind, engine) for engine in ("ctranslate2", "torch")]
    fast, reference = (m.generate(rows(m), decoding=SEARCHES[search]) for m in models)
    for one, other in zip(fast, reference, strict=True):
        assert [item.text for item in one] == [item.text for item in other]
        assert [item.finished for item in one] == [item.finished for item in other]
        assert [item.score for item in one] == pytest.approx([i.score for i in other], abs=1e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_outputs_are_of_all_kinds(load: Load, kind: str) -> None:
    model = load(kind, "ctranslate2")
    found = [best for best, *_ in model.generate(rows(model), decoding=SEARCHES["greedy"])]
    assert len({best.text for best in found}) > len(TEXTS) // 2
    assert all(best.text for best in found)


@pytest.mark.parametrize("search", SEARCHES)
@pytest.mark.parametrize("engine", ["ctranslate2", "torch"])
@pytest.mark.parametrize("kind", KINDS)
def test_alone_as_in_a_batch(load: Load, kind: str, engine: str, search: str) -> None:
    model, decoding = load(kind, engine), SEARCHES[search]
    batch = rows(model)
    together = model.generate(batch, decoding=decoding)
    for index in range(0, len(batch), 1 if engine == "ctranslate2" else 4):
        (alone,) = model.generate([batch[index]], decoding=decoding)
        assert [item.text for item in alone] == [item.text for item in together[index]]
        assert [item.finished for item in alone] == [item.finished for item in together[index]]


@pytest.mark.parametrize("engine", ["ctranslate2", "torch"])
@pytest.mark.parametrize("kind", ["nllb", "t5-1.1"])
def test_target_language_decides(load: Load, kind: str, engine: str) -> None:
    model = load(kind, engine)
    found = [
        [best.text for best, *_ in model.generate(rows(model, to), decoding=SEARCHES["greedy"])]
        for to in ("en", "vi")
    ]
    assert sum(one != other for one, other in zip(*found, strict=True)) > len(TEXTS) // 2


@pytest.mark.parametrize("engine", ["ctranslate2", "torch"])
class TestTargetPrefix:
    @pytest.mark.parametrize("cap", [1, 2, 7])
    def test_is_not_counted_and_not_returned(self, load: Load, engine: str, cap: int) -> None:
        model = load("nllb", engine)
        batch = rows(model)
        assert {row.target_prefix for row in batch} == {("eng_Latn",), ("vie_Latn",)}
        found = model.engine.generate(
            batch, decoding=Decoding(), max_new_tokens=cap, end_tokens=model.codec.end_tokens
        )
        assert max(len(best.tokens) for best, *_ in found) == cap
        for best, *_ in found:
            assert best.finished == (len(best.tokens) < cap)

    def test_longer_prefix(self, load: Load, engine: str) -> None:
        # forcing the beginning of an output must give its continuation
        model = load("nllb", engine)
        row = rows(model)[0]
        decoding = Decoding()
        ends = model.codec.end_tokens
        ((whole,),) = model.engine.generate(
            [row], decoding=decoding, max_new_tokens=12, end_tokens=ends
        )
        forced = Encoded(row.tokens, row.text_tokens, (*row.target_prefix, *whole.tokens[:3]))
        ((rest,),) = model.engine.generate(
            [forced], decoding=decoding, max_new_tokens=9, end_tokens=ends
        )
        assert rest.tokens == whole.tokens[3:]


def test_prefixes_of_different_length_are_refused_by_torch(load: Load) -> None:
    model = load("nllb", "torch")
    row = rows(model)[0]
    with pytest.raises(GenerationError, match="one length"):
        model.generate([row, Encoded(row.tokens, row.text_tokens)])


def test_torch_uses_fused_attention(load: Load) -> None:
    for kind in KINDS:
        engine: Any = load(kind, "torch").engine
        assert engine._model.config._attn_implementation == "sdpa"


class TestOutOfMemory:
    @pytest.mark.parametrize(
        ("error", "expected"),
        [
            (MemoryError(), OutOfMemory),
            (RuntimeError("[enforce fail] not enough memory: you tried to allocate"), OutOfMemory),
            (RuntimeError("CUDA error: out of memory"), OutOfMemory),
            (RuntimeError("shape mismatch"), GenerationError),
            ("torch", OutOfMemory),
        ],
    )
    def test_torch(
        self, load: Load, monkeypatch: pytest.MonkeyPatch, error: Any, expected: type[Exception]
    ) -> None:
        import torch

        model = load("nllb", "torch")
        raised = torch.OutOfMemoryError("CUDA out of memory") if error == "torch" else error

        def fail(**_: Any) -> None:
            raise raised

        engine: Any = model.engine
        monkeypatch.setattr(engine._model, "generate", fail)
        with pytest.raises(GenerationError) as caught:
            model.generate(rows(model))
        assert type(caught.value) is expected


class TestPrecision:
    @pytest.mark.parametrize(
        ("wanted", "device", "kind", "bfloat16", "expected"),
        [
            ("auto", "cpu", "marian", True, "float32"),
            ("auto", "cpu", "t5", True, "float32"),
            ("auto", "cuda", "marian", True, "bfloat16"),
            ("auto", "cuda", "marian", False, "float16"),
            ("auto", "cuda", "m2m_100", False, "float16"),
            ("auto", "cuda", "t5", True, "bfloat16"),
            ("auto", "cuda", "t5", False, "float32"),
            ("auto", "cuda", "mt5", False, "float32"),
            ("float16", "cuda", "marian", True, "float16"),
            ("float16", "cuda", "t5", True, "bfloat16"),
            ("float16", "cpu", "t5", True, "float32"),
            ("bfloat16", "cpu", "t5", True, "bfloat16"),
            ("float32", "cuda", "t5", True, "float32"),
        ],
    )
    def test_choice(
        self, wanted: str, device: str, kind: str, bfloat16: bool, expected: str
    ) -> None:
        found = usable_precision(wanted, device=device, kind=kind, bfloat16=bfloat16)
        assert found == expected

    @pytest.mark.parametrize(
        ("setting", "needed", "expected"),
        [("auto", 700, None), ("auto", 900, "auto"), ("one", 900, None), ("spread", 1, "auto")],
    )
    def test_placement(self, setting: str, needed: int, expected: str | None) -> None:
        assert placement(needed, free=1000, device="cuda", setting=setting) == expected
        assert placement(needed, free=1000, device="cpu", setting=setting) is None

    def test_a_model_that_does_not_fit_is_spread(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        folder = checkpoints_nllb.build(tmp_path / "nllb")
        asked: list[tuple[str, str | None]] = []

        def loaded(_folder: Path, precision: str, _device: str, device_map: str | None) -> Any:
            asked.append((precision, device_map))
            return SimpleNamespace()

        monkeypatch.setattr(torch_engine, "_load", loaded)
        codec: Any = None
        for free in (weights_bytes(folder, "bfloat16"), 10**9):
            monkeypatch.setattr(torch_engine, "_cuda_facts", lambda free=free: (True, free))
            engine = TorchSeq2SeqEngine(folder, codec=codec, device="cuda", precision="auto")
            assert engine.signature["precision"] == "bfloat16"
        assert asked == [("bfloat16", "auto"), ("bfloat16", None)]

    def test_bytes_of_the_weights(self, tmp_path: Path) -> None:
        import transformers

        folder = checkpoints_t5.build(tmp_path / "t5", kind="t5-1.0")
        model = transformers.T5ForConditionalGeneration.from_pretrained(folder)
        count = sum(weight.numel() for weight in model.parameters())
        assert weights_bytes(folder, "float32") == 4 * count
        assert weights_bytes(folder, "bfloat16") == 2 * count
        (folder / "model.safetensors").write_bytes(b"short")
        with pytest.raises(ModelError, match="cannot load"):
            weights_bytes(folder, "float32")


def test_same_checkpoint_in_int8(tmp_path: Path, model_store: ModelStore) -> None:
    from tolmach.catalog.cards import load_card

    folder = checkpoints_nllb.build(tmp_path / "small", name="small-int8")
    settings = RunSettings(device="cpu", precision="int8", threads=1)
    with load_model(load_card(str(folder)), settings=settings, store=model_store) as model:
        assert isinstance(model, TextModel)
        assert all(best.text for best, *_ in model.generate(rows(model)))


def test_wrong_language_code_is_refused_at_load(tmp_path: Path, model_store: ModelStore) -> None:
    from tolmach.catalog.cards import load_card

    folder = checkpoints_nllb.build(tmp_path / "wrong")
    path = folder / "tolmach-card.yaml"
    card = json.loads(path.read_text(encoding="utf-8"))
    for code in ("vie", "ukr_Cyrl", "Vie_latn"):
        card["language_tokens"] = checkpoints_nllb.CODES | {"vi": code}
        path.write_text(json.dumps(card), encoding="utf-8")
        for engine in ("ctranslate2", "torch"):
            settings = RunSettings(device="cpu", engine=engine, precision="float32", threads=1)
            with pytest.raises(ModelError, match=f"{code}.*no language of this model"):
                load_model(load_card(str(folder)), settings=settings, store=model_store)
    shutil.rmtree(folder)
