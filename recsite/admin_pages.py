"""What several admin pages share: records to look at, long lists, confirmations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin import helpers
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.functional import cached_property
from unfold.admin import ModelAdmin


class ReadOnlyAdmin(ModelAdmin):
    """Records that people look at; only the shop itself writes them."""

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class SingleRowAdmin(ModelAdmin):
    """A table of one row: its list is the row itself, and nobody adds or deletes one."""

    #: The row's primary key.
    key: ClassVar[int]

    def row(self) -> Model:
        """The row, or its defaults as long as nobody has saved anything."""
        raise NotImplementedError

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """There is nothing to list: the row itself opens."""
        page: HttpResponse = self.change_view(request, str(self.key), extra_context=extra_context)
        return page

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Model | None:
        """The row under its key, and nothing under another."""
        return self.row() if object_id == str(self.key) else None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class CappedPaginator(Paginator[Any]):
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


class LogAdmin(ReadOnlyAdmin):
    """Records that grow without end: counted to a limit only, newest first."""

    paginator = CappedPaginator
    show_full_result_count = False

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changelist = super().get_changelist_instance(request)
        # Nobody counted the whole, so the page must not offer "n of m".
        changelist.full_result_count = changelist.result_count
        return changelist


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
    request.current_app = model_admin.admin_site.name
    return TemplateResponse(request, "admin/confirm_action.html", context, status=status)
