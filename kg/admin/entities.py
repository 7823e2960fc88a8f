"""Entities in the admin: found by a few words, shown with all that is known of them."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.timezone import localtime
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import ChoicesRadioFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from kg.admin.entity_page import entity_context
from kg.admin.entity_picker import find_view
from kg.admin.neighbourhood import neighbourhood_view
from kg.admin.pictures import picture_mark, pictures
from kg.admin.search import entities_find, fact_counts
from kg.admin.words import kind_mark
from kg.entities import NAME_LIMIT
from kg.facts import FactRefusedError, entity_make, entity_rename
from kg.models import Entity, Kind
from recsite.admin_pages import CappedPaginator


class EntityForm(forms.ModelForm[Entity]):
    """Makes or renames an entity while it validates; the service says what cannot be."""

    name = forms.CharField(
        label=_("name"), max_length=NAME_LIMIT, widget=UnfoldAdminTextInputWidget()
    )
    kind = forms.ChoiceField(
        label=_("kind"),
        choices=[choice for choice in Kind.choices if choice[0] != Kind.PRODUCT],
        widget=UnfoldAdminSelectWidget(),
        help_text=_("Products come from the catalogue by themselves."),
    )

    class Meta:
        model = Entity
        fields = ("name", "kind")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            # What an entity is never changes: its key says it.
            self.fields.pop("kind", None)

    def _post_clean(self) -> None:
        if self.errors:
            return
        name = self.cleaned_data["name"]
        try:
            if self.instance.pk:
                self.instance = entity_rename(entity=self.instance, name=name)
                return
            kind = self.cleaned_data["kind"]
            if Entity.objects.filter(kind=kind, name__iexact=name).exists():
                raise FactRefusedError("name", _t("There is an entity of this kind and name."))
            self.instance = entity_make(kind=kind, name=name)
        except FactRefusedError as error:
            self.add_error(error.field if error.field in self.fields else None, error.reason)


@admin.register(Entity)
class EntityAdmin(ModelAdmin):
    """The page of an entity shows its facts and, as a picture, what lies around it."""

    form = EntityForm
    change_form_template = "kg/admin/entity.html"
    list_display = ("entity", "kind_shown", "facts_shown", "since")
    list_filter = (("kind", ChoicesRadioFilter),)
    list_per_page = 50
    list_fullwidth = True
    # Answers whether there is a search field; entities_find does the searching.
    search_fields = ("name",)
    search_help_text = _("Words of the name, or the key")
    paginator = CappedPaginator
    show_full_result_count = False

    class Media:
        css: ClassVar[dict[str, list[str]]] = {"all": ["kg/graph.css"]}

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("find/", wrap(self._for_readers(find_view)), name="kg_find"),
            path(
                "neighbourhood/",
                wrap(self._for_readers(neighbourhood_view)),
                name="kg_neighbourhood",
            ),
        ]
        return [*own, *super().get_urls()]

    def _for_readers(self, view: Any) -> Any:
        """The view for those who may see entities; others get 403."""

        def guarded(request: HttpRequest) -> Any:
            if not self.has_view_permission(request):
                raise PermissionDenied
            return view(request)

        return guarded

    # --- the list ---------------------------------------------------------------------------

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Entity], search_term: str
    ) -> tuple[QuerySet[Entity], bool]:
        if not search_term.strip():
            return queryset, False
        order = queryset.query.order_by
        found = entities_find(search_term, queryset)
        # A column that was clicked orders; otherwise the likeliest stand first.
        return (found.order_by(*order) if "o" in request.GET else found), False

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changelist = super().get_changelist_instance(request)
        changelist.full_result_count = changelist.result_count
        entities = list(changelist.result_list)
        found, counts = pictures(entities), fact_counts(entities)
        for entity in entities:
            entity.picture_mark = picture_mark(entity, found, 40)
            entity.counts = counts[entity.pk]
        changelist.result_list = entities
        return changelist

    @admin.display(description=_("entity"), ordering="name")
    def entity(self, entity: Entity) -> str:
        return format_html(
            '<span class="kg-side">{} <span><b>{}</b><small>{}</small></span></span>',
            entity.picture_mark,  # type: ignore[attr-defined]
            entity.name,
            entity.key,
        )

    @admin.display(description=_("kind"), ordering="kind")
    def kind_shown(self, entity: Entity) -> str:
        return kind_mark(entity.kind)

    @admin.display(description=_("facts"))
    def facts_shown(self, entity: Entity) -> str:
        accepted, proposed = entity.counts  # type: ignore[attr-defined]
        waiting = format_html(' <small class="rs-muted">+{} ?</small>', f"{proposed:,}")
        return format_html(
            '<span class="rs-figure" title="{}">{}{}</span>',
            _("accepted, and proposed"),
            f"{accepted:,}",
            waiting if proposed else "",
        )

    @display(description=_("known since"), ordering="created_at")
    def since(self, entity: Entity) -> str:
        return date_format(localtime(entity.created_at), "j M Y")

    # --- the page ---------------------------------------------------------------------------

    def get_fields(self, request: HttpRequest, obj: Entity | None = None) -> list[str]:
        return ["name"] if obj is not None else ["name", "kind"]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        entity = self.get_object(request, object_id)
        if entity is not None and self.has_view_permission(request, entity):
            extra_context = {**(extra_context or {}), **entity_context(request, entity)}
        return super().change_view(request, object_id, form_url, extra_context)

    def save_model(self, request: HttpRequest, obj: Entity, form: Any, change: bool) -> None:
        """The form has written the entity while it was checked."""

    def has_delete_permission(self, request: HttpRequest, obj: Entity | None = None) -> bool:
        """Facts are retracted one by one, so that each stays in the history; entities stay."""
        return False

    def get_view_on_site_url(self, obj: Entity | None = None) -> str | None:
        """A product's page in the shop."""
        if obj is None or obj.product_id is None:
            return None
        return reverse("product", args=[obj.key.partition(":")[2]])
