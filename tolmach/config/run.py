"""Run settings: on what, with how much, from where. ``configs/*.yaml`` holds named ones."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from tolmach import resources
from tolmach.config.hardware import Hardware, divide, usable_cores
from tolmach.config.schema import Options, parse
from tolmach.config.yamlfile import load_yaml
from tolmach.errors import ConfigError

__all__ = ["BatchSettings", "RunSettings", "load_run_settings"]


class BatchSettings(Options):
    """How segments are grouped for the engine.

    Attributes:
        tokens: padded tokens in a batch; 0 takes what the model's card recommends.
        rows: most segments in a batch.
        window: segments that are sorted by length together.
    """

    tokens: int = Field(default=0, ge=0)
    rows: int = Field(default=64, ge=1)
    window: int = Field(default=512, ge=1)


class RunSettings(Options):
    """How to run a pipeline.

    Attributes:
        device: ``auto`` takes CUDA where there is one.
        engine: CTranslate2 is the fast one, torch the reference.
        precision: ``auto`` is int8 on CPU and float16 on CUDA (float32 for torch on CPU).
        threads: CPU threads in all; 0 takes the cores this process may use.
        workers: batches that run at the same time, on each device; 0 takes one for each thread (up
            to 8) on the CPU, one on CUDA.
        devices: which CUDA devices, by number; the model is loaded on each.
        spread: for torch on CUDA: ``spread`` divides a model among all devices and the main memory,
            ``one`` never does, ``auto`` does if it does not fit one device.
        fast: greedy search instead of the beams that the model's card asks for.
        shortlist: use the shortlists of target tokens of models that have one.
        batch: how segments are grouped.
        offline: never contact a model hub.
        cache: directory for prepared models; empty takes the user's cache directory.
        lock: file with the commit and the hashes of what was downloaded; empty takes
            ``models.lock.json`` in the cache directory.
        licences: ``commercial`` uses only models whose licence allows commercial use.
        memory: file of the translation memory; empty takes ``$TOLMACH_MEMORY``, else a file in the
            user's data directory; ``none`` for no memory.
    """

    device: Literal["auto", "cpu", "cuda"] = "auto"
    engine: Literal["ctranslate2", "torch"] = "ctranslate2"
    precision: Literal[
        "auto", "float32", "float16", "bfloat16", "int8", "int8_float32", "int8_float16"
    ] = "auto"
    threads: int = Field(default=0, ge=0)
    workers: int = Field(default=0, ge=0)
    devices: tuple[int, ...] = (0,)
    spread: Literal["auto", "one", "spread"] = "auto"
    fast: bool = False
    shortlist: bool = False
    batch: BatchSettings = BatchSettings()
    offline: bool = False
    cache: str = ""
    lock: str = ""
    licences: Literal["any", "commercial"] = "any"
    memory: str = ""

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

    def hardware(self) -> Hardware:
        """Return what the fast engine runs on.

        Raises:
            ConfigError: CUDA was asked for and there is no CUDA device.
        """
        device = self.resolved_device()
        precision = self.resolved_precision(device)
        threads = self.threads or usable_cores()
        if device == "cuda":
            return Hardware(device, precision, self.workers or 1, threads, self.devices)
        workers, each = divide(threads, workers=self.workers)
        return Hardware(device, precision, workers, each)

    def cache_root(self) -> Path | None:
        """Return the cache directory, or None for the default one."""
        return Path(self.cache).expanduser() if self.cache else None

    def lock_path(self) -> Path | None:
        """Return the lock file, or None for the default one."""
        return Path(self.lock).expanduser() if self.lock else None


def load_run_settings(name: str) -> RunSettings:
    """Load run settings by a shipped name or by the path of a YAML file.

    Raises:
        ConfigError: the file is missing or wrong.
    """
    return parse(RunSettings, load_yaml(resources.named_file("configs", name)))
