"""The vocabulary: the predicates that the shop ships with, and those that merchandisers add."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from catalog.text_limits import one_line, text_problem
from kg.conflicts import cycle_among
from kg.models import Entity, Fact, Kind, Predicate
from kg.statements import FactRefusedError, path_words


@dataclass(frozen=True, slots=True)
class PredicateSpec:
    """A predicate as the shop ships it; no kinds means any kind."""

    key: str
    label: str
    inverse_label: str
    subject_kinds: tuple[Kind, ...] = ()
    object_kinds: tuple[Kind, ...] = ()
    symmetric: bool = False
    functional: bool = False
    acyclic: bool = False
    description: str = ""

    def fields(self) -> dict[str, Any]:
        """The columns of the predicate beside its key."""
        return {
            "label": self.label,
            "inverse_label": self.inverse_label,
            "subject_kinds": [kind.value for kind in self.subject_kinds],
            "object_kinds": [kind.value for kind in self.object_kinds],
            "symmetric": self.symmetric,
            "functional": self.functional,
            "acyclic": self.acyclic,
            "description": self.description,
        }


_PRODUCT = (Kind.PRODUCT,)

#: Predicates that code relies on; a data migration makes them. Labels are marked for translation.
SHIPPED: tuple[PredicateSpec, ...] = (
    PredicateSpec(
        "made_by",
        gettext_noop("made by"),
        gettext_noop("makes"),
        _PRODUCT,
        (Kind.BRAND,),
        functional=True,
        description=gettext_noop("The brand of a product."),
    ),
    PredicateSpec(
        "in_category",
        gettext_noop("in category"),
        gettext_noop("contains"),
        _PRODUCT,
        (Kind.CATEGORY,),
        description=gettext_noop("A category in which shoppers find the product."),
    ),
    PredicateSpec(
        "parent_category",
        gettext_noop("part of"),
        gettext_noop("divided into"),
        (Kind.CATEGORY,),
        (Kind.CATEGORY,),
        functional=True,
        acyclic=True,
        description=gettext_noop("The category above a category."),
    ),
    PredicateSpec(
        "has_attribute",
        gettext_noop("has"),
        gettext_noop("held by"),
        _PRODUCT,
        (Kind.ATTRIBUTE,),
        description=gettext_noop("A typed attribute of a product and its value."),
    ),
    PredicateSpec(
        "made_of",
        gettext_noop("made of"),
        gettext_noop("material of"),
        _PRODUCT,
        (Kind.MATERIAL,),
        description=gettext_noop("A material or ingredient of a product."),
    ),
    PredicateSpec(
        "used_for",
        gettext_noop("used for"),
        gettext_noop("served by"),
        _PRODUCT,
        (Kind.USE,),
        description=gettext_noop("What people do with a product."),
    ),
    PredicateSpec(
        "complements",
        gettext_noop("goes with"),
        gettext_noop("goes with"),
        _PRODUCT,
        _PRODUCT,
        symmetric=True,
        description=gettext_noop("Products that are used together."),
    ),
    PredicateSpec(
        "substitutes",
        gettext_noop("can replace"),
        gettext_noop("can replace"),
        _PRODUCT,
        _PRODUCT,
        symmetric=True,
        description=gettext_noop("Products of which one serves in place of the other."),
    ),
    PredicateSpec(
        "bought_with",
        gettext_noop("bought with"),
        gettext_noop("bought with"),
        _PRODUCT,
        _PRODUCT,
        symmetric=True,
        description=gettext_noop("Bought by the same shoppers more often than chance explains."),
    ),
    PredicateSpec(
        "also_bought",
        gettext_noop("buyers also bought"),
        gettext_noop("also bought after"),
        _PRODUCT,
        _PRODUCT,
        description=gettext_noop("What another shop says its buyers bought as well."),
    ),
    PredicateSpec(
        "also_viewed",
        gettext_noop("visitors also viewed"),
        gettext_noop("also viewed after"),
        _PRODUCT,
        _PRODUCT,
        description=gettext_noop("What another shop says its visitors looked at as well."),
    ),
    PredicateSpec(
        "bought_together",
        gettext_noop("bought in one basket with"),
        gettext_noop("bought in one basket with"),
        _PRODUCT,
        _PRODUCT,
        description=gettext_noop("What another shop says is bought in the same basket."),
    ),
    PredicateSpec(
        "related_to",
        gettext_noop("about"),
        gettext_noop("theme of"),
        (),
        (Kind.CONCEPT,),
        description=gettext_noop("A theme or idea that something is connected with."),
    ),
)

LABEL_LIMIT = 120


def predicate_found(predicate: Predicate | str) -> Predicate:
    """The predicate itself, by its key where a key is given.

    Raises:
        FactRefusedError: the vocabulary has no such predicate.
    """
    if isinstance(predicate, Predicate):
        return predicate
    found = None
    if not text_problem(predicate):
        found = Predicate.objects.filter(key=predicate).first()
    if found is None:
        raise FactRefusedError("predicate", unknown_predicate(predicate))
    return found


def unknown_predicate(key: str) -> str:
    """The reason for refusing a predicate that is not there, with those that are."""
    known = ", ".join(Predicate.objects.order_by("key").values_list("key", flat=True)[:40])
    return _("“%(key)s” is not in the vocabulary; it has: %(known)s.") % {
        "key": key[:60].replace("\x00", ""),
        "known": known,
    }


@transaction.atomic
def predicate_save(*, predicate: Predicate) -> Predicate:
    """Save a new or changed predicate, unless facts that are there would break its new rules.

    Raises:
        FactRefusedError: the rules contradict each other, or accepted facts contradict them.
    """
    predicate.key = predicate.key.strip()
    predicate.label = one_line(predicate.label)
    predicate.inverse_label = one_line(predicate.inverse_label)
    for field in ("label", "inverse_label"):
        if problem := text_problem(getattr(predicate, field), limit=LABEL_LIMIT):
            raise FactRefusedError(field, problem)
    for field in ("subject_kinds", "object_kinds"):
        strange = sorted(set(getattr(predicate, field)) - set(Kind.values))
        if strange:
            raise FactRefusedError(field, _("There is no kind “%s”.") % strange[0])
    if predicate.symmetric:
        _check_symmetric(predicate)
    if predicate.pk:
        _check_against_facts(predicate)
    predicate.full_clean()
    predicate.save()
    return predicate


def _check_symmetric(predicate: Predicate) -> None:
    if predicate.acyclic:
        raise FactRefusedError(
            "acyclic", _("A symmetric predicate leads back at once, so it is no hierarchy.")
        )
    if set(predicate.subject_kinds) != set(predicate.object_kinds):
        raise FactRefusedError(
            "object_kinds", _("A symmetric predicate joins the same kinds on either side.")
        )


def _check_against_facts(predicate: Predicate) -> None:
    """What changes of a predicate in use would make of its facts."""
    before = Predicate.objects.select_for_update().get(pk=predicate.pk)
    facts = Fact.objects.filter(predicate=predicate)
    if before.key != predicate.key:
        raise FactRefusedError("key", _("The key of a predicate never changes."))
    if not facts.exists():
        return
    if before.symmetric != predicate.symmetric:
        raise FactRefusedError(
            "symmetric", _("There are facts by this predicate; this can no longer change.")
        )
    for field, side, kinds in (
        ("subject_kinds", "subject__kind", predicate.subject_kinds),
        ("object_kinds", "object__kind", predicate.object_kinds),
    ):
        outside = facts.exclude(**{f"{side}__in": kinds}) if kinds else facts.none()
        if fact := outside.select_related("subject", "object").first():
            raise FactRefusedError(field, _("The fact “%s” would no longer be allowed.") % fact)
    accepted = facts.filter(status=Fact.Status.ACCEPTED)
    if predicate.functional and not before.functional:
        doubled = _joined_twice(accepted, symmetric=predicate.symmetric)
        if doubled:
            raise FactRefusedError(
                "functional", _("“%s” has several objects already.") % doubled.name
            )
    if predicate.acyclic and not before.acyclic and (cycle := cycle_among(predicate)):
        raise FactRefusedError("acyclic", _("The facts lead back: %s.") % path_words(cycle))


def _joined_twice(facts: QuerySet[Fact], *, symmetric: bool) -> Entity | None:
    """An entity that stands in several of the facts, as their subject or, symmetric, anywhere."""
    times: Counter[int] = Counter()
    for subject, object in facts.order_by().values_list("subject_id", "object_id"):
        times.update((subject, object) if symmetric else (subject,))
    for pk, count in times.most_common(1):
        if count > 1:
            return Entity.objects.get(pk=pk)
    return None


def vocabulary_make(predicates: type[Predicate] = Predicate) -> None:
    """Make the shipped predicates that are missing; merchandisers' changes to others stay.

    ``predicates`` is the model as the caller knows it: a migration has its own.
    """
    for spec in SHIPPED:
        predicates.objects.get_or_create(key=spec.key, defaults=spec.fields())


def vocabulary_ensure() -> None:
    """Make shipped predicates where a database lost them; one query where it did not."""
    keys = {spec.key for spec in SHIPPED}
    if Predicate.objects.filter(key__in=keys).count() < len(keys):
        vocabulary_make()
