from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from dockerfile import Instruction, context_files, expand, read_stages

ROOT = Path(__file__).parents[1]
STAGES = {
    stage.name: stage for stage in read_stages((ROOT / "Dockerfile").read_text(encoding="utf-8"))
}
TARGETS = ("cpu", "cuda")
CONTEXT = context_files(ROOT, (ROOT / ".dockerignore").read_text(encoding="utf-8"))


def steps(*names: str) -> list[tuple[str, Instruction]]:
    """Instructions of all stages, each with the name of its stage."""
    return [
        (stage.name, step)
        for stage in STAGES.values()
        for step in stage.instructions
        if step.name in names
    ]


def environment(target: str) -> dict[str, str]:
    return dict(pair for step in STAGES[target].all("ENV") for pair in step.pairs())


def test_every_stage_has_a_name_and_the_cpu_image_is_the_default():
    assert "" not in STAGES
    assert set(TARGETS) <= set(STAGES)
    assert list(STAGES)[-1] == "cpu"


def test_base_images_are_pinned():
    for stage in STAGES.values():
        if stage.base in STAGES:
            continue
        image, _, tag = stage.base.partition(":")
        assert re.search(r"\d+\.\d+", tag), stage.base
        assert "latest" not in tag
        assert image in {"python", "nvidia/cuda"}


def test_the_cuda_base_has_what_ctranslate2_loads():
    # its wheels load libcublas.so.12; the "base" flavour of the image lacks cuBLAS
    tag = STAGES[STAGES["cuda"].base].base.partition(":")[2]
    assert re.fullmatch(r"12\.\d+\.\d+-runtime-\w+[\d.]+", tag)


@pytest.mark.parametrize("target", TARGETS)
def test_the_last_user_is_a_number_and_not_root(target: str):
    # a number, so that an orchestrator can see that it is not root
    user = STAGES[target].all("USER")[-1].value
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)
    after = STAGES[target].instructions[
        STAGES[target].instructions.index(STAGES[target].all("USER")[-1]) :
    ]
    assert not [step for step in after if step.name in {"RUN", "COPY", "ADD"}]


@pytest.mark.parametrize("target", TARGETS)
def test_the_image_runs_tolmach(target: str):
    assert STAGES[target].all("ENTRYPOINT")[-1].words() == ("tolmach",)
    assert STAGES[target].all("CMD")[-1].words() == ("--help",)
    assert STAGES[target].all("WORKDIR")[-1].value == "/work"


@pytest.mark.parametrize("target", TARGETS)
def test_models_are_kept_in_the_volume(target: str):
    volumes = STAGES[target].all("VOLUME")[-1].words()
    values = environment(target)
    assert volumes == ("/cache",)
    assert values["TOLMACH_CACHE"] == "/cache"
    assert values["HF_HOME"] == "/cache/hub"
    # somewhere to write, whoever --user names
    assert values["HOME"] == "/cache"
    assert "--mode=1777 /cache" in STAGES[target].all("RUN")[-1].value


def test_both_images_end_alike():
    cpu, cuda = (
        [(step.name, step.flags, step.value) for step in STAGES[target].instructions]
        for target in TARGETS
    )
    assert [str(step).replace("cpu-", "cuda-") for step in cpu] == [str(step) for step in cuda]


def test_every_copied_source_is_in_the_context():
    for _stage, step in steps("COPY", "ADD"):
        *sources, _target = step.words()
        if step.flag("from"):
            assert step.flag("from") in STAGES
            continue
        for source in map(Path, sources):
            found = any(source == path or source in path.parents for path in CONTEXT)
            assert found, f"line {step.line}: {source} is missing or ignored"


def test_everything_that_the_wheel_ships_is_copied():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    shipped = project["tool"]["hatch"]["build"]["targets"]["wheel"]["only-include"]
    copied = {word for _, step in steps("COPY") for word in step.words()}
    assert set(shipped) | {project["project"]["readme"]} <= copied


def test_the_context_has_no_rubbish():
    tops = {path.parts[0] for path in CONTEXT}
    assert not tops & {".git", ".venv", "out", "tests", "seeds", "benchmarks", "docs"}
    assert not [path for path in CONTEXT if "__pycache__" in path.parts]


def test_dependencies_come_before_the_source():
    for target in TARGETS:
        copied = [step.value for step in STAGES[f"{target}-dependencies"].all("COPY")]
        assert not any("tolmach" in value or "pyproject" in value for value in copied)


def test_no_package_index_is_named():
    for name in ("Dockerfile", "docs/docker.md", "tests/docker_in_root.py"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert not re.search(r"https?://|\b[\w-]+\.(?:org|com|io|dev|net)\b", text), name


def test_the_cpu_image_refuses_a_torch_with_cuda():
    install = [s.value for s in STAGES["cpu-dependencies"].all("RUN") if "TORCH_INDEX" in s.value]
    assert len(install) == 1
    assert "--requirement torch-cpu.txt" in install[0]
    assert STAGES["cpu-dependencies"].all("ARG")[0].pairs() == (("TORCH_INDEX", ""),)


def test_the_requirements_are_read_from_the_project(tmp_path: Path):
    for name in ("constraints.txt", "pyproject.toml"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    (run,) = STAGES["requirements"].all("RUN")
    command = run.value.replace("python ", f"'{sys.executable}' ", 1)
    subprocess.run(["sh", "-c", command], cwd=tmp_path, check=True)
    written = (tmp_path / "requirements.txt").read_text(encoding="utf-8").splitlines()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert written == [*project["dependencies"], *project["optional-dependencies"]["embedded"]]
    cpu = (tmp_path / "torch-cpu.txt").read_text(encoding="utf-8").split()
    assert len(cpu) == 1
    assert re.fullmatch(r"torch==\d+\.\d+\.\d+\+cpu", cpu[0])


def test_a_read_dockerfile():
    stages = read_stages(
        "# comment\nFROM a:1 AS one\nRUN --mount=type=cache,target=/x x \\\n# between\n  y\n"
        'FROM one\nCMD ["b", "c d"]\nENV A=1 B="2 3"\n'
    )
    assert [(stage.name, stage.base) for stage in stages] == [("one", "a:1"), ("", "one")]
    (run,) = stages[0].instructions
    assert (run.line, run.name, run.value) == (3, "RUN", "x   y")
    assert run.flags == (("mount", "type=cache,target=/x"),)
    assert stages[1].all("CMD")[0].words() == ("b", "c d")
    assert stages[1].all("ENV")[0].pairs() == (("A", "1"), ("B", "2 3"))
    assert expand("$A-${A}-$B", {"A": "1"}) == "1-1-"


def test_the_context_follows_the_last_rule(tmp_path: Path):
    for name in ("keep/a.py", "keep/deep/__pycache__/a.pyc", "drop/b.py", "c.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = context_files(tmp_path, "# rules\n*\n!keep\n!c.py\n**/__pycache__\n")
    assert [path.as_posix() for path in found] == ["c.py", "keep/a.py"]
