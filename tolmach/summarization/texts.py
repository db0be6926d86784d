"""Summaries of texts as they are, in English, Vietnamese or Russian, without translating them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import MappingProxyType, TracebackType

from tolmach import __version__
from tolmach.batching import windows
from tolmach.catalog.store import open_store
from tolmach.composition import load_config
from tolmach.config.run import RunSettings, load_run_settings
from tolmach.document import Article, Summary
from tolmach.errors import ConfigError, GenerationError, InputError, ModelNotFound
from tolmach.inference.base import TextModel
from tolmach.languages import NAMES, check_target
from tolmach.readers import ReadOptions
from tolmach.stages import Context, Input, Item, Progress, ReadStage, Silence, as_failure
from tolmach.summarization.lengths import AUTO, STYLES, Sentences, Style, Wanted
from tolmach.summarization.plain import article_of
from tolmach.summarization.stage import SummarizeOptions
from tolmach.summarization.summarizer import EXTRACTIVE, Job, summarize_all
from tolmach.summarization.translated import all_in_target
from tolmach.translation.stage import ModelPool
from tolmach.translation.translator import Route, Task, Translator

__all__ = ["Summarizer", "summarize"]

# documents that are summarised together
_WINDOW = 16
_ENGLISH_TO_VIETNAMESE = ("opus-mt-en-vi", "embedded")


class Summarizer:
    """Summarises texts in their own language; models are loaded once and when needed.

    Example:
        >>> with Summarizer(styles=("headline", "bullets")) as summarizer:
        ...     for item in summarizer.items([Input("visit.txt", path=Path("visit.txt"))]):
        ...         ...
    """

    def __init__(
        self,
        *,
        styles: Sequence[Style] = ("abstract",),
        sentences: Sentences = AUTO,
        characters: int = 0,
        to: str | None = None,
        models: Sequence[str] | None = None,
        settings: RunSettings | None = None,
        progress: Progress | None = None,
    ) -> None:
        """Set up; no model is loaded yet.

        Args:
            styles: which summaries are made, the main one first.
            sentences: how many sentences an abstract or a list has; ``auto`` gives more to texts
                of many sections.
            characters: how long a summary may be; 0 for any length.
            to: translate the summary into this language, if the text is in another one.
            models: names in order of preference; default those of the pipeline ``news``.
            settings: device, precision, batching.
            progress: told how things go on.

        Raises:
            ConfigError: an option is wrong.
        """
        unknown = [style for style in styles if style not in STYLES]
        if unknown or not styles:
            raise ConfigError(
                f"there is no style {', '.join(unknown) or '(none given)'}; known: "
                f"{', '.join(STYLES)}"
            )
        if (sentences != AUTO and not 1 <= sentences <= 30) or characters < 0:
            raise ConfigError("a summary has 1 to 30 sentences, and 0 characters or more")
        self._to = None if to is None else check_target(to)
        self._wanted = [Wanted(style, sentences, characters) for style in dict.fromkeys(styles)]
        news = {stage.name: stage.options for stage in load_config("news").stages}
        options: SummarizeOptions = news["summarize"]
        self._models = tuple(models or options.models)
        self._translators: Mapping[str, Sequence[str]] = news["translate"].models
        self._pool = ModelPool()
        settings = settings or load_run_settings("auto")
        self._context = Context(settings, open_store(settings), progress or Silence())

    def items(self, sources: Iterable[Input]) -> Iterator[Item]:
        """Summarise many documents and report on each, whether it succeeded or not.

        Args:
            sources: what to read; consumed lazily.

        Yields:
            Finished items with one article each, in the language of the summary; a failed one has
            :attr:`Item.failure` set.
        """
        read = ReadStage(ReadOptions())(
            (Item(source, (), number=number) for number, source in enumerate(sources)),
            self._context,
        )
        for window in windows(read, size=_WINDOW):
            yield from self._summarized(window)

    def _summarized(self, items: Sequence[Item]) -> Iterator[Item]:
        done = list(items)
        jobs: dict[int, list[Job]] = {}
        for place, item in enumerate(items):
            if item.failure is not None:
                continue
            try:
                article = article_of(item.read())
                model = self._model(article.to)
                jobs[place] = [
                    Job(article, wanted, model, source_language=article.to)
                    for wanted in self._wanted
                ]
            except Exception as error:
                done[place] = replace(item, failure=as_failure(error, item.source.name))
        results = iter(summarize_all([job for listed in jobs.values() for job in listed]))
        for place, listed in jobs.items():
            found = [next(results) for _ in listed]
            try:
                done[place] = self._done(items[place], listed[0], found)
            except Exception as error:
                done[place] = replace(
                    items[place], failure=as_failure(error, items[place].source.name)
                )
        yield from done

    def _done(self, item: Item, job: Job, found: Sequence[Summary | Exception]) -> Item:
        summaries: list[Summary] = []
        article = job.article
        language = self._to or article.to
        for result in found:
            if isinstance(result, Exception):
                raise result
            if language != article.to:
                translate = partial(self._translate, language=article.to, to=language)
                result = all_in_target(result, translate, language=article.to, to=language)
            summaries.append(result)
        article = replace(
            article,
            summary=summaries[0],
            further_summaries=tuple(summaries[1:]),
            model=summaries[0].model or EXTRACTIVE,
            signature=self._signature(job.model),
        )
        return replace(
            item, document=article.document, articles=MappingProxyType({language: article})
        )

    def _signature(self, model: TextModel | None) -> Mapping[str, str]:
        wanted = "+".join(item.style for item in self._wanted)
        first = self._wanted[0]
        length = f"{first.sentences} sentences, {first.characters or 'any'} characters"
        return MappingProxyType(
            {
                "tolmach": __version__,
                "summary": f"{wanted}, {length}",
                **(model.signature if model else {"model": EXTRACTIVE}),
            }
        )

    def _model(self, language: str) -> TextModel | None:
        named = [name for name in self._models if name != EXTRACTIVE]
        try:
            if not named:
                return None
            model = self._pool.get(named, source=language, target=language, context=self._context)
        except ModelNotFound:
            if EXTRACTIVE in self._models:
                return None
            raise
        return model if isinstance(model, TextModel) else None

    def _route(self, language: str, to: str) -> Route:
        names = self._translators.get(to, ()) if language == "ru" else ()
        if (language, to) == ("en", "vi"):
            names = _ENGLISH_TO_VIETNAMESE
        if not names:
            raise ConfigError(
                f"a summary cannot be translated from {NAMES[language]} to {NAMES[to]}; leave out "
                "--to for texts in that language"
            )
        return self._pool.get(names, source=language, target=to, context=self._context)

    def _translate(self, texts: Sequence[str], *, language: str, to: str) -> list[str]:
        route = self._route(language, to)
        batch = self._context.settings.batch
        translator = Translator({(language, to): route}, batch=batch)
        tasks = (Task(place, text, to, language) for place, text in enumerate(texts))
        found = {result.key: result for result in translator.translate(tasks)}
        for result in found.values():
            for warning in result.warnings:
                if warning.code == "engine_failed":
                    raise GenerationError(warning.message)
        return [found[place].target for place in range(len(texts))]

    def close(self) -> None:
        """Free all models."""
        self._pool.close()

    def __enter__(self) -> Summarizer:
        """Return the summariser itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()


def summarize(
    source: str | Path,
    *,
    style: Style | Sequence[Style] = "abstract",
    sentences: Sentences = AUTO,
    characters: int = 0,
    to: str | None = None,
    model: str | None = None,
    settings: RunSettings | str | Path | None = None,
) -> Article:
    """Summarise one text in English, Vietnamese or Russian.

    Args:
        source: the path of a file, or the text itself.
        style: ``abstract``, ``lead``, ``bullets``, ``headline``, or several of them.
        sentences: how many sentences an abstract or a list has; ``auto`` gives more to texts
            of many sections.
        characters: how long a summary may be; 0 for any length.
        to: translate the summary into this language, if the text is in another one.
        model: a model, or ``extractive``, instead of the usual list of preference.
        settings: run settings, or the name or path of their YAML file; default ``auto``.

    Returns:
        The text as an article in its own language, with ``summary``; its sentences say on which
        segments they rest and what the gate said of them.

    Raises:
        InputError: the source cannot be read.
        ConfigError: an option is wrong.
        ModelError: no model is available, or it failed.
    """
    if isinstance(settings, str | Path):
        settings = load_run_settings(str(settings))
    found = Input("text", text=source) if isinstance(source, str) else None
    if isinstance(source, Path):
        found = Input(source.name, path=source)
    if found is None:
        raise InputError("a source is a text or a path")
    styles: Sequence[Style] = (style,) if isinstance(style, str) else style
    with Summarizer(
        styles=styles,
        sentences=sentences,
        characters=characters,
        to=to,
        models=None if model is None else (model,),
        settings=settings,
    ) as summarizer:
        (item,) = summarizer.items([found])
    if item.failure is not None:
        raise item.failure
    (article,) = item.articles.values()
    return article
