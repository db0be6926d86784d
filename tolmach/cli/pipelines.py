"""``tolmach pipelines``: which pipelines there are, and whether they are right."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tolmach import resources
from tolmach.catalog.cards import load_card
from tolmach.cli.codes import DONE, USAGE
from tolmach.composition import PipelineConfig, load_config
from tolmach.errors import ConfigError, ModelNotFound, Problem
from tolmach.pipeline import Pipeline
from tolmach.summarization.summarizer import EXTRACTIVE

__all__ = ["pipelines"]


def pipelines(options: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    if options.action == "show":
        path = resources.named_file("pipelines", options.name)
        sys.stdout.write(Path(path).read_text(encoding="utf-8"))
        return DONE
    if options.action == "list":
        for name in resources.names("pipelines"):
            config = load_config(name)
            print(f"{name:12} {config.summary}")
            print(f"{'':12} {' > '.join(stage.name for stage in config.stages)}")
        return DONE
    return _check(options.names or resources.names("pipelines"))


def _check(names: list[str] | tuple[str, ...]) -> int:
    problems: list[Problem] = []
    for name in names:
        try:
            config = load_config(name)
            Pipeline(config).close()
            found = _unknown_models(config)
        except ConfigError as error:
            found = list(error.problems)
        if not found:
            print(f"{name}: checked")
        problems += found
    for problem in problems:
        print(f"tolmach: {problem}", file=sys.stderr)
    return USAGE if problems else DONE


def _unknown_models(config: PipelineConfig) -> list[Problem]:
    named = set()
    for stage in config.stages:
        models = getattr(stage.options, "models", ())
        lists = models.values() if isinstance(models, dict) else (models,)
        named |= {name for names in lists for name in names}
    problems = []
    for name in sorted(named - {EXTRACTIVE}):
        try:
            load_card(name)
        except ModelNotFound as error:
            problems.append(Problem(str(error), config.file))
        except ConfigError as error:
            problems += error.problems
    return problems
