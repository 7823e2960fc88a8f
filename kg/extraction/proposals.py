"""Mentions become proposed facts. What a person has decided is left as it is.

A product's proposals follow its texts: what several texts say is believed more, what none says any
longer is withdrawn. Reading the same texts again changes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.utils.translation import gettext as _

from catalog.importing.report import ImportReport, Problem
from catalog.models import Product
from kg.bulk import KEYS_AT_ONCE, facts_write, pieces
from kg.entities import entity_key, product_key
from kg.extraction.product_names import ProductNames
from kg.extraction.protocol import Mention
from kg.models import Fact, Kind
from kg.statement_writer import Statement, StatementWriter
from kg.statements import FactRefusedError, confidence_checked

#: No number of texts makes a machine certain.
MOST_CONFIDENCE = 0.99
SENTENCES_AT_MOST = 5
SENTENCE_LIMIT = 700
#: What the extractors speak about; other mined facts are not theirs to withdraw.
PREDICATES = ("has_attribute", "made_of", "used_for", "complements", "substitutes")
#: They say the same of both products, so the texts of both bear witness.
SYMMETRIC = frozenset({"complements", "substitutes"})

Identity = tuple[str, str, str]


@dataclass(slots=True)
class ProposalReport:
    """What became of the mentions."""

    products: int = 0
    mentions: int = 0
    created: int = 0
    updated: int = 0
    #: As it was, whether proposed before or decided by a person.
    unchanged: int = 0
    withdrawn: int = 0
    #: Mentions of a product that the catalogue does not have, or has several of.
    unresolved: int = 0
    refused: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What all texts together say: one fact with merged evidence and confidence."""

    identity: Identity
    label: str
    confidence: float
    evidence: str


def merged_confidence(confidences: Iterable[float]) -> float:
    """Noisy-or: the chance that at least one of independent witnesses is right."""
    wrong = 1.0
    for confidence in confidences:
        wrong *= 1.0 - confidence
    return round(min(1.0 - wrong, MOST_CONFIDENCE), 4)


def proposals_of(mentions: Iterable[Mention], names: ProductNames) -> tuple[list[Proposal], int]:
    """Mentions merged by what they state, and how many named no product of the catalogue.

    The same sentence in two texts is one witness: descriptions repeat their titles.
    """
    witnesses: defaultdict[Identity, dict[str, float]] = defaultdict(dict)
    labels: dict[Identity, str] = {}
    unresolved = 0
    for mention in mentions:
        identity = _identity(mention, names)
        if identity is None:
            unresolved += 1
            continue
        labels.setdefault(identity, mention.label)
        said = mention.evidence[:SENTENCE_LIMIT]
        known = witnesses[identity].get(said, 0.0)
        witnesses[identity][said] = max(known, mention.confidence)
    proposals = []
    for identity, said_by in witnesses.items():
        best = sorted(said_by, key=lambda said: (-said_by[said], said))[:SENTENCES_AT_MOST]
        confidence = merged_confidence(said_by.values())
        proposals.append(Proposal(identity, labels[identity], confidence, "\n".join(best)))
    return proposals, unresolved


def _identity(mention: Mention, names: ProductNames) -> Identity | None:
    subject = product_key(mention.product)
    if mention.kind != Kind.PRODUCT:
        return subject, mention.predicate, entity_key(mention.kind, mention.name)
    other = names.find(mention.name, beside=mention.product)
    if other is None:
        return None
    object = product_key(other)
    if mention.predicate in SYMMETRIC and object < subject:
        subject, object = object, subject
    return subject, mention.predicate, object


def partners_of(
    products: Sequence[Product], mentions: Iterable[Mention], names: ProductNames
) -> list[str]:
    """External ids of other products whose texts may bear witness to a proposal about these."""
    own = {product_key(product.external_id) for product in products}
    pairs = [_identity(m, names) for m in mentions if m.predicate in SYMMETRIC]
    pairs += [identity for identity, fact in _facts_between(own).items() if _is_ours(fact)]
    sides = {side for pair in pairs if pair for side in (pair[0], pair[2])}
    return sorted(side.partition(":")[2] for side in sides - own)


@transaction.atomic
def proposals_write(
    *,
    products: Sequence[Product],
    mentions: Sequence[Mention],
    names: ProductNames,
    beside: Sequence[Mention] = (),
) -> ProposalReport:
    """Bring the proposals about ``products`` in line with what texts say.

    ``mentions`` are all that was found in the texts of these products, ``beside`` what the texts
    of their partners (see ``partners_of``) say of symmetric predicates.
    """
    own = {product_key(product.external_id) for product in products}
    pairs = ((mention, _identity(mention, names)) for mention in beside)
    heard = [m for m, pair in pairs if pair and own & {pair[0], pair[2]}]
    report = ProposalReport(products=len(products), mentions=len(mentions))
    settled = {(p.external_id, key) for p in products for key in p.attributes}
    believable = _believable((*mentions, *heard), report)
    proposals, report.unresolved = proposals_of(
        # What the catalogue says of itself is not asked again.
        (m for m in believable if not _is_settled(m, settled)),
        names,
    )
    known = _known_facts(own, proposals)
    fresh = []
    changed = []
    for proposal in proposals:
        fact = known.get(proposal.identity)
        if fact is None:
            fresh.append(proposal)
        elif _is_ours(fact) and (
            fact.confidence != proposal.confidence or fact.evidence != proposal.evidence
        ):
            fact.confidence, fact.evidence = proposal.confidence, proposal.evidence
            changed.append(fact)
        else:
            report.unchanged += 1
    facts_write(changed=changed, reason=_("read from the texts"))
    report.updated = len(changed)
    _create(fresh, report)
    _withdraw(own, {proposal.identity for proposal in proposals}, known, report)
    return report


def _believable(mentions: Iterable[Mention], report: ProposalReport) -> Iterator[Mention]:
    """The mentions whose confidence is one; a model can come out with NaN."""
    for number, mention in enumerate(mentions, start=1):
        try:
            confidence_checked(mention.confidence)
        except FactRefusedError as error:
            report.refused.append(Problem(number, error.field, error.reason))
        else:
            yield mention


def _is_settled(mention: Mention, settled: set[tuple[str, str]]) -> bool:
    key = mention.name.partition("=")[0].casefold()
    return mention.predicate == "has_attribute" and (mention.product, key) in settled


def _is_ours(fact: Fact) -> bool:
    return fact.source == Fact.Source.MINED and fact.status == Fact.Status.PROPOSED


def _known_facts(own: set[str], proposals: Sequence[Proposal]) -> Mapping[Identity, Fact]:
    """Every fact about the products (by key), or about others that stand first in a proposal."""
    known = dict(_facts_between(own))
    for piece in pieces(
        sorted(own | {proposal.identity[0] for proposal in proposals}), KEYS_AT_ONCE
    ):
        known |= _by_identity(subject__key__in=piece, predicate__key__in=PREDICATES)
    return known


def _facts_between(own: set[str]) -> dict[Identity, Fact]:
    """Facts of symmetric predicates in which one of the products (by key) stands on either side."""
    found: dict[Identity, Fact] = {}
    for piece in pieces(sorted(own), KEYS_AT_ONCE):
        for side in ("subject", "object"):
            which = {f"{side}__key__in": piece, "predicate__key__in": SYMMETRIC}
            found |= _by_identity(**which)
    return found


def _by_identity(**which: object) -> dict[Identity, Fact]:
    facts = Fact.objects.filter(**which).select_related("subject", "predicate", "object")
    return {(f.subject.key, f.predicate.key, f.object.key): f for f in facts.order_by("pk")}


def _create(proposals: Sequence[Proposal], report: ProposalReport) -> None:
    statements = [
        Statement(
            number,
            *proposal.identity,
            object_name=proposal.label,
            confidence=proposal.confidence,
            evidence=proposal.evidence,
            source=Fact.Source.MINED,
            status=Fact.Status.PROPOSED,
        )
        for number, proposal in enumerate(proposals, start=1)
    ]
    written = ImportReport()
    if statements:
        StatementWriter(reason=_("read from the texts")).write(statements, written)
    report.created += written.created
    report.refused += written.problems


def _withdraw(
    own: set[str], stated: set[Identity], known: Mapping[Identity, Fact], report: ProposalReport
) -> None:
    """Withdraw proposals about the products (by key) that no text supports any more."""
    lost = [
        fact
        for identity, fact in known.items()
        if identity not in stated
        and _is_ours(fact)
        and (identity[0] in own or (identity[1] in SYMMETRIC and identity[2] in own))
    ]
    facts_write(removed=lost, reason=_("no longer in the texts"))
    report.withdrawn += len(lost)
