"""Form fields for a product's attributes, one of the right kind for each."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminNullBooleanSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextInputWidget,
)

from catalog.attributes import TEXT_LIMIT
from catalog.models import AttributeType

FIELD_PREFIX = "attribute__"


def field_name(attribute: AttributeType) -> str:
    """Name of the form field of an attribute."""
    return f"{FIELD_PREFIX}{attribute.key}"


def field_for(attribute: AttributeType) -> forms.Field:
    """A form field that takes what the attribute's kind allows."""
    label = f"{attribute.label} ({attribute.unit})" if attribute.unit else attribute.label
    match attribute.kind:
        case AttributeType.Kind.NUMBER:
            return forms.DecimalField(
                label=label,
                required=False,
                widget=UnfoldAdminDecimalFieldWidget(attrs={"step": "any"}),
                error_messages={"invalid": _("Enter a number.")},
            )
        case AttributeType.Kind.BOOLEAN:
            widget = UnfoldAdminNullBooleanSelectWidget()
            widget.choices = [("unknown", "–"), ("true", _("Yes")), ("false", _("No"))]
            return forms.NullBooleanField(label=label, required=False, widget=widget)
        case AttributeType.Kind.DATE:
            return forms.DateField(
                label=label, required=False, widget=UnfoldAdminSingleDateWidget()
            )
        case _:
            return forms.CharField(
                label=label,
                required=False,
                max_length=TEXT_LIMIT,
                widget=UnfoldAdminTextInputWidget(),
            )


def shown(value: Any) -> Any:
    """A stored value as people read it."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(str(part) for part in value)
    return value
