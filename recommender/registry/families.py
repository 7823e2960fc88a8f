"""Versions that are one model: what learnt something, and what only took in new products since."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from recommender.registry.models import ModelVersion

#: ``settings["kind"]`` of a version that learnt nothing but new products.
GROWTH = "growth"
#: ``settings[ROOT]`` of such a version: the name of the one whose knowledge it carries.
ROOT = "grown_from"


def root_of(version: ModelVersion) -> str:
    """Name of the version that learnt what this one knows: its own, where it learnt something."""
    if version.settings.get("kind") != GROWTH:
        return version.version
    return str(version.settings.get(ROOT, version.version))


def family_of(root: str) -> QuerySet[ModelVersion]:
    """The version of this name and all that only added products to it."""
    grown = Q(settings__kind=GROWTH) & Q(**{f"settings__{ROOT}": root})
    return ModelVersion.objects.filter(Q(version=root) | grown)
