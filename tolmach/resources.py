"""Where the editable folders lie: beside the package in a checkout, inside it when installed."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from tolmach.errors import ConfigError

__all__ = ["folder", "named_file", "names"]

_KINDS = ("pipelines", "models", "configs", "eval")


def folder(kind: str) -> Path:
    """Return the shipped folder of one kind.

    Args:
        kind: ``"pipelines"``, ``"models"``, ``"configs"`` or ``"eval"``.

    Raises:
        ConfigError: there is no such kind, or the installation lacks it.
    """
    if kind not in _KINDS:
        raise ConfigError(f"there is no resource folder {kind!r}, only {', '.join(_KINDS)}")
    package = Path(str(files("tolmach")))
    for candidate in (package / "data" / kind, package.parent / kind):
        if candidate.is_dir():
            return candidate
    raise ConfigError(f"the folder {kind!r} is missing from this installation of tolmach")


def names(kind: str) -> tuple[str, ...]:
    """Return the names (file names without ``.yaml``) of the shipped files of one kind."""
    return tuple(sorted(path.stem for path in folder(kind).glob("*.yaml")))


def named_file(kind: str, name: str) -> Path:
    """Find a YAML file by a shipped name or by its path.

    Args:
        kind: which folder to look in.
        name: ``"news"``, or a path such as ``./my-pipeline.yaml``.

    Raises:
        ConfigError: there is no such file; the message lists those that exist.
    """
    path = Path(name)
    if path.suffix in {".yaml", ".yml"} or "/" in name:
        if path.is_file():
            return path
        raise ConfigError(f"there is no file {name}")
    shipped = folder(kind) / f"{name}.yaml"
    if shipped.is_file():
        return shipped
    known = ", ".join(names(kind)) or "none"
    raise ConfigError(f"there is no {kind.removesuffix('s')} named {name!r}; known: {known}")
