"""What several tests share: tiny checkpoints and the models loaded from them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Literal

import checkpoints
import commands
import fakes
import pytest

from tolmach.catalog.cards import load_card
from tolmach.catalog.loading import load_model
from tolmach.catalog.store import ModelStore
from tolmach.composition import PipelineConfig
from tolmach.config.run import BatchSettings, RunSettings
from tolmach.inference.base import TextModel
from tolmach.pipeline import Pipeline
from tolmach.pipeline import load as load_pipeline

# read when torch is imported, which nothing above does: threads only slow tiny networks down
os.environ.setdefault("OMP_NUM_THREADS", "1")
# a test that wants a translation memory says so: none may see what another one has translated
os.environ["TOLMACH_MEMORY"] = "none"

EngineName = Literal["ctranslate2", "torch"]


@pytest.fixture(scope="session")
def copying_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a MarianMT checkpoint whose output is exactly its source."""
    return checkpoints.build_copying(tmp_path_factory.mktemp("checkpoints") / "copying")


@pytest.fixture(scope="session")
def random_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a MarianMT checkpoint whose output means nothing but depends on everything."""
    return checkpoints.build_random(tmp_path_factory.mktemp("checkpoints") / "random")


@pytest.fixture(scope="session")
def model_store(tmp_path_factory: pytest.TempPathFactory) -> ModelStore:
    """A store that the whole run shares, so that each checkpoint is converted once."""
    return ModelStore(tmp_path_factory.mktemp("cache"), offline=True)


def load(folder: Path, store: ModelStore, *, engine: EngineName = "ctranslate2") -> TextModel:
    """Load a checkpoint in float32 on one thread, for outputs that do not vary."""
    settings = RunSettings(device="cpu", engine=engine, precision="float32", threads=1)
    return load_model(load_card(str(folder)), settings=settings, store=store)


@pytest.fixture(scope="session")
def load_checkpoint(model_store: ModelStore) -> Callable[..., TextModel]:
    """Load the checkpoint in a folder; keyword ``engine`` as in :class:`RunSettings`."""
    return partial(load, store=model_store)


@pytest.fixture(scope="session")
def copying(copying_checkpoint: Path, model_store: ModelStore) -> TextModel:
    """The copying model on CTranslate2; tests must not close it."""
    return load(copying_checkpoint, model_store)


@pytest.fixture
def catalog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> fakes.FakeCatalog:
    """Pipelines load fakes instead of models while this is in use."""
    fake_catalog = fakes.FakeCatalog(fakes.fake_checkpoint(tmp_path / "fake"))
    monkeypatch.setattr("tolmach.translation.stage.load_model", fake_catalog.load)
    return fake_catalog


@pytest.fixture(scope="session")
def prepared_cache(copying_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache for commands, with the copying checkpoint in it."""
    root = tmp_path_factory.mktemp("commands")
    command = commands.Command(root, root / "cache", copying_checkpoint)
    result = command("models", "prepare", str(copying_checkpoint), "--config", "tiny.yaml")
    assert result.code == 0, result.err
    return root / "cache"


@pytest.fixture
def command(tmp_path: Path, prepared_cache: Path, copying_checkpoint: Path) -> commands.Command:
    """The real command, in a folder of its own, with the copying checkpoint."""
    return commands.Command(tmp_path, prepared_cache, copying_checkpoint)


@pytest.fixture
def open_pipeline(catalog: fakes.FakeCatalog, tmp_path: Path) -> Iterator[Callable[..., Pipeline]]:
    """Load pipelines with fake models; they are closed afterwards.

    Keywords: ``source`` (default ``news`` up to the translation), ``window``, and those of
    ``load``.
    """
    opened: list[Pipeline] = []

    def open_one(
        source: PipelineConfig | None = None, *, window: int = 512, **more: Any
    ) -> Pipeline:
        batch = BatchSettings(window=window)
        settings = RunSettings(
            device="cpu", offline=True, cache=str(tmp_path / "cache"), batch=batch
        )
        more = {"model": str(catalog.folder), **more}
        # nothing is to change what the fake model wrote
        bare = fakes.news().without("summarize").without("terms").without("check")
        source = source or bare
        opened.append(load_pipeline(source, settings=settings, **more))
        return opened[-1]

    yield open_one
    for pipeline in opened:
        pipeline.close()
