"""Facts in the admin: found, stated, changed, judged, retracted, and brought back."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.timezone import localtime
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import ChoicesRadioFilter, RangeNumericFilter
from unfold.decorators import display

from kg.admin.exchange import ExchangeViews
from kg.admin.fact_actions import FactActions
from kg.admin.fact_form import FactForm
from kg.admin.filters import AuthorFilter, PredicateFilter
from kg.admin.history import HistoryViews
from kg.admin.pictures import picture_mark, pictures
from kg.admin.review import ReviewViews
from kg.admin.search import facts_about
from kg.admin.words import (
    STATUS_TONES,
    confidence_mark,
    entity_address,
    kind_mark,
    predicate_words,
    sentence,
)
from kg.facts import fact_retract
from kg.models import Entity, Fact
from recsite.admin_pages import CappedPaginator


@admin.register(Fact)
class FactAdmin(FactActions, ReviewViews, HistoryViews, ExchangeViews, ModelAdmin):
    """Every write goes through ``kg.facts``: checked, signed, told to the graph database."""

    form = FactForm
    change_list_template = "kg/admin/fact_list.html"
    change_form_template = "kg/admin/fact.html"
    delete_confirmation_template = "kg/admin/retract.html"

    list_display = ("statement", "status_label", "confidence_shown", "source", "by", "changed")
    list_filter = (
        ("status", ChoicesRadioFilter),
        PredicateFilter,
        ("source", ChoicesRadioFilter),
        ("confidence", RangeNumericFilter),
        AuthorFilter,
    )
    list_filter_submit = True
    list_per_page = 50
    list_fullwidth = True
    # Answers whether there is a search field; facts_about does the searching.
    search_fields = ("pk",)
    search_help_text = _("Name of an entity on either side, or its key")
    ordering = ("-pk",)
    paginator = CappedPaginator
    show_full_result_count = False
    readonly_fields = ("sides", "origin")
    warn_unsaved_form = True

    class Media:
        css: ClassVar[dict[str, list[str]]] = {"all": ["kg/graph.css"]}

    def get_urls(self) -> list[URLPattern]:
        own = [*self.review_urls(), *self.exchange_urls(), *self.history_urls()]
        wrapped = [
            path(route, self.admin_site.admin_view(view), name=name) for route, view, name in own
        ]
        return [*wrapped, *super().get_urls()]

    # --- permissions ------------------------------------------------------------------------

    def has_review_permission(self, request: HttpRequest, obj: Fact | None = None) -> bool:
        """Whether this person judges proposals."""
        return bool(request.user.has_perm("kg.review_fact"))

    def has_delete_permission(self, request: HttpRequest, obj: Fact | None = None) -> bool:
        """Who may not judge may not take back a rejection either, only to state it anew."""
        if obj is not None and obj.status == Fact.Status.REJECTED:
            return self.has_review_permission(request)
        return super().has_delete_permission(request, obj)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions: dict[str, Any] = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    # --- the list ---------------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet[Fact]:
        rows = super().get_queryset(request)
        return rows.select_related("subject", "predicate", "object", "author")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Fact], search_term: str
    ) -> tuple[QuerySet[Fact], bool]:
        return facts_about(search_term, queryset), False

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changelist = super().get_changelist_instance(request)
        changelist.full_result_count = changelist.result_count
        facts = list(changelist.result_list)
        found = pictures(entity for fact in facts for entity in (fact.subject, fact.object))
        for fact in facts:
            fact.pictures = found
        changelist.result_list = facts
        return changelist

    @admin.display(description=_("fact"))
    def statement(self, fact: Fact) -> str:
        found: dict[int, str] = getattr(fact, "pictures", {})
        return format_html(
            '<span class="kg-statement"><span class="kg-side">{} <span>{}</span></span> '
            '<span class="kg-side"><span class="kg-relation">{}</span> {} <span>{}</span></span>'
            "</span>",
            picture_mark(fact.subject, found, 30),
            fact.subject.name,
            predicate_words(fact.predicate),
            picture_mark(fact.object, found, 30),
            fact.object.name,
        )

    @display(description=_("status"), ordering="status", label=STATUS_TONES)
    def status_label(self, fact: Fact) -> tuple[str, str]:
        return fact.status, fact.get_status_display()

    @admin.display(description=_("confidence"), ordering="confidence")
    def confidence_shown(self, fact: Fact) -> str:
        return confidence_mark(fact.confidence)

    @admin.display(description=_("author"))
    def by(self, fact: Fact) -> str:
        return fact.author.get_username() if fact.author else "–"

    @admin.display(description=_("changed"), ordering="updated_at")
    def changed(self, fact: Fact) -> str:
        return date_format(localtime(fact.updated_at), "j M Y, H:i")

    # --- the form ---------------------------------------------------------------------------

    def get_form(
        self, request: HttpRequest, obj: Fact | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form: Any = super().get_form(request, obj, change, **kwargs)
        form.author = request.user
        form.may_review = self.has_review_permission(request)
        return form

    def get_fieldsets(self, request: HttpRequest, obj: Fact | None = None) -> list[Any]:
        may_change = obj is None or self.has_change_permission(request, obj)
        if not may_change:
            fields = ["sides", ("status", "confidence"), "evidence", "origin"]
            return [(None, {"fields": fields})]
        said = ["subject", "predicate", "object", "confidence", "evidence"]
        if self.has_review_permission(request):
            said.append("status")
        said.append("replace")
        if obj is None:
            return [(None, {"fields": said})]
        return [(None, {"fields": ["sides", *said, "reason", "origin"]})]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """``?subject=<pk>`` or ``?object=<pk>`` comes from an entity's page."""
        given = super().get_changeform_initial_data(request)
        return {k: v for k, v in given.items() if k in {"subject", "object", "predicate"}}

    @admin.display(description=_("entities"))
    def sides(self, fact: Fact) -> str:
        found = pictures([fact.subject, fact.object])
        return format_html(
            '<span class="kg-statement kg-statement-large">{} <span class="kg-relation">{}</span>'
            " {}</span>",
            self._side(fact.subject, found),
            predicate_words(fact.predicate),
            self._side(fact.object, found),
        )

    @staticmethod
    def _side(entity: Entity, found: dict[int, str]) -> str:
        return format_html(
            '<a class="kg-side" href="{}">{} <span><b>{}</b>{}</span></a>',
            entity_address(entity),
            picture_mark(entity, found, 48),
            entity.name,
            kind_mark(entity.kind),
        )

    @admin.display(description=_("origin"))
    def origin(self, fact: Fact) -> str:
        who = fact.author.get_username() if fact.author else _t("no person")
        when = date_format(localtime(fact.created_at), "j M Y, H:i")
        return f"{fact.get_source_display()} · {who} · {when}"

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        # Facts are retracted, which says more than the theme's button to delete.
        extra = {"show_delete": False, "may_retract": self.has_delete_permission(request)}
        return super().changeform_view(
            request, object_id, form_url, {**extra, **(extra_context or {})}
        )

    def save_model(self, request: HttpRequest, obj: Fact, form: Any, change: bool) -> None:
        """The form has stated the fact while it was checked."""

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """The history of facts tells who did what; a second log would say it again."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """As for additions."""

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        """As for additions."""

    # --- retracting -------------------------------------------------------------------------

    def delete_model(self, request: HttpRequest, obj: Fact) -> None:
        fact_retract(
            fact=obj,
            author=request.user,  # type: ignore[arg-type]
            reason=request.POST.get("reason", "").replace("\x00", "").strip(),
        )

    def response_delete(self, request: HttpRequest, obj_display: str, obj_id: int) -> HttpResponse:
        text = _t("Retracted: %(fact)s. Its history can bring it back.")
        self.message_user(request, text % {"fact": obj_display}, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:kg_fact_versions", args=[obj_id]))

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Retracting takes nothing else along."""
        return [sentence(fact) for fact in objs], {}, set(), []
