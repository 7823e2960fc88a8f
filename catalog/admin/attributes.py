"""What products are described by."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import BooleanRadioFilter, ChoicesRadioFilter
from unfold.decorators import display

from catalog.attributes import attribute_value
from catalog.models import AttributeType, Product


class AttributeTypeForm(forms.ModelForm[AttributeType]):
    """A kind can only become what all values that are stored already fit."""

    class Meta:
        model = AttributeType
        fields = ("key", "label", "kind", "unit", "is_facet")

    def clean_key(self) -> str:
        key = str(self.cleaned_data["key"])
        if self.instance.pk and key != self.instance.key:
            raise ValidationError(_("Products hold values under this key; it cannot change."))
        return key

    def clean_kind(self) -> str:
        kind = str(self.cleaned_data["kind"])
        if not self.instance.pk or "kind" not in self.changed_data:
            return kind
        key = self.instance.key
        held = Product.objects.filter(attributes__has_key=key).values_list("title", "attributes")
        for title, attributes in held.iterator():
            try:
                attribute_value(kind, attributes[key])
            except ValueError as error:
                raise ValidationError(
                    _("“%(product)s” holds “%(value)s”, which does not fit this kind."),
                    params={"product": title, "value": attributes[key]},
                ) from error
        return kind


@admin.register(AttributeType)
class AttributeTypeAdmin(ModelAdmin):
    """Attributes: their kind, unit, and whether the shop offers them as a filter."""

    form = AttributeTypeForm
    list_display = ("label", "key", "kind_label", "unit", "is_facet")
    list_filter = (("kind", ChoicesRadioFilter), ("is_facet", BooleanRadioFilter))
    search_fields = ("key", "label")
    fields = (("label", "key"), ("kind", "unit"), "is_facet")

    @display(description=_("kind"), ordering="kind", label=True)
    def kind_label(self, attribute: AttributeType) -> tuple[str, Any]:
        return attribute.kind, attribute.get_kind_display()
