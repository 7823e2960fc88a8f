"""Proposals that wait for a reviewer, each with what speaks for and against it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import Count, F, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminDecimalFieldWidget, UnfoldAdminSelectWidget

from kg.admin.evidence import evidence_marked
from kg.admin.pictures import picture_mark, pictures
from kg.admin.words import confidence_mark, entity_address, predicate_words, sentence
from kg.conflicts import leads_back
from kg.models import Fact, Predicate
from users.models import User

#: Of each predicate so many facts of a subject are shown beside a proposal, and so many in all.
KNOWN_PER_PREDICATE = 4
KNOWN = 8
ORDERS = {
    "certain": ("-confidence", "pk"),
    "doubtful": ("confidence", "pk"),
    "subject": ("subject_id", "predicate_id", "-confidence", "pk"),
    "new": ("-pk",),
}


class QueueForm(forms.Form):
    """Which proposals are looked at, in which order."""

    predicate = forms.ChoiceField(
        label=_("Predicate"), required=False, widget=UnfoldAdminSelectWidget()
    )
    source = forms.ChoiceField(
        label=_("Source"),
        required=False,
        choices=[("", _("all")), *Fact.Source.choices],
        widget=UnfoldAdminSelectWidget(),
    )
    least = forms.FloatField(
        label=_("Confidence from"),
        required=False,
        min_value=0,
        max_value=1,
        widget=UnfoldAdminDecimalFieldWidget(attrs={"step": "0.05", "placeholder": "0"}),
    )
    most = forms.FloatField(
        label=_("to"),
        required=False,
        min_value=0,
        max_value=1,
        widget=UnfoldAdminDecimalFieldWidget(attrs={"step": "0.05", "placeholder": "1"}),
    )
    order = forms.ChoiceField(
        label=_("Order"),
        required=False,
        choices=[
            ("certain", _("most certain first")),
            ("doubtful", _("most doubtful first")),
            ("subject", _("product by product")),
            ("new", _("newest first")),
        ],
        widget=UnfoldAdminSelectWidget(),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        relation: Any = self.fields["predicate"]
        relation.choices = [
            ("", _("all")),
            *((p.key, predicate_words(p)) for p in Predicate.objects.all()),
        ]

    def proposals(self) -> QuerySet[Fact]:
        """What the valid fields choose; an invalid one chooses nothing away."""
        self.is_valid()
        chosen = getattr(self, "cleaned_data", {})
        found = Fact.objects.filter(status=Fact.Status.PROPOSED)
        if chosen.get("predicate"):
            found = found.filter(predicate__key=chosen["predicate"])
        if chosen.get("source"):
            found = found.filter(source=chosen["source"])
        if chosen.get("least") is not None:
            found = found.filter(confidence__gte=chosen["least"])
        if chosen.get("most") is not None:
            found = found.filter(confidence__lte=chosen["most"])
        order = ORDERS[chosen.get("order") or "certain"]
        return found.select_related("subject", "predicate", "object").order_by(*order)


@dataclass
class Proposal:
    """One proposal as a reviewer reads it."""

    fact: Fact
    relation: str
    sentence: str
    evidence: SafeString
    confidence: str
    subject_picture: SafeString
    subject_page: str
    object_page: str
    known: list[dict[str, Any]] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)
    #: Whether accepting it retracts what it contradicts.
    can_replace: bool = False


def proposals_read(facts: Sequence[Fact]) -> list[Proposal]:
    """The proposals of a page; the number of queries grows with hierarchies on it alone."""
    found = pictures(entity for fact in facts for entity in (fact.subject, fact.object))
    known = _known(facts)
    return [_proposal(fact, known[fact.subject_id], found) for fact in facts]


def _known(facts: Sequence[Fact]) -> dict[int, list[Fact]]:
    """Accepted facts of the subjects, a few of each predicate, by subject."""
    known: dict[int, list[Fact]] = defaultdict(list)
    rows = (
        Fact.objects.filter(
            subject__in={fact.subject_id for fact in facts}, status=Fact.Status.ACCEPTED
        )
        .annotate(
            place=Window(
                RowNumber(),
                partition_by=[F("subject_id"), F("predicate_id")],
                order_by=[F("confidence").desc(), F("pk")],
            )
        )
        .filter(place__lte=KNOWN_PER_PREDICATE)
        .select_related("subject", "predicate", "object")
        .order_by("subject_id", "predicate_id", "place")
    )
    for row in rows:
        known[row.subject_id].append(row)
    return known


def _proposal(fact: Fact, known: list[Fact], found: dict[int, str]) -> Proposal:
    relation = predicate_words(fact.predicate)
    # What is said by the same predicate decides; the rest gives the picture.
    near = sorted(known, key=lambda other: other.predicate_id != fact.predicate_id)[:KNOWN]
    rivals = [o for o in known if fact.predicate.functional and o.predicate_id == fact.predicate_id]
    conflicts = [
        _t("“%(relation)s” has one object only, and %(name)s stands there now.")
        % {"relation": relation, "name": f"“{rival.object.name}”"}
        for rival in rivals
    ]
    if fact.predicate.acyclic and leads_back(fact.predicate, fact.subject, fact.object):
        conflicts.append(_t("It would close a circle in the hierarchy."))
        rivals = []
    return Proposal(
        fact=fact,
        relation=relation,
        sentence=sentence(fact),
        evidence=evidence_marked(fact.evidence, fact.object.name),
        confidence=confidence_mark(fact.confidence),
        subject_picture=picture_mark(fact.subject, found, 88),
        subject_page=entity_address(fact.subject),
        object_page=entity_address(fact.object),
        known=[
            {
                "relation": predicate_words(other.predicate),
                "name": other.object.name,
                "same": other.predicate_id == fact.predicate_id,
            }
            for other in near
        ],
        conflicts=conflicts,
        can_replace=bool(rivals),
    )


def judged_by(user: User, since: datetime) -> tuple[int, int]:
    """How many facts this person accepted and rejected since then."""
    rows = (
        Fact.history.filter(
            history_user=user,
            history_date__gte=since,
            history_type="~",
            status__in=[Fact.Status.ACCEPTED, Fact.Status.REJECTED],
        )
        .order_by()
        .values_list("status")
        .annotate(number=Count("history_id"))
    )
    counts = dict(rows.values_list("status", "number"))
    return counts.get(Fact.Status.ACCEPTED, 0), counts.get(Fact.Status.REJECTED, 0)
