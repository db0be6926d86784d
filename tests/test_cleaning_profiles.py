"""Site profiles: reading, complaints with file and line, detection and use."""

from __future__ import annotations

from pathlib import Path

import pytest

from tolmach.cleaning import SiteProfile, clean, detect_profile, label_lines, load_profile, profiles
from tolmach.document import Document, Kind
from tolmach.errors import ConfigError

SITES = Path(__file__).resolve().parent.parent / "configs" / "sites"
GOOD = """\
name: harbour
hosts: [harbour.example]
markers: ["Вестник гавани", "Порт сегодня"]
cut_after: ['^Новости гавани$']
patterns:
  nav: ['^К причалу']
  credit: ['^Дежурный по порту']
"""
BAD = """\
name: 5
hosts: harbour.example
marker: [one]
cut_after: ['(']
patterns:
  nav: ['ok', '[']
  song: ['x']
"""
PAGE = """\
К причалу номер семь
В гавань пришёл первый корабль с юга
Корабль с грузом риса вошёл в гавань на рассвете, сообщили в управлении порта.
Разгрузка продлится два дня. На борту восемь тысяч тонн зерна и двенадцать человек команды.
Дежурный по порту Сомов
Новости гавани
Портовый кран перекрасили в жёлтый цвет. Рабочие довольны, а чайки пока держатся в стороне.
"""


def write(folder: Path, text: str, name: str = "harbour.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_profile_is_read(tmp_path: Path) -> None:
    profile = load_profile(write(tmp_path, GOOD))
    assert profile.name == "harbour"
    assert profile.kind_of("К причалу номер семь") is Kind.NAV
    assert profile.kind_of("Корабль") is None
    assert profile.cuts("НОВОСТИ ГАВАНИ")


def test_all_problems_are_reported_with_their_lines(tmp_path: Path) -> None:
    path = write(tmp_path, BAD)
    with pytest.raises(ConfigError) as caught:
        load_profile(path)
    problems = caught.value.problems
    assert {problem.line for problem in problems} == {1, 2, 3, 4, 6, 7}
    assert {problem.file for problem in problems} == {str(path)}
    assert "unknown key 'marker'" in str(caught.value)


@pytest.mark.parametrize("text", ["[]", "name: x", "- a\n- b", "name: x\nmarkers: ['']"])
def test_useless_profiles_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError):
        load_profile(write(tmp_path, text))


def test_a_folder_reports_the_problems_of_all_its_files(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    write(tmp_path, GOOD, "same-name.yaml")
    write(tmp_path, BAD, "bad.yaml")
    with pytest.raises(ConfigError) as caught:
        profiles(tmp_path)
    assert {Path(p.file).name for p in caught.value.problems} == {"bad.yaml", "same-name.yaml"}


def test_shipped_profiles_are_sound() -> None:
    found = profiles(SITES)
    assert len(found) >= 6
    assert [profile.name for profile in found] == [path.stem for path in sorted(SITES.glob("*"))]


def test_sites_are_recognised() -> None:
    found = profiles(SITES)
    page = "Подробности: https://ru.nhandan.vn/post1.html"
    detected = detect_profile(page, found)
    assert detected is not None
    assert detected.name == "nhandan"
    assert detect_profile("Просто текст.", found) is None
    assert detect_profile("", ()) is None


def test_a_host_is_not_found_inside_another() -> None:
    profile = SiteProfile(name="x", hosts=("ria.ru",))
    assert detect_profile("https://www.ria.ru/1", [profile]) is profile
    assert detect_profile("https://maria.ru/1", [profile]) is None
    assert detect_profile("https://ria.rules/1", [profile]) is None


def test_a_profile_decides_what_it_knows(tmp_path: Path) -> None:
    profile = load_profile(write(tmp_path, GOOD))
    kinds = label_lines(PAGE.split("\n"), profile=profile)
    assert kinds[:-1] == (
        Kind.NAV, Kind.TITLE, Kind.LEAD, Kind.BODY, Kind.CREDIT, Kind.NAV, Kind.RELATED_TEXT,
    )  # fmt: skip


def test_shipped_profiles_leave_foreign_pages_alone() -> None:
    body = "Корабль с грузом риса вошёл в гавань на рассвете, сообщили в управлении порта."
    document = Document(name="page", text=f"В гавань пришёл первый корабль\n\n{body}\n\n{body}")
    plain = clean(document).blocks
    assert all(clean(document, profile=profile).blocks == plain for profile in profiles(SITES))
