"""Foreign names that no list has: one spelling, also where a model has lost the surname."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tolmach.document import Severity
from tolmach.terms.edits import edited
from tolmach.terms.unifying import Passage, unify


def unified(*pairs: tuple[str, str], to: str = "en") -> list[str]:
    passages = [Passage(source, target) for source, target in pairs]
    changes = unify(passages, to=to)
    return [edited(one.target, two.edits) for one, two in zip(passages, changes, strict=True)]


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        (
            "Вчера министр Рустам Каримов посетил завод.",
            "Yesterday Minister Rustam Rais visited a plant.",
            "Yesterday Minister Rustam Karimov visited a plant.",
        ),
        ("Приехал Рустам Каримов.", "Rustam Karimemnestov came.", "Rustam Karimov came."),
        ("Приехал Рустам Каримов.", "Rustam Rustam came.", "Rustam Karimov came."),
        ("Он говорил с Рустамом Каримовым.", "He met Rustam Rais.", "He met Rustam Karimov."),
        # what comes close may be how that person is known
        ("Сказал Айзек Азимов.", "Said Isaac Asimov.", "Said Isaac Asimov."),
        ("Сказал Игорь Смирнов.", "Said Igor Smirnoff.", "Said Igor Smirnoff."),
        # nothing tells that this is the surname
        ("Приехал Рустам Каримов.", "Rustam Tashkent Rais came.", "Rustam Tashkent Rais came."),
        ("Приехал Рустам Каримов.", "Rustam came, Rais too.", "Rustam came, Rais too."),
        # its spelling is not certain
        ("Приехал Рустам Щербачёв.", "Rustam Rais came.", "Rustam Rais came."),
        ("Приехал Рустам Макрон.", "Rustam Rais came.", "Rustam Rais came."),
        # a woman's name, or a man's in another case
        ("Нет Нигоры Каримовой.", "There is no Nigora Rais.", "There is no Nigora Rais."),
    ],
)
def test_mangled_surnames(source: str, target: str, expected: str) -> None:
    assert unified((source, target)) == [expected]


def test_vietnamese_targets() -> None:
    found = unified(
        ("Премьер Рустам Каримов провёл встречу.", "Thủ tướng Rustam Rustam đã hội đàm."), to="vi"
    )
    assert found == ["Thủ tướng Rustam Karimov đã hội đàm."]


def test_a_rendering_elsewhere_wins() -> None:
    pairs = [
        ("Приехал Рустам Каримов.", "Rustam Carimov came."),
        ("Рустам Каримов уехал.", "Rustam Rais left."),
    ]
    assert unified(*pairs) == ["Rustam Carimov came.", "Rustam Carimov left."]


def test_what_was_changed_is_said() -> None:
    (change,) = unify([Passage("Приехал Рустам Каримов.", "Rustam Rais came.")], to="en")
    (warning,) = change.warnings
    assert (warning.code, warning.severity) == ("name_varies", Severity.WARNING)
    assert "Rais" in warning.message
    assert "Karimov" in warning.message


@given(
    st.lists(
        st.tuples(
            st.text(alphabet="Рустам Каримовы, ", max_size=40),
            st.text(alphabet="Rustam Karimovs, ", max_size=40),
        ),
        max_size=3,
    ),
    st.sampled_from(["en", "vi"]),
)
def test_once_is_enough(pairs: list[tuple[str, str]], to: str) -> None:
    once = unified(*pairs, to=to)
    again = unified(*((source, text) for (source, _), text in zip(pairs, once, strict=True)), to=to)
    assert again == once
