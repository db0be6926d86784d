"""Run settings: on what, with how much, from where. ``configs/*.yaml`` holds named ones."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pydantic import Field

from tolmach import resources
from tolmach.config.schema import Options, parse
from tolmach.config.yamlfile import load_yaml
from tolmach.errors import ConfigError

__all__ = ["BatchSettings", "RunSettings", "load_run_settings", "usable_cores"]


class BatchSettings(Options):
    """How segments are grouped for the engine.

    Attributes:
        tokens: padded tokens in a batch; 0 takes what the model's card recommends.
        rows: most segments in a batch.
        window: segments that are sorted by length together.
    """

    tokens: int = Field(default=0, ge=0)
    rows: int = Field(default=64, ge=1)
    window: int = Field(default=256, ge=1)


class RunSettings(Options):
    """How to run a pipeline.

    Attributes:
        device: ``auto`` takes CUDA where there is one.
        engine: CTranslate2 is the fast one, torch the reference.
        precision: ``auto`` is int8 on CPU and float16 on CUDA (float32 for torch on CPU).
        threads: CPU threads for the engine; 0 takes the cores this process may use.
        batch: how segments are grouped.
        offline: never contact a model hub.
        cache: directory for prepared models; empty takes the user's cache directory.
    """

    device: Literal["auto", "cpu", "cuda"] = "auto"
    engine: Literal["ctranslate2", "torch"] = "ctranslate2"
    precision: Literal[
        "auto", "float32", "float16", "bfloat16", "int8", "int8_float32", "int8_float16"
    ] = "auto"
    threads: int = Field(default=0, ge=0)
    batch: BatchSettings = BatchSettings()
    offline: bool = False
    cache: str = ""

    def resolved_device(self) -> str:
        """Return ``"cpu"`` or ``"cuda"``.

        Raises:
            ConfigError: CUDA was asked for and there is no CUDA device.
        """
        if self.device == "cpu":
            return self.device
        import ctranslate2

        if ctranslate2.get_cuda_device_count():
            return "cuda"
        if self.device == "cuda":
            raise ConfigError("device: cuda was asked for, but no CUDA device is visible here")
        return "cpu"

    def resolved_precision(self, device: str) -> str:
        """Return the precision for a device."""
        if self.precision != "auto":
            return self.precision
        if self.engine == "torch":
            return "float16" if device == "cuda" else "float32"
        return "float16" if device == "cuda" else "int8"

    def cache_root(self) -> Path | None:
        """Return the cache directory, or None for the default one."""
        return Path(self.cache).expanduser() if self.cache else None


def usable_cores() -> int:
    """Return how many processors this process may run on."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on this platform
        return os.cpu_count() or 1


def load_run_settings(name: str) -> RunSettings:
    """Load run settings by a shipped name or by the path of a YAML file.

    Raises:
        ConfigError: the file is missing or wrong.
    """
    return parse(RunSettings, load_yaml(resources.named_file("configs", name)))
