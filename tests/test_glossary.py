"""Glossaries: reading them, finding terms in Russian, and putting renderings right."""

from __future__ import annotations

import csv
import json
import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tolmach.errors import ConfigError
from tolmach.resources import folder
from tolmach.terms.glossary import Glossary, Term, load_glossary

SHIPPED = folder("configs") / "glossaries" / "diplomacy.csv"
SHARED = Path(__file__).parent.parent.parent / "shared" / "articles"


def term(source: str, target: str, language: str = "en", **more: object) -> Term:
    return Term(source, language, tuple(target.split("|")), **more)  # type: ignore[arg-type]


TERMS = Glossary(
    (
        term(
            "стратегическое партнёрство", "strategic partnership", avoid=("strategy partnership",)
        ),
        term("всеобъемлющее стратегическое партнёрство", "comprehensive strategic partnership"),
        term("товарооборот", "trade turnover|trade", avoid=("goods turnover", "goods")),
        term("центр", "centre", avoid=("middle",)),
        term("посольство", "embassy", avoid=("ambassade",)),
        term("Восток", "Vostok", case_sensitive=True),
        term("США", "United States", case_sensitive=True),
        term("Vietnam Airlines", "Vietnam Airlines", keep=True),
        term("товарооборот", "kim ngạch thương mại", "vi", avoid=("doanh thu thương mại",)),
    )
)


def sources(text: str, to: str = "en") -> list[str]:
    return [match.term.source for match in TERMS.find(text, to=to)]


class TestFinding:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("отношения стратегического партнёрства", ["стратегическое партнёрство"]),
            ("СТРАТЕГИЧЕСКИМ ПАРТНЕРСТВОМ", ["стратегическое партнёрство"]),
            (
                "о Всеобъемлющем стратегическом партнёрстве и товарообороте",
                ["всеобъемлющее стратегическое партнёрство", "товарооборот"],
            ),
            ("стратегическое «партнёрство»", ["стратегическое партнёрство"]),
            ("стратегическое. Партнёрство", []),
            ("стратегическое и партнёрство", []),
            ("товарообороты стран", ["товарооборот"]),
            ("космический корабль «Восток»", ["Восток"]),
            ("на восток", []),
            ("из США", ["США"]),
            ("рейс Vietnam Airlines", ["Vietnam Airlines"]),
            ("", []),
        ],
    )
    def test_in_any_case(self, text: str, expected: list[str]) -> None:
        assert sources(text) == expected

    def test_by_language(self) -> None:
        assert sources("партнёрство и товарооборот", "vi") == ["товарооборот"]

    def test_spans(self) -> None:
        text = "Рост товарооборота."
        (match,) = TERMS.find(text, to="en")
        assert match.span.of(text) == "товарооборота"

    @given(st.text(max_size=100))
    def test_any_text(self, text: str) -> None:
        ends = 0
        for match in TERMS.find(text, to="en"):
            assert ends <= match.span.start < match.span.end <= len(text)
            ends = match.span.end


class TestApplying:
    @pytest.mark.parametrize(
        ("source", "target", "to"),
        [
            ("стратегическое партнёрство", "a Strategic Partnership", "en"),
            ("стратегические партнёрства", "strategic partnerships", "en"),
            ("рост товарооборота", "growth of trade", "en"),
            ("в центре", "in the Center", "en"),
            ("посольства", "the embassies’ staff", "en"),
            ("посольство", "the Embassy's staff", "en"),
            ("товарооборот", "Kim ngạch thương mại", "vi"),
            ("рейс Vietnam Airlines", "a Vietnam Airlines flight", "en"),
        ],
    )
    def test_right_renderings_are_left(self, source: str, target: str, to: str) -> None:
        assert TERMS.apply(source, target, to=to) == (target, ())
        assert TERMS.check(source, target, to=to) == ()

    @pytest.mark.parametrize(
        ("source", "target", "to", "expected"),
        [
            ("товарооборот вырос", "The goods turnover grew.", "en", "The trade turnover grew."),
            ("Товарооборот вырос", "Goods turnover grew.", "en", "Trade turnover grew."),
            ("посольства", "ambassades of states", "en", "embassies of states"),
            (
                "товарооборот вырос",
                "Doanh thu thương mại tăng.",
                "vi",
                "Kim ngạch thương mại tăng.",
            ),
            ("рейс Vietnam Airlines", "a vietnam airlines flight", "en",
             "a Vietnam Airlines flight"),
        ],
    )  # fmt: skip
    def test_wrong_ones_are_replaced(
        self, source: str, target: str, to: str, expected: str
    ) -> None:
        assert TERMS.apply(source, target, to=to) == (expected, ())
        assert TERMS.apply(source, expected, to=to) == (expected, ())

    @pytest.mark.parametrize(
        ("source", "target", "to", "code"),
        [
            ("товарооборот вырос", "It grew.", "en", "term_missing"),
            # twice: which of them is meant is not certain
            ("товарооборот", "goods turnover and goods turnover", "en", "term_missing"),
            ("товарооборот", "kim ngach thuong mai", "vi", "term_missing"),
            ("рейс Vietnam Airlines", "a Viet airline flight", "en", "keep_missing"),
        ],
    )
    def test_else_there_is_a_warning(self, source: str, target: str, to: str, code: str) -> None:
        text, (warning,) = TERMS.apply(source, target, to=to)
        assert text == target
        assert warning.code == code
        assert warning.source is not None
        assert warning.source.of(source) in warning.message
        assert TERMS.check(source, target, to=to) == (warning,)

    def test_a_term_is_asked_for_once(self) -> None:
        assert len(TERMS.apply("товарооборот и товарооборот", "nothing", to="en")[1]) == 1

    @given(st.text(max_size=80), st.sampled_from(["en", "vi"]))
    def test_what_is_not_in_the_source_is_left(self, target: str, to: str) -> None:
        assert TERMS.apply("Сегодня идёт дождь.", target, to=to) == (target, ())


class TestReading:
    @pytest.mark.parametrize("delimiter", [",", ";", "\t"])
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
    def test_csv(self, tmp_path: Path, delimiter: str, encoding: str) -> None:
        path = tmp_path / "terms.csv"
        with path.open("w", encoding=encoding, newline="") as file:
            writer = csv.writer(file, delimiter=delimiter)
            writer.writerow(["Source", "target", "language", "note", "case_sensitive", "avoid"])
            writer.writerow(["# remark"])
            writer.writerow(["визит ", " visit | trip", "en", "a, b; c", "no", "journey"])
            writer.writerow([])
            writer.writerow(["Мир", "Mir", "en", "station", "yes"])
        first, second = load_glossary(path).terms
        assert first == Term("визит", "en", ("visit", "trip"), ("journey",), "a, b; c",
                             file=str(path), line=3)  # fmt: skip
        assert (second.case_sensitive, second.avoid, second.line) == (True, (), 5)

    def test_keep(self, tmp_path: Path) -> None:
        path = tmp_path / "keep.csv"
        path.write_text("source,target,language,keep\nVinFast,,,yes\nFPT,FPT,vi,да\n", "utf-8")
        terms = load_glossary(path).terms
        assert [(item.source, item.language) for item in terms] == [
            ("VinFast", "en"), ("VinFast", "vi"), ("FPT", "vi")
        ]  # fmt: skip
        assert all(item.keep and item.targets == (item.source,) for item in terms)

    def test_the_first_file_counts(self, tmp_path: Path) -> None:
        for name, target in (("one", "call"), ("two", "visit")):
            (tmp_path / f"{name}.csv").write_text(
                f"source,target,language\nвизит,{target},en\n", encoding="utf-8"
            )
        one, two = tmp_path / "one.csv", tmp_path / "two.csv"
        assert load_glossary(one, two).terms[0].targets == ("call",)
        assert load_glossary(two, one).terms[0].targets == ("visit",)
        assert load_glossary(one).fingerprint() != load_glossary(two).fingerprint()

    def test_every_problem_at_once(self, tmp_path: Path) -> None:
        one, two, three = (tmp_path / f"{name}.csv" for name in ("one", "two", "three"))
        one.write_text(
            "source,target,language,keep,avoid\n"
            "визит,,en,,\n"
            "визит,visit,fr,,\n"
            ",visit,en,,\n"
            "посол,ambassador,en,maybe,\n"
            "посол,ambassador,en,,ambassador\n"
            "саммит,summit,en,,\n"
            "Саммит,summit,en,,,,\n"
            "саммит,top,en,,\n"
            "!!!,x,en,,\n"
            "VinFast,Vin,en,yes,\n",
            encoding="utf-8",
        )
        two.write_text("source,target,lang,lang\n", encoding="utf-8")
        three.write_bytes("source,target,language\nвизит,visit,en\n".encode("cp1251"))
        with pytest.raises(ConfigError) as error:
            load_glossary(one, two, three, tmp_path / "nowhere.csv")
        found = [(Path(item.file).name, item.line, item.message) for item in error.value.problems]
        places = [("one", 2), ("one", 3), ("one", 4), ("one", 5), ("one", 6), ("one", 8)]
        places += [("one", 9), ("one", 10), ("one", 11), ("two", 1), ("two", 1), ("two", 1)]
        places += [("three", 2), ("nowhere", 0)]
        assert sorted((name.removesuffix(".csv"), line) for name, line, _ in found) == sorted(
            places
        )
        messages = "\n".join(item[2] for item in found)
        for part in ("target is empty", "'fr' is no target", "source is empty", "must be yes or no",
                     "both wanted and to avoid", "7 cells", "in line 7", "no word in it",
                     "unknown column 'lang'", "columns language", "must be UTF-8",
                     "cannot be read", "has no target, or itself"):  # fmt: skip
            assert part in messages, part


V2 = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE martif SYSTEM "TBXcoreStructV02.dtd">
<martif type="TBX-Basic" xml:lang="en"><martifHeader/><text><body>
 <termEntry id="1"><note>protocol</note>
  <langSet xml:lang="ru-RU"><tig><term>визит</term></tig><tig><term>поездка</term></tig></langSet>
  <langSet xml:lang="en"><tig><term>visit</term></tig>
   <ntig><termGrp><term>journey</term>
    <termNote type="administrativeStatus">deprecatedTerm-admn-sts</termNote></termGrp></ntig>
  </langSet>
  <langSet xml:lang="fr"><tig><term>visite</term></tig></langSet>
 </termEntry>
</body></text></martif>"""
V3 = """<?xml version="1.0" encoding="UTF-8"?>
<tbx type="TBX-Basic" style="dct" xml:lang="ru" xmlns="urn:iso:std:iso:30042:ed-2"
     xmlns:basic="http://www.tbxinfo.net/ns/basic"><tbxHeader/><text><body>
 <conceptEntry id="c1">
  <langSec xml:lang="ru"><termSec><term>посол</term></termSec></langSec>
  <langSec xml:lang="vi"><termSec><term>Đại sứ</term></termSec>
   <termSec><term>sứ thần</term>
    <basic:administrativeStatus>supersededTerm-admn-sts</basic:administrativeStatus></termSec>
  </langSec>
 </conceptEntry>
</body></text></tbx>"""


class TestTbx:
    def test_version_2(self, tmp_path: Path) -> None:
        path = tmp_path / "two.tbx"
        path.write_text(V2, encoding="utf-8")
        terms = load_glossary(path).terms
        assert [(t.source, t.language, t.targets, t.avoid) for t in terms] == [
            ("визит", "en", ("visit",), ("journey",)),
            ("поездка", "en", ("visit",), ("journey",)),
        ]
        assert terms[0].note == "protocol"
        assert terms[0].line == 4

    def test_version_3(self, tmp_path: Path) -> None:
        path = tmp_path / "three.tbx"
        path.write_text(V3, encoding="utf-8")
        (found,) = load_glossary(path).terms
        assert (found.source, found.language, found.targets, found.avoid) == (
            "посол", "vi", ("Đại sứ",), ("sứ thần",)
        )  # fmt: skip

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("<martif>", r":1: is not valid XML"),
            ("<html><body/></html>", "is no TBX file"),
            (V2.replace("ru-RU", "de"), r":4: the entry has no Russian term"),
            (
                '<!DOCTYPE martif [<!ENTITY a "x"><!ENTITY b "&a;&a;&a;">]>\n'
                "<martif><text><body><termEntry><langSet xml:lang='ru'><tig><term>&b;</term></tig>"
                "</langSet></termEntry></body></text></martif>",
                "declares entities",
            ),
        ],
    )
    def test_problems(self, tmp_path: Path, text: str, message: str) -> None:
        path = tmp_path / "bad.tbx"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ConfigError, match=message):
            load_glossary(path)

    def test_files_are_not_read_through_entities(self, tmp_path: Path) -> None:
        secret = tmp_path / "secret.txt"
        secret.write_text("secret", encoding="utf-8")
        path = tmp_path / "bad.tbx"
        path.write_text(
            f'<!DOCTYPE martif [<!ENTITY a SYSTEM "{secret.as_uri()}">]>\n' + V2.split("\n", 2)[2],
            encoding="utf-8",
        )
        with pytest.raises(ConfigError, match="declares entities"):
            load_glossary(path)


class TestShipped:
    def test_has_terms_in_both_languages(self) -> None:
        terms = load_glossary(SHIPPED).terms
        by_language = {to: {t.source for t in terms if t.language == to} for to in ("en", "vi")}
        assert by_language["en"] == by_language["vi"]
        assert len(by_language["en"]) >= 150

    def test_is_clean(self) -> None:
        text = SHIPPED.read_text(encoding="utf-8")
        assert unicodedata.normalize("NFC", text) == text
        for item in load_glossary(SHIPPED).terms:
            assert item.source == item.source.strip()
            forms = {form.lower() for form in item.targets}
            assert not forms & {form.lower() for form in item.avoid}, item.source
            assert not any("а" <= char <= "я" for form in item.targets for char in form.lower())

    def test_every_term_finds_itself_and_its_renderings(self) -> None:
        glossary = load_glossary(SHIPPED)
        for item in glossary.terms:
            (match, *_) = glossary.find(item.source, to=item.language)
            assert match.term == item
            for form in item.targets:
                assert glossary.check(item.source, form, to=item.language) == ()

    @pytest.mark.skipif(not SHARED.is_dir(), reason="no shared articles")
    def test_changes_nothing_in_right_translations(self) -> None:
        glossary = load_glossary(SHIPPED)
        missing = matches = 0
        for path in sorted(SHARED.glob("*.ref.jsonl")):
            for line in path.read_text(encoding="utf-8").splitlines():
                row = json.loads(line)
                for to in ("en", "vi"):
                    matches += len(glossary.find(row["ru"], to=to))
                    text, warnings = glossary.apply(row["ru"], row[to], to=to)
                    assert text == row[to]
                    missing += len(warnings)
        assert missing <= 0.02 * matches


def test_long_lines_take_linear_time() -> None:
    text = "всеобъемлющее стратегическое " * 5000
    started = time.process_time()
    load_glossary(SHIPPED).apply(text, "strategic partnership " * 5000, to="en")
    assert time.process_time() - started < 10
