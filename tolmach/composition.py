"""What a pipeline is before it runs: stages and options, read from YAML and checked as a whole."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from pydantic import ValidationError

from tolmach import resources
from tolmach.checks.stage import CheckStage
from tolmach.config.schema import problems_of
from tolmach.config.yamlfile import YamlFile, load_yaml
from tolmach.errors import ConfigError, Problem
from tolmach.markup.stage import AlignStage
from tolmach.stages import CleanStage, ReadStage, SplitStage
from tolmach.summarization.stage import SummarizeStage
from tolmach.terms.naming import NamesStage
from tolmach.terms.stage import TermsStage
from tolmach.translation.stage import TranslateStage
from tolmach.writers.stage import WriteStage

__all__ = ["STAGES", "PipelineConfig", "StageConfig", "load_config"]

STAGES: Final[Mapping[str, type[Any]]] = MappingProxyType(
    {
        "read": ReadStage,
        "clean": CleanStage,
        "split": SplitStage,
        "names": NamesStage,
        "translate": TranslateStage,
        "terms": TermsStage,
        "check": CheckStage,
        "align": AlignStage,
        "summarize": SummarizeStage,
        "write": WriteStage,
    }
)


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
    options = STAGES[name].options
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
    stages = _stages(file, problems)
    if problems:
        raise ConfigError(problems)
    summary = str(file.data.get("summary", ""))
    return PipelineConfig(Path(file.file).stem, stages, summary, file.file)


def _stages(file: YamlFile, problems: list[Problem]) -> tuple[StageConfig, ...]:
    """Read the list of stages; what is wrong with it is added to ``problems``."""
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
    return tuple(stages)


def _named_stage(entry: object, file: YamlFile, index: int) -> tuple[str, object]:
    if isinstance(entry, str):
        entry = {entry: None}
    if not isinstance(entry, Mapping) or len(entry) != 1:
        message = "a stage is a name, or a name with options below it"
        raise ConfigError([file.problem(message, "stages", index)])
    ((name, values),) = entry.items()
    if name not in STAGES:
        message = f"there is no stage {name!r}; known: {', '.join(STAGES)}"
        raise ConfigError([file.problem(message, "stages", index, str(name))])
    return name, values


def _order_problems(order: Sequence[tuple[str, int]], file: YamlFile) -> list[Problem]:
    """Return what is wrong with the order of stages: names, and places in the file."""
    assigned: set[str] = set()
    problems: list[Problem] = []
    for name, place in order:
        kind = STAGES[name]
        missing = kind.requires - assigned
        makers = [maker for maker, other in STAGES.items() if other.assigns & missing]
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
