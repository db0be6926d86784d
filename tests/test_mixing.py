"""Names that a model reads in the form of the target language."""

from __future__ import annotations

from pathlib import Path

import checkpoints
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tolmach.catalog.cards import Card, Licence, load_card
from tolmach.catalog.choice import Choice
from tolmach.catalog.planning import Plan
from tolmach.catalog.store import ModelStore
from tolmach.config.run import RunSettings
from tolmach.document import Block, Document, Kind, Segment, Span
from tolmach.memory import Asked, Memory
from tolmach.stages import Context, Input, Item
from tolmach.terms.base import Mention, Name, NameType
from tolmach.terms.mixing import with_names
from tolmach.terms.naming import NamesOptions, NamesStage
from tolmach.translation.guards import inspect
from tolmach.translation.recall import Recall
from tolmach.translation.stage import _of_source
from tolmach.translation.translator import Translated

TEXT = "То Лам прибыл в Ханой."
LAM = Mention(Span(0, 6), "То Лам", Name("То Лам", "To Lam", "Tô Lâm", NameType.PERSON))
HANOI = Mention(Span(16, 21), "Ханой", Name("Ханой", "Hanoi", "Hà Nội", NameType.PLACE))


def test_names_stand_in_the_form_of_the_target() -> None:
    assert with_names(TEXT, (LAM, HANOI), to="en") == "To Lam прибыл в Hanoi."
    assert with_names(TEXT, (LAM, HANOI), to="vi") == "Tô Lâm прибыл в Hà Nội."
    assert with_names(TEXT, (), to="en") == TEXT


def test_lines_in_capitals_stay() -> None:
    assert with_names(TEXT.upper(), (LAM, HANOI), to="en") == TEXT.upper()


@given(st.lists(st.tuples(st.text("абв ", max_size=5), st.text("гд", min_size=1, max_size=4))))
def test_everything_between_names_is_kept(parts: list[tuple[str, str]]) -> None:
    text, mentions = "", []
    for between, name in parts:
        text += between
        span = Span(len(text), len(text) + len(name))
        mentions.append(Mention(span, name, Name(name, name.upper(), name, NameType.OTHER)))
        text += name
    expected = "".join(between + name.upper() for between, name in parts)
    assert with_names(text, mentions, to="en") == expected


def test_the_stage_finds_names_in_what_is_translated(tmp_path: Path) -> None:
    other = "То Лам"  # copied as it is
    text = f"{TEXT}\n{other}"
    document = Document(
        "a",
        text,
        blocks=(
            Block(Kind.BODY, Span(0, 22), segments=(Segment(Span(0, 22), TEXT),)),
            Block(Kind.CREDIT, Span(23, 29), segments=(Segment(Span(23, 29), other, False),)),
        ),
    )
    stage = NamesStage(NamesOptions())
    context = Context(RunSettings(), ModelStore(tmp_path, offline=True))
    (item,) = stage([Item(Input("a"), ("en",), document)], context)
    first, second = item.read().segments
    assert [mention.name.vi for mention in first.mentions] == ["Tô Lâm", "Hà Nội"]
    assert second.mentions == ()
    assert document.segments[0].mentions == ()  # nothing was mutated


def test_guessing_is_part_of_the_signature() -> None:
    given_names = NamesStage(NamesOptions()).signature()
    assert given_names != NamesStage(NamesOptions(transcribe=False)).signature()
    assert given_names != NamesStage(NamesOptions(shipped=False)).signature()


@pytest.mark.parametrize("helps", [True, False])
def test_a_model_reads_names_if_its_card_says_so(helps: bool, tmp_path: Path) -> None:
    card = load_card(str(checkpoints.write_card(tmp_path, "one", names_in_source=helps)))
    segment = Segment(Span(0, len(TEXT)), TEXT, mentions=(LAM, HANOI))
    mixed = "Tô Lâm прибыл в Hà Nội."
    (asked,) = Recall(Memory(), plan_of(card), to="vi").ask([segment])
    assert asked.read == (mixed if helps else TEXT)
    assert asked.source == TEXT


def test_a_chain_reads_names_as_its_first_model_writes_them(tmp_path: Path) -> None:
    folders = [tmp_path / "first", tmp_path / "second"]
    for folder in folders:
        folder.mkdir()
    first = checkpoints.write_card(folders[0], "first", pairs=["ru-en"], names_in_source=True)
    second = checkpoints.write_card(folders[1], "second", pairs=["en-vi"])
    chain = Card(
        name="chain",
        summary="two steps",
        family="chain",
        licence=Licence(name="MIT", commercial=True),
        pairs=("ru-vi",),
        chain=(str(first), str(second)),
    )
    segment = Segment(Span(0, len(TEXT)), TEXT, mentions=(LAM, HANOI))
    (asked,) = Recall(Memory(), plan_of(chain), to="vi").ask([segment])
    assert asked.read == "To Lam прибыл в Hanoi."


def test_a_name_that_the_model_was_given_and_left_out_is_no_word_of_the_source() -> None:
    read = with_names(TEXT, (LAM, HANOI), to="vi")
    target = "Ông đã đến đó."
    result = Translated(0, target, inspect(read, target, to="vi"))
    assert {w.message.split()[0] for w in result.warnings} == {"Tô", "Lâm", "Hà", "Nội"}
    assert _of_source(result, Asked(TEXT, read), to="vi").warnings == ()
    # what stands in the source itself is missed as before
    source = f"{TEXT[:-1]} рейсом Vietjet."
    read = with_names(source, (LAM, HANOI), to="vi")
    result = Translated(0, target, inspect(read, target, to="vi"))
    found = _of_source(result, Asked(source, read), to="vi").warnings
    (left,) = (warning for warning in found if warning.code == "name_missing")
    assert left.message.startswith("Vietjet")


def plan_of(card: Card) -> Plan:
    """Return the plan for a card whose signature does not matter."""
    return Plan(Choice(card, "it is here"), {"model": card.name})
