"""Reviews: reading, hiding and publishing them; a product's rating follows."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesRadioFilter,
    RangeDateFilter,
    RangeNumericFilter,
)
from unfold.decorators import display

from catalog.admin.review_filters import OpinionFilter
from catalog.merchandising import reviews_set_status
from catalog.models import Product, Review
from catalog.picture_urls import picture_url
from recommender.feedback.opinions import opinion_of, opinions_state
from recsite.admin_marks import link_to, stars


@admin.register(Review)
class ReviewAdmin(ModelAdmin):
    """What shoppers wrote stays as they wrote it; only whether it is shown can be changed."""

    list_display = (
        "of_product",
        "rating_shown",
        "opinion_label",
        "excerpt",
        "status_label",
        "created_at",
    )
    list_before_template = "catalog/admin/review_opinions.html"
    list_filter = (
        ("status", ChoicesRadioFilter),
        OpinionFilter,
        ("rating", RangeNumericFilter),
        ("created_at", RangeDateFilter),
        ("product", AutocompleteSelectFilter),
    )
    list_filter_submit = True
    list_per_page = 50
    list_fullwidth = True
    search_fields = ("title", "text", "product__title", "product__external_id")
    actions = ["publish", "hide"]
    fields = (
        ("of_product_link", "by_shopper"),
        ("rating_shown", "created_at"),
        "opinion_told",
        "title",
        "text",
        "status",
    )
    readonly_fields = (
        "of_product_link",
        "by_shopper",
        "rating_shown",
        "opinion_told",
        "title",
        "text",
        "created_at",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Review]:
        rows = super().get_queryset(request).select_related("product__brand", "product__category")
        rows = rows.select_related("shopper", "opinion__classifier")
        return rows.prefetch_related("product__media")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return super().changelist_view(
            request, {"opinions": opinions_state(), **(extra_context or {})}
        )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions: dict[str, Any] = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Hidden, not deleted: the shopper's own erasure deletes it."""
        return False

    @display(description=_("product"), header=True, ordering="product__title")
    def of_product(self, review: Review) -> list[Any]:
        product: Product = review.product
        picture = {"path": picture_url(product), "squared": True, "width": 44, "height": 44}
        return [product.title, str(review.shopper), "", picture]

    @admin.display(description=_("rating"), ordering="rating")
    def rating_shown(self, review: Review) -> str:
        return stars(review.rating)

    @display(
        description=_("opinion"),
        ordering="opinion__probability_good",
        label={"good": "success", "bad": "danger"},
    )
    def opinion_label(self, review: Review) -> tuple[str, str] | str:
        opinion = opinion_of(review)
        return (opinion.sentiment, opinion.get_sentiment_display()) if opinion else "–"

    @admin.display(description=_("opinion"))
    def opinion_told(self, review: Review) -> str:
        """With how sure the classifier is, and which it is."""
        opinion = opinion_of(review)
        if opinion is None:
            return _t("not judged")
        sure = max(opinion.probability_good, 1 - opinion.probability_good)
        return _t("%(opinion)s, %(percent)s %% sure, by classifier %(version)s") % {
            "opinion": opinion.get_sentiment_display(),
            "percent": number_format(100 * sure, 0),
            "version": opinion.classifier.version,
        }

    @admin.display(description=_("review"))
    def excerpt(self, review: Review) -> str:
        text = Truncator(review.text).words(30)
        return format_html(
            '<span class="rs-excerpt"><strong>{}</strong> {}</span>', review.title, text
        )

    @display(
        description=_("status"),
        ordering="status",
        label={"published": "success", "hidden": "warning"},
    )
    def status_label(self, review: Review) -> tuple[str, str]:
        return review.status, review.get_status_display()

    @admin.display(description=_("product"))
    def of_product_link(self, review: Review) -> str:
        return link_to(review.product)

    @admin.display(description=_("shopper"))
    def by_shopper(self, review: Review) -> str:
        return link_to(review.shopper)

    def save_model(self, request: HttpRequest, obj: Review, form: Any, change: bool) -> None:
        if "status" in form.changed_data:
            mine = Review.objects.filter(pk=obj.pk)
            reviews_set_status(reviews=mine, status=Review.Status(obj.status))

    def _set(self, request: HttpRequest, queryset: QuerySet[Review], status: Review.Status) -> None:
        changed = reviews_set_status(reviews=queryset, status=status)
        text = ngettext("%(count)s review changed.", "%(count)s reviews changed.", changed)
        level = messages.SUCCESS if changed else messages.INFO
        self.message_user(request, text % {"count": changed}, level)

    @admin.action(description=_("Publish"), permissions=["change"])
    def publish(self, request: HttpRequest, queryset: QuerySet[Review]) -> None:
        self._set(request, queryset, Review.Status.PUBLISHED)

    @admin.action(description=_("Hide"), permissions=["change"])
    def hide(self, request: HttpRequest, queryset: QuerySet[Review]) -> None:
        self._set(request, queryset, Review.Status.HIDDEN)
