"""Names that a model reads in the form of the target language."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import fakes
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tolmach.catalog.store import ModelStore
from tolmach.config.run import RunSettings
from tolmach.document import Block, Document, Kind, Segment, Span
from tolmach.inference.base import ChainModel
from tolmach.stages import Context, Input, Item
from tolmach.terms.base import Mention, Name, NameType
from tolmach.terms.mixing import with_names
from tolmach.terms.naming import NamesOptions, NamesStage
from tolmach.translation.stage import reading

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
def test_a_model_reads_names_if_its_card_says_so(helps: bool) -> None:
    model = replace(fakes.fake_model(), names_in_source=helps)
    segment = Segment(Span(0, len(TEXT)), TEXT, mentions=(LAM, HANOI))
    mixed = "Tô Lâm прибыл в Hà Nội."
    assert reading(segment, model, to="vi") == (mixed if helps else TEXT)


def test_a_chain_reads_names_as_its_first_model_writes_them() -> None:
    first, second = replace(fakes.fake_model(), names_in_source=True), fakes.fake_model()
    chain = ChainModel("chain", ((first, "ru", "en"), (second, "en", "vi")))
    segment = Segment(Span(0, len(TEXT)), TEXT, mentions=(LAM, HANOI))
    assert reading(segment, chain, to="vi") == "To Lam прибыл в Hanoi."
