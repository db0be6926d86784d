"""Gazetteer files: reading, checking, looking up; and what the shipped ones hold."""

from __future__ import annotations

import re
import time
import unicodedata
from pathlib import Path

import pytest

from tolmach.errors import ConfigError
from tolmach.resources import folder
from tolmach.terms.base import NameType
from tolmach.terms.gazetteer import Gazetteer, load_gazetteer, plain


@pytest.fixture(scope="module")
def shipped() -> Gazetteer:
    return load_gazetteer(folder("configs") / "gazetteer")


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_an_entry_is_found_by_each_form(tmp_path: Path) -> None:
    file = write(
        tmp_path / "a.yaml",
        "type: place\nnames:\n"
        "  - {ru: [Тестоград, Новый Тестоград], en: Testograd, vi: Tét-tô-grát}\n",
    )
    gazetteer = load_gazetteer(file)
    for form in ("Тестоград", "Новый Тестоград", "новый тестоград"):
        name = gazetteer.lookup(form)
        assert (name is not None) == form[0].isupper()
    found = gazetteer.lookup("Тестоград")
    assert found is not None
    assert (found.en, found.vi, found.type) == ("Testograd", "Tét-tô-grát", NameType.PLACE)
    assert gazetteer.lookup("Другой") is None
    assert gazetteer.lookup("") is None


def test_forms_left_out_are_worked_out(tmp_path: Path) -> None:
    text = (
        "type: place\njoined: true\nnames:\n"
        "  - {ru: [Дак Лак], vi: Đắk Lắk}\n  - {ru: [Перу], en: Peru}\n"
    )
    gazetteer = load_gazetteer(write(tmp_path / "a.yaml", text))
    joined = gazetteer.lookup("Даклак")
    assert joined is not None
    assert joined is gazetteer.lookup("Дак Лак")
    assert (joined.ru, joined.en) == ("Даклак", "Dak Lak")
    assert gazetteer.lookup("Перу").vi == "Peru"  # type: ignore[union-attr]


def test_all_problems_at_once_with_their_lines(tmp_path: Path) -> None:
    write(tmp_path / "a.yaml", "names:\n  - {ru: [Первый], en: First}\n  - {ru: [Второй]}\n")
    write(tmp_path / "b.yaml", "names:\n  - {ru: [Первый], en: Other}\n")
    write(tmp_path / "c.yaml", "names:\n  - ru: [Третий]\n    englsh: Third\n")
    write(tmp_path / "d.yaml", "names:\n  - ru: [Пятый]\n    en: a\n    en: b\n")
    write(tmp_path / "e.yaml", "- 1\n")
    with pytest.raises(ConfigError) as caught:
        load_gazetteer(tmp_path)
    places = [(Path(p.file).name, p.line) for p in caught.value.problems]
    assert places == [("a.yaml", 3), ("b.yaml", 2), ("c.yaml", 3), ("d.yaml", 4), ("e.yaml", 1)]
    assert "unknown key 'names.0.englsh'" in str(caught.value)
    assert "'Первый' stands already in a.yaml" in str(caught.value)


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_gazetteer(tmp_path / "none.yaml")


def test_the_first_place_wins(tmp_path: Path) -> None:
    own = write(
        tmp_path / "own.yaml", "type: place\nnames:\n  - {ru: [Хюэ], en: Hue City, vi: Huế}\n"
    )
    gazetteer = load_gazetteer(own, folder("configs") / "gazetteer")
    assert gazetteer.lookup("Хюэ").en == "Hue City"  # type: ignore[union-attr]
    assert gazetteer.lookup("Ханой") is not None


def test_the_same_form_may_stand_after_different_words(tmp_path: Path) -> None:
    text = (
        "names:\n  - {ru: [Мир], en: Mir, after: [станция]}\n"
        "  - {ru: [Мир], en: MIR, after: [карта]}\n"
    )
    assert len(load_gazetteer(write(tmp_path / "a.yaml", text)).names) == 2


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    path = write(tmp_path / "a.yaml", "names:\n  - {ru: [Тест], en: One}\n")
    first = load_gazetteer(path)
    assert load_gazetteer(path) is first
    write(path, "names:\n  - {ru: [Тест], en: Another}\n")
    assert load_gazetteer(path).lookup("Тест").en == "Another"  # type: ignore[union-attr]


def test_marks_are_taken_off() -> None:
    assert plain("Đắk Lắk, Phạm Minh Chính") == "Dak Lak, Pham Minh Chinh"


def test_the_shipped_files_load_fast(shipped: Gazetteer) -> None:
    started = time.process_time()
    assert load_gazetteer(folder("configs") / "gazetteer") is shipped
    assert time.process_time() - started < 0.05


def test_the_shipped_files_hold_enough(shipped: Gazetteer) -> None:
    administrative = load_gazetteer(folder("configs") / "gazetteer" / "administrative.yaml")
    assert len(shipped.names) >= 600
    assert len(shipped.names) - len(administrative.names) >= 250


def test_the_shipped_forms_are_clean(shipped: Gazetteer) -> None:
    for name in shipped.names:
        for text in (name.en, name.vi, *name.alternatives.get("vi", ())):
            assert unicodedata.is_normalized("NFC", text), text
            assert text == text.strip()
            assert not re.search("[а-яё]", text, re.IGNORECASE), text
        assert re.search("[а-яё]", name.ru, re.IGNORECASE), name.ru


def test_english_forms_have_no_vietnamese_marks(shipped: Gazetteer) -> None:
    wrong = [name.en for name in shipped.names if re.search("[đăơưĐĂƠƯ\u1ea0-\u1ef9]", name.en)]
    assert not wrong


@pytest.mark.parametrize(
    ("ru", "en", "vi"),
    [
        ("То Лам", "To Lam", "Tô Lâm"),
        ("Фам Минь Тьинь", "Pham Minh Chinh", "Phạm Minh Chính"),
        ("Чан Тхань Ман", "Tran Thanh Man", "Trần Thanh Mẫn"),
        ("Си Цзиньпин", "Xi Jinping", "Tập Cận Bình"),
        ("Ханой", "Hanoi", "Hà Nội"),
        ("Хошимин", "Ho Chi Minh City", "Thành phố Hồ Chí Minh"),
        ("Куангнинь", "Quang Ninh", "Quảng Ninh"),
        ("Кантхо", "Can Tho", "Cần Thơ"),
        ("Россия", "Russia", "Nga"),
        ("ООН", "United Nations", "Liên hợp quốc"),
        ("АСЕАН", "ASEAN", "ASEAN"),
        ("МИД", "Ministry of Foreign Affairs", "Bộ Ngoại giao"),
    ],
)
def test_well_known_names(shipped: Gazetteer, ru: str, en: str, vi: str) -> None:
    name = shipped.lookup(ru)
    assert name is not None
    assert (name.en, name.vi) == (en, vi)


def test_all_provinces_are_there(shipped: Gazetteer) -> None:
    provinces = (
        "Ханой Хайфон Дананг Кантхо Хюэ Лайтяу Дьенбьен Шонла Лангшон Куангнинь Тханьхоа Нгеан "
        "Хатинь Каобанг Туенкуанг Лаокай Тхайнгуен Футхо Бакнинь Хынгйен Ниньбинь Куангчи "
        "Куангнгай Зялай Кханьхоа Ламдонг Даклак Донгнай Тэйнинь Виньлонг Донгтхап Камау Анзянг "
        "Хошимин"
    )
    assert len(provinces.split()) == 34
    assert [word for word in provinces.split() if shipped.lookup(word) is None] == []
