"""The form of a product: typed attributes instead of raw JSON, and files to add."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from catalog.admin.attribute_fields import field_for, field_name
from catalog.admin.product_media import files_field
from catalog.attributes import attribute_value, is_missing
from catalog.models import AttributeType, Product
from catalog.text_limits import one_line


class ProductForm(forms.ModelForm[Product]):
    """A product with one field per attribute type; subclasses made by ``product_form`` have them.

    Every value is checked by the catalogue's own rule, so that saving the product cannot fail for
    a reason that the form does not show at its field.
    """

    attribute_types: Sequence[AttributeType] = ()
    new_files = files_field()

    class Meta:
        model = Product
        exclude = ("attributes",)  # noqa: DJ006 - what is shown is named by the admin's fieldsets

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        values = self.instance.attributes or {}
        for attribute in self.attribute_types:
            self.initial[field_name(attribute)] = values.get(attribute.key)
        if "stock" in self.fields:
            # What was shown travels along, so that only a figure that was really edited is saved.
            self.fields["stock"].show_hidden_initial = True

    def clean_external_id(self) -> str:
        external_id = str(self.cleaned_data["external_id"])
        if self.instance.pk and external_id != self.instance.external_id:
            raise ValidationError(_("The external id of a product never changes."))
        return external_id

    def clean_title(self) -> str:
        return one_line(str(self.cleaned_data["title"]))

    def clean_stock(self) -> int:
        """Sales since the form was opened must not be undone by saving something else."""
        if self.instance.pk and "stock" not in self.changed_data:
            return self.instance.stock
        return int(self.cleaned_data["stock"])

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        held = dict(self.instance.attributes or {})
        checked: dict[str, Any] = {}
        for attribute in self.attribute_types:
            name, old = field_name(attribute), held.pop(attribute.key, None)
            if name in self.errors:
                continue
            # A view-only form lacks the fields; then the values stay what they are.
            value = self.cleaned_data.get(name, old)
            if is_missing(value):
                continue
            try:
                checked[attribute.key] = attribute_value(attribute.kind, value)
            except ValueError as error:
                self.add_error(name, str(error))
        if held:
            self.add_error(
                None,
                _(
                    "No attribute is defined for “%(keys)s”: define it first, or restore a version "
                    "of the product without it."
                )
                % {"keys": "”, “".join(held)},
            )
        self.instance.attributes = checked
        return cleaned


def product_form(types: Sequence[AttributeType]) -> type[ProductForm]:
    """The form class for a catalogue that describes products by these attributes."""
    fields: dict[str, Any] = {field_name(attribute): field_for(attribute) for attribute in types}
    return type("TypedProductForm", (ProductForm,), {**fields, "attribute_types": tuple(types)})
