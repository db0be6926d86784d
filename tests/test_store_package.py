"""Preparing a model that comes as a Python package with a GGUF file."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path

import gemma
import pytest
from checkpoints import left_in

from tolmach import resources
from tolmach.catalog.cards import Card
from tolmach.catalog.loading import load_model
from tolmach.catalog.store import ModelStore
from tolmach.config.run import RunSettings
from tolmach.errors import ConfigError, ModelNotFound, PreparationError


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "cache", offline=True)


class TestPackage:
    """A package that carries a GGUF file, with and without an adapter."""

    @pytest.fixture
    def package(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        pytest.importorskip("gguf")
        folder = tmp_path / "packages"
        (folder / "tiny_gguf_package").mkdir(parents=True)
        model = gemma.build_model(len(gemma.pieces()[0]))
        gemma.write_gguf(folder / "tiny_gguf_package" / "tiny.gguf", model)
        code = """
            import shutil
            from pathlib import Path

            def assemble(target):
                shutil.copyfile(Path(__file__).with_name("tiny.gguf"), target)
                return target
        """
        init = folder / "tiny_gguf_package" / "__init__.py"
        init.write_text(textwrap.dedent(code), encoding="utf-8")
        monkeypatch.syspath_prepend(folder)
        monkeypatch.delitem(sys.modules, "tiny_gguf_package", raising=False)
        return init

    @pytest.fixture
    def models(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        folder = tmp_path / "models"
        folder.mkdir()
        original = resources.folder
        monkeypatch.setattr(
            resources, "folder", lambda kind: folder if kind == "models" else original(kind)
        )
        return folder

    @staticmethod
    def card(**origin: str) -> Card:
        return Card.model_validate(
            {
                "name": "tiny",
                "summary": "of the tests",
                "family": "prompt",
                "origin": {"package": "tiny_gguf_package", **origin},
                "licence": {"name": "MIT", "commercial": True},
                "pairs": ["ru-en"],
                "prompts": {"ru-en": "{text}="},
                "end_tokens": ["<eos>"],
                "canary": {},
            }
        )

    def test_prepared_and_loaded(self, store: ModelStore, package: Path) -> None:
        assert package.is_file()
        card = self.card()
        with load_model(card, settings=RunSettings(device="cpu"), store=store) as model:
            row = model.encode("Fog", source="ru", target="en")
            assert len(model.generate([row])) == 1
            assert model.details["weights"] == card.fingerprint()
        assert left_in(store) == [store.folder(card, quantization="int8").name]

    def test_adapter_that_does_not_fit(
        self, store: ModelStore, package: Path, models: Path
    ) -> None:
        assert package.is_file()
        weights = gemma.adapter_weights(gemma.build_model(500))
        name = next(name for name in weights if ".lora_A." in name)
        weights[name] = weights[name][:, :-1].copy()
        gemma.write_adapter(models / "wrong", weights)
        with pytest.raises(PreparationError, match="does not fit"):
            store.prepare(self.card(adapter="wrong"), quantization="int8")
        assert left_in(store) == []

    def test_damaged_package(self, store: ModelStore, package: Path) -> None:
        package.write_text("def assemble(target): raise ValueError('sum is wrong')\n", "utf-8")
        with pytest.raises(PreparationError, match="is damaged: sum is wrong"):
            store.prepare(self.card(), quantization="int8")
        assert left_in(store) == []

    def test_missing_package(self, store: ModelStore) -> None:
        with pytest.raises(ModelNotFound, match="pip install"):
            store.prepare(self.card(package="no_such_package_anywhere"), quantization="int8")
        assert left_in(store) == []

    def test_torch_cannot_run_it(self, store: ModelStore) -> None:
        with pytest.raises(ConfigError, match="CTranslate2 only"):
            load_model(self.card(), settings=RunSettings(engine="torch"), store=store)
