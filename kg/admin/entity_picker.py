"""Choosing an entity in a form: found by a few words, told apart by its kind."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.widgets import SELECT_CLASSES

from kg.admin.search import entities_find
from kg.admin.words import kinds_words
from kg.models import Entity, Kind, Predicate

PAGE = 20


def entity_words(entity: Entity) -> str:
    """Name and kind, and of a product the id, since titles repeat."""
    words = f"{entity.name} · {kinds_words([entity.kind])}"
    if entity.kind == Kind.PRODUCT:
        words += f" {entity.key.partition(':')[2]}"
    return words


def find_view(request: HttpRequest) -> JsonResponse:
    """Entities for select2: ``?term=&page=&predicate=&side=subject|object``.

    With a predicate only the kinds that it takes on that side are offered.
    """
    kinds: Iterable[str] = ()
    number = request.GET.get("predicate", "")
    side = request.GET.get("side", "")
    if number.isdecimal() and len(number) < 10 and side in {"subject", "object"}:
        predicate = Predicate.objects.filter(pk=int(number)).first()
        if predicate is not None:
            kinds = predicate.subject_kinds if side == "subject" else predicate.object_kinds
    page = request.GET.get("page", "1")
    start = PAGE * (min(max(int(page), 1), 100) - 1) if page.isdecimal() and len(page) < 4 else 0
    found = list(
        entities_find(request.GET.get("term", ""), kinds=list(kinds))[start : start + PAGE + 1]
    )
    return JsonResponse(
        {
            "results": [{"id": str(e.pk), "text": entity_words(e)} for e in found[:PAGE]],
            "pagination": {"more": len(found) > PAGE},
        }
    )


class EntityPicker(forms.Select):
    """A select2 over all entities that holds only the chosen one in the page."""

    def __init__(self, side: str = "", predicate_field: str = "") -> None:
        super().__init__(
            attrs={
                "class": " ".join(["kg-picker admin-autocomplete", *SELECT_CLASSES]),
                "data-theme": "admin-autocomplete",
                "data-kg-side": side,
                "data-kg-predicate": predicate_field,
                "data-placeholder": _("Type a few letters of a name"),
            }
        )

    def build_attrs(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return {**super().build_attrs(*args, **kwargs), "data-kg-find": reverse("admin:kg_find")}

    def optgroups(self, name: str, value: list[Any], attrs: Any = None) -> list[Any]:
        numbers = [int(v) for v in value if str(v).isdecimal() and len(str(v)) < 16]
        chosen = Entity.objects.filter(pk__in=numbers) if numbers else ()
        options = [
            self.create_option(name, entity.pk, entity_words(entity), True, i)
            for i, entity in enumerate(chosen, start=1)
        ]
        options.insert(0, self.create_option(name, "", "", not options, 0))
        return [(None, options, 0)]

    @property
    def media(self) -> forms.Media:
        extra = "" if settings.DEBUG else ".min"
        return forms.Media(
            js=(
                f"admin/js/vendor/jquery/jquery{extra}.js",
                "admin/js/vendor/select2/select2.full.js",
                "admin/js/jquery.init.js",
                "kg/picker.js",
            ),
            css={"screen": ("admin/css/vendor/select2/select2.css", "admin/css/autocomplete.css")},
        )


class EntityField(forms.Field):
    """The entity with the chosen primary key."""

    default_error_messages = {
        "required": _("Choose an entity."),
        "invalid": _("There is no such entity any more; choose another."),
    }

    def __init__(self, *, side: str = "", predicate_field: str = "", **kwargs: Any) -> None:
        super().__init__(widget=EntityPicker(side, predicate_field), **kwargs)

    def to_python(self, value: Any) -> Entity | None:
        if value in self.empty_values:
            return None
        text = str(value)
        found = None
        if text.isdecimal() and len(text) < 16:
            found = Entity.objects.filter(pk=int(text)).first()
        if found is None:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return found

    def prepare_value(self, value: Any) -> Any:
        return value.pk if isinstance(value, Entity) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return str(self.prepare_value(initial) or "") != str(data or "")
