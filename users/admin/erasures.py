"""Receipts of erasures: who was erased is not in them, and nothing in them can be changed."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesRadioFilter, RangeDateFilter
from unfold.decorators import display

from recsite.admin_pages import LogAdmin
from users.erasure_receipts import receipt_rows, receipt_state
from users.models import ErasureReceipt


@admin.register(ErasureReceipt)
class ErasureReceiptAdmin(LogAdmin):
    """What was erased, and whether the models have forgotten it."""

    list_display = ("number", "state_label", "erased_at", "route", "completed_at", "version")
    list_filter = (("route", ChoicesRadioFilter), ("erased_at", RangeDateFilter))
    list_filter_submit = True
    search_fields = ("number",)
    ordering = ("-pk",)
    fields = (
        ("number", "route"),
        ("erased_at", "completed_at"),
        "deleted",
        ("is_learnt", "version"),
        "parts_shown",
        "files_shown",
        "public_page",
    )
    readonly_fields = ("deleted", "parts_shown", "files_shown", "public_page")

    @display(
        description=_("models"), label={"complete": "success", "waiting": "warning", "": "default"}
    )
    def state_label(self, receipt: ErasureReceipt) -> tuple[str, Any]:
        if not receipt.is_learnt:
            return "", _("had not learnt")
        state = receipt_state(receipt)
        return state, _("have forgotten") if state == "complete" else _("next update")

    @admin.display(description=_("deleted"))
    def deleted(self, receipt: ErasureReceipt) -> str:
        return _listed(receipt, "erased")

    @admin.display(description=_("parts of the model"))
    def parts_shown(self, receipt: ErasureReceipt) -> str:
        return _listed(receipt, "parts")

    @admin.display(description=_("files"))
    def files_shown(self, receipt: ErasureReceipt) -> str:
        return _listed(receipt, "files")

    @admin.display(description=_("page for the shopper"))
    def public_page(self, receipt: ErasureReceipt) -> str:
        address = reverse("erasure_receipt", args=[receipt.number])
        return format_html('<a class="rs-link" href="{0}">{0}</a>', address)


def _listed(receipt: ErasureReceipt, section: str) -> str:
    rows = receipt_rows(receipt)[section]
    if not rows:
        return "–"
    pairs = format_html_join("", "<dt>{}</dt><dd>{}</dd>", rows)
    return format_html('<dl class="rs-attributes">{}</dl>', pairs)
