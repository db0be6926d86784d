"""Models without a network: they transliterate, so guards find nothing, or say what is planted."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import checkpoints

from tolmach.composition import PipelineConfig, load_config
from tolmach.errors import GenerationError
from tolmach.inference.base import Decoding, Encoded, RawHypothesis, TextModel

_SOUNDS = (
    "a b v g d e yo zh z i y k l m n o p r s t u f kh ts ch sh shch - y - e yu ya"  # "-": silent
)
_LETTERS = dict(zip("абвгдеёжзийклмнопрстуфхцчшщъыьэюя", _SOUNDS.split(" "), strict=True))
_LATIN = str.maketrans(
    {letter: sound.strip("-") for letter, sound in _LETTERS.items()}
    | {letter.upper(): sound.strip("-").capitalize() for letter, sound in _LETTERS.items()}
)
PAIRS = frozenset({("ru", "en"), ("ru", "vi"), ("en", "en"), ("vi", "vi")})


def latin(text: str, *, to: str = "en") -> str:
    """Return what the fake model writes for a text: Latin letters, for Vietnamese with marks."""
    words = [word.translate(_LATIN) for word in text.split()]
    if to == "vi":
        words = [f"ạ{word}" if word[:1].islower() else word for word in words]
    return " ".join(words)


class WordCodec:
    """Tokens are words; the first says the target language."""

    end_tokens = ("</s>",)

    def encode(self, text: str, *, source: str, target: str) -> Encoded:  # noqa: ARG002
        words = text.split()
        return Encoded((f">>{target}<<", *words), len(words))

    def decode(self, tokens: Sequence[str]) -> str:
        return " ".join(tokens)

    def to_ids(self, tokens: Sequence[str]) -> list[int]:
        raise NotImplementedError

    def to_tokens(self, ids: Sequence[int]) -> list[str]:
        raise NotImplementedError


@dataclass
class FakeEngine:
    """Transliterates, unless ``answer`` says something else for a row.

    Attributes:
        answer: given a text and its target language, the candidates, best first; None for the
            usual one.
        score: given a text, what the best candidate scores.
        batches: the texts of every batch that was run.
        fails: words on which generation fails.
    """

    answer: Callable[[str, str], Sequence[str] | None] = lambda _text, _to: None
    score: Callable[[str], float] = lambda _text: 0.0
    fails: frozenset[str] = frozenset()
    batches: list[tuple[str, ...]] = field(default_factory=list)
    closed: bool = False
    lock: Any = field(default_factory=threading.Lock)
    signature: Mapping[str, str] = field(default_factory=lambda: {"engine": "fake"})
    workers: int = 1

    def generate(
        self,
        batch: Sequence[Encoded],
        *,
        decoding: Decoding,
        max_new_tokens: int,  # noqa: ARG002
        end_tokens: Sequence[str],  # noqa: ARG002
    ) -> list[tuple[RawHypothesis, ...]]:
        texts = tuple(" ".join(row.tokens[1:]) for row in batch)
        with self.lock:
            self.batches.append(texts)
        if self.fails & {word for text in texts for word in text.split()}:
            raise GenerationError("out of memory")
        return [
            self._row(text, row.tokens[0].strip("<>"))[: decoding.candidates]
            for row, text in zip(batch, texts, strict=True)
        ]

    def _row(self, text: str, to: str) -> tuple[RawHypothesis, ...]:
        found = self.answer(text, to)
        if found is None:
            found = (latin(text, to=to),)
        return tuple(
            RawHypothesis(tuple(target.split()), self.score(text) - rank, True)
            for rank, target in enumerate(found)
        )

    def close(self) -> None:
        self.closed = True


def fake_model(name: str = "fake", *, engine: FakeEngine | None = None, **more: Any) -> TextModel:
    """Return a model that needs no files."""
    return TextModel(
        name=name,
        codec=WordCodec(),
        engine=engine or FakeEngine(),
        decoding=Decoding(),
        pairs=PAIRS,
        **more,
    )


@dataclass
class FakeCatalog:
    """Stands where models are loaded.

    Attributes:
        folder: a checkpoint folder to name as the model.
        loaded: every model that was constructed.
        engine: keyword arguments of the engines that are made.
    """

    folder: Path
    loaded: list[TextModel] = field(default_factory=list)
    engine: dict[str, Any] = field(default_factory=dict)
    draft: bool = False

    def load(self, card: Any, **_: Any) -> TextModel:
        """Take the place of :func:`tolmach.catalog.loading.load_model`."""
        model = fake_model(card.name, engine=FakeEngine(**self.engine), draft=self.draft)
        self.loaded.append(model)
        return model

    @property
    def batches(self) -> list[tuple[str, ...]]:
        """The batches of all models."""
        return [batch for model in self.loaded for batch in model.engine.batches]  # type: ignore[attr-defined]


def fake_checkpoint(folder: Path, name: str = "fake") -> Path:
    """Make a folder that looks like a checkpoint with a card."""
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps({}), encoding="utf-8")
    checkpoints.write_card(folder, name)
    return folder


def page(number: int, sentences: int = 3) -> str:
    """Return a page with a title and paragraphs of one sentence."""
    known = checkpoints.RUSSIAN
    texts = [known[(number + place) % len(known)] for place in range(sentences)]
    return f"Новость номер {number + 100}\n\n" + "\n\n".join(texts) + "\n"


def news() -> PipelineConfig:
    """Return the pipeline ``news`` without the embedded model."""
    return load_config("news").with_options("summarize", models=("extractive",))
