"""Facts out of the shop: CSV, Turtle and JSON-LD, each as a stream that ``import_facts`` reads."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rdflib import RDF, RDFS

from catalog.importing.report import WrongFileError
from kg.facts import fact_identity
from kg.models import Entity, Fact
from kg.rdf import TERMS, confidence_literal, entity_iri, fact_iri, predicate_iri

COLUMNS = (
    "subject",
    "predicate",
    "object",
    "subject_name",
    "object_name",
    "confidence",
    "status",
    "source",
    "evidence",
)
CHUNK = 2_000
#: What a spreadsheet takes for a formula. An apostrophe before it makes it a text, here as there;
#: ``cell_read`` takes it off again.
FORMULA = re.compile(r"'*[=+\-@\t\r]")


class ExchangeFormat(StrEnum):
    """How a file holds facts; the value is the ending of its name."""

    CSV = "csv"
    TURTLE = "ttl"
    JSON_LD = "jsonld"

    @property
    def content_type(self) -> str:
        """The media type of such a file."""
        return {"csv": "text/csv", "ttl": "text/turtle", "jsonld": "application/ld+json"}[self]


def exchange_format_of(name: str) -> ExchangeFormat:
    """The format that a file's name promises; raises WrongFileError for other endings."""
    ending = name.lower().removesuffix(".gz").rpartition(".")[2]
    ending = {"json": "jsonld", "turtle": "ttl"}.get(ending, ending)
    try:
        return ExchangeFormat(ending)
    except ValueError:
        known = ", ".join(f".{format.value}" for format in ExchangeFormat)
        raise WrongFileError(_("has no ending that says its format: %s") % known) from None


def facts_export(facts: QuerySet[Fact], *, format: ExchangeFormat | str) -> Iterator[str]:
    """The facts as the text of a file, piece by piece, in bounded memory."""
    rows = (
        facts.select_related("subject", "predicate", "object")
        .order_by("subject__key", "predicate__key", "object__key")
        .iterator(chunk_size=CHUNK)
    )
    match ExchangeFormat(format):
        case ExchangeFormat.CSV:
            return _csv(rows)
        case ExchangeFormat.TURTLE:
            return _turtle(rows)
        case ExchangeFormat.JSON_LD:
            return _json_ld(rows)


def _csv(facts: Iterable[Fact]) -> Iterator[str]:
    yield _line(COLUMNS)
    for fact in facts:
        yield _line(
            (
                *fact_identity(fact),
                fact.subject.name,
                fact.object.name,
                repr(fact.confidence),
                fact.status,
                fact.source,
                fact.evidence,
            )
        )


def _line(cells: Sequence[str]) -> str:
    out = io.StringIO()
    # Only a quoted cell keeps a carriage return on its way through csv's reader.
    csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL).writerow(map(_cell, cells))
    return out.getvalue()


def _cell(text: str) -> str:
    """A cell that a spreadsheet shows and does not run."""
    return f"'{text}" if FORMULA.match(text) else text


def cell_read(text: str) -> str:
    """The text of a cell that was written so that a spreadsheet does not run it."""
    return text[1:] if text.startswith("'") and FORMULA.match(text) else text


def _turtle(facts: Iterable[Fact]) -> Iterator[str]:
    yield (
        f"@prefix rdf: <{RDF}> .\n@prefix rdfs: <{RDFS}> .\n"
        f"@prefix t: <{TERMS}> .\n@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n"
    )
    described: set[int] = set()
    for fact in facts:
        for entity in (fact.subject, fact.object):
            if entity.pk not in described:
                described.add(entity.pk)
                yield (
                    f"{entity_iri(entity.key).n3()} rdfs:label {_literal(entity.name)} ; "
                    f"t:kind {_literal(entity.kind)} ; t:key {_literal(entity.key)} .\n"
                )
        identity = fact_identity(fact)
        subject, object = entity_iri(identity[0]).n3(), entity_iri(identity[2]).n3()
        relation = predicate_iri(identity[1]).n3()
        if fact.status == Fact.Status.ACCEPTED:
            yield f"{subject} {relation} {object} .\n"
        evidence = f" ; t:evidence {_literal(fact.evidence)}" if fact.evidence else ""
        yield (
            f"{fact_iri(identity).n3()} a rdf:Statement ; rdf:subject {subject} ; "
            f"rdf:predicate {relation} ; rdf:object {object} ; "
            f't:confidence "{confidence_literal(fact.confidence)}"^^xsd:decimal ; '
            f"t:status {_literal(fact.status)} ; t:source {_literal(fact.source)}{evidence} .\n"
        )


def _literal(text: str) -> str:
    """A text as Turtle's short string: what it could be mistaken for is escaped."""
    # JSON's escapes are a part of Turtle's, and leave no quote, backslash or end of line bare.
    return json.dumps(text, ensure_ascii=False)


def _json_ld(facts: Iterable[Fact]) -> Iterator[str]:
    context = {
        "rdf": str(RDF),
        "rdfs": str(RDFS),
        "t": str(TERMS),
        "xsd": "http://www.w3.org/2001/XMLSchema#",
    }
    yield '{"@context": ' + json.dumps(context) + ',\n"@graph": ['
    comma = "\n"
    described: set[int] = set()
    for fact in facts:
        for node in _nodes(fact, described):
            yield comma + json.dumps(node, ensure_ascii=False)
            comma = ",\n"
    yield "\n]}\n"


def _nodes(fact: Fact, described: set[int]) -> Iterator[dict[str, Any]]:
    """The nodes of one fact, with its entities the first time that they come up."""
    for entity in (fact.subject, fact.object):
        if entity.pk not in described:
            described.add(entity.pk)
            yield _entity_node(entity)
    identity = fact_identity(fact)
    subject, object = ({"@id": str(entity_iri(identity[place]))} for place in (0, 2))
    relation = str(predicate_iri(identity[1]))
    if fact.status == Fact.Status.ACCEPTED:
        yield {**subject, relation: object}
    node = {
        "@id": str(fact_iri(identity)),
        "@type": "rdf:Statement",
        "rdf:subject": subject,
        "rdf:predicate": {"@id": relation},
        "rdf:object": object,
        "t:confidence": {
            "@type": "xsd:decimal",
            "@value": str(confidence_literal(fact.confidence)),
        },
        "t:status": fact.status,
        "t:source": fact.source,
    }
    yield node | ({"t:evidence": fact.evidence} if fact.evidence else {})


def _entity_node(entity: Entity) -> dict[str, Any]:
    return {
        "@id": str(entity_iri(entity.key)),
        "rdfs:label": entity.name,
        "t:kind": entity.kind,
        "t:key": entity.key,
    }
