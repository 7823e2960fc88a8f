"""Facts as RDF: the names of things, and facts read from a graph of triples.

Entities and predicates are IRIs below ``urn:recsite:``, with the key percent-encoded. An accepted
fact is one triple; what is said *about* a fact (confidence, status, source, evidence) stands at an
``rdf:Statement`` that repeats it, as RDF 1.1 has it. Files by others may leave statements out.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import quote, unquote

from django.utils.translation import gettext as _
from rdflib import RDF, RDFS, XSD, Graph, Literal, Namespace, URIRef
from rdflib.plugins.parsers.notation3 import BadSyntax
from rdflib.term import Node

from catalog.importing.report import Problem, WrongFileError
from kg.outbox import FactIdentity
from kg.statement_writer import Statement

TERMS = Namespace("urn:recsite:term:")
_ENTITY, _PREDICATE, _FACT = (f"urn:recsite:{part}:" for part in ("entity", "predicate", "fact"))
#: Such a file is read as a whole, and takes some thirty times its size in memory.
SIZE_LIMIT = 64 * 1024 * 1024


def entity_iri(key: str) -> URIRef:
    """The IRI of an entity."""
    return URIRef(_ENTITY + quote(key, safe=""))


def predicate_iri(key: str) -> URIRef:
    """The IRI of a predicate."""
    return URIRef(_PREDICATE + quote(key, safe=""))


def fact_iri(identity: FactIdentity) -> URIRef:
    """The IRI of a fact, the same wherever the same is stated."""
    text = json.dumps(identity, ensure_ascii=True)
    return URIRef(_FACT + hashlib.sha256(text.encode()).hexdigest()[:32])


def confidence_literal(confidence: float) -> Literal:
    """A decimal with every digit: xsd:double loses some when it is written as Turtle."""
    return Literal(f"{Decimal(repr(confidence)):f}", datatype=XSD.decimal, normalize=False)


def turtle_parse(data: bytes) -> Graph:
    """The triples of a Turtle file.

    Raises:
        WrongFileError: it is too large, is no UTF-8, or breaks the grammar at the line it names.
    """
    _check_size(data)
    try:
        return Graph().parse(data=data.decode("utf-8-sig"), format="turtle")
    except UnicodeDecodeError as error:
        raise WrongFileError(_("is not UTF-8 text at byte %d") % (error.start + 1)) from error
    except BadSyntax as error:
        raise WrongFileError(
            _("is broken Turtle: %s") % _short(error.message), line=error.lines + 1
        ) from error
    except (RecursionError, ValueError, AttributeError, TypeError, LookupError) as error:
        # Strange input makes the parser stumble in other ways than by its own exception.
        raise WrongFileError(_("is broken Turtle: %s") % _short(error)) from error


def json_ld_parse(data: bytes) -> Graph:
    """The triples of a JSON-LD file whose context stands in the file itself.

    Raises:
        WrongFileError: it is too large, no JSON, no JSON-LD, or wants other documents fetched.
    """
    _check_size(data)
    try:
        document = json.loads(data.decode("utf-8-sig"))
        _refuse_remote(document)
        return Graph().parse(data=json.dumps(document), format="json-ld")
    except json.JSONDecodeError as error:
        raise WrongFileError(_("is broken JSON: %s") % error.msg, line=error.lineno) from error
    except UnicodeDecodeError as error:
        raise WrongFileError(_("is not UTF-8 text at byte %d") % (error.start + 1)) from error
    except (RecursionError, ValueError, AttributeError, TypeError, LookupError) as error:
        raise WrongFileError(_("is broken JSON-LD: %s") % _short(error)) from error


def _check_size(data: bytes) -> None:
    if not data.strip():
        raise WrongFileError(_("is empty"))
    if len(data) > SIZE_LIMIT:
        raise WrongFileError(_("has more than %d bytes, the limit; use CSV instead") % SIZE_LIMIT)


def _refuse_remote(document: Any) -> None:
    """A file from outside must not make this machine fetch what it names."""
    waiting = [document]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, dict):
            context = node.get("@context")
            parts = context if isinstance(context, list) else [context]
            if "@import" in node or any(isinstance(part, str) for part in parts):
                raise WrongFileError(
                    _("names a context elsewhere; write the context into the file")
                )
            waiting += node.values()


def _short(error: object) -> str:
    return " ".join(str(error).split())[:200]


@dataclass(frozen=True, slots=True)
class _Entities:
    """Reads the entities of a graph: by their IRI, or by the key that a node of another has."""

    graph: Graph

    def key(self, node: Node) -> str:
        named = self.graph.value(node, TERMS.key)
        if isinstance(named, Literal):
            return str(named)
        if isinstance(node, URIRef) and node.startswith(_ENTITY):
            return unquote(node.removeprefix(_ENTITY), errors="replace")
        raise ValueError(_("“%s” is no entity of the shop") % _short(node))

    def name(self, node: Node) -> str:
        label = self.graph.value(node, RDFS.label)
        return str(label) if isinstance(label, Literal) else ""


def rdf_statements(graph: Graph) -> Iterator[Statement | Problem]:
    """The facts of a graph in a fixed order; the "line" of each is its place in that order.

    Labels, kinds and keys describe entities and are no facts.
    """
    told: set[tuple[Node | None, ...]] = set()
    entities = _Entities(graph)
    number = 0
    for node in sorted(set(graph.subjects(RDF.type, RDF.Statement)), key=str):
        number += 1
        triple = tuple(graph.value(node, part) for part in (RDF.subject, RDF.predicate, RDF.object))
        told.add(triple)
        yield _statement(number, triple, entities, about=node)
    about_facts = {RDF.type, RDFS.label, RDF.subject, RDF.predicate, RDF.object}
    for triple in sorted(graph, key=lambda triple: tuple(map(str, triple))):
        relation = triple[1]
        if relation in about_facts or str(relation).startswith(str(TERMS)) or triple in told:
            continue
        number += 1
        yield _statement(number, triple, entities)


def _statement(
    number: int, triple: tuple[Node | None, ...], entities: _Entities, about: Node | None = None
) -> Statement | Problem:
    """One fact; ``about`` is the node that says more of it."""
    subject, relation, object = triple
    if subject is None or relation is None or object is None:
        return Problem(number, "", _("the statement %s lacks subject, predicate or object") % about)
    whole = _short(" ".join(node.n3() for node in triple if isinstance(node, URIRef | Literal)))
    try:
        fields: dict[str, Any] = {}
        if about is not None:
            for name in ("status", "source", "evidence"):
                value = entities.graph.value(about, TERMS[name])
                if value is not None:
                    fields[name] = str(value)
            confidence = entities.graph.value(about, TERMS.confidence)
            if confidence is not None:
                fields["confidence"] = float(str(confidence))
        return Statement(
            number,
            entities.key(subject),
            _predicate_key(relation),
            entities.key(object),
            entities.name(subject),
            entities.name(object),
            **fields,
        )
    except ValueError as error:
        return Problem(number, "", f"{error} ({whole})")


def _predicate_key(node: Node) -> str:
    """The key of a predicate; an IRI by others counts by its last part."""
    text = str(node)
    if text.startswith(_PREDICATE):
        return unquote(text.removeprefix(_PREDICATE), errors="replace")
    return text.rstrip("/#").replace("#", "/").rpartition("/")[2][:200]
