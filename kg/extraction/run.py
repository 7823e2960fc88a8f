"""Reading the texts of many products, chunk by chunk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from django.conf import settings

from catalog.models import Product
from kg.bulk import pieces
from kg.extraction.product_names import ProductNames
from kg.extraction.proposals import ProposalReport, proposals_write
from kg.extraction.protocol import Extractor
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
    for piece in pieces(ids, CHUNK):
        chunk = list(
            Product.objects.filter(pk__in=piece).exclude(status=Product.Status.DRAFT).order_by("pk")
        )
        mentions = list(extractor.extract(product_texts(chunk)))
        report = proposals_write(products=chunk, mentions=mentions, names=names)
        for name in ("products", "mentions", "created", "updated", "unchanged", "withdrawn"):
            setattr(total, name, getattr(total, name) + getattr(report, name))
        total.unresolved += report.unresolved
        total.refused += report.refused
        if progress:
            progress(len(piece))
    return total


def verified_extractor(*, limit: int | None = None) -> Extractor:
    """The rules with the language model that the settings name; loads it, so only in the pool."""
    from kg.extraction import language_model

    converted = Path(settings.MODEL_DIR) / "language"
    folder = language_model.model_folder(settings.LANGUAGE_MODEL, converted)
    scorer = language_model.LanguageModelScorer(folder)
    return language_model.VerifiedExtractor(RuleExtractor(), scorer, limit=limit)


def _product_names() -> ProductNames:
    rows = Product.objects.exclude(status=Product.Status.DRAFT).order_by("pk")
    return ProductNames(
        (external_id, title, brand or "")
        for external_id, title, brand in rows.values_list("external_id", "title", "brand__name")
    )
