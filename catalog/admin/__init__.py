"""The catalogue in the admin."""

from catalog.admin.attributes import AttributeTypeAdmin
from catalog.admin.brands import BrandAdmin
from catalog.admin.categories import CategoryAdmin
from catalog.admin.products import ProductAdmin
from catalog.admin.reviews import ReviewAdmin

__all__ = ["AttributeTypeAdmin", "BrandAdmin", "CategoryAdmin", "ProductAdmin", "ReviewAdmin"]
