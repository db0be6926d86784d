"""What a run may use: affinity, control groups, workers."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tolmach.config import hardware
from tolmach.config.hardware import Hardware, divide, usable_cores
from tolmach.config.run import RunSettings


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: set(range(16)), raising=False)


@pytest.mark.usefixtures("many")
class TestControlGroups:
    @pytest.mark.parametrize(
        ("content", "cores"),
        [
            ("400000 100000\n", 4),
            ("150000 100000\n", 2),
            ("50000 100000\n", 1),
            ("9900000 100000\n", 16),
            ("max 100000\n", 16),
            ("", 16),
            ("nonsense", 16),
            ("0 0", 16),
        ],
    )
    def test_version_2(self, tmp_path: Path, content: str, cores: int) -> None:
        (tmp_path / "cpu.max").write_text(content, encoding="ascii")
        assert usable_cores(cgroups=tmp_path) == cores

    @pytest.mark.parametrize(("quota", "cores"), [("250000", 3), ("-1", 16)])
    def test_version_1(self, tmp_path: Path, quota: str, cores: int) -> None:
        folder = tmp_path / "cpu"
        folder.mkdir()
        (folder / "cpu.cfs_quota_us").write_text(f"{quota}\n", encoding="ascii")
        (folder / "cpu.cfs_period_us").write_text("100000\n", encoding="ascii")
        assert usable_cores(cgroups=tmp_path) == cores

    def test_none(self, tmp_path: Path) -> None:
        assert usable_cores(cgroups=tmp_path) == 16


@given(st.integers(1, 256), st.integers(0, 64))
def test_division_uses_no_more_than_there_is(threads: int, workers: int) -> None:
    count, each = divide(threads, workers=workers)
    assert count >= 1
    assert each >= 1
    if not workers:
        assert count * each <= threads
        assert count == min(threads, 8)
    else:
        assert count == workers


class TestSettings:
    def test_cpu(self) -> None:
        settings = RunSettings(device="cpu", threads=6)
        assert settings.hardware() == Hardware("cpu", "int8", 6, 1)
        halved = settings.model_copy(update={"workers": 2})
        assert halved.hardware() == Hardware("cpu", "int8", 2, 3)

    def test_cuda_devices(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("ctranslate2.get_cuda_device_count", lambda: 2)
        settings = RunSettings(device="auto", devices=(0, 1), threads=4)
        assert settings.hardware() == Hardware("cuda", "float16", 1, 4, (0, 1))

    def test_limit_is_found_where_linux_has_it(self) -> None:
        assert hardware.usable_cores() >= 1
