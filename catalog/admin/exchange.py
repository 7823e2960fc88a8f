"""Products out to and in from spreadsheets, under the same rules as every other write."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from import_export import fields, resources, widgets
from import_export.formats.base_formats import CSV, JSON, XLSX

from catalog.importing.catalogue_records import ATTRIBUTE_PREFIX
from catalog.models import Category, Product
from catalog.selectors import product_cards
from catalog.services import product_save

EXPORT_FORMATS = [CSV, XLSX, JSON]
IMPORT_FORMATS = [CSV, XLSX, JSON]
#: Rows that a browser waits for; longer files go through ``manage.py import_catalogue``.
ROW_LIMIT = 5_000


class RelatedField(fields.Field):
    """A brand or a category by its words; ``product_save`` makes what does not exist."""

    def __init__(self, name: str, shown_by: str) -> None:
        super().__init__(attribute=name, column_name=name)
        self.pending, self.shown_by = f"_import_{name}", shown_by

    def save(
        self, instance: Product, row: Mapping[str, Any], is_m2m: bool = False, **kwargs: Any
    ) -> None:
        setattr(instance, self.pending, str(row.get(self.column_name) or "").strip())

    def get_value(self, instance: Product) -> str:
        pending = getattr(instance, self.pending, None)
        if pending is not None:
            return str(pending)
        related = getattr(instance, self.attribute)
        return str(getattr(related, self.shown_by)) if related else ""

    def export(self, instance: Product, **kwargs: Any) -> str:
        return self.get_value(instance)


class AttributesWidget(widgets.Widget):
    """Attributes as one JSON object in a cell."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> dict[str, Any]:
        if isinstance(value, dict):
            return value
        if not str(value or "").strip():
            return {}
        try:
            cleaned = json.loads(value)
        except ValueError as error:
            raise ValueError(_('must be a JSON object such as {"size": "16 oz"}')) from error
        if not isinstance(cleaned, dict):
            raise ValueError(_("must be a JSON object, not a list or a single value"))
        return cleaned

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return json.dumps(value or {}, ensure_ascii=False, sort_keys=True)


class NumberWidget(widgets.Widget):
    """A price or a count; words get a message and nothing is rounded silently."""

    def __init__(self, *, whole: bool) -> None:
        super().__init__()
        self.whole = whole

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Decimal | int | None:
        text = str("" if value is None else value).strip()
        if not text:
            return 0 if self.whole else None
        try:
            number = Decimal(text)
        except InvalidOperation:
            raise ValueError(_("must be a number such as 12")) from None
        if not number.is_finite():
            raise ValueError(_("must be a finite number"))
        if not self.whole:
            return number
        if number != number.to_integral_value() or not 0 <= number < 2**31:
            raise ValueError(_("must be a whole number from 0 on"))
        return int(number)

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        return "" if value is None else value


class ChoiceWidget(widgets.CharWidget):
    """One of a few words; an empty cell leaves what is there."""

    def __init__(self, choices: list[str]) -> None:
        super().__init__()
        self.choices = choices

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        word = str(value or "").strip().lower()
        if word not in self.choices:
            raise ValueError(_("must be one of %s") % ", ".join(self.choices))
        return word


class ProductResource(resources.ModelResource):
    """A row per product; ``external_id`` decides whether it is new."""

    external_id = fields.Field("external_id", "external_id", widgets.CharWidget())
    kind = fields.Field("kind", "kind", ChoiceWidget(Product.Kind.values))
    status = fields.Field("status", "status", ChoiceWidget(Product.Status.values))
    price = fields.Field("price", "price", NumberWidget(whole=False))
    stock = fields.Field("stock", "stock", NumberWidget(whole=True))
    brand = RelatedField("brand", "name")
    category = RelatedField("category", "path")
    attributes = fields.Field("attributes", "attributes", AttributesWidget())

    class Meta:
        model = Product
        import_id_fields = ("external_id",)
        fields = (
            "external_id",
            "title",
            "description",
            "kind",
            "status",
            "price",
            "stock",
            "brand",
            "category",
            "attributes",
        )
        export_order = fields
        skip_unchanged = True
        report_skipped = False
        use_transactions = True
        # product_save looks at the whole product, and names the fields in its own way.
        clean_model_instances = False

    def filter_export(self, queryset: Any, **kwargs: Any) -> Any:
        """Brand and category come along, or each row would ask for them."""
        return product_cards(queryset).order_by("pk")

    def before_import(self, dataset: Any, **kwargs: Any) -> None:
        if len(dataset) > ROW_LIMIT:
            raise ValidationError(
                _(
                    "This file has %(rows)s rows; at most %(limit)s can be taken in here. Use "
                    "“manage.py import_catalogue” for longer ones."
                )
                % {"rows": len(dataset), "limit": ROW_LIMIT}
            )
        headers = set(dataset.headers or [])
        if "external_id" not in headers:
            raise ValidationError(_("The first line must name a column “external_id”."))
        unknown = sorted(
            str(name)
            for name in headers - set(self.fields)
            if not str(name).startswith(ATTRIBUTE_PREFIX)
        )
        if unknown:
            raise ValidationError(
                _("Unknown columns: %(names)s. Known are: %(known)s.")
                % {"names": ", ".join(unknown), "known": ", ".join(self.fields)}
            )

    def before_import_row(self, row: dict[str, Any], **kwargs: Any) -> None:
        # A spreadsheet stores "0042" as the number 42; whole numbers come without ".0" at least.
        external_id = row.get("external_id")
        if isinstance(external_id, float) and external_id.is_integer():
            external_id = int(external_id)
        row["external_id"] = str("" if external_id is None else external_id).strip()
        if not row["external_id"]:
            raise ValidationError({"external_id": _("This row has no external id.")})
        columns = {name for name in row if str(name).startswith(ATTRIBUTE_PREFIX)}
        if columns:
            # As in import_catalogue: one column per attribute, an empty cell for none.
            given = self.fields["attributes"].widget.clean(row.get("attributes"))
            for name in columns:
                given[name.removeprefix(ATTRIBUTE_PREFIX)] = row[name]
            row["attributes"] = given

    def do_instance_save(self, instance: Product, is_create: bool) -> None:
        category = getattr(instance, "_import_category", None)
        names = None if category is None else category.split(Category.SEPARATOR)
        product_save(
            product=instance,
            brand=getattr(instance, "_import_brand", None),
            category=[] if names == [""] else names,
        )
