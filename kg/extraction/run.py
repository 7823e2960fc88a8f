"""Reading the texts of many products, chunk by chunk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from catalog.models import Product
from kg.bulk import pieces
from kg.extraction.product_names import ProductNames
from kg.extraction.proposals import SYMMETRIC, ProposalReport, partners_of, proposals_write
from kg.extraction.protocol import Extractor, Text
from kg.extraction.reading import product_texts
from kg.extraction.rules import RuleExtractor
from kg.vocabulary import vocabulary_ensure

#: Products whose proposals are written in one transaction.
CHUNK = 400


def facts_extract(
    *,
    products: Sequence[int] | None = None,
    extractor: Extractor | None = None,
    progress: Callable[[int], object] | None = None,
) -> ProposalReport:
    """Propose what the texts of products (primary keys; otherwise all) say.

    ``extractor``: the rules unless another is given. ``progress`` is called with the products done
    since the last call.
    """
    vocabulary_ensure()
    extractor = extractor or RuleExtractor()
    names = _product_names()
    ids: Iterable[int] = (
        Product.objects.exclude(status=Product.Status.DRAFT)
        .order_by("pk")
        .values_list("pk", flat=True)
        if products is None
        else sorted(set(products))
    )
    total = ProposalReport()
    told = progress or (lambda _count: None)
    for piece in pieces(ids, CHUNK):
        chunk = _readable(pk__in=piece)
        told(len(piece) - len(chunk))
        mentions = list(extractor.extract(_told(product_texts(chunk), told)))
        # What goes together is one fact however it is told, so the other side is heard too.
        partners = _readable(external_id__in=partners_of(chunk, mentions, names))
        beside = [
            mention
            for mention in extractor.extract(product_texts(partners))
            if mention.predicate in SYMMETRIC
        ]
        report = proposals_write(products=chunk, mentions=mentions, beside=beside, names=names)
        for name in ("products", "mentions", "created", "updated", "unchanged", "withdrawn"):
            setattr(total, name, getattr(total, name) + getattr(report, name))
        total.unresolved += report.unresolved
        total.refused += report.refused
    return total


def _readable(**which: object) -> list[Product]:
    rows = Product.objects.filter(**which)
    return list(rows.exclude(status=Product.Status.DRAFT).order_by("pk"))


def _told(texts: Iterable[Text], progress: Callable[[int], object]) -> Iterator[Text]:
    """The texts, with a word to ``progress`` whenever those of a product are done."""
    product = None
    for text in texts:
        if product is not None and text.product != product:
            progress(1)
        product = text.product
        yield text
    if product is not None:
        progress(1)


def _product_names() -> ProductNames:
    rows = Product.objects.exclude(status=Product.Status.DRAFT).order_by("pk")
    return ProductNames(
        (external_id, title, brand or "")
        for external_id, title, brand in rows.values_list("external_id", "title", "brand__name")
    )
