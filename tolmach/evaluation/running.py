"""What a system writes for the texts of a suite, how fast, and with how much memory."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final, Literal

from tolmach import __version__
from tolmach.composition import PipelineConfig, load_config
from tolmach.config.run import RunSettings, load_run_settings
from tolmach.document import Article, Block, Document, Kind, Span
from tolmach.errors import ConfigError
from tolmach.evaluation.corpus import Example
from tolmach.evaluation.faithfulness import faithful_share
from tolmach.languages import TARGETS
from tolmach.pipeline import Pipeline
from tolmach.segmentation import SPLITTERS, segment
from tolmach.stages import Input, Item, Progress

__all__ = ["Job", "Output", "System", "run_job"]

Mode = Literal["line", "sentence", "articles", "summaries"]

# what happens to pages; the texts of a suite are no pages, and nothing is written
_FOR_PAGES: Final = ("read", "clean", "split")
_NOT_MEASURED: Final = ("write", "journal")


@dataclass(frozen=True, slots=True)
class System:
    """What is measured.

    Attributes:
        name: what it is called in tables.
        pipeline: shipped name or YAML file; empty takes the suite's.
        model: used instead of the pipeline's list of preference; empty for that list.
        config: run settings, shipped name or YAML file.
        offline: never contact a model hub.
    """

    name: str
    pipeline: str = ""
    model: str = ""
    config: str = "auto"
    offline: bool = False

    def composition(self, *, stages: Sequence[str] = ()) -> PipelineConfig:
        """Return the pipeline, with those stages alone that are asked for.

        Raises:
            ConfigError: the pipeline is wrong, or has no such stage.
        """
        config = load_config(self.pipeline or "segments")
        if self.model:
            models = dict.fromkeys(TARGETS, (self.model,))
            config = config.with_options("translate", models=models)
        known = [stage.name for stage in config.stages]
        missing = [name for name in stages if name not in known]
        if missing:
            raise ConfigError(f"pipeline {config.name!r} has no stage {', '.join(missing)}")
        unwanted = [name for name in known if stages and name not in (*stages, *_FOR_PAGES)]
        for name in (*unwanted, *_NOT_MEASURED):
            config = config.without(name)
        return config

    def settings(self) -> RunSettings:
        """Return the run settings; a translation memory would answer in place of the model.

        Raises:
            ConfigError: they are wrong.
        """
        settings = load_run_settings(self.config)
        changes: dict[str, object] = {"offline": True} if self.offline else {}
        if "memory" in RunSettings.model_fields:
            changes["memory"] = "none"
        return settings.model_copy(update=changes)


@dataclass(frozen=True, slots=True)
class Job:
    """One system, one language, and the texts to translate.

    Attributes:
        system: which one.
        to: target language code.
        mode: ``line`` and ``sentence`` translate texts one by one, the latter dividing them into
            sentences first; ``articles`` takes each for a whole page; ``summaries`` also
            summarises it, and the summary is the result.
        examples: the texts; their references are not looked at.
        stages: which stages of the pipeline are used; empty for all.
    """

    system: System
    to: str
    mode: Mode
    examples: tuple[Example, ...]
    stages: tuple[str, ...] = ()

    @property
    def words(self) -> int:
        """Source words, as white space divides them."""
        return sum(len(item.source.split()) for item in self.examples)


@dataclass(frozen=True, slots=True)
class Output:
    """What a system wrote.

    Attributes:
        hypotheses: one for each example.
        signature: what made them.
        seconds: for translating, without loading the model.
        words: source words.
        peak_mb: most memory of the process in MB; 0 if it was not one of its own.
        figures: by name, further figures for each example.
        notes: which model was used and why.
    """

    hypotheses: tuple[str, ...]
    signature: Mapping[str, str]
    seconds: float = 0.0
    words: int = 0
    peak_mb: float = 0.0
    figures: Mapping[str, tuple[float, ...]] = field(default_factory=lambda: MappingProxyType({}))
    notes: tuple[str, ...] = ()


def run_job(job: Job, *, progress: Progress | None = None) -> Output:
    """Let a system translate, in this process.

    Args:
        job: what to do.
        progress: told how it goes on.

    Raises:
        ConfigError: pipeline or settings are wrong.
        ModelError: no model is available, or it failed.
    """
    config = job.system.composition(stages=job.stages)
    if job.mode == "summaries":
        if "summarize" not in {stage.name for stage in config.stages}:
            raise ConfigError(f"pipeline {config.name!r} has no stage 'summarize'")
    else:
        config = config.without("summarize")
    pipeline = _Pipeline(config, settings=job.system.settings(), progress=progress)
    with pipeline:
        pipeline.prepare(to=(job.to,))
        started = time.perf_counter()
        if job.mode in {"line", "sentence"}:
            output = _texts(pipeline, job)
        else:
            output = _pages(pipeline, job)
        return replace(output, seconds=time.perf_counter() - started, words=job.words)


class _Pipeline(Pipeline):
    """A pipeline for documents that have been read, cleaned and divided already."""

    def documents(self, documents: Sequence[Document], *, to: str) -> Iterator[Item]:
        self._check_open()
        context = replace(self._context, signature=self.signature)
        stream: Iterator[Item] = (
            Item(Input(document.name), (to,), document=document) for document in documents
        )
        for item, stage in zip(self.config.stages, self._stages, strict=True):
            if item.name not in _FOR_PAGES:
                stream = stage(stream, context)
        yield from stream


def _texts(pipeline: _Pipeline, job: Job) -> Output:
    """Translate texts one by one; those of one document know of each other's names."""
    groups: dict[str, list[int]] = {}
    for index, example in enumerate(job.examples):
        groups.setdefault(example.document or f"line {example.id}", []).append(index)
    splitter = SPLITTERS[_splitter(pipeline, job.mode)]()
    documents = (
        segment(_document(name, [job.examples[index] for index in indexes]), splitter=splitter)
        for name, indexes in groups.items()
    )
    hypotheses = [""] * len(job.examples)
    signature: Mapping[str, str] = pipeline.signature
    # documents come out as they are finished, not in order
    for item in pipeline.documents(list(documents), to=job.to):
        article = _article(item, job.to)
        signature = article.signature if article.model else signature
        for index, block in zip(groups[item.source.name], article.blocks, strict=True):
            hypotheses[index] = _line(block.text)
    return Output(tuple(hypotheses), _signed(signature, job))


def _splitter(pipeline: Pipeline, mode: str) -> str:
    if mode == "line":
        return "line"
    options = next(
        (stage.options for stage in pipeline.config.stages if stage.name == "split"), None
    )
    return getattr(options, "splitter", "razdel")


def _document(name: str, examples: Sequence[Example]) -> Document:
    """Return a document in which every text is a block."""
    blocks, start = [], 0
    for example in examples:
        span = Span(start, start + len(example.source))
        blocks.append(Block(Kind.BODY, span))
        start = span.end + 1
    return Document(name, "\n".join(item.source for item in examples), blocks=tuple(blocks))


def _pages(pipeline: Pipeline, job: Job) -> Output:
    """Translate each text as a page of its own."""
    inputs = [Input(f"{item.id}.txt", text=item.source) for item in job.examples]
    articles: dict[str, Article] = {}
    for item in pipeline.items(inputs, to=(job.to,)):
        articles[item.source.name] = _article(item, job.to)
    ordered = [articles[source.name] for source in inputs]
    signature = next((article.signature for article in ordered if article.model), {})
    if job.mode == "articles":
        return Output(tuple(_line(article.text) for article in ordered), _signed(signature, job))
    figures = {"faithful": tuple(map(faithful_share, ordered))}
    summaries = tuple(_line(item.summary.text if item.summary else "") for item in ordered)
    return Output(summaries, _signed(signature, job), figures=MappingProxyType(figures))


def _line(text: str) -> str:
    return " ".join(text.split())


def _article(item: Item, to: str) -> Article:
    if item.failure is not None:
        raise item.failure
    return item.articles[to]


def _signed(signature: Mapping[str, str], job: Job) -> Mapping[str, str]:
    return MappingProxyType({"tolmach": __version__, **signature, "texts": job.mode, "to": job.to})
