"""Pipelines: configured chains of stages, and the object that runs them."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any

from pydantic import ValidationError

from tolmach import resources
from tolmach.catalog.store import ModelStore
from tolmach.config.run import RunSettings, load_run_settings
from tolmach.config.schema import problems_of
from tolmach.config.yamlfile import YamlFile, load_yaml
from tolmach.document import Article
from tolmach.errors import ConfigError, GenerationError, InputError, Problem, TolmachError
from tolmach.languages import TARGETS, check_target
from tolmach.stages import (
    CleanStage,
    Context,
    Input,
    Item,
    Progress,
    ReadStage,
    Silence,
    SplitStage,
    Stage,
)
from tolmach.summarization.stage import SummarizeStage
from tolmach.translation.stage import ModelPool, TranslateStage
from tolmach.translation.translator import Task, Translator
from tolmach.writers.stage import WriteStage

__all__ = ["Pipeline", "PipelineConfig", "StageConfig", "load", "load_config"]

_STAGES: Mapping[str, type[Any]] = MappingProxyType(
    {
        "read": ReadStage,
        "clean": CleanStage,
        "split": SplitStage,
        "translate": TranslateStage,
        "summarize": SummarizeStage,
        "write": WriteStage,
    }
)
# these share loaded models
_WITH_MODELS = (TranslateStage, SummarizeStage)


@dataclass(frozen=True, slots=True)
class StageConfig:
    """One stage of a pipeline: its name and its validated options."""

    name: str
    options: Any


@dataclass(frozen=True, slots=True)
class PipelineConfig:
    """A validated pipeline.

    Attributes:
        name: what it is called in signatures.
        summary: one line for lists.
        stages: in order.
        file: where it was read from; empty if it was made in Python.
    """

    name: str
    stages: tuple[StageConfig, ...]
    summary: str = ""
    file: str = ""

    def with_options(self, stage: str, **changes: object) -> PipelineConfig:
        """Return a pipeline in which some options of one stage are different.

        Raises:
            ConfigError: there is no such stage, or an option is wrong.
        """
        if stage not in {item.name for item in self.stages}:
            raise ConfigError(f"pipeline {self.name!r} has no stage {stage!r}")
        stages = []
        for item in self.stages:
            if item.name == stage:
                values = item.options.model_dump(exclude_unset=True) | changes
                item = StageConfig(stage, _options(stage, values, YamlFile(self.name, {})))
            stages.append(item)
        return replace(self, stages=tuple(stages))

    def without(self, stage: str) -> PipelineConfig:
        """Return the pipeline without one stage; unchanged if it has none of that name."""
        kept = tuple(item for item in self.stages if item.name != stage)
        return replace(self, stages=kept)

    def fingerprint(self) -> str:
        """Return a short hash of all stages and options."""
        content = [(item.name, item.options.model_dump(mode="json")) for item in self.stages]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:10]


def _options(name: str, values: object, file: YamlFile, *keys: str | int) -> Any:
    options = _STAGES[name].options
    try:
        return options.model_validate({} if values is None else values)
    except ValidationError as error:
        raise ConfigError(problems_of(error, options, file, *keys)) from None


def load_config(source: str | Path | PipelineConfig) -> PipelineConfig:
    """Load and validate a pipeline.

    Args:
        source: a shipped name such as ``"news"``, the path of a YAML file, or a configuration.

    Raises:
        ConfigError: with every problem, each with file and line.
    """
    if isinstance(source, PipelineConfig):
        names = [(stage.name, index) for index, stage in enumerate(source.stages)]
        found = _order_problems(names, YamlFile("", {}))
        if found:
            raise ConfigError(found)
        return source
    file = load_yaml(resources.named_file("pipelines", str(source)))
    if not isinstance(file.data, Mapping):
        raise ConfigError([file.problem("must be a mapping with the key 'stages'")])
    problems = [
        file.problem(f"unknown key {key!r}; known keys: summary, stages", str(key))
        for key in file.data
        if key not in {"summary", "stages"}
    ]
    listed = file.data.get("stages")
    stages: list[StageConfig] = []
    order: list[tuple[str, int]] = []
    if not isinstance(listed, Sequence) or isinstance(listed, str) or not listed:
        problems.append(file.problem("stages: must be a list with at least one stage", "stages"))
        listed = []
    for index, entry in enumerate(listed):
        try:
            name, values = _named_stage(entry, file, index)
            order.append((name, index))
            stages.append(StageConfig(name, _options(name, values, file, "stages", index, name)))
        except ConfigError as error:
            problems.extend(error.problems)
    if listed and len(order) == len(listed):  # else it is not known which stage was meant
        problems += _order_problems(order, file)
    if problems:
        raise ConfigError(problems)
    summary = str(file.data.get("summary", ""))
    return PipelineConfig(Path(file.file).stem, tuple(stages), summary, file.file)


def _named_stage(entry: object, file: YamlFile, index: int) -> tuple[str, object]:
    if isinstance(entry, str):
        entry = {entry: None}
    if not isinstance(entry, Mapping) or len(entry) != 1:
        message = "a stage is a name, or a name with options below it"
        raise ConfigError([file.problem(message, "stages", index)])
    ((name, values),) = entry.items()
    if name not in _STAGES:
        message = f"there is no stage {name!r}; known: {', '.join(_STAGES)}"
        raise ConfigError([file.problem(message, "stages", index, str(name))])
    return name, values


def _order_problems(order: Sequence[tuple[str, int]], file: YamlFile) -> list[Problem]:
    """Return what is wrong with the order of stages: names, and places in the file."""
    assigned: set[str] = set()
    problems: list[Problem] = []
    for name, place in order:
        kind = _STAGES[name]
        missing = kind.requires - assigned
        makers = [maker for maker, other in _STAGES.items() if other.assigns & missing]
        messages = [f"stage {name!r} needs {' and '.join(makers)} before it"] if makers else []
        if kind.assigns <= assigned:
            messages.append(f"stage {name!r} stands here a second time")
        elif "files" in assigned:
            messages.append(f"stage {name!r} comes after 'write', so nobody would see its work")
        line = file.line("stages", place, name) if file.lines else 0
        problems += [Problem(message, file.file, line) for message in messages]
        assigned |= kind.assigns
    if "articles" not in assigned:
        problems.append(Problem("the stage 'translate' is missing", file.file, 0))
    return problems


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
        store = ModelStore(self.settings.cache_root(), offline=self.settings.offline)
        self._context = Context(self.settings, store, progress or Silence(), output)
        self._pool = ModelPool()
        self._stages: tuple[Stage, ...] = tuple(self._build(item) for item in config.stages)
        self._closed = threading.Event()

    def _build(self, item: StageConfig) -> Any:
        kind = _STAGES[item.name]
        if kind in _WITH_MODELS:
            return kind(item.options, self._pool)
        return kind(item.options)

    @property
    def signature(self) -> Mapping[str, str]:
        """Name and hash of the pipeline and what its stages contribute."""
        parts = {"pipeline": f"{self.config.name} {self.config.fingerprint()}"}
        for stage in self._stages:
            parts.update(stage.signature())
        return MappingProxyType(parts)

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

    def items(self, sources: Iterable[Input], *, to: Sequence[str] = TARGETS) -> Iterator[Item]:
        """Translate many documents and report on each, whether it succeeded or not.

        Args:
            sources: what to read; consumed lazily.
            to: target language codes.

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
        context = replace(self._context, signature=self.signature)
        stream: Iterator[Item] = (Item(source, targets) for source in sources)
        for stage in self._stages:
            stream = stage(stream, context)
        for item in stream:
            context.progress.finished(item.source.name)
            yield item

    def _check_open(self) -> None:
        if self._closed.is_set():
            raise TolmachError("this pipeline has been closed")

    def translate_texts(self, texts: Iterable[str], *, to: str) -> list[str]:
        """Translate plain strings, each as one segment, in batches.

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
        stage = next(item for item in self._stages if isinstance(item, TranslateStage))
        listed = list(texts)
        model = stage.model(to, self._context)
        translator = Translator({("ru", to): model}, batch=self.settings.batch)
        done = dict(enumerate(listed))
        tasks = (
            Task(index, " ".join(text.split()), to)
            for index, text in enumerate(listed)
            if text.strip()
        )
        for result in translator.translate(tasks):
            for warning in result.warnings:
                if warning.code == "engine_failed":
                    raise GenerationError(warning.message)
            done[int(str(result.key))] = result.target
        return [done[index] for index in range(len(listed))]

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
