"""What several admin pages share: small pictures, figures, read-only records, confirmations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.contrib.admin import helpers
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.forms import Form
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin

from catalog.models import Product
from catalog.picture_urls import picture_url


class ReadOnlyAdmin(ModelAdmin):
    """Records that people look at; only the shop itself writes them."""

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class CappedPaginator(Paginator):
    """Counts no further than ``COUNT_LIMIT`` rows, so that a log of any length opens at once.

    Pages beyond the limit are reached by narrowing the list, not by turning thousands of pages.
    """

    COUNT_LIMIT = 5_000
    template_name = "admin/pagination_capped.html"

    @cached_property
    def _counted(self) -> int:
        rows = self.object_list
        assert isinstance(rows, QuerySet)
        # The order changes nothing about the count, but would have to be computed.
        return rows.order_by()[: self.COUNT_LIMIT + 1].count()

    @cached_property
    def count(self) -> int:
        """Rows that can be paged through."""
        return min(self._counted, self.COUNT_LIMIT)

    @property
    def is_capped(self) -> bool:
        """Whether there are more rows than ``count`` says."""
        return self._counted > self.COUNT_LIMIT


def thumbnail(product: Product, size: int = 40) -> SafeString:
    """A small picture of a product; its title stands beside it, so it needs no text of its own."""
    return format_html(
        '<img class="rs-thumb" loading="lazy" src="{}" width="{}" height="{}" alt="">',
        picture_url(product),
        size,
        size,
    )


def link_to(record: Model | None, text: str = "", *, site: str = "admin") -> str:
    """A link to the record's own page, or a dash where there is none."""
    if record is None:
        return "–"
    meta = record._meta
    address = reverse(f"{site}:{meta.app_label}_{meta.model_name}_change", args=[record.pk])
    return format_html('<a class="rs-link" href="{}">{}</a>', address, text or str(record))


def stars(rating: float | None) -> str:
    """Five stars, filled up to the rating, readable without seeing them."""
    if rating is None:
        return "–"
    whole = round(rating)
    return format_html(
        '<span class="rs-stars" role="img" aria-label="{} / 5" title="{} / 5">{}<i>{}</i></span>',
        f"{rating:.1f}",
        f"{rating:.1f}",
        "★" * whole,
        "★" * (5 - whole),
    )


def selected_ids(request: HttpRequest) -> list[str]:
    """Primary keys ticked in a list, as the browser sent them."""
    return request.POST.getlist(helpers.ACTION_CHECKBOX_NAME)


def confirmation_page(
    request: HttpRequest,
    model_admin: admin.ModelAdmin[Any],
    *,
    action: str,
    title: str,
    question: str,
    form: Form | None = None,
    rows: Sequence[Any] = (),
    total: int = 0,
    button: str,
    is_danger: bool = False,
    keep: Sequence[str] = (),
    status: int = 200,
) -> TemplateResponse:
    """The page between a bulk action and what it does; ``keep`` are the ticked primary keys."""
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.model._meta,
        "title": title,
        "question": question,
        "form": form,
        "rows": rows,
        "rows_left": max(0, total - len(rows)),
        "button": button,
        "is_danger": is_danger,
        "action_name": action,
        "action_checkbox_name": helpers.ACTION_CHECKBOX_NAME,
        "keep": keep,
        "select_across": request.POST.get("select_across", "0"),
    }
    request.current_app = model_admin.admin_site.name  # type: ignore[attr-defined]
    return TemplateResponse(request, "admin/confirm_action.html", context, status=status)
