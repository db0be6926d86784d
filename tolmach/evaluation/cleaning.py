"""How well pages are cleaned and sentences found: suites that need no model."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from tolmach import __version__
from tolmach.cleaning import detect_profile, label_lines, profiles
from tolmach.errors import ConfigError, InputError
from tolmach.evaluation.boundaries import BoundaryScore, gold_units, read_gold
from tolmach.evaluation.boundaries import score as score_boundaries
from tolmach.evaluation.results import DocumentResult, EvaluationResult, Score, SystemResult
from tolmach.evaluation.store import now
from tolmach.evaluation.structure import (
    StructureScore,
    confusion_table,
    read_structure,
    score_structure,
)
from tolmach.evaluation.suites import Suite
from tolmach.languages import SOURCE
from tolmach.readers import read_path
from tolmach.resources import folder
from tolmach.segmentation import SPLITTERS

__all__ = ["evaluate_cleaning"]

AnyScore = TypeVar("AnyScore", BoundaryScore, StructureScore)


@dataclass(frozen=True)
class _Found(Generic[AnyScore]):
    """The counts of one page."""

    name: str
    units: int
    score: AnyScore


def evaluate_cleaning(suite: Suite, systems: Sequence[str] = ()) -> EvaluationResult:
    """Compare what cleaner and splitter do with what an editor has marked.

    Args:
        suite: of data of the kind ``boundaries`` or ``structure``.
        systems: none, or the one name the result shall have.

    Raises:
        InputError: texts or annotations are missing, or do not belong together.
        ConfigError: several systems are asked for.
    """
    if len(systems) > 1:
        raise ConfigError(f"suite {suite.name!r}: there is only one cleaner to measure")
    if suite.data.kind == "boundaries":
        pages: list[Any] = list(_boundaries(suite))
        total: Any = sum((page.score for page in pages), BoundaryScore())
        figures: Callable[[Any], tuple[Score, ...]] = _boundary_scores
        notes: tuple[str, ...] = ()
    else:
        pages = list(_structure(suite))
        total = sum((page.score for page in pages), StructureScore())
        figures = _structure_scores
        notes = ("confusion\n" + confusion_table(total),)
    if not pages:
        raise InputError(f"suite {suite.name!r}: there are no annotated pages")
    system = SystemResult(
        name=systems[0] if systems else "tolmach",
        to=SOURCE,
        signature=MappingProxyType({"tolmach": __version__, "data": suite.data.kind}),
        scores=figures(total),
        segments=(),
        documents=tuple(
            DocumentResult(page.name, page.units, figures(page.score)) for page in pages
        ),
    )
    return EvaluationResult(suite.name, now(), (system,), notes=notes)


def _pages(suite: Suite) -> Iterator[tuple[Path, str]]:
    """Yield the selected texts and their names."""
    where = suite.place(suite.data.texts)
    if not where.is_dir():
        raise InputError(f"{where}: there is no such folder of texts")
    for path in sorted(where.rglob("*.txt")):
        name = path.relative_to(where).with_suffix("").as_posix()
        if not suite.documents or name in suite.documents:
            yield path, name


def _boundaries(suite: Suite) -> Iterator[_Found[BoundaryScore]]:
    gold = suite.place(suite.data.gold)
    whole = read_gold(gold) if gold.is_file() else {}
    splitter = SPLITTERS["razdel"]()
    for path, name in _pages(suite):
        single = gold / f"{name}.ref.jsonl"
        sentences = whole.get(name) or whole.get(Path(name).name)
        if sentences is None and single.is_file():
            sentences = read_gold(single).get("")
        if sentences is None:
            continue
        text = read_path(path, name=path.name).text
        try:
            units = gold_units(text, sentences)
        except InputError as error:
            raise InputError(f"{path}: {error}") from error
        yield _Found(name, len(units), score_boundaries(text, units, splitter))


def _structure(suite: Suite) -> Iterator[_Found[StructureScore]]:
    gold = suite.place(suite.data.gold)
    known = profiles(folder("configs") / "sites")
    for path, name in _pages(suite):
        annotations = gold / f"{name}.structure.jsonl"
        if not annotations.is_file():
            continue
        text = read_path(path, name=path.name).text
        lines = text.split("\n")
        wanted = read_structure(annotations)
        found = label_lines(lines, profile=detect_profile(text, known))
        try:
            score = score_structure(wanted, found)
        except InputError as error:
            raise InputError(f"{annotations}: {error}") from error
        yield _Found(name, score.lines, score)


def _boundary_scores(found: BoundaryScore) -> tuple[Score, ...]:
    how = f"boundaries|tolmach:{__version__}"
    return (
        Score("boundary F1", 100 * found.f1, how),
        Score("boundary precision", 100 * found.precision, how),
        Score("boundary recall", 100 * found.recall, how),
    )


def _structure_scores(found: StructureScore) -> tuple[Score, ...]:
    how = f"structure|tolmach:{__version__}"
    return (
        Score("article kept", 100 * found.kept, how),
        Score("furniture caught", 100 * found.caught, how),
        Score("kinds right", 100 * found.accuracy, how),
    )
