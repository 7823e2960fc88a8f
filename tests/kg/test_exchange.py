"""Facts out and in again: equal in every format, and each fault of a file named by its place."""

from __future__ import annotations

import csv
import gzip
import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib import Graph

from catalog.importing import ImportReport, WrongFileError
from catalog.models import Product
from kg.exchange import ExchangeFormat, exchange_format_of, facts_export
from kg.facts import FactRefusedError, fact_change, fact_retract
from kg.history import fact_restore, fact_versions
from kg.importing import facts_import
from kg.models import Entity, Fact
from tests.kg.test_facts import said

FORMATS = list(ExchangeFormat)
#: What has broken quoting somewhere before.
NASTY = [
    "'; DROP TABLE kg_fact; --",
    "}) MATCH (n) DETACH DELETE n //",
    "\\'}) DETACH DELETE n",
    '<script>alert("x")</script>',
    '"""@en . <urn:x> <urn:y> "z',
    "> . <a> <b> <c",
    '=HYPERLINK("x")',
    "%2F%00 {{ 7*7 }} ${x} #fragment?query",
    "茶 🍵 \u202e right-to-left",
    "a,b;c|d",
]


def exported(format: ExchangeFormat, **filters) -> str:
    return "".join(facts_export(Fact.objects.filter(**filters), format=format))


def taken(text: str, format: ExchangeFormat, **options) -> ImportReport:
    return facts_import(io.BytesIO(text.encode()), format=format, **options)


def everything() -> tuple[list, list]:
    """All that a file keeps: facts with what is said of them, and the names of their entities."""
    facts = Fact.objects.order_by("subject__key", "predicate__key", "object__key").values_list(
        "subject__key",
        "predicate__key",
        "object__key",
        "confidence",
        "status",
        "source",
        "evidence",
    )
    entities = Entity.objects.order_by("key").values_list("key", "kind", "name", "product")
    return list(facts), list(entities)


def emptied() -> None:
    Fact.objects.all().delete()
    Entity.objects.all().delete()


@pytest.mark.parametrize("format", FORMATS)
def test_a_round_trip_through_a_file_is_equal(state, format):
    state("product:1", "made_by", "brand:Meadow & Sons", confidence=0.1 + 0.2)
    state(
        "product:b/ä",
        "complements",
        "product:1",
        status="proposed",
        source="mined",
        evidence='Goes "well"\nwith\r\nbread; 100 %\\',
    )
    state("category:Tea / Green", "parent_category", "category:Tea", source="catalogue")
    state("product:1", "made_of", "material:oats", status="rejected", confidence=1e-7)
    before = everything()
    text = exported(format)
    emptied()
    report = taken(text, format)
    assert (report.created, report.problems) == (4, [])
    assert everything() == before
    again = taken(text, format)
    assert (again.created, again.updated, again.unchanged) == (0, 0, 4)


@pytest.mark.parametrize("format", FORMATS)
def test_an_injection_in_a_name_survives_unharmed(state, format):
    for name in NASTY:
        product = Product.objects.create(external_id=name[:100], title=name)
        state(f"product:{product.external_id}", "related_to", f"concept:{name}", evidence=name)
    before = everything()
    assert len(before[0]) == len(NASTY)
    text = exported(format)
    emptied()
    assert taken(text, format).problems == []
    assert everything() == before
    assert sorted(Entity.objects.filter(kind="concept").values_list("name", flat=True)) == sorted(
        NASTY
    )


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "'=1+1"])
def test_a_spreadsheet_runs_no_name(state, name):
    state("concept:start", "related_to", f"concept:x{name}", evidence=name)
    rows = list(csv.DictReader(io.StringIO(exported("csv"))))
    assert rows[0]["evidence"] == f"'{name}"
    assert rows[0]["object"] == f"concept:x{name}"  # The key's first letter makes it harmless.
    text = exported("csv")
    emptied()
    taken(text, "csv")
    assert Fact.objects.get().evidence == name


#: One line, storable, and short enough for a key.
names = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Z"]) | st.sampled_from("'\"\\{}<>;`%"),
    min_size=1,
    max_size=60,
)


@pytest.mark.django_db(transaction=False)
@settings(max_examples=25, deadline=None)
@given(
    pairs=st.lists(
        st.tuples(
            names,
            names,
            st.text(
                st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=40
            ),
            st.floats(0, 1),
        ),
        min_size=1,
        max_size=4,
    ),
    format=st.sampled_from(FORMATS),
)
def test_any_names_and_evidence_survive_every_format(pairs, format):
    from kg.facts import entity_make, fact_state

    emptied()
    for one, two, evidence, confidence in pairs:
        subject = entity_make(kind="use", name=one)
        object = entity_make(kind="concept", name=two)
        fact_state(
            subject=subject,
            predicate="related_to",
            object=object,
            evidence=evidence,
            confidence=confidence,
            status="accepted",
        )
    before = everything()
    text = exported(format)
    emptied()
    assert taken(text, format).problems == []
    assert everything()[0] == before[0]
    used = {key for fact in before[0] for key in (fact[0], fact[2])}
    assert everything()[1] == [row for row in before[1] if row[0] in used]


def test_other_tools_read_the_accepted_facts(state):
    state("product:1", "made_by", "brand:M")
    state("product:1", "made_of", "material:oats", status="proposed")
    for format, name in ((ExchangeFormat.TURTLE, "turtle"), (ExchangeFormat.JSON_LD, "json-ld")):
        graph = Graph().parse(data=exported(format), format=name)
        plain = [
            (str(s), str(o)) for s, p, o in graph if str(p).startswith("urn:recsite:predicate:")
        ]
        assert plain == [("urn:recsite:entity:product%3A1", "urn:recsite:entity:brand%3AM")]


def test_csv_is_written_as_it_is_read_from_the_database(state, monkeypatch):
    state("product:1", "made_by", "brand:M")
    pieces = facts_export(Fact.objects.all(), format="csv")
    assert next(pieces).startswith('"subject","predicate","object"')
    assert next(pieces).startswith('"product:1","made_by","brand:M","1","M","1.0","accepted"')


# --- bad files ------------------------------------------------------------------------------------

ROWS = """subject,predicate,object,confidence,object_name
product:1,made_by,brand:M,0.5,Meadow
product:2,tastes_like,brand:M,,
product:1,made_by,brand:N,1,
product:9,made_by,brand:M,1,
product:1,made_of,material:oats,7,
product:1,made_of,brand:M,1,
planet:1,made_of,brand:M,1,
product:1,made_of,,1,
product:1,complements,product:1,1,
product:1,made_of,material:oats,high,
product:2,made_of,material:oats,,
category:A,parent_category,category:B,,
category:B,parent_category,category:C,,
category:C,parent_category,category:A,,
"""


@pytest.fixture
def two_products(db) -> None:
    for number in "12":
        Product.objects.create(external_id=number, title=f"Title {number}")


def test_every_bad_row_is_named_and_the_good_ones_taken(two_products):
    report = taken(ROWS, ExchangeFormat.CSV)
    assert [(problem.line, problem.field) for problem in report.problems] == [
        (3, "predicate"),
        (4, "object"),
        (5, "subject"),
        (6, "confidence"),
        (7, "object"),
        (8, "subject"),
        (9, "object"),
        (10, "object"),
        (11, "confidence"),
        (15, "object"),
    ]
    reasons = {problem.line: problem.reason for problem in report.problems}
    assert "contradicts “Title 1 · made by · Meadow”" in reasons[4]
    assert "leads back: “C” → “A” → “B” → “C”" in reasons[15]
    assert report.created == 4
    assert said() == {
        ("product:1", "made_by", "brand:M"),
        ("product:2", "made_of", "material:oats"),
        ("category:A", "parent_category", "category:B"),
        ("category:B", "parent_category", "category:C"),
    }
    # What is wrong by itself leaves no entity behind.
    assert not Entity.objects.filter(key__in=["planet:1", "product:9"]).exists()
    assert Fact.objects.get(predicate__key="made_by").confidence == 0.5
    assert Entity.objects.get(key="brand:M").name == "Meadow"


def test_strict_takes_all_or_none(two_products, tmp_path: Path, capsys):
    file = tmp_path / "facts.csv"
    file.write_text(ROWS)
    with pytest.raises(CommandError, match=r"10 problems: nothing was imported \(--strict\)"):
        call_command("import_facts", str(file), "--strict")
    assert "line 15: object: This leads back" in capsys.readouterr().err
    assert Fact.objects.count() == Entity.objects.count() == 0
    call_command("import_facts", str(file), "--dry-run")
    assert "4 new" in capsys.readouterr().out
    assert Fact.objects.count() == 0


def test_a_broken_turtle_file_is_named_by_its_line():
    text = '@prefix t: <urn:recsite:term:> .\n<urn:a> t:key "x" .\n<urn:b> <urn:c .\n'
    (problem,) = taken(text, ExchangeFormat.TURTLE).problems
    assert problem.line == 3
    assert "broken Turtle" in problem.reason


@pytest.mark.parametrize(
    ("content", "format", "words"),
    [
        (b"", "ttl", "empty"),
        (b"\xff\xfe<", "ttl", "UTF-8"),
        (b"{", "jsonld", "broken JSON"),
        (b"[" * 100_000, "jsonld", "broken JSON"),
        (b'{"@context": "http://127.0.0.1:9/c", "@id": "urn:x"}', "jsonld", "context elsewhere"),
        (b'{"@graph": [{"@context": [{}, "x"]}]}', "jsonld", "context elsewhere"),
        (b'{"@context": {"@import": "http://127.0.0.1:9/c"}}', "jsonld", "context elsewhere"),
        (b"\x89PNG\r\n", "csv", "PNG"),
        (b"subject,predicate\n", "csv", "object"),
    ],
)
def test_a_wrong_file_is_refused_with_the_reason(db, content, format, words):
    report = facts_import(io.BytesIO(content), format=format)
    assert words in " ".join(map(str, report.problems))
    assert report.created == 0


def test_a_file_by_others_is_read_by_its_plain_triples(two_products):
    text = """
    @prefix e: <urn:recsite:entity:> . @prefix t: <urn:recsite:term:> .
    @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . @prefix s: <http://schema.org/> .
    <http://example.org/acme> t:key "brand:Acme" ; rdfs:label "Acme Ltd" .
    e:product%3A1 <urn:recsite:predicate:made_by> <http://example.org/acme> .
    e:product%3A1 s:colour "red" . e:product%3A2 s:made_by <http://example.org/other> .
    """
    report = taken(text, ExchangeFormat.TURTLE)
    assert said() == {("product:1", "made_by", "brand:Acme")}
    assert Entity.objects.get(key="brand:Acme").name == "Acme Ltd"
    assert len(report.problems) == 2
    assert all("is no entity of the shop" in problem.reason for problem in report.problems)


def test_commands_write_and_read_by_the_ending_of_the_name(state, tmp_path: Path, capsys):
    state("product:1", "made_by", "brand:M")
    state("product:1", "made_of", "material:oats", status="rejected")
    for ending in ("csv", "ttl", "jsonld"):
        file = tmp_path / f"facts.{ending}"
        call_command("export_facts", str(file), "--status", "accepted")
        packed = tmp_path / f"facts.{ending}.gz"
        packed.write_bytes(gzip.compress(file.read_bytes()))
        call_command("import_facts", str(packed))
        assert "facts: 0 new, 0 updated, 1 unchanged" in capsys.readouterr().out
    with pytest.raises(CommandError, match="ending"):
        call_command("export_facts", str(tmp_path / "facts.xlsx"))
    with pytest.raises(WrongFileError):
        exchange_format_of("facts")
    assert json.loads(exported(ExchangeFormat.JSON_LD, status="none"))["@graph"] == []


# --- undo -----------------------------------------------------------------------------------------


def test_a_fact_is_restored_to_an_earlier_version(state, thing):
    fact = state("product:1", "made_by", "brand:M", confidence=0.5, evidence="label")
    fact_change(fact=fact, object=thing("brand:N"), confidence=0.75)
    fact_retract(fact=fact)
    number = Fact.history.latest().id
    versions = fact_versions(fact_id=number)
    assert [version.history_type for version in versions] == ["-", "~", "+"]
    back = fact_restore(version=versions[1].history_id)
    assert said() == {("product:1", "made_by", "brand:N")}
    first = fact_restore(version=versions[2].history_id)
    assert said() == {("product:1", "made_by", "brand:M")}
    assert (first.confidence, first.evidence) == (0.5, "label")
    assert first.history.latest().history_change_reason.startswith("restored the version of")
    # One fact all along, so that its history can be read through.
    assert Fact.history.filter(id=number).count() == 5
    assert back.pk == first.pk == number


def test_what_is_refused_today_is_not_restored(state):
    fact = state("product:1", "made_by", "brand:M")
    fact_retract(fact=fact)
    state("product:1", "made_by", "brand:N")
    version = Fact.history.filter(history_type="-").get()
    with pytest.raises(FactRefusedError, match="contradicts"):
        fact_restore(version=version.history_id)
    fact_restore(version=version.history_id, replace=True)
    assert said() == {("product:1", "made_by", "brand:M")}
    with pytest.raises(FactRefusedError, match="no such version"):
        fact_restore(version=10**6)
