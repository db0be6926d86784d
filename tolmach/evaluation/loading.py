"""The texts of a suite: reading its data, whatever kind they are, and choosing from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

from tolmach.errors import ConfigError, InputError
from tolmach.evaluation.corpus import Corpus, Example, checked, narrowed, text_of
from tolmach.evaluation.hub import dataset_rows
from tolmach.evaluation.sources import (
    file_text,
    from_lines,
    from_records,
    from_tmx,
    json_lines,
    table_rows,
)
from tolmach.evaluation.suites import Suite
from tolmach.languages import SOURCE

__all__ = ["load_corpus"]


def load_corpus(suite: Suite, *, to: Sequence[str] = (), offline: bool = False) -> Corpus:
    """Read the texts of a suite.

    Args:
        suite: what to read.
        to: languages that are needed; default those of the suite.
        offline: do not contact the hub.

    Raises:
        InputError: data are missing, damaged or do not fit together; says file and line.
        ConfigError: the suite is not about texts with references.
    """
    targets = tuple(to) or suite.to
    data = suite.data
    if data.kind not in _READERS:
        raise ConfigError(f"suite {suite.name!r}: nothing is translated in data of {data.kind}")
    where = str(data.path) if getattr(data, "path", "") else f"suite {suite.name!r}"
    examples = _READERS[data.kind](suite, targets, offline)
    return checked(narrowed(examples, suite.selection, where=where), to=targets, where=where)


def _snippets(suite: Suite, to: Sequence[str], offline: bool) -> list[Example]:  # noqa: ARG001
    path = suite.place(suite.data.path)
    return from_records(json_lines(path), {"document": "doc"}, to=to)


def _lines(suite: Suite, to: Sequence[str], offline: bool) -> list[Example]:  # noqa: ARG001
    data = suite.data
    references = {
        language: [suite.place(path) for path in data.references.get(language, ())]
        for language in to
    }
    missing = [language for language, paths in references.items() if not paths]
    if missing:
        raise InputError(f"suite {suite.name!r}: no references in {', '.join(missing)}")
    documents = suite.place(data.documents) if data.documents else None
    return from_lines(suite.place(data.source), references, documents=documents)


def _table(suite: Suite, to: Sequence[str], offline: bool) -> list[Example]:  # noqa: ARG001
    data = suite.data
    path = suite.place(data.path)
    rows = json_lines(path) if data.kind == "jsonl" else table_rows(path, header=data.header)
    return from_records(rows, data.columns, to=to)


def _tmx(suite: Suite, to: Sequence[str], offline: bool) -> list[Example]:  # noqa: ARG001
    return from_tmx(suite.place(suite.data.path), to=to)


def _datasets(suite: Suite, to: Sequence[str], offline: bool) -> list[Example]:
    data = suite.data
    wanted = (SOURCE, *to)
    missing = [language for language in wanted if data.configs and language not in data.configs]
    if missing:
        raise InputError(f"suite {suite.name!r}: data.configs lacks {', '.join(missing)}")
    configs = {key: data.configs[key] for key in wanted} if data.configs else {"": data.config}
    rows = dataset_rows(
        str(suite.place(data.path)) if data.path else data.repository,
        split=data.split,
        configs=configs,
        columns=data.columns,
        revision=data.revision,
        offline=offline,
    )
    # with a configuration for each language the rows are called after the languages already
    return from_records(rows, {} if data.configs else data.columns, to=to)


def _articles(suite: Suite, to: Sequence[str], offline: bool) -> list[Example]:  # noqa: ARG001
    data = suite.data
    folder = suite.place(data.sources)
    paths = sorted(path for path in folder.glob(data.pattern) if path.is_file())
    examples = []
    for path in paths:
        found = {}
        for language in to:
            reference = suite.place(data.references.get(language, "")) / path.name
            found[language] = (text_of(file_text(reference), str(reference), "the reference"),)
        name = path.relative_to(folder).as_posix()
        text = file_text(path)
        text_of(text, str(path), "the source")
        examples.append(Example(name, text, MappingProxyType(found), name, str(path)))
    return examples


def _summaries(suite: Suite, to: Sequence[str], offline: bool) -> list[Example]:  # noqa: ARG001
    texts = _texts(suite.place(suite.data.articles))
    examples = []
    for place, record in json_lines(suite.place(suite.data.path)):
        name = str(record.get("doc", ""))
        if name not in texts:
            raise InputError(f"{place}: {suite.data.articles} has no document {name!r}")
        found = {
            language: (text_of(record.get(language), place, f"the summary in {language!r}"),)
            for language in to
        }
        examples.append(Example(name, texts[name], MappingProxyType(found), name, place))
    return examples


def _texts(path: Path) -> Mapping[str, str]:
    """Return whole documents by name, put together from their sentences."""
    paragraphs: dict[str, dict[int, list[str]]] = {}
    for place, record in json_lines(path):
        text = text_of(record.get(SOURCE), place, "the source")
        line = record.get("line")
        if not isinstance(line, int):
            raise InputError(f"{place}: 'line' must be a whole number")
        paragraphs.setdefault(str(record.get("doc", "")), {}).setdefault(line, []).append(text)
    return {
        name: "\n\n".join(" ".join(sentences) for sentences in lines.values())
        for name, lines in paragraphs.items()
    }


def _memory(suite: Suite, to: Sequence[str], offline: bool) -> list[Example]:  # noqa: ARG001
    from tolmach.memory import MemoryFile, memory_path

    path = suite.place(suite.data.path) if suite.data.path else memory_path()
    if path is None:
        raise InputError("the translation memory is switched off; name its file in $TOLMACH_MEMORY")
    if not path.is_file():
        raise InputError(f"{path}: there is no translation memory")
    file = MemoryFile(path)
    try:
        found = {language: list(file.approved((SOURCE, language))) for language in to}
    finally:
        file.close()
    targets = {
        language: {item.source: item.target for item in approved}
        for language, approved in found.items()
    }
    # what was approved in one language alone is no example for both
    sources = [
        item for item in found[to[0]] if all(item.source in texts for texts in targets.values())
    ]
    if not sources:
        counts = ", ".join(f"{language} {len(texts)}" for language, texts in targets.items())
        raise InputError(
            f"{path}: no text is approved in {' and '.join(to)} ({counts}); bring approved ones in "
            "with `tolmach memory import`, or choose one language with --to"
        )
    return [
        Example(
            str(number),
            item.source,
            MappingProxyType({language: (targets[language][item.source],) for language in to}),
            item.document,
            str(path),
        )
        for number, item in enumerate(sources, start=1)
    ]


_READERS: Final[Mapping[str, Callable[[Suite, Sequence[str], bool], list[Example]]]] = {
    "snippets": _snippets,
    "lines": _lines,
    "tsv": _table,
    "jsonl": _table,
    "tmx": _tmx,
    "datasets": _datasets,
    "memory": _memory,
    "articles": _articles,
    "summaries": _summaries,
}
