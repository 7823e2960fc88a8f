"""The story of the models, as a merchandiser reads it: what each learnt, and what became of it.

Versions that only took in new products are told with the model that they carry on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.fields.json import KT
from django.utils.dateparse import parse_datetime

from recommender.registry.families import GROWTH, ROOT, root_of
from recommender.registry.learnt_window import UPDATE, WINDOW
from recommender.registry.models import ModelVersion, VersionDecision
from recommender.registry.online_models import OnlineHour
from recommender.registry.proportions import Share
from recommender.registry.versions import model_live

#: Key path of the name of the model that a grown version carries on.
_ROOT = f"settings__{ROOT}"


@dataclass(frozen=True, slots=True)
class Learnt:
    """What a version learnt. Times are None where no event is left that tells them."""

    events: int
    first: datetime | None
    last: datetime | None
    #: Whether it learnt everything anew rather than what its parent did not know.
    is_all: bool


@dataclass(frozen=True, slots=True)
class Quality:
    """NDCG@10 before a version went live, with its standard error where that is known."""

    ndcg_at_10: float
    error: float | None
    cases: int
    #: What was asked: ``newest`` (what shoppers did last, of which it had learnt nothing) or
    #: ``validation`` (each shopper's last interaction, kept apart in a full training).
    asked: str


@dataclass(frozen=True, slots=True)
class Chapter:
    """One model: what it learnt, how good it is and what was decided about it, oldest first."""

    version: ModelVersion
    is_live: bool
    learnt: Learnt | None
    quality: Quality | None
    shown: Share
    decisions: Sequence[VersionDecision]
    #: How many versions carried it on with new products.
    growths: int


def learnt_versions() -> QuerySet[ModelVersion]:
    """Versions that learnt something, newest first."""
    grown = Q(settings__kind=GROWTH)
    # A version of long ago has no kind, and no database says of nothing that it is another thing.
    return ModelVersion.objects.filter(Q(settings__kind__isnull=True) | ~grown).order_by(
        "-created_at", "-pk"
    )


def chapters_read(versions: Iterable[ModelVersion]) -> list[Chapter]:
    """The story of these versions, in their order, in a constant number of queries."""
    told = list(versions)
    names = [version.version for version in told]
    live = model_live()
    live_root = root_of(live) if live else ""
    growths, decisions, shown = _growths(names), _decisions(names), _shown(names)
    return [
        Chapter(
            version=version,
            is_live=version.version == live_root,
            learnt=learnt_of(version.settings),
            quality=quality_of(version.metrics),
            shown=shown.get(version.version, Share(0, 0)),
            decisions=decisions[version.version],
            growths=growths.get(version.version, 0),
        )
        for version in told
    ]


def quality_of(metrics: Mapping[str, Any]) -> Quality | None:
    """The figure that one looks for first, where there is one."""
    newest = _figures(metrics, "probes", "newest")
    if "ndcg_at_10" in newest and newest.get("cases"):
        return Quality(
            newest["ndcg_at_10"], newest.get("ndcg_error"), int(newest["cases"]), "newest"
        )
    ranking = _figures(metrics, "ranking")
    chosen = _figures(ranking, str(ranking.get("chosen", "")))
    if "ndcg_at_10" in chosen:
        return Quality(chosen["ndcg_at_10"], None, int(ranking.get("cases", 0)), "validation")
    validation = _figures(metrics, "validation")
    if "ndcg_at_10" in validation:
        return Quality(
            validation["ndcg_at_10"], None, int(validation.get("cases", 0)), "validation"
        )
    return None


def _figures(metrics: Mapping[str, Any], *path: str) -> Mapping[str, Any]:
    """What lies under these names; nothing where there is nothing of the kind."""
    found: Any = metrics
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def learnt_of(settings: Mapping[str, Any]) -> Learnt | None:
    window = _figures(settings, WINDOW)
    if "events" in window:
        return Learnt(
            int(window["events"]),
            parse_datetime(str(window.get("first", ""))),
            parse_datetime(str(window.get("last", ""))),
            settings.get("kind") != UPDATE,
        )
    if "interactions" in settings:
        return Learnt(int(settings["interactions"]), None, None, True)
    return None


def _growths(names: Sequence[str]) -> dict[str, int]:
    rows = (
        ModelVersion.objects.filter(settings__kind=GROWTH, **{f"{_ROOT}__in": names})
        .order_by()
        .annotate(root=KT(_ROOT))
        .values_list("root")
        .annotate(number=Count("pk"))
    )
    return dict(rows)


def _decisions(names: Sequence[str]) -> Mapping[str, list[VersionDecision]]:
    """By name of the model; that it took in new products was no decision."""
    rows = (
        VersionDecision.objects.exclude(code="growth")
        .filter(Q(version__version__in=names) | Q(**{f"version__{_ROOT}__in": names}))
        .select_related("version", "decided_by")
        .defer("version__metrics")
        .order_by("decided_at", "pk")
    )
    told: defaultdict[str, list[VersionDecision]] = defaultdict(list)
    for decision in rows:
        told[root_of(decision.version)].append(decision)
    return told


def _shown(names: Sequence[str]) -> Mapping[str, Share]:
    """What was shown and clicked of each model, with all that carried it on."""
    counted = {
        name: Share(clicked, shown)
        for name, clicked, shown in OnlineHour.objects.order_by()
        .values_list("model_version")
        .annotate(clicked=Sum("clicked"), shown=Sum("shown"))
    }
    grown = (
        ModelVersion.objects.filter(
            version__in=counted, settings__kind=GROWTH, **{f"{_ROOT}__in": names}
        )
        .annotate(root=KT(_ROOT))
        .values_list("version", "root")
    )
    total: defaultdict[str, Share] = defaultdict(lambda: Share(0, 0))
    for name, root in [*((name, name) for name in names), *grown]:
        if name in counted:
            total[root] += counted[name]
    return total
