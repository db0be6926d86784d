"""XLIFF as other tools read it: valid against the schemas of the standard, nothing lost."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeCatalog
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from word import NOTE, document, paragraph, run

from tolmach.document import (
    Action,
    Article,
    Block,
    Document,
    EditorWarning,
    Kind,
    Mark,
    Origin,
    Segment,
    Severity,
    Span,
    TargetBlock,
    TargetMark,
    TargetSegment,
)
from tolmach.markup import place_marks
from tolmach.memory.xliff import read_xliff
from tolmach.pipeline import Pipeline
from tolmach.stages import Input
from tolmach.writers import WRITERS

FORMS = {"xliff": "xliff-core-2.0.xsd", "xliff1": "xliff-core-1.2-strict.xsd"}
# the Debian package php-symfony-translation has them; 2.1 kept the core schema's name
SCHEMAS = Path(
    os.environ.get(
        "XLIFF_SCHEMAS", "/usr/share/php/Symfony/Component/Translation/Resources/schemas"
    )
)
SAFE = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
BOLD, ITALIC = "<w:b/>", "<w:i/>"
WORD = document(
    paragraph(run("Новый мост через канал"), style="Title"),
    paragraph(run("Мост "), run("открыли в среду", BOLD), run(" вечером"), NOTE, run(".")),
    # what most of a paragraph looks like is no mark, so the italics are short
    paragraph(
        run("Этого моста через канал ждали "),
        run("десять лет. Теперь", ITALIC),
        run(" всем будет легче ездить в город."),
    ),
)


class Local(etree.Resolver):
    """Finds the schema of ``xml:lang`` and ``xml:space`` beside the others."""

    def resolve(self, url: str, pubid: str, context: Any) -> Any:  # noqa: ARG002
        if url.endswith("xml.xsd"):
            return self.resolve_filename(str(SCHEMAS / "xml.xsd"), context)
        return None


@pytest.fixture(scope="module")
def schemas() -> dict[str, etree.XMLSchema]:
    if not all((SCHEMAS / name).is_file() for name in FORMS.values()):
        pytest.skip("the schemas of XLIFF are not installed (php-symfony-translation)")
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(Local())
    return {
        form: etree.XMLSchema(etree.parse(SCHEMAS / name, parser)) for form, name in FORMS.items()
    }


def written(article: Article, form: str) -> etree._Element:
    (content,) = WRITERS[form].render(article).values()
    assert isinstance(content, bytes)
    return etree.fromstring(content, SAFE)


def made(
    sources: list[str], targets: list[str], marks: list[Span], *, origin: Origin = Origin.MODEL
) -> Article:
    """An article of one block, with sentences between single spaces and marks anywhere."""
    text = " ".join(sources)
    spans, start = [], 0
    for source in sources:
        spans.append(Span(start, start + len(source)))
        start += len(source) + 1
    segments = tuple(Segment(span, source) for span, source in zip(spans, sources, strict=True))
    whole = Span(0, len(text))
    keys = [f"b:{number}" for number in range(len(marks))]
    source = Document(
        "a/b & c.txt",
        text,
        blocks=(Block(Kind.BODY, whole, Action.TRANSLATE, segments),),
        marks=tuple(Mark(key, span) for key, span in zip(keys, marks, strict=True)),
    )
    warning = EditorWarning("loop", "what <b> & \x02", Severity.ERROR)
    done = tuple(
        TargetSegment(s.source, target, s.span, Kind.BODY, True, (warning,), origin)
        for s, target in zip(segments, targets, strict=True)
    )
    placed = tuple(TargetMark(key, span) for key, span in zip(keys, marks, strict=True))
    block = TargetBlock(Kind.BODY, whole, Action.TRANSLATE, " ".join(targets), done, placed)
    return Article(source, "en", (block,), " ".join(targets), signature={"model": "a & <b>"})


@pytest.fixture
def marked(
    open_pipeline: Callable[..., Pipeline],
    catalog: FakeCatalog,  # noqa: ARG001
    tmp_path: Path,
) -> Article:
    path = tmp_path / "bridge.docx"
    path.write_bytes(WORD)
    with open_pipeline() as pipeline:
        (item,) = pipeline.items([Input("bridge.docx", path=path)], to=("vi",))
    assert item.failure is None
    return place_marks(item.articles["vi"])


@pytest.mark.parametrize("form", FORMS)
def test_a_real_document_is_valid(
    marked: Article, schemas: dict[str, etree.XMLSchema], form: str
) -> None:
    root = written(marked, form)
    schemas[form].assertValid(root)
    names = {etree.QName(element).localname for element in root.iter()}
    # bold in one sentence, a note, and italics from one sentence into the next
    assert names >= ({"pc", "ph", "sc", "ec"} if form == "xliff" else {"g", "x", "bx", "ex"})


@pytest.mark.parametrize("form", FORMS)
def test_an_empty_document_is_valid(schemas: dict[str, etree.XMLSchema], form: str) -> None:
    article = Article(Document("empty.txt", ""), "vi", (), "")
    schemas[form].assertValid(written(article, form))


def test_ids_are_indexes_and_blocks_are_groups(marked: Article) -> None:
    root = written(marked, "xliff")
    indexes = [str(index) for index in range(len(marked.segments))]
    assert [unit.get("id") for unit in root.iter("{*}unit")] == indexes
    assert [part.get("id") for part in root.iter("{*}segment")] == indexes
    kinds = [group.get("type") for group in root.iter("{*}group")]
    assert kinds == [f"tolmach:{block.kind.value}" for block in marked.blocks if block.segments]
    assert (root.get("version"), root.get("srcLang"), root.get("trgLang")) == ("2.1", "ru", "vi")


@pytest.mark.parametrize("form", FORMS)
def test_what_an_editor_approved_is_final(form: str, tmp_path: Path) -> None:
    for origin, approved in ((Origin.APPROVED, True), (Origin.MEMORY, False)):
        article = made(["Раз."], ["One."], [], origin=origin)
        path = tmp_path / f"{origin}.xlf"
        path.write_bytes(etree.tostring(written(article, form)))
        (unit,) = read_xliff(path)
        assert (unit.source, unit.target, unit.approved) == ("Раз.", "One.", approved)
        assert unit.machine == "One."


@pytest.mark.parametrize("form", FORMS)
def test_what_stays_as_it_is_is_not_to_be_translated(form: str) -> None:
    article = made(["OK."], ["OK."], [])
    (block,) = article.document.blocks
    segments = (replace(block.segments[0], translate=False),)
    source = replace(article.document, blocks=(replace(block, segments=segments),))
    root = written(replace(article, document=source), form)
    (unit,) = root.iter("{*}unit", "{*}trans-unit")
    assert unit.get("translate") == "no"


# what XML cannot write must come back from 2.1 all the same
TEXTS = st.lists(
    st.text(st.sampled_from("аб &<>]\"'\x01\x0b\ufffe😀\N{COMBINING ACUTE ACCENT}x"), min_size=1)
    .map(lambda text: " ".join(text.split()))
    .filter(bool),
    min_size=1,
    max_size=3,
)


@st.composite
def marked_texts(draw: st.DrawFn) -> tuple[list[str], list[Span]]:
    """Sentences, and ranges in all of them that nest or are disjoint, outer ones first."""
    sources = draw(TEXTS)

    def ranges(start: int, end: int, depth: int) -> list[Span]:
        if depth == 0 or not draw(st.booleans()):
            return []
        first = draw(st.integers(start, end))
        last = draw(st.integers(first, end))
        inner = ranges(first, last, depth - 1) if last > first else []
        return [Span(first, last), *inner, *ranges(last, end, depth - 1)]

    return sources, ranges(0, len(" ".join(sources)), 3)


@given(marked_texts())
def test_texts_and_marks_survive(case: tuple[list[str], list[Span]]) -> None:
    sources, marks = case
    article = made(sources, sources, marks)
    root = written(article, "xliff")
    for name in ("source", "target"):
        texts = [plain(element) for element in root.iter(f"{{*}}{name}")]
        assert texts == sources
        ids = [element.get("id") for element in root.iter("{*}pc", "{*}ph", "{*}sc")]
        # once in the source and once in the target
        assert sorted(ids) == sorted([f"mb_3a_{number}" for number in range(len(marks))] * 2)
        starts = root.xpath("//*[local-name()='sc']/@id")
        assert sorted(starts) == sorted(root.xpath("//*[local-name()='ec']/@id"))
    # the older version has no way to write odd characters, but stays well-formed
    assert len(list(written(article, "xliff1").iter("{*}trans-unit"))) == len(sources)


@given(marked_texts())
def test_whatever_the_text_it_is_valid(
    schemas: dict[str, etree.XMLSchema], case: tuple[list[str], list[Span]]
) -> None:
    sources, marks = case
    article = made(sources, sources, marks)
    for form, schema in schemas.items():
        schema.assertValid(written(article, form))


def plain(element: etree._Element) -> str:
    """The text of a source or target, codes left out, code points written out."""
    text = element.text or ""
    for child in element:
        if etree.QName(child).localname == "cp":
            text += chr(int(child.get("hex"), 16))
        else:
            text += plain(child)
        text += child.tail or ""
    return text
