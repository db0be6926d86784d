"""What decides the output of a run besides its sources, as one short hash.

Two runs with the same fingerprint write the same files for the same sources, so that what one has
finished, the other need not do again. No model is loaded to find out.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from tolmach import __version__
from tolmach.composition import PipelineConfig
from tolmach.errors import ConfigError
from tolmach.resources import folder

__all__ = ["run_fingerprint"]

# what decides outputs, and what no stage's signature tells
_DATA = ("sites/*.yaml", "vietnamese/*.txt", "*.yaml")


def run_fingerprint(
    config: PipelineConfig,
    *,
    signature: Mapping[str, str],
    models: Mapping[str, Mapping[str, str]],
    approved: Mapping[str, str],
) -> str:
    """Return the fingerprint of a run.

    Args:
        config: the pipeline with its options.
        signature: of the built pipeline.
        models: the planned signature of each model, by what it is for.
        approved: by target, a text that changes with what editors have approved.

    Returns:
        32 hexadecimal digits.

    Raises:
        ConfigError: a glossary is missing.
    """
    content = {
        "tolmach": __version__,
        "signature": dict(signature),
        "pipeline": config.fingerprint(),
        "models": {use: dict(found) for use, found in models.items()},
        "data": _content_hash(),
        "glossaries": _glossaries(config),
        "approved": dict(approved),
    }
    text = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _content_hash() -> str:
    configs = folder("configs")
    return _hash(path for pattern in _DATA for path in sorted(configs.glob(pattern)))


def _glossaries(config: PipelineConfig) -> str:
    listed = (getattr(stage.options, "glossary", ()) for stage in config.stages)
    return _hash(Path(file) for files in listed for file in files)


def _hash(paths: Iterable[Path]) -> str:
    content = hashlib.sha256()
    for path in paths:
        try:
            content.update(path.read_bytes())
        except OSError as error:
            raise ConfigError(f"{path}: cannot be read: {error.strerror or error}") from error
    return content.hexdigest()[:16]
