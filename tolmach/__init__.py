"""Russian news into English and Vietnamese, translated and summarised, ready for the editor.

Example:
    >>> import tolmach
    >>> with tolmach.load("news") as pipeline:
    ...     article = pipeline.translate("visit.txt", to="vi")
    ...     print(article.title)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from tolmach.composition import PipelineConfig, load_config
    from tolmach.config.run import RunSettings
    from tolmach.document import (
        Article,
        Block,
        Document,
        EditorWarning,
        Kind,
        Segment,
        Severity,
        Span,
        Summary,
        SummaryCheck,
        SummarySection,
        SummarySentence,
        TargetBlock,
        TargetSegment,
    )
    from tolmach.errors import (
        ConfigError,
        InputError,
        ModelError,
        OutputError,
        TolmachError,
    )
    from tolmach.evaluation.evaluate import evaluate
    from tolmach.evaluation.results import EvaluationResult
    from tolmach.pipeline import Pipeline, load
    from tolmach.summarization.texts import summarize

_HOMES = {
    "document": (
        "Article",
        "Block",
        "Document",
        "EditorWarning",
        "Kind",
        "Segment",
        "Severity",
        "Span",
        "Summary",
        "SummaryCheck",
        "SummarySection",
        "SummarySentence",
        "TargetBlock",
        "TargetSegment",
    ),
    "errors": ("ConfigError", "InputError", "ModelError", "OutputError", "TolmachError"),
    "config.run": ("RunSettings",),
    "composition": ("PipelineConfig", "load_config"),
    "evaluation.evaluate": ("evaluate",),
    "evaluation.results": ("EvaluationResult",),
    "pipeline": ("Pipeline", "load"),
    "summarization.texts": ("summarize",),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "Article",
    "Block",
    "ConfigError",
    "Document",
    "EditorWarning",
    "EvaluationResult",
    "InputError",
    "Kind",
    "ModelError",
    "OutputError",
    "Pipeline",
    "PipelineConfig",
    "RunSettings",
    "Segment",
    "Severity",
    "Span",
    "Summary",
    "SummaryCheck",
    "SummarySection",
    "SummarySentence",
    "TargetBlock",
    "TargetSegment",
    "TolmachError",
    "__version__",
    "evaluate",
    "load",
    "load_config",
    "summarize",
]


def __getattr__(name: str) -> Any:
    # names are imported when they are first used, so that `tolmach --help` answers at once
    if name not in _HOME_OF:
        raise AttributeError(f"module 'tolmach' has no attribute {name!r}")
    value = getattr(import_module(f"tolmach.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
