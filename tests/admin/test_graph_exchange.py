"""Facts in and out by file, and the state of the graph database."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from kg.backends import connection
from kg.exchange import COLUMNS
from kg.models import Fact, OutboxEntry
from tests.admin.stock import Stock

LIST = "/admin/kg/fact/"


def export(client: Client, ending: str, **query: str) -> str:
    response = client.get(f"{LIST}export/{ending}/", query)
    assert response.status_code == 200
    return b"".join(response.streaming_content).decode()


def take(client: Client, content: str | bytes, name: str, **options: str):
    data = content.encode() if isinstance(content, str) else content
    page = client.post(f"{LIST}import/", {"file": SimpleUploadedFile(name, data), **options})
    assert page.status_code == 200
    return page


def rows(*facts: str) -> str:
    return "\n".join(["subject,predicate,object,confidence,status", *facts])


# --- out ----------------------------------------------------------------------------------------


def test_what_the_list_is_narrowed_to_goes_out(stock: Stock, merchandiser_client: Client) -> None:
    lines = list(csv.DictReader(io.StringIO(export(merchandiser_client, "csv"))))
    assert len(lines) == len(stock.facts)
    assert tuple(lines[0]) == COLUMNS
    query = {"relation": "made_of", "q": stock.products[0].title}
    (line,) = csv.DictReader(io.StringIO(export(merchandiser_client, "csv", **query)))
    assert (line["subject"], line["status"]) == (stock.entities[0].key, "proposed")
    assert len(list(csv.DictReader(io.StringIO(export(merchandiser_client, "csv", p="2"))))) == 8


def test_the_other_formats_go_out(stock: Stock, boss_client: Client) -> None:
    assert "rdf:Statement" in export(boss_client, "ttl")
    assert "@graph" in json.loads(export(boss_client, "jsonld"))
    assert boss_client.get(f"{LIST}export/xls/").status_code == 404
    assert boss_client.get(f"{LIST}export/csv/?source__x=1").status_code in {302, 400}


@pytest.mark.parametrize("ending", ["csv", "ttl", "jsonld"])
def test_what_went_out_comes_in_again(stock: Stock, boss_client: Client, ending: str) -> None:
    content = export(boss_client, ending)
    before = set(Fact.objects.values_list("subject", "predicate", "object", "status"))
    Fact.objects.all().delete()
    page = take(boss_client, content, f"facts.{ending}")
    assert (page.context["report"].created, page.context["problems"]) == (8, [])
    after = set(Fact.objects.values_list("subject", "predicate", "object", "status"))
    assert after == before


# --- in -----------------------------------------------------------------------------------------


def test_bad_rows_are_reported_and_good_ones_taken(
    stock: Stock, merchandiser_client: Client
) -> None:
    thing, maker = stock.entities[:2]
    content = rows(
        f"{thing.key},used_for,use:picnics,0.5,accepted",
        f"{thing.key},sings_like,use:birds,,",
        f"{thing.key},used_for,{maker.key},,",
        f"{thing.key},used_for,use:a,loud,",
        f"{thing.key},made_by,brand:Somebody,,",
        ",used_for,use:b,,",
    )
    page = take(merchandiser_client, content, "facts.csv")
    report = page.context["report"]
    assert (report.created, report.written) == (1, True)
    assert [(p.line, p.field) for p in page.context["problems"]] == [
        (3, "predicate"),
        (4, "object"),
        (5, "confidence"),
        (6, "object"),
        (7, "subject"),
    ]
    assert "sings_like" in page.content.decode()
    fact = Fact.objects.get(object__key="use:picnics")
    assert (fact.source, fact.author.username) == ("import", "mercy")


def test_all_rows_or_none_and_a_trial_write_nothing(stock: Stock, boss_client: Client) -> None:
    good = f"{stock.entities[0].key},used_for,use:picnics,,"
    page = take(boss_client, rows(good, "x,y,z,,"), "facts.csv", strict="on")
    assert page.context["report"].written is False
    page = take(boss_client, rows(good), "facts.csv", trial="on")
    assert (page.context["report"].created, page.context["report"].written) == (1, False)
    assert not Fact.objects.filter(predicate__key="used_for").exists()


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"@prefix : <urn:x> . :a :b", "facts.ttl"),
        (b"\xff\xfe\x00", "facts.ttl"),
        (b'{"@graph": [', "facts.jsonld"),
        (b'{"@context": "http://example.com/c.json"}', "facts.jsonld"),
        (b"colour\nred\n", "facts.csv"),
        (b"\x89PNG\r\n", "facts.csv"),
    ],
)
def test_a_broken_file_is_told_on_the_page(
    stock: Stock, boss_client: Client, content: bytes, name: str
) -> None:
    page = take(boss_client, content, name)
    assert page.context["report"].written is False
    assert len(page.context["problems"]) >= 1
    assert Fact.objects.count() == len(stock.facts)


def test_a_file_of_another_kind_size_or_none_is_told_at_its_field(
    stock: Stock, boss_client: Client, monkeypatch
) -> None:
    assert "ending" in str(take(boss_client, b"x", "facts.xlsx").context["form"].errors["file"])
    assert "empty" in str(take(boss_client, b"", "facts.csv").context["form"].errors["file"])
    monkeypatch.setattr("kg.admin.exchange.SIZE_LIMIT_MB", 0)
    assert "MB" in str(take(boss_client, b"x", "facts.csv").context["form"].errors["file"])
    missing = boss_client.post(f"{LIST}import/", {})
    assert missing.context["form"].errors["file"]


def test_html_in_a_file_stays_text(stock: Stock, boss_client: Client) -> None:
    bad = rows("<script>alert(1)</script>,used_for,use:x,,")
    html = take(boss_client, bad, "<img src=x>.csv").content.decode()
    assert "<script>alert(1)" not in html
    assert "<img src=x>" not in html


# --- the graph database -------------------------------------------------------------------------


def test_the_panel_says_that_the_facts_answer(stock: Stock, boss_client: Client) -> None:
    OutboxEntry.objects.all().delete()
    page = boss_client.get("/admin/kg/outboxentry/")
    state = page.context["projection"]
    assert (state["backend_name"], state["waiting"], state["oldest"]) == (
        "Relational facts",
        0,
        None,
    )
    assert "kg_rebuild" in page.content.decode()


def test_the_panel_tells_the_lag_and_the_last_error(
    stock: Stock, boss_client: Client, settings
) -> None:
    # Nobody listens at this port.
    settings.NEO4J_URL = "bolt://neo4j:secret-word@127.0.0.1:9"
    old = timezone.now() - timedelta(hours=3, minutes=1)
    first = OutboxEntry.objects.order_by("pk").first()
    assert first is not None
    OutboxEntry.objects.filter(pk=first.pk).update(
        created_at=old, attempts=7, last_error="Couldn't connect"
    )
    page = boss_client.get("/admin/kg/outboxentry/")
    connection.wake()
    state = page.context["projection"]
    assert (state["waiting"], state["oldest"], state["attempts"]) == (4, old, 7)
    assert state["last_error"] == "Couldn't connect"
    assert (state["backend_name"], state["is_well"]) == ("Relational facts", False)
    html = page.content.decode()
    assert "3\xa0hours, 1\xa0minute" in html
    assert "secret-word" not in html
