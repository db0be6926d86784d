"""The object that users hold: a pipeline that runs."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any

from tolmach.catalog.store import open_store
from tolmach.composition import STAGES, PipelineConfig, StageConfig, load_config
from tolmach.config.run import RunSettings, load_run_settings
from tolmach.document import Article, Block, Document, Kind, Segment, Span
from tolmach.errors import ConfigError, InputError, ModelError, TolmachError
from tolmach.fingerprint import run_fingerprint
from tolmach.languages import SOURCE, TARGETS, check_target
from tolmach.markup.stage import AlignStage
from tolmach.memory import Memory, open_memory
from tolmach.stages import (
    Context,
    Input,
    Item,
    Progress,
    Silence,
    Stage,
)
from tolmach.summarization.stage import SummarizeStage
from tolmach.terms.ledger import Ledger
from tolmach.terms.naming import NamesStage
from tolmach.terms.stage import TermsStage
from tolmach.translation.stage import ModelPool, TranslateStage

__all__ = ["Pipeline", "load"]

# these share loaded models
_WITH_MODELS = (TranslateStage, SummarizeStage, AlignStage)
# what is done to texts that are not read from a page
_FOR_TEXTS = (NamesStage, TranslateStage, TermsStage)


class Pipeline:
    """A pipeline that is ready to run: thread-safe, models loaded once and when needed.

    Example:
        >>> with tolmach.load("news") as pipeline:
        ...     article = pipeline.translate("Ханой, 5 мая. …", to="vi")
        ...     print(article.text)
    """

    def __init__(
        self,
        config: PipelineConfig,
        *,
        settings: RunSettings | None = None,
        progress: Progress | None = None,
        output: Path | None = None,
    ) -> None:
        """Build the stages; no model is loaded yet.

        Args:
            config: what :func:`load_config` returned.
            settings: device, precision, batching.
            progress: told how things go on.
            output: folder that the stage ``write`` writes into; without one it does nothing.

        Raises:
            ConfigError: options of a stage do not fit.
        """
        self.config = config
        self.settings = settings or load_run_settings("auto")
        store = open_store(self.settings)
        progress = progress or Silence()
        self._memory = open_memory(self.settings, note=progress.note)
        self._context = Context(self.settings, store, progress, output, memory=self._memory)
        self._pool = ModelPool()
        self._stages: tuple[Stage, ...] = tuple(self._build(item) for item in config.stages)
        self._closed = threading.Event()

    def _build(self, item: StageConfig) -> Any:
        kind = STAGES[item.name]
        if kind in _WITH_MODELS:
            return kind(item.options, self._pool)
        return kind(item.options)

    @property
    def memory(self) -> Memory:
        """The translation memory that the pipeline uses."""
        return self._memory

    @property
    def signature(self) -> Mapping[str, str]:
        """Name and hash of the pipeline and what its stages contribute."""
        parts = {"pipeline": f"{self.config.name} {self.config.fingerprint()}"}
        for stage in self._stages:
            parts.update(stage.signature())
        return MappingProxyType(parts)

    def approved(self, *, to: Sequence[str]) -> Mapping[str, str]:
        """Return, by target, a text that changes with what editors have approved.

        Args:
            to: target language codes.
        """
        found = {target: self._memory.digest((SOURCE, target)) for target in to}
        # the memory's own number comes first; alone it says that nothing has been approved
        return {target: text for target, text in found.items() if "-" in text}

    def fingerprint(self, *, to: Sequence[str], approved: Mapping[str, str]) -> str:
        """Return a hash of all that decides what is written, besides the sources.

        No model is loaded. Of a model that has never been downloaded the commit is not known yet,
        so the fingerprint is another one afterwards.

        Args:
            to: target language codes.
            approved: see :meth:`approved`.

        Raises:
            ConfigError: a card is wrong, or CUDA was asked for in vain.
        """
        models: dict[str, Mapping[str, str]] = {f"to {target}": {} for target in to}
        for target in to:
            for stage in self._stages:
                if isinstance(stage, _WITH_MODELS):
                    with suppress(ModelError):  # the stage says so itself, if it gets so far
                        plan = stage.plan(target, self._context)
                        if plan is not None:
                            models[f"{type(stage).__name__} {target}"] = plan.signature
        return run_fingerprint(
            self.config, signature=self.signature, models=models, approved=approved
        )

    def translate(self, source: str | Path, *, to: str) -> Article:
        """Translate one article.

        Args:
            source: a path, or the text itself. A string is taken for a path if it is one line
                and such a file exists.
            to: target language code, ``"en"`` or ``"vi"``.

        Raises:
            InputError: the source cannot be read.
            ConfigError: ``to`` is no target language, or the pipeline has no model for it.
            ModelError: no model is available, or it failed.
        """
        (item,) = self.items([_input_of(source)], to=(to,))
        if item.failure is not None:
            raise item.failure
        return item.articles[to]

    def stream(
        self, sources: Iterable[str | Path], *, to: Sequence[str] = TARGETS
    ) -> Iterator[Article]:
        """Translate many articles, with full batches across all of them.

        Args:
            sources: paths or texts; read lazily.
            to: target language codes.

        Yields:
            Articles as they are finished, one for each source and target.

        Raises:
            TolmachError: the first document that fails ends the stream; use :meth:`items` to go
                on with the others.
        """
        for item in self.items(_inputs_of(sources), to=to):
            if item.failure is not None:
                raise item.failure
            yield from item.articles.values()

    def items(
        self,
        sources: Iterable[Input],
        *,
        to: Sequence[str] = TARGETS,
        names: Ledger | None = None,
    ) -> Iterator[Item]:
        """Translate many documents and report on each, whether it succeeded or not.

        Args:
            sources: what to read; consumed lazily.
            to: target language codes.
            names: the forms that guessed names have in other streams of the same run; what is
                decided here is added.

        Yields:
            Finished items; a failed one has :attr:`Item.failure` set.

        Raises:
            ConfigError: ``to`` is empty or no target language.
            ModelError: no model is available.
        """
        self._check_open()
        targets = tuple(dict.fromkeys(map(check_target, to)))
        if not targets:
            raise ConfigError("no target language was given")
        context = replace(self._context, signature=self.signature, names=names)
        stream: Iterator[Item] = (
            Item(source, targets, number=number) for number, source in enumerate(sources)
        )
        for stage in self._stages:
            stream = stage(stream, context)
        for item in stream:
            context.progress.finished(item.source.name)
            yield item

    def _check_open(self) -> None:
        if self._closed.is_set():
            raise TolmachError("this pipeline has been closed")

    def translate_texts(self, texts: Iterable[str], *, to: str) -> list[str]:
        """Translate plain strings, each as one segment, in batches, with names and terms put right.

        Args:
            texts: Russian strings; empty ones stay empty.
            to: target language code.

        Returns:
            The translations, in order.

        Raises:
            ConfigError: ``to`` is no target language, or the pipeline has no model for it.
            ModelError: no model is available, or it failed.
        """
        self._check_open()
        listed = list(texts)
        document = _document_of(listed)
        stream: Iterator[Item] = iter(
            [Item(Input(document.name), (check_target(to),), document=document)]
        )
        context = replace(self._context, signature=self.signature)
        for stage in self._stages:
            if isinstance(stage, _FOR_TEXTS):
                stream = stage(stream, context)
        (item,) = stream
        if item.failure is not None:
            raise item.failure
        done = iter(item.articles[to].segments)
        return [next(done).target if text.strip() else text for text in listed]

    def prepare(self, *, to: Sequence[str] = TARGETS) -> None:
        """Load the models for some targets now rather than with the first document.

        Raises:
            ModelError: no model is available.
        """
        self._check_open()
        for stage in self._stages:
            if isinstance(stage, TranslateStage):
                list(map(partial(stage.model, context=self._context), to))

    def close(self) -> None:
        """Free all models; the pipeline cannot be used afterwards."""
        self._closed.set()
        self._pool.close()
        self._memory.close()

    def __enter__(self) -> Pipeline:
        """Return the pipeline itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the pipeline."""
        self.close()


def _document_of(texts: Sequence[str]) -> Document:
    """Return a document in which every text that is not empty is a segment of its own."""
    blocks: list[Block] = []
    start = 0
    for text in texts:
        span = Span(start, start + len(text))
        start = span.end + 1
        if text.strip():
            segment = Segment(span, " ".join(text.split()))
            blocks.append(Block(Kind.BODY, span, segments=(segment,)))
    return Document("texts", "\n".join(texts), blocks=tuple(blocks))


def _inputs_of(sources: Iterable[str | Path]) -> Iterator[Input]:
    """Give each source a name of its own, as outputs are named after them."""
    taken: set[str] = set()
    for number, source in enumerate(sources, start=1):
        found = _input_of(source)
        name = Path(found.name)
        while str(name) in taken:
            name = name.with_stem(f"{name.stem}-{number}")
        taken.add(str(name))
        yield replace(found, name=str(name))


def _input_of(source: str | Path) -> Input:
    if isinstance(source, Path):
        return Input(source.name, path=source)
    if "\n" not in source and len(source) < 1024:
        path = Path(source)
        try:
            if path.is_file():
                return Input(path.name, path=path)
        except (OSError, ValueError):
            pass  # too long for a file name: it is a text
        if path.suffix == ".txt" and " " not in source:
            raise InputError(f"{source}: no such file")
    return Input("text", text=source)


def load(
    source: str | Path | PipelineConfig = "news",
    *,
    settings: RunSettings | str | Path | None = None,
    model: str | Mapping[str, str] | None = None,
    progress: Progress | None = None,
    output: str | Path | None = None,
) -> Pipeline:
    """Load a pipeline.

    Args:
        source: a shipped name, the path of a YAML file, or a configuration.
        settings: run settings, or the name or path of their YAML file; default ``auto``.
        model: a model to use instead of the pipeline's list of preference; by target language
            if it is a mapping.
        progress: told how things go on.
        output: folder to write finished articles into, as the stage ``write`` says.

    Returns:
        The pipeline; use it as a context manager, or close it.

    Raises:
        ConfigError: something is wrong in the configuration, with file and line.
    """
    config = load_config(source)
    if model is not None:
        chosen = dict.fromkeys(TARGETS, model) if isinstance(model, str) else dict(model)
        config = config.with_options(
            "translate", models={to: (name,) for to, name in chosen.items()}
        )
    if isinstance(settings, str | Path):
        settings = load_run_settings(str(settings))
    return Pipeline(
        config,
        settings=settings,
        progress=progress,
        output=None if output is None else Path(output),
    )
