"""Suites: YAML files that say what is measured, on which texts, in which languages."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import Field, ValidationError, field_validator, model_validator

from tolmach import resources
from tolmach.config.schema import Options, problems_of
from tolmach.config.yamlfile import YamlFile, load_yaml
from tolmach.errors import ConfigError, Problem
from tolmach.evaluation.corpus import Selection

__all__ = ["DATA", "Suite", "known_metrics", "load_suite"]

Language = Literal["en", "vi"]


class _Data(Options):
    """What all kinds of data have.

    Attributes:
        kind: which kind it is.
        licence: what may be done with the texts, for whoever reads the suite.
    """

    kind: str
    licence: str = ""


class SnippetsData(_Data):
    """JSON lines with ``id``, ``ru``, ``en``, ``vi`` and perhaps ``doc``.

    Attributes:
        path: the file.
    """

    kind: Literal["snippets"]
    path: str


class LinesData(_Data):
    """Parallel files, text line by line.

    Attributes:
        source: the Russian file.
        references: by target language, one file or several.
        documents: a file with the name of the document of each line.
    """

    kind: Literal["lines"]
    source: str
    references: dict[Language, tuple[str, ...]]
    documents: str = ""

    @field_validator("references", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        return {key: (item,) if isinstance(item, str) else item for key, item in value.items()}


class TableData(_Data):
    """A file with a row for each text: tab-separated, without quotation, or JSON lines.

    Attributes:
        path: the file.
        columns: which column holds ``ru``, ``en``, ``vi``, ``id`` and ``document``, where its
            name is another.
        header: of ``tsv``: whether the first line names the columns; else they are ``1``, ``2``, …
    """

    kind: Literal["tsv", "jsonl"]
    path: str
    columns: dict[Literal["ru", "en", "vi", "id", "document"], str] = Field(default_factory=dict)
    header: bool = True


class TmxData(_Data):
    """A TMX file.

    Attributes:
        path: the file.
    """

    kind: Literal["tmx"]
    path: str


class DatasetsData(_Data):
    """A data set of the hub or of a folder, through the ``datasets`` library.

    Attributes:
        repository: id on the hub.
        path: a folder, instead of a repository.
        revision: commit of the repository.
        split: such as ``test``.
        config: a configuration that has all languages in columns.
        configs: by language, where each has its own; the rows belong together in order.
        columns: which column holds what.
    """

    kind: Literal["datasets"]
    repository: str = ""
    path: str = ""
    revision: str = ""
    split: str = "test"
    config: str = ""
    configs: dict[Literal["ru", "en", "vi"], str] = Field(default_factory=dict)
    columns: dict[Literal["ru", "en", "vi", "id", "document"], str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_origin(self) -> DatasetsData:
        if bool(self.repository) == bool(self.path):
            raise ValueError("give either repository or path")
        if self.config and self.configs:
            raise ValueError("give either config or configs")
        if self.repository and not self.revision:
            raise ValueError("revision is missing: without it, scores cannot be repeated")
        return self


class MemoryData(_Data):
    """What editors approved, from a translation memory.

    Attributes:
        path: the memory file; without it the one that runs use.
    """

    kind: Literal["memory"]
    path: str = ""


class ArticlesData(_Data):
    """Whole documents and their translations, compared as documents.

    Attributes:
        sources: folder of Russian documents.
        references: by target language, folder of files of the same names.
        pattern: which files of the source folder.
    """

    kind: Literal["articles"]
    sources: str
    references: dict[Language, str]
    pattern: str = "*.txt"


class SummariesData(_Data):
    """Documents and summaries of them.

    Attributes:
        path: JSON lines with ``doc``, ``en`` and ``vi``.
        articles: JSON lines with ``doc``, ``line`` and ``ru``: the sentences of the documents.
    """

    kind: Literal["summaries"]
    path: str
    articles: str


class BoundariesData(_Data):
    """Documents whose sentences are marked; nothing is translated.

    Attributes:
        texts: folder of documents, ``NAME.txt``.
        gold: JSON lines with ``doc``, ``line`` and ``ru``, or a folder of ``NAME.ref.jsonl``.
    """

    kind: Literal["boundaries"]
    texts: str
    gold: str


class StructureData(_Data):
    """Documents whose lines are annotated with their kinds; nothing is translated.

    Attributes:
        texts: folder of documents, ``NAME.txt``.
        gold: folder of ``NAME.structure.jsonl``.
    """

    kind: Literal["structure"]
    texts: str
    gold: str


DATA: Final[Mapping[str, type[_Data]]] = {
    "snippets": SnippetsData,
    "lines": LinesData,
    "tsv": TableData,
    "jsonl": TableData,
    "tmx": TmxData,
    "datasets": DatasetsData,
    "memory": MemoryData,
    "articles": ArticlesData,
    "summaries": SummariesData,
    "boundaries": BoundariesData,
    "structure": StructureData,
}
"""The kinds of data."""

_TEXT_METRICS: Final = ("chrF2", "BLEU", "chrF++", "TER")
_TRANSLATION: Final = (*_TEXT_METRICS, "numbers", "names", "checks")
_ROUGE: Final = ("ROUGE-1", "ROUGE-2", "ROUGE-L")
_METRICS_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "articles": _TEXT_METRICS,
    "summaries": (*_ROUGE, "faithful"),
    "boundaries": ("boundaries",),
    "structure": ("structure",),
}


def known_metrics() -> tuple[str, ...]:
    """Return the metrics that any texts with references can be measured by."""
    return (*_TRANSLATION, *_ROUGE)


class Suite(Options):
    """What is measured, and on what.

    Attributes:
        name: what it is called; results lie in a folder of that name.
        summary: one line for lists.
        data: the texts.
        to: target languages.
        lines: first and last line of the data that are used, counted from 1.
        every: only the first of each so many.
        limit: no more than so many; 0 for all.
        documents: only these.
        metrics: in the order in which they are shown; empty for those of the kind of data.
        pipeline: which pipeline translates, unless another is asked for.
        stages: which of its stages are used; empty for all.
        split: ``line`` translates each text as one segment, ``sentence`` divides it as the
            pipeline does.
        confidence: bootstrap trials for intervals; 0 for none.
        test: how systems are compared: ``bs`` is paired bootstrap, ``ar`` paired approximate
            randomisation.
        trials: of the comparison; 0 takes 1,000 for ``bs`` and 10,000 for ``ar``.
        folder: what paths of the data are relative to: where the file lies.
    """

    name: str = ""
    summary: str = ""
    data: Any
    to: tuple[Language, ...] = ("en", "vi")
    lines: tuple[int, int] | None = None
    every: int = Field(default=1, ge=1)
    limit: int = Field(default=0, ge=0)
    documents: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    pipeline: str = "segments"
    stages: tuple[str, ...] = ()
    split: Literal["line", "sentence"] = "line"
    confidence: int = Field(default=1000, ge=0)
    test: Literal["bs", "ar"] = "bs"
    trials: int = Field(default=0, ge=0)
    folder: Path = Field(default=Path(), exclude=True)

    @field_validator("to")
    @classmethod
    def _some(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value:
            raise ValueError("at least one language is needed")
        return tuple(dict.fromkeys(value))

    @field_validator("lines")
    @classmethod
    def _in_order(cls, value: tuple[int, int] | None) -> tuple[int, int] | None:
        if value is not None and not 1 <= value[0] <= value[1]:
            raise ValueError("first and last line, counted from 1, such as [1001, 1400]")
        return value

    @field_validator("metrics")
    @classmethod
    def _known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        known = (*known_metrics(), "faithful", "boundaries", "structure")
        unknown = [name for name in value if name not in known]
        if unknown:
            raise ValueError(f"no metric {', '.join(unknown)}; known: {', '.join(known)}")
        return tuple(dict.fromkeys(value))

    @property
    def selection(self) -> Selection:
        """Which examples of the data are used."""
        first, last = self.lines or (1, 0)
        return Selection(first, last, self.every, self.limit, self.documents)

    @property
    def measured(self) -> tuple[str, ...]:
        """The metrics, those of the kind of data if the suite names none."""
        return self.metrics or _METRICS_OF.get(self.data.kind, _TRANSLATION)

    def place(self, path: str) -> Path:
        """Return a path of the data; a relative one starts from the suite's file."""
        return self.folder / Path(path).expanduser()


def load_suite(source: str | Path | Suite) -> Suite:
    """Load and validate a suite.

    Args:
        source: a shipped name such as ``"snippets"``, the path of a YAML file, or a suite.

    Raises:
        ConfigError: with every problem, each with file and line.
    """
    if isinstance(source, Suite):
        if isinstance(source.data, _Data):
            return source
        file = YamlFile(source.name, {"data": source.data})
        found: list[Problem] = []
        made = _data(file, found)
        if made is None:
            raise ConfigError(found)
        return source.model_copy(update={"data": made})
    path = resources.named_file("eval", str(source))
    file = load_yaml(path)
    if not isinstance(file.data, Mapping):
        raise ConfigError([Problem("must be a mapping of keys to values", file.file, 1)])
    values = {key: value for key, value in file.data.items() if key != "folder"}
    problems = [file.problem("unknown key 'folder'", "folder")] if "folder" in file.data else []
    try:
        suite = Suite.model_validate({"name": path.stem, **values, "folder": path.parent})
    except ValidationError as error:
        problems += problems_of(error, Suite, file)
        suite = None
    data = _data(file, problems) if "data" in file.data else None
    if suite is None or data is None or problems:
        raise ConfigError(problems)
    problems += _misfits(suite, data, file)
    if problems:
        raise ConfigError(problems)
    beside = path.parent / suite.pipeline
    pipeline = str(beside) if beside.is_file() else suite.pipeline
    return suite.model_copy(update={"data": data, "pipeline": pipeline})


def _data(file: YamlFile, problems: list[Problem]) -> _Data | None:
    """Return the data of a suite; what is wrong with it is added to ``problems``."""
    values = file.data["data"]
    kind = str(values.get("kind")) if isinstance(values, Mapping) else ""
    if kind not in DATA:
        known = ", ".join(DATA)
        problems.append(file.problem(f"data.kind must be one of {known}", "data", "kind"))
        return None
    try:
        return DATA[kind].model_validate(dict(values))
    except ValidationError as error:
        problems += problems_of(error, DATA[kind], file, "data")
        return None


def _misfits(suite: Suite, data: _Data, file: YamlFile) -> list[Problem]:
    """Return where single keys are right but do not fit together."""
    from tolmach.composition import STAGES

    problems = []
    references = getattr(data, "references", None)
    for language in suite.to:
        if references is not None and not references.get(language):
            message = f"there are no references in {language!r}"
            problems.append(file.problem(message, "data", "references"))
    for index, name in enumerate(suite.stages):
        if name not in STAGES:
            message = f"there is no stage {name!r}; known: {', '.join(STAGES)}"
            problems.append(file.problem(message, "stages", index))
    if Path(suite.name).name != suite.name or not suite.name:
        problems.append(file.problem("name: must do for the name of a folder", "name"))
    return problems
