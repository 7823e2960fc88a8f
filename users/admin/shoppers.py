"""Shoppers: what is known of them, to be looked at and erased, never edited."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.contrib.filters.admin import ChoicesRadioFilter, RangeDateFilter
from unfold.decorators import action, display

from recsite.admin_pages import LogAdmin, confirmation_page
from users.erasure import shopper_erase
from users.models import ConsentDecision, ErasureReceipt, Shopper

ERASE_PERMISSION = "users.delete_shopper"


class ConsentInline(TabularInline):
    """When the shopper agreed or withdrew, and where."""

    model = ConsentDecision
    extra = 0
    can_delete = False
    fields = readonly_fields = ("consent", "source", "decided_at")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may see the shopper may see what they agreed to."""
        return bool(request.user.has_perm("users.view_shopper"))


@admin.register(Shopper)
class ShopperAdmin(LogAdmin):
    """People as the recommender knows them."""

    list_display = ("external_id", "display_name", "consent_label", "account", "last_event_at")
    list_filter = (
        ("consent", ChoicesRadioFilter),
        ("last_event_at", RangeDateFilter),
    )
    list_filter_submit = True
    search_fields = ("external_id", "display_name", "user__username", "user__email")
    ordering = ("-pk",)
    list_select_related = ("user",)
    inlines = (ConsentInline,)
    fields = (
        ("external_id", "display_name"),
        ("consent", "account"),
        ("created_at", "last_event_at"),
        "more",
    )
    readonly_fields = ("account", "more")
    actions_detail = ["erase"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Shopper]:
        return super().get_queryset(request).select_related("user")

    @display(
        description=_("consent"),
        ordering="consent",
        label={"granted": "success", "withdrawn": "danger", "unknown": "default"},
    )
    def consent_label(self, shopper: Shopper) -> tuple[str, Any]:
        return shopper.consent, shopper.get_consent_display()

    @admin.display(description=_("account"), ordering="user__username")
    def account(self, shopper: Shopper) -> str:
        return shopper.user.get_username() if shopper.user else "–"

    @admin.display(description=_("more"))
    def more(self, shopper: Shopper) -> str:
        slates = reverse("admin:recommender_slatetrace_changelist")
        events = reverse("admin:recommender_event_changelist")
        reviews = reverse("admin:catalog_review_changelist")
        return format_html(
            '<div class="rs-facts"><a class="rs-link" href="{}?shopper__id__exact={}">{}</a>'
            '<a class="rs-link" href="{}?shopper__id__exact={}">{}</a>'
            '<a class="rs-link" href="{}?shopper__id__exact={}">{}</a></div>',
            events, shopper.pk, _("What they did"),
            slates, shopper.pk, _("What they were shown"),
            reviews, shopper.pk, _("What they wrote"),
        )  # fmt: skip

    def has_erase_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Erasing is a permission of its own, not part of looking."""
        return bool(request.user.has_perm(ERASE_PERMISSION))

    @action(description=_("Erase…"), icon="delete_forever", permissions=["erase"], url_path="erase")
    def erase(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Asks, then erases the shopper and says what went."""
        shopper = self.get_object(request, object_id)
        if shopper is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if request.method == "POST":
            erased = shopper_erase(shopper=shopper, route=ErasureReceipt.Route.ADMIN)
            # The receipt, and not the shopper: a history must not remember who was erased.
            self.log_addition(request, erased.receipt, _t("Erased a shopper."))
            self.message_user(
                request,
                _t(
                    "Erased “%(shopper)s”: %(events)s events, %(slates)s slates, %(reviews)s "
                    "reviews, %(decisions)s decisions about consent. The receipt is %(number)s."
                )
                % {
                    "shopper": erased.external_id,
                    "events": erased.events,
                    "slates": erased.slates,
                    "reviews": erased.reviews,
                    "decisions": erased.decisions,
                    "number": erased.receipt.number,
                },
                messages.SUCCESS,
            )
            return HttpResponseRedirect(reverse("admin:users_shopper_changelist"))
        return confirmation_page(
            request,
            self,
            action="erase",
            title=_t("Erase “%s”") % shopper,
            question=_t(
                "Everything the shop knows of this shopper is deleted: events, slates, reviews and "
                "decisions about consent. This cannot be undone. Orders stay."
            ),
            button=_t("Erase for ever"),
            is_danger=True,
        )
