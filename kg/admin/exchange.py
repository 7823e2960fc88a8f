"""Facts out of the admin and into it: CSV, JSON-LD, Turtle."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldBooleanSwitchWidget

from catalog.importing.report import ImportReport, WrongFileError
from kg.exchange import COLUMNS, ExchangeFormat, exchange_format_of, facts_export
from kg.importing import facts_import
from kg.models import Fact

#: Larger files take longer than a browser waits; the command takes any size.
SIZE_LIMIT_MB = 8
PROBLEMS_SHOWN = 300
FORMATS = {
    ExchangeFormat.CSV: "CSV",
    ExchangeFormat.JSON_LD: "JSON-LD",
    ExchangeFormat.TURTLE: "Turtle",
}


class ImportForm(forms.Form):
    """A file of facts and how strictly to take it."""

    file = forms.FileField(
        label=_("File"),
        help_text=format_lazy(
            _("CSV (.csv), JSON-LD (.jsonld) or Turtle (.ttl), at most {limit} MB."),
            limit=SIZE_LIMIT_MB,
        ),
        widget=UnfoldAdminFileFieldWidget(),
    )
    strict = forms.BooleanField(
        label=_("All rows or none"),
        required=False,
        help_text=_("Otherwise the good rows are taken and the bad ones are reported."),
        widget=UnfoldBooleanSwitchWidget(),
    )
    trial = forms.BooleanField(
        label=_("Only try"),
        required=False,
        help_text=_("Says what would happen and writes nothing."),
        widget=UnfoldBooleanSwitchWidget(),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > SIZE_LIMIT_MB * 1024 * 1024:
            raise ValidationError(
                _("This file has %(size)s MB; at most %(limit)s MB can be taken in here. Use "
                  "“manage.py import_facts” for larger ones.")
                % {"size": f"{file.size / 1024 / 1024:.1f}", "limit": SIZE_LIMIT_MB}
            )  # fmt: skip
        try:
            self.cleaned_data["format"] = exchange_format_of(file.name)
        except WrongFileError as error:
            raise ValidationError(f"{file.name[:80]} {error.problem.reason}") from error
        return file


class ExchangeViews(admin.ModelAdmin[Fact]):
    """Import and export; what the list is narrowed to is what goes out."""

    def exchange_urls(self) -> list[tuple[str, Callable[..., HttpResponseBase], str]]:
        """Routes, views and names."""
        return [
            ("import/", self.import_view, "kg_import"),
            ("export/<str:ending>/", self.export_view, "kg_export"),
        ]

    def has_import_permission(self, request: HttpRequest) -> bool:
        """Who may add and change facts may do so with a file."""
        return bool(self.has_add_permission(request) and self.has_change_permission(request))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        extra = {
            "may_import": self.has_import_permission(request),
            "may_review": request.user.has_perm("kg.review_fact"),
            "exports": [(ending.value, name) for ending, name in FORMATS.items()],
        }
        return super().changelist_view(request, {**extra, **(extra_context or {})})

    def export_view(self, request: HttpRequest, ending: str) -> HttpResponseBase:
        """The facts of the list as it is filtered, as a file."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if ending not in {format.value for format in FORMATS}:
            raise Http404
        format = ExchangeFormat(ending)
        try:
            facts = self.get_changelist_instance(request).get_queryset(request)
        except IncorrectLookupParameters:
            return HttpResponseRedirect("../../?e=1")
        response = StreamingHttpResponse(
            (piece.encode() for piece in facts_export(facts, format=format)),
            content_type=f"{format.content_type}; charset=utf-8",
        )
        name = f"facts-{timezone.localdate():%Y-%m-%d}.{format.value}"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response

    def import_view(self, request: HttpRequest) -> HttpResponse:
        """Take in a file; the report stands on the same page."""
        if not self.has_import_permission(request):
            raise PermissionDenied
        is_sent = request.method == "POST"
        form = ImportForm(request.POST, request.FILES) if is_sent else ImportForm()
        report: ImportReport | None = None
        if form.is_valid():
            report = _take(request, form.cleaned_data)
        request.current_app = self.admin_site.name
        problems = report.problems if report else []
        context = {
            **self.admin_site.each_context(request),
            "opts": self.model._meta,
            "title": _t("Import facts"),
            "form": form,
            "report": report,
            "trial": bool(report) and form.cleaned_data["trial"],
            "strict": bool(report) and form.cleaned_data["strict"],
            "file_name": form.cleaned_data["file"].name if report else "",
            "problems": problems[:PROBLEMS_SHOWN],
            "problems_left": max(0, len(problems) - PROBLEMS_SHOWN),
            "columns": COLUMNS,
        }
        return TemplateResponse(request, "kg/admin/import.html", context)


def _take(request: HttpRequest, chosen: dict[str, Any]) -> ImportReport:
    """Import under the name of who does it."""
    return facts_import(
        chosen["file"].file,
        format=chosen["format"],
        strict=chosen["strict"],
        dry_run=chosen["trial"],
        author=request.user,  # type: ignore[arg-type]
        reason=_t("import of %s") % chosen["file"].name[:60],
    )
