"""How reviews are found by what the classifier reads in them."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import ModelAdmin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RadioFilter

from catalog.models import Review
from recommender.feedback.labelled_texts import BAD_UP_TO, GOOD_FROM
from recommender.feedback.models import Opinion


class OpinionFilter(RadioFilter):
    """Good or bad by their words, unlike their stars, or not judged."""

    title = _("opinion")
    parameter_name = "opinion"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, Any]]:
        return [
            ("good", _("good")),
            ("bad", _("bad")),
            ("unlike", _("Words unlike the stars")),
            ("none", _("not judged")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Review]) -> QuerySet[Review]:
        good, bad = Opinion.Sentiment.GOOD, Opinion.Sentiment.BAD
        match self.value():
            case "good":
                return queryset.filter(opinion__sentiment=good)
            case "bad":
                return queryset.filter(opinion__sentiment=bad)
            case "unlike":
                praised = queryset.filter(rating__gte=GOOD_FROM, opinion__sentiment=bad)
                return praised | queryset.filter(rating__lte=BAD_UP_TO, opinion__sentiment=good)
            case "none":
                return queryset.filter(opinion=None)
            case _:
                return queryset
