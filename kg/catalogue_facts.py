"""What the catalogue says by itself: products, their brand, categories and attributes as facts.

A sync states what holds and retracts what the catalogue said before and no longer says. A person's
word stands: rejected facts stay rejected, and a merchandiser's fact is not replaced.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from catalog.importing.report import ImportReport, Problem
from catalog.importing.run import Progress
from catalog.models import AttributeType, Category, Product
from catalog.text_limits import one_line
from kg.bulk import KEYS_AT_ONCE, entities_ensure, facts_write, pieces
from kg.entities import NAME_LIMIT, entity_key, product_key
from kg.models import Entity, Fact, Kind
from kg.statement_writer import Statement, StatementWriter
from kg.vocabulary import vocabulary_ensure

#: Predicates whose facts about a product the catalogue settles.
PRODUCT_PREDICATES = ("made_by", "in_category", "has_attribute")
PARENT = "parent_category"
#: A longer text describes one product rather than joining several.
ATTRIBUTE_LIMIT = 80


@dataclass(slots=True)
class SyncReport:
    """What a sync changed, and what it left to the people who had said otherwise."""

    products: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    retracted: int = 0
    contradicted: list[Problem] = field(default_factory=list)

    def add(self, report: ImportReport) -> None:
        """Count in what a chunk did."""
        self.created += report.created
        self.updated += report.updated
        self.unchanged += report.unchanged
        self.contradicted += report.problems


def catalogue_facts_sync(
    *, products: Sequence[int] | None = None, progress: Progress | None = None
) -> SyncReport:
    """Bring the facts up to date with products (primary keys), or with the whole catalogue.

    Each chunk is one transaction; ``progress`` is called with the products done since the last.
    """
    vocabulary_ensure()
    report = SyncReport()
    labels = {kind.key: kind for kind in AttributeType.objects.all()}
    whole = products is None
    ids: Iterable[int] = (
        Product.objects.order_by("pk").values_list("pk", flat=True).iterator()
        if products is None
        else sorted(set(products))
    )
    for piece in pieces(ids, KEYS_AT_ONCE):
        with transaction.atomic():
            paths = _sync_products(piece, labels, report)
            if not whole:
                _sync_categories(paths, report)
        report.products += len(piece)
        if progress:
            progress(len(piece))
    if whole:
        with transaction.atomic():
            _sync_categories(Category.objects.values_list("path", flat=True), report)
            _retract_lost_categories(report)
    return report


def _sync_products(
    ids: Sequence[int], labels: dict[str, AttributeType], report: SyncReport
) -> set[str]:
    """Sync a chunk; answers the paths of its categories."""
    products = list(
        Product.objects.filter(pk__in=ids)
        .exclude(status=Product.Status.DRAFT)
        .select_related("brand", "category")
        .order_by("pk")
    )
    entities_ensure(
        [
            Entity(
                key=product_key(product.external_id),
                kind=Kind.PRODUCT,
                name=one_line(product.title)[:NAME_LIMIT],
                product_id=product.pk,
            )
            for product in products
        ],
        rename=True,
    )
    statements = [
        statement
        for number, product in enumerate(products, start=1)
        for statement in _statements(number, product, labels)
    ]
    _retract(ids, statements, report)
    _write(statements, report)
    return {product.category.path for product in products if product.category}


def _write(statements: list[Statement], report: SyncReport) -> None:
    taken = ImportReport()
    StatementWriter(reason=_("catalogue")).write(statements, taken)
    report.add(taken)


def _statements(
    number: int, product: Product, labels: dict[str, AttributeType]
) -> Iterator[Statement]:
    """What the catalogue says of a product."""
    subject = product_key(product.external_id)

    def says(predicate: str, key: str, name: str) -> Statement:
        return Statement(
            number, subject, predicate, key, product.title, name, source=Fact.Source.CATALOGUE
        )

    if product.brand:
        name = product.brand.name
        yield says("made_by", entity_key(Kind.BRAND, name), name)
    if product.category:
        path = product.category.path
        yield says("in_category", category_key(path), product.category.name)
    for key, value in product.attributes.items():
        words = attribute_words(value, labels[key].unit) if key in labels else ""
        if 0 < len(words) <= ATTRIBUTE_LIMIT:
            object = entity_key(Kind.ATTRIBUTE, f"{key}={words}")
            yield says("has_attribute", object, f"{labels[key].label}: {words}")


def category_key(path: str) -> str:
    """The key of a category's entity: two branches may have leaves of one name."""
    return entity_key(Kind.CATEGORY, path)


def attribute_words(value: object, unit: str = "") -> str:
    """The value of a typed attribute as an entity's name writes it, the same in every language."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return f"{value} {unit}".strip()
    if isinstance(value, str | date):
        return str(value).strip()
    return ""


def _retract(ids: Sequence[int], statements: Sequence[Statement], report: SyncReport) -> None:
    """Retract what no longer holds, and what others but people said against the catalogue."""
    wanted = {(s.subject, s.predicate, s.object) for s in statements}
    single = {(s.subject, s.predicate) for s in statements if s.predicate == "made_by"}
    facts = Fact.objects.filter(
        subject__product__in=ids,
        predicate__key__in=PRODUCT_PREDICATES,
        status=Fact.Status.ACCEPTED,
    ).exclude(source=Fact.Source.MERCHANDISER)
    removed = []
    for fact in facts.select_related("subject", "predicate", "object").order_by("pk"):
        side = (fact.subject.key, fact.predicate.key)
        if (*side, fact.object.key) not in wanted and (
            fact.source == Fact.Source.CATALOGUE or side in single
        ):
            removed.append(fact)
    facts_write(removed=removed, reason=_("no longer in the catalogue"))
    report.retracted += len(removed)


def _sync_categories(paths: Iterable[str], report: SyncReport) -> None:
    """State for each category and those above it what it is part of.

    The key holds the whole path, so what a category is part of never changes; where a person has
    said otherwise, their word stands.
    """
    pairs: dict[str, str] = {}
    for path in paths:
        while Category.SEPARATOR in path:
            above = path.rpartition(Category.SEPARATOR)[0]
            pairs[path] = above
            path = above
    known = set()
    for piece in pieces(sorted(pairs)):
        keys = [category_key(path) for path in piece]
        stated = Fact.objects.filter(predicate__key=PARENT, subject__key__in=keys)
        known |= set(stated.order_by().values_list("subject__key", "object__key"))
    rows = [
        Statement(
            number,
            category_key(path),
            PARENT,
            category_key(above),
            path.rpartition(Category.SEPARATOR)[2],
            above.rpartition(Category.SEPARATOR)[2],
            source=Fact.Source.CATALOGUE,
        )
        for number, (path, above) in enumerate(sorted(pairs.items()), start=1)
        if (category_key(path), category_key(above)) not in known
    ]
    if rows:
        _write(rows, report)


def _retract_lost_categories(report: SyncReport) -> None:
    """Retract the place of categories that are gone from the catalogue."""
    there = {category_key(path) for path in Category.objects.values_list("path", flat=True)}
    facts = Fact.objects.filter(
        predicate__key=PARENT, source=Fact.Source.CATALOGUE, status=Fact.Status.ACCEPTED
    ).select_related("subject", "predicate", "object")
    removed = [fact for fact in facts.order_by("pk") if fact.subject.key not in there]
    facts_write(removed=removed, reason=_("no longer in the catalogue"))
    report.retracted += len(removed)
