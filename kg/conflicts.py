"""What an accepted fact may not do beside the others: contradict one, or close a circle.

Only accepted facts count. A proposal may contradict what is known; whoever accepts it decides.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from kg.models import Entity, Fact, Predicate
from kg.statements import FactRefusedError, path_words

#: ``UNION`` keeps each entity once, so the walk ends after all that lies above the start, however
#: facts that were written past these checks may lead.
_LEADS_BACK = """
    WITH RECURSIVE above (id) AS (
        SELECT CAST(%s AS bigint)
        UNION
        SELECT fact.object_id FROM kg_fact fact JOIN above ON fact.subject_id = above.id
        WHERE fact.predicate_id = %s AND fact.status = 'accepted'
    )
    SELECT 1 FROM above WHERE id = %s LIMIT 1
"""


def predicate_lock(predicate: Predicate) -> None:
    """Let one transaction at a time accept facts whose rules look at other facts."""
    if predicate.functional or predicate.acyclic:
        Predicate.objects.select_for_update().filter(pk=predicate.pk).values_list("pk").first()


def rivals(predicate: Predicate, subject: Entity, object: Entity) -> QuerySet[Fact]:
    """Accepted facts beside which this one cannot be, since its predicate has one object only.

    Of a symmetric predicate each side may stand in one fact only.
    """
    accepted = Fact.objects.filter(predicate=predicate, status=Fact.Status.ACCEPTED)
    if not predicate.functional:
        return accepted.none()
    touching = Q(subject=subject)
    if predicate.symmetric:
        touching |= Q(object=subject) | Q(subject=object) | Q(object=object)
    others = accepted.filter(touching).exclude(subject=subject, object=object)
    return others.select_related("subject", "predicate", "object")


def leads_back(predicate: Predicate, subject: Entity, object: Entity) -> bool:
    """Whether following the predicate from the object arrives at the subject."""
    with connection.cursor() as cursor:
        cursor.execute(_LEADS_BACK, [object.pk, predicate.pk, subject.pk])
        return cursor.fetchone() is not None


def conflicts_check(
    predicate: Predicate, subject: Entity, object: Entity, *, replace: bool = False
) -> list[Fact]:
    """The accepted facts that the statement replaces; empty where it contradicts none.

    Raises:
        FactRefusedError: it contradicts a fact and ``replace`` is not set, or closes a circle.
    """
    replaced = list(rivals(predicate, subject, object))
    if replaced and not replace:
        raise FactRefusedError(
            "object",
            _("This contradicts “%(fact)s”: “%(predicate)s” has one object only.")
            % {"fact": replaced[0], "predicate": predicate.key},
        )
    if predicate.acyclic and leads_back(predicate, subject, object):
        walk = _walk(predicate, object, subject, without={fact.pk for fact in replaced})
        if walk:
            names = [subject.name, *walk]
            raise FactRefusedError("object", _("This leads back: %s.") % path_words(names))
    return replaced


def _walk(predicate: Predicate, start: Entity, target: Entity, *, without: set[int]) -> list[str]:
    """Names on the shortest way up from start to target, level by level; empty if none."""
    came_from: dict[int, int] = {start.pk: 0}
    names = {start.pk: start.name}
    level = [start.pk]
    while level and target.pk not in came_from:
        facts = Fact.objects.filter(
            predicate=predicate, status=Fact.Status.ACCEPTED, subject__in=level
        ).exclude(pk__in=without)
        level = []
        for below, above, name in facts.order_by().values_list(
            "subject_id", "object_id", "object__name"
        ):
            if above not in came_from:
                came_from[above] = below
                names[above] = name
                level.append(above)
    if target.pk not in came_from:
        return []
    walk = [target.pk]
    while came_from[walk[-1]]:
        walk.append(came_from[walk[-1]])
    return [names[pk] for pk in reversed(walk)]


def cycle_among(predicate: Predicate) -> list[str]:
    """Names on a circle among the accepted facts of a predicate, or nothing."""
    above: defaultdict[int, list[int]] = defaultdict(list)
    pairs = Fact.objects.filter(predicate=predicate, status=Fact.Status.ACCEPTED)
    for subject, object in pairs.order_by().values_list("subject_id", "object_id"):
        above[subject].append(object)
    circle = first_cycle(above)
    names = dict(Entity.objects.filter(pk__in=circle).values_list("pk", "name"))
    return [names[pk] for pk in circle]


def first_cycle(above: Mapping[int, Iterable[int]]) -> list[int]:
    """A circle in a graph given by what lies above each node, first node repeated; or nothing.

    What is left when nodes without anything below them are taken away again and again is, or
    leads into, a circle.
    """
    below: defaultdict[int, int] = defaultdict(int)
    for objects in above.values():
        for object in objects:
            below[object] += 1
    free = deque(node for node in above if not below[node])
    left = dict(above)
    while free:
        for object in left.pop(free.popleft(), ()):
            below[object] -= 1
            if not below[object]:
                free.append(object)
    left = {node: objects for node, objects in left.items() if objects}
    if not left:
        return []
    # Some of what is left may lie above a circle rather than on it: walk down until a node comes
    # again, which only nodes on a circle can do for ever.
    under: dict[int, int] = {}
    for node, objects in left.items():
        for object in objects:
            under.setdefault(object, node)
    walk = [next(node for node in left if node in under)]
    while under[walk[-1]] not in walk:
        walk.append(under[walk[-1]])
    start = walk.index(under[walk[-1]])
    circle = walk[start:][::-1]
    return [*circle, circle[0]]
