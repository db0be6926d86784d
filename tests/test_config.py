from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from pydantic import Field, ValidationError

from tolmach import resources
from tolmach.config.hardware import usable_cores
from tolmach.config.run import BatchSettings, RunSettings, load_run_settings
from tolmach.config.schema import Options, build, parse
from tolmach.config.yamlfile import load_yaml
from tolmach.errors import ConfigError, Problem


class Inner(Options):
    colour: Literal["red", "green"] = "red"
    size: int = Field(default=1, ge=1)


class Outer(Options):
    name: str
    inner: Inner = Inner()
    parts: tuple[Inner, ...] = ()
    weight: float = 1.0


def write(folder: Path, text: str) -> Path:
    path = folder / "some.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def problems(path: Path, options: type[Options] = Outer) -> list[Problem]:
    with pytest.raises(ConfigError) as caught:
        parse(options, load_yaml(path))
    assert str(caught.value) == "\n".join(map(str, caught.value.problems))
    return list(caught.value.problems)


class TestLoadYaml:
    def test_lines_of_values(self, tmp_path: Path) -> None:
        path = write(tmp_path, "# first\nname: x\ninner:\n  size: 2\nparts:\n  - size: 3\n  - {}\n")
        file = load_yaml(path)
        assert file.data["parts"][0] == {"size": 3}
        assert file.line("name") == 2
        assert file.line("inner", "size") == 4
        assert file.line("parts", 0, "size") == 6
        assert file.line("parts", 1) == 7

    def test_unknown_value_takes_the_enclosing_line(self, tmp_path: Path) -> None:
        file = load_yaml(write(tmp_path, "a: 1\nb:\n  c: 2\n"))
        assert file.line("b", "nothing", "deeper") == 2
        assert file.line("nothing") == 1
        assert str(file.problem("is wrong", "b", "c")).endswith("some.yaml:3: is wrong")

    @pytest.mark.parametrize("text", ["", "# a comment only\n", "---\n"])
    def test_empty_file(self, tmp_path: Path, text: str) -> None:
        assert load_yaml(write(tmp_path, text)).data == {}

    def test_byte_order_mark(self, tmp_path: Path) -> None:
        assert load_yaml(write(tmp_path, "\ufeffname: x\n")).data == {"name": "x"}

    @pytest.mark.parametrize(
        ("text", "line"),
        [
            ("name: x\nother: [1, 2\n", 3),
            ("name: x\n  other: y\n", 2),
            ("a: 1\nb: *nobody\n", 2),
            ("a: 1\n\tb: 2\n", 2),
            ("a: !!python/object/apply:os.getcwd []\n", 1),
        ],
    )
    def test_not_yaml(self, tmp_path: Path, text: str, line: int) -> None:
        path = write(tmp_path, text)
        with pytest.raises(ConfigError) as caught:
            load_yaml(path)
        (problem,) = caught.value.problems
        assert (problem.file, problem.line) == (str(path), line)
        assert "not valid YAML" in problem.message

    def test_repeated_keys_are_all_reported(self, tmp_path: Path) -> None:
        path = write(tmp_path, "a: 1\nb:\n  c: 1\n  c: 2\na: 3\n")
        with pytest.raises(ConfigError) as caught:
            load_yaml(path)
        found = sorted((problem.line, problem.message) for problem in caught.value.problems)
        assert found == [
            (4, "key 'c' stands here a second time"),
            (5, "key 'a' stands here a second time"),
        ]

    def test_missing_file(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match=r"nowhere\.yaml: cannot be read"):
            load_yaml(tmp_path / "nowhere.yaml")

    def test_wrong_encoding(self, tmp_path: Path) -> None:
        path = tmp_path / "old.yaml"
        path.write_bytes("name: Ханой\n".encode("cp1251"))
        with pytest.raises(ConfigError, match="cannot be read"):
            load_yaml(path)

    @pytest.mark.parametrize("text", ["a: 1\n---\nb: 2\n"])
    def test_two_documents(self, tmp_path: Path, text: str) -> None:
        with pytest.raises(ConfigError, match="not valid YAML"):
            load_yaml(write(tmp_path, text))

    def test_aliases(self, tmp_path: Path) -> None:
        file = load_yaml(write(tmp_path, "a: &a\n  b: 1\nc: *a\nd:\n  <<: *a\n"))
        assert file.data == {"a": {"b": 1}, "c": {"b": 1}, "d": {"b": 1}}
        assert file.line("a", "b") == 2
        assert file.line("c", "b") == 3

    def test_aliases_that_multiply(self, tmp_path: Path) -> None:
        # ten levels of ten aliases each would be ten thousand million nodes
        levels = ["name: x", "l0: &l0 [x]"] + [
            f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]" for n in range(1, 11)
        ]
        path = write(tmp_path, "\n".join([*levels, "parts: *l10", "weight: *l10"]))
        assert {problem.line for problem in problems(path)} >= {2, 12, 13, 14}

    def test_nested_too_deeply(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match="nested too deeply"):
            load_yaml(write(tmp_path, "a: " + "[" * 5000 + "]" * 5000))


class TestParse:
    def test_good(self, tmp_path: Path) -> None:
        path = write(tmp_path, "name: ' x '\ninner: {colour: green}\nparts: [{size: 2}, {}]\n")
        expected = Outer(name="x", inner=Inner(colour="green"), parts=(Inner(size=2), Inner()))
        assert parse(Outer, load_yaml(path)) == expected

    def test_all_problems_at_once(self, tmp_path: Path) -> None:
        path = write(
            tmp_path,
            "nam: x\ninner:\n  colour: blue\n  sise: 2\nparts:\n  - size: 0\n  - size: two\n"
            "weight: heavy\n",
        )
        found = {problem.line: problem.message for problem in problems(path)}
        assert found[1] in {"key 'name' is missing", "unknown key 'nam'; did you mean 'name'?"}
        assert "inner.colour" in found[3]
        assert "'blue'" in found[3]
        assert found[4] == "unknown key 'inner.sise'; did you mean 'size'?"
        assert "parts.0.size" in found[6]
        assert "parts.1.size" in found[7]
        assert "'heavy'" in found[8]
        assert len(problems(path)) == 7

    def test_names_the_file(self, tmp_path: Path) -> None:
        path = write(tmp_path, "name: x\n\ncolour: red\n")
        (problem,) = problems(path)
        assert str(problem).startswith(f"{path}:3: unknown key 'colour'")

    def test_unknown_key_without_a_likeness(self, tmp_path: Path) -> None:
        (problem,) = problems(write(tmp_path, "name: x\nzzz: 1\n"))
        assert problem.message == "unknown key 'zzz'; known keys: name, inner, parts, weight"

    @pytest.mark.parametrize("text", ["- a\n- b\n", "just text\n", "42\n"])
    def test_no_mapping(self, tmp_path: Path, text: str) -> None:
        (problem,) = problems(write(tmp_path, text))
        assert "mapping" in problem.message

    def test_keys_that_are_no_text(self, tmp_path: Path) -> None:
        assert problems(write(tmp_path, "name: x\n1: y\n"))

    def test_unknown_key_in_a_list(self, tmp_path: Path) -> None:
        (problem,) = problems(write(tmp_path, "name: x\nparts:\n  - {}\n  - sizes: 1\n"))
        assert problem.line == 4
        assert "parts.1.sizes" in problem.message


class TestBuild:
    def test_from_python(self) -> None:
        assert build(Inner, {"size": 4}, where="--size") == Inner(size=4)

    def test_problems_name_the_origin(self) -> None:
        with pytest.raises(ConfigError) as caught:
            build(Inner, {"size": 0, "color": "red"}, where="--set")
        assert len(caught.value.problems) == 2
        assert all(str(problem).startswith("--set: ") for problem in caught.value.problems)

    def test_options_are_frozen(self) -> None:
        with pytest.raises(ValidationError, match="frozen"):
            Inner().size = 3  # type: ignore[misc]


class TestRunSettings:
    @pytest.mark.parametrize("name", resources.names("configs"))
    def test_every_shipped_file_loads(self, name: str) -> None:
        if name in {"auto", "cpu", "cuda"}:
            assert isinstance(load_run_settings(name), RunSettings)
        else:
            assert load_yaml(resources.named_file("configs", name)).data

    @pytest.mark.parametrize("path", sorted((resources.folder("configs")).rglob("*.yaml")), ids=str)
    def test_every_shipped_yaml_is_well_formed(self, path: Path) -> None:
        assert isinstance(load_yaml(path).data, dict)

    @pytest.mark.parametrize(("devices", "auto"), [(0, "cpu"), (2, "cuda")])
    def test_device(self, monkeypatch: pytest.MonkeyPatch, devices: int, auto: str) -> None:
        monkeypatch.setattr("ctranslate2.get_cuda_device_count", lambda: devices)
        assert RunSettings().resolved_device() == auto
        assert RunSettings(device="cpu").resolved_device() == "cpu"
        cuda = load_run_settings("cuda")
        assert cuda.resolved_precision("cuda") == "float16"
        if devices:
            assert cuda.resolved_device() == "cuda"
        else:
            with pytest.raises(ConfigError, match="no CUDA device"):
                cuda.resolved_device()

    @pytest.mark.parametrize(
        ("engine", "device", "precision"),
        [
            ("ctranslate2", "cpu", "int8"),
            ("ctranslate2", "cuda", "float16"),
            ("torch", "cpu", "float32"),
            ("torch", "cuda", "float16"),
        ],
    )
    def test_automatic_precision(
        self, engine: Literal["ctranslate2", "torch"], device: str, precision: str
    ) -> None:
        assert RunSettings(engine=engine).resolved_precision(device) == precision

    def test_given_precision_stays(self) -> None:
        assert RunSettings(precision="float32").resolved_precision("cuda") == "float32"

    def test_unknown_name_lists_the_known(self) -> None:
        with pytest.raises(ConfigError, match=r"no config named 'gpu'; known: auto.*cpu"):
            load_run_settings("gpu")

    def test_by_path(self, tmp_path: Path) -> None:
        path = write(tmp_path, "threads: 3\nbatch: {rows: 2}\n")
        settings = load_run_settings(str(path))
        assert settings == RunSettings(threads=3, batch=BatchSettings(rows=2))

    def test_missing_path(self) -> None:
        with pytest.raises(ConfigError, match=r"no file \./nowhere\.yaml"):
            load_run_settings("./nowhere.yaml")

    def test_bad_values(self, tmp_path: Path) -> None:
        path = write(tmp_path, "device: tpu\nbatch:\n  rows: 0\n")
        with pytest.raises(ConfigError) as caught:
            load_run_settings(str(path))
        assert [problem.line for problem in caught.value.problems] == [1, 3]

    def test_cache_root(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HOME", "/home/someone")
        assert RunSettings(cache="~/models").cache_root() == Path("/home/someone/models")
        assert RunSettings().cache_root() is None

    def test_usable_cores(self) -> None:
        assert usable_cores() >= 1


class TestResources:
    def test_unknown_kind(self) -> None:
        with pytest.raises(ConfigError, match="'recipes'"):
            resources.folder("recipes")

    @pytest.mark.parametrize("kind", ["models", "configs"])
    def test_names_are_files(self, kind: str) -> None:
        for name in resources.names(kind):
            assert resources.named_file(kind, name).is_file()
