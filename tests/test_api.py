"""The public door of the package, and what an installation holds."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import pkgutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from fakes import FakeCatalog

import tolmach
from tolmach import resources
from tolmach.config.run import RunSettings
from tolmach.errors import ConfigError

ROOT = Path(__file__).resolve().parent.parent
KINDS = ("pipelines", "models", "configs", "eval")


def modules() -> Iterator[ModuleType]:
    yield tolmach
    for found in pkgutil.walk_packages(tolmach.__path__, "tolmach."):
        if not found.name.endswith("__main__"):
            yield importlib.import_module(found.name)


def test_everything_public_can_be_imported() -> None:
    assert dir(tolmach) == sorted(tolmach.__all__)
    for name in tolmach.__all__:
        assert getattr(tolmach, name) is not None
    # and nothing else: what the door hands out is listed
    assert set(tolmach._HOME_OF) | {"__version__"} == set(tolmach.__all__)
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        tolmach.Nothing  # noqa: B018
    with pytest.raises(ImportError):
        exec("from tolmach import Nothing")


def test_public_names_are_those_of_their_modules() -> None:
    for name, home in tolmach._HOME_OF.items():
        module = importlib.import_module(f"tolmach.{home}")
        assert name in module.__all__
        assert getattr(tolmach, name) is getattr(module, name)


def test_importing_the_package_is_cheap() -> None:
    code = "import sys, tolmach; sys.exit(', '.join({'pydantic', 'yaml'} & set(sys.modules)) or 0)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False)
    assert done.returncode == 0


@pytest.mark.parametrize("module", list(modules()), ids=lambda module: module.__name__)
def test_everything_public_has_a_docstring(module: ModuleType) -> None:
    assert (module.__doc__ or "").strip(), module.__name__
    for name in getattr(module, "__all__", ()):
        value = getattr(module, name)
        # what comes from elsewhere is documented there; constants carry a text below them
        if not (inspect.isclass(value) or inspect.isfunction(value)):
            continue
        assert (value.__doc__ or "").strip(), f"{module.__name__}.{name}"
        if not inspect.isclass(value) or not value.__module__.startswith("tolmach"):
            continue
        for member, own in vars(value).items():
            function = own.fget if isinstance(own, property) else getattr(own, "__func__", own)
            if inspect.isfunction(function) and not member.startswith("_"):
                assert function.__doc__, f"{module.__name__}.{name}.{member}"


@pytest.mark.parametrize("module", list(modules()), ids=lambda module: module.__name__)
def test_every_listed_name_exists(module: ModuleType) -> None:
    listed = getattr(module, "__all__", ())
    assert len(listed) == len(set(listed))
    for name in listed:
        assert hasattr(module, name), f"{module.__name__}.{name}"


def test_the_example_of_the_package_works(
    catalog: FakeCatalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("visit.txt").write_text("Поезд прибыл утром\n\nЕго встретили цветами.", encoding="utf-8")
    settings = RunSettings(device="cpu", offline=True, cache=str(tmp_path / "cache"))
    config = tolmach.load_config("news").with_options("summarize", models=("extractive",))
    with tolmach.load(config, model=str(catalog.folder), settings=settings) as pipeline:
        article = pipeline.translate("visit.txt", to="vi")
        assert article.title
        assert isinstance(article, tolmach.Article)


# --- installation ------------------------------------------------------------------------------


def test_types_are_announced() -> None:
    assert (ROOT / "tolmach" / "py.typed").is_file()


def test_folders_of_resources() -> None:
    for kind in KINDS:
        assert resources.folder(kind).is_dir()
    with pytest.raises(ConfigError, match="no resource folder 'secrets'"):
        resources.folder("secrets")
    with pytest.raises(ConfigError, match="no pipeline named 'nothing'; known: draft"):
        resources.named_file("pipelines", "nothing")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    missing = [name for name in ("hatchling", "pip") if importlib.util.find_spec(name) is None]
    if missing:
        pytest.skip(f"{' and '.join(missing)} not installed: a wheel cannot be built")
    folder = tmp_path_factory.mktemp("wheel")
    arguments = ["wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    done = subprocess.run(
        [sys.executable, "-m", "pip", *arguments, "--wheel-dir", str(folder), str(ROOT)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (path,) = folder.glob("tolmach-*.whl")
    return path


def test_the_wheel_holds_all_that_is_needed(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert "tolmach/py.typed" in names
    for folder in ("tolmach", *KINDS):
        home = ROOT / folder
        for path in home.rglob("*"):
            shipped = path.suffix not in {".pyc"} and path.is_file() and path.name[0] != "."
            if not shipped or "__pycache__" in path.parts:
                continue
            inside = path.relative_to(home).as_posix()
            place = (
                f"tolmach/{inside}" if folder == "tolmach" else f"tolmach/data/{folder}/{inside}"
            )
            # suites for files that only a checkout has beside it
            assert (place in names) is not place.startswith("tolmach/data/eval/local/")
    assert any(name.endswith("adapter_model.safetensors") for name in names)
    # and nothing that is not
    assert not [name for name in names if name.startswith(("tests/", "seeds/", "benchmarks/"))]
    assert not [name for name in names if name.endswith(".pyc")]


def test_an_installed_package_finds_its_resources(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
        (metadata,) = [n for n in archive.namelist() if n.endswith("METADATA")]
        described = archive.read(metadata).decode()
        (points,) = [n for n in archive.namelist() if n.endswith("entry_points.txt")]
        assert "tolmach = tolmach.cli:main" in archive.read(points).decode()
    assert f"\nVersion: {tolmach.__version__}\n" in described
    code = (
        "import sys\nsys.path.insert(0, 'site')\n"
        "from pathlib import Path\nimport tolmach\nfrom tolmach import resources\n"
        "from tolmach.catalog.cards import shipped_cards\n"
        "home = Path('site').resolve()\n"
        "assert Path(tolmach.__file__).is_relative_to(home), tolmach.__file__\n"
        f"for kind in {KINDS!r}:\n"
        "    assert resources.folder(kind).is_relative_to(home / 'tolmach' / 'data'), kind\n"
        "for name in resources.names('pipelines'):\n    tolmach.load(name).close()\n"
        "for card in shipped_cards():\n    card.fingerprint()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
