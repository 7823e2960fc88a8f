"""Where a product's picture is found: its first photograph, or the drawing of its group."""

from __future__ import annotations

from urllib.parse import urlencode

from django.urls import reverse

from catalog.models import Media, Product
from catalog.pictures import draw

#: The drawing of products that belong to no group.
PLAIN_GROUP = "product"
BRAND_LIMIT = 40
SEED_LIMIT = 100
SIZE_LIMIT = 16
#: The attribute that a drawing writes on the package.
SIZE_ATTRIBUTE = "size"


def drawing_url(group: str, *, brand: str = "", seed: str = "", size: str = "") -> str:
    """Address of a drawing; everything that it shows stands in the address."""
    words = {
        "brand": brand[:BRAND_LIMIT],
        "seed": seed[:SEED_LIMIT],
        "size": size[:SIZE_LIMIT],
    }
    query = urlencode({key: value for key, value in words.items() if value})
    return reverse("picture", args=[group or PLAIN_GROUP]) + (f"?{query}" if query else "")


def picture_url(product: Product) -> str:
    """Address of the picture that stands for a product.

    Asks the database only where brand or media were not loaded with the product; the selectors
    of the catalogue load both.
    """
    images = getattr(product, "first_images", None)
    if images is None:
        images = [m for m in product.media.all() if m.kind == Media.Kind.IMAGE]
    if images:
        return str(images[0].file.url)
    return product_drawing_url(product)


def product_drawing_url(product: Product) -> str:
    """Address of the drawing that stands for a product while it has no picture of its own."""
    return drawing_url(
        product.picture_group,
        brand=product.brand.name if product.brand else "",
        seed=product.external_id,
        size=str(product.attributes.get(SIZE_ATTRIBUTE, "")),
    )


def product_drawing(product: Product) -> str:
    """That drawing itself, an SVG: what its address answers."""
    return draw(
        product.picture_group or PLAIN_GROUP,
        product.brand.name[:BRAND_LIMIT] if product.brand else "",
        product.external_id[:SEED_LIMIT],
        str(product.attributes.get(SIZE_ATTRIBUTE, ""))[:SIZE_LIMIT],
    )
