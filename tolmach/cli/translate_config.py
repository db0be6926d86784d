"""What the options of ``tolmach translate`` make of run settings and pipelines."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from tolmach.composition import PipelineConfig, load_config
from tolmach.config.run import RunSettings, load_run_settings
from tolmach.config.schema import build
from tolmach.errors import ConfigError
from tolmach.languages import TARGETS

__all__ = ["STANDARD_INPUT", "pipeline_of", "recorded", "settings_of"]

STANDARD_INPUT = "-"
"""The source that stands for standard input."""


def settings_of(options: argparse.Namespace) -> RunSettings:
    """Return the run settings with what the command line overrides.

    Raises:
        ConfigError: a setting is wrong.
    """
    settings = load_run_settings(options.config)
    changes: dict[str, Any] = {}
    if options.device:
        changes["device"] = options.device
    if options.threads is not None:
        changes["threads"] = options.threads
    for name in ("offline", "fast"):
        if getattr(options, name):
            changes[name] = True
    if options.licences:
        changes["licences"] = options.licences
    if options.memory:
        changes["memory"] = options.memory
    values = settings.model_dump(exclude_unset=True) | changes
    return build(RunSettings, values, where="command line")


def pipeline_of(options: argparse.Namespace) -> PipelineConfig:
    """Return the pipeline with what the command line changes in it.

    Raises:
        ConfigError: the pipeline is wrong, or an option does not fit it.
    """
    config = load_config(options.pipeline)
    stages = {stage.name for stage in config.stages}
    if options.model:
        models = dict.fromkeys(TARGETS, (options.model,))
        config = config.with_options("translate", models=models)
    config = _with_checks(options, config)
    if options.field:
        config = config.with_options("read", fields=tuple(dict.fromkeys(options.field)))
    if options.summary and "summarize" not in stages:
        raise ConfigError(f"--summary: the pipeline {config.name!r} has no stage 'summarize'")
    if not options.summary:
        config = config.without("summarize")
    if "write" not in stages and options.sources != [STANDARD_INPUT]:
        raise ConfigError(
            f"the pipeline {config.name!r} has no stage 'write': nothing would be kept"
        )
    return _with_formats(options, config)


def _with_formats(options: argparse.Namespace, config: PipelineConfig) -> PipelineConfig:
    """Return the pipeline with the output formats that the command line asks for."""
    if options.review and STANDARD_INPUT in options.sources:
        raise ConfigError("--review: the page is written beside a file; give a file, not -")
    found = next((stage.options for stage in config.stages if stage.name == "write"), None)
    if found is None or not (options.format or options.review):
        return config
    formats = [*(options.format or found.formats), *(["review"] if options.review else [])]
    if "review" in formats:
        config = config.with_options("translate", suggest=True)
    return config.with_options("write", formats=tuple(dict.fromkeys(formats)))


def _with_checks(options: argparse.Namespace, config: PipelineConfig) -> PipelineConfig:
    """Return the pipeline with what the command line says of glossaries and errors."""
    found = {stage.name: stage.options for stage in config.stages}
    if options.glossary:
        # terms are put right where the pipeline does that, else only looked for
        name = next((name for name in ("terms", "check") if name in found), None)
        if name is None:
            raise ConfigError(
                f"--glossary: the pipeline {config.name!r} has no stage 'terms' or 'check'"
            )
        files = (*options.glossary, *map(str, found[name].glossary))
        config = config.with_options(name, glossary=files)
    if options.strict:
        if "check" not in found:
            raise ConfigError(f"--strict: the pipeline {config.name!r} has no stage 'check'")
        config = config.with_options("check", strict=True)
    return config


def recorded(
    options: argparse.Namespace, config: PipelineConfig, targets: Sequence[str]
) -> dict[str, Any]:
    """Return what ``run.json`` says of how a run was started."""
    return {
        "pipeline": f"{config.name} {config.fingerprint()}",
        "config": options.config,
        "sources": list(options.sources),
        "to": list(targets),
        "summary": bool(options.summary),
    }
