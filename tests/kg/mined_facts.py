"""Products whose texts are read, and the proposals that come of it, by their keys."""

from __future__ import annotations

from collections.abc import Callable

from catalog.models import Product
from kg.extraction.proposals import ProposalReport
from kg.models import Fact

#: Makes a product from its external id, its title and further fields.
MakeProduct = Callable[..., Product]


def mined() -> dict[str, Fact]:
    """Every fact from texts, by subject, predicate and object."""
    facts = Fact.objects.filter(source=Fact.Source.MINED)
    return {
        f"{f.subject.key} {f.predicate.key} {f.object.key}": f
        for f in facts.select_related("subject", "predicate", "object")
    }


def figures(report: ProposalReport) -> tuple[int, int, int, int]:
    """Created, updated, unchanged, withdrawn; nothing may have been refused."""
    assert report.refused == []
    return report.created, report.updated, report.unchanged, report.withdrawn
