"""The vocabulary in the admin: changed freely, as far as the facts that are there allow."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from kg.admin.words import kinds_words, predicate_words
from kg.facts import FactRefusedError
from kg.models import Fact, Kind, Predicate
from kg.vocabulary import SHIPPED, predicate_save

#: Code reads facts by these; they can be worded anew, but not taken away.
SHIPPED_KEYS = frozenset(spec.key for spec in SHIPPED)


class PredicateForm(forms.ModelForm[Predicate]):
    """Saves while it validates, as the form of a fact does: the service alone says what fits."""

    subject_kinds = forms.MultipleChoiceField(
        label=_("kinds of subject"),
        choices=Kind.choices,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget(),
        help_text=_("None ticked means any kind."),
    )
    object_kinds = forms.MultipleChoiceField(
        label=_("kinds of object"),
        choices=Kind.choices,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget(),
        help_text=_("None ticked means any kind."),
    )

    class Meta:
        model = Predicate
        fields = (
            "key", "label", "inverse_label", "description", "subject_kinds", "object_kinds",
            "symmetric", "functional", "acyclic",
        )  # fmt: skip

    def _post_clean(self) -> None:
        if self.errors:
            return
        predicate = Predicate(pk=self.instance.pk, **{
            name: self.cleaned_data.get(name, getattr(self.instance, name))
            for name in self._meta.fields or ()
        })  # fmt: skip
        predicate._state.adding = self.instance.pk is None
        try:
            self.instance = predicate_save(predicate=predicate)
        except FactRefusedError as error:
            self.add_error(error.field if error.field in self.fields else None, error.reason)
        except ValidationError as error:
            self.add_error(None, error)


@admin.register(Predicate)
class PredicateAdmin(ModelAdmin):
    """The relations that facts may state."""

    form = PredicateForm
    list_display = ("relation", "key", "joins", "rules", "facts_shown")
    search_fields = ("key", "label", "inverse_label", "description")
    list_per_page = 100
    fields = (
        ("label", "inverse_label"),
        "key",
        "description",
        "subject_kinds",
        "object_kinds",
        "symmetric",
        "functional",
        "acyclic",
    )

    class Media:
        css: ClassVar[dict[str, list[str]]] = {"all": ["kg/graph.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Predicate]:
        return super().get_queryset(request).order_by("key")

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changelist = super().get_changelist_instance(request)
        rows = Fact.objects.order_by().values_list("predicate").annotate(number=Count("pk"))
        counts = dict(rows.values_list("predicate", "number"))
        predicates = list(changelist.result_list)
        for predicate in predicates:
            predicate.number = counts.get(predicate.pk, 0)
        changelist.result_list = predicates
        return changelist

    @display(description=_("reads"), header=True, ordering="label")
    def relation(self, predicate: Predicate) -> list[str]:
        back = predicate_words(predicate, backwards=True)
        return [predicate_words(predicate), _t("backwards: %s") % back]

    @admin.display(description=_("joins"))
    def joins(self, predicate: Predicate) -> str:
        arrow = "↔" if predicate.symmetric else "→"
        subject, object = kinds_words(predicate.subject_kinds), kinds_words(predicate.object_kinds)
        return f"{subject} {arrow} {object}"

    @admin.display(description=_("rules"))
    def rules(self, predicate: Predicate) -> str:
        names = ("symmetric", "functional", "acyclic")
        words = [
            str(Predicate._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
            for name in names
            if getattr(predicate, name)
        ]
        return ", ".join(words) or "–"

    @admin.display(description=_("facts"))
    def facts_shown(self, predicate: Predicate) -> str:
        number: int = getattr(predicate, "number", 0)
        address = reverse("admin:kg_fact_changelist") + f"?relation={predicate.key}"
        return format_html('<a class="rs-link rs-figure" href="{}">{}</a>', address, f"{number:,}")

    def get_readonly_fields(self, request: HttpRequest, obj: Predicate | None = None) -> list[str]:
        return ["key"] if obj is not None else []

    def save_model(self, request: HttpRequest, obj: Predicate, form: Any, change: bool) -> None:
        """The form has saved the predicate while it was checked."""

    def has_delete_permission(self, request: HttpRequest, obj: Predicate | None = None) -> bool:
        """Neither what code relies on nor what facts stand on can be taken away."""
        allowed = bool(super().has_delete_permission(request, obj))
        if obj is None:
            return allowed
        return allowed and obj.key not in SHIPPED_KEYS and not obj.facts.exists()

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions: dict[str, Any] = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions
