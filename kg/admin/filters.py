"""How the list of facts is narrowed."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import ModelAdmin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter

from kg.admin.words import predicate_words
from kg.models import Fact, Predicate
from users.models import User

NOBODY = "none"


class PredicateFilter(DropdownFilter):
    """Facts by one predicate, named as it reads."""

    title = _("predicate")
    parameter_name = "relation"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, str]]:
        return [(p.key, predicate_words(p)) for p in Predicate.objects.all()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Fact]) -> QuerySet[Fact]:
        key = self.value()
        return queryset.filter(predicate__key=key) if key else queryset


class AuthorFilter(DropdownFilter):
    """Facts that a member of staff stated, or nobody did."""

    title = _("author")
    parameter_name = "by"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, Any]]:
        staff = User.objects.filter(is_staff=True).order_by("username")
        return [(NOBODY, _("no person"))] + [(u.username, u.get_username()) for u in staff[:200]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Fact]) -> QuerySet[Fact]:
        name = self.value()
        if name == NOBODY:
            return queryset.filter(author__isnull=True)
        return queryset.filter(author__username=name) if name else queryset
