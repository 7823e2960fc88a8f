"""Writes about entities: made once under a key that stays, renamed as the world renames them."""

from __future__ import annotations

import hashlib

from django.db import transaction
from django.utils.translation import gettext as _

from catalog.models import Product
from catalog.text_limits import one_line, text_problem
from kg.models import Entity, Kind
from kg.outbox import outbox_add
from kg.statements import FactRefusedError

KEY_LIMIT = 255
NAME_LIMIT = 300


def entity_key(kind: Kind | str, name: str) -> str:
    """The key of an entity: ``kind:name``. A name without room in it ends in a digest."""
    key = f"{Kind(kind).value}:{one_line(name)}"
    if len(key) <= KEY_LIMIT:
        return key
    digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"{key[: KEY_LIMIT - len(digest) - 1]}~{digest}"


def product_key(external_id: str) -> str:
    """The key of a product's entity."""
    return f"{Kind.PRODUCT.value}:{external_id}"


def entity_name(name: str) -> str:
    """A name as it is stored, on one line.

    Raises:
        FactRefusedError: it is empty, too long or cannot be stored.
    """
    name = one_line(name)
    if not name:
        raise FactRefusedError("name", _("An entity needs a name."))
    if problem := text_problem(name, limit=NAME_LIMIT):
        raise FactRefusedError("name", problem)
    return name


def entity_kind(kind: Kind | str) -> Kind:
    """A kind by its word.

    Raises:
        FactRefusedError: there is no such kind.
    """
    try:
        return Kind(kind)
    except ValueError:
        raise FactRefusedError(
            "kind",
            _("There is no kind “%(kind)s”; there are: %(kinds)s.")
            % {"kind": str(kind)[:40], "kinds": ", ".join(Kind.values)},
        ) from None


@transaction.atomic
def entity_make(
    *, kind: Kind | str, name: str, key: str = "", product: Product | None = None
) -> Entity:
    """The entity of this kind and name, made where it is missing; a known one keeps its name.

    ``key`` is made of kind and name unless it is given; it begins with the kind. Products come
    from the catalogue alone: theirs is made of the external id.

    Raises:
        FactRefusedError: kind, name or key is wrong.
    """
    kind, name = entity_kind(kind), entity_name(name)
    if (kind == Kind.PRODUCT) != (product is not None):
        raise FactRefusedError("kind", _("Products come from the catalogue."))
    if product is not None:
        key = product_key(product.external_id)
    key = key or entity_key(kind, name)
    if not key.startswith(f"{kind.value}:") or len(key) == len(kind.value) + 1:
        raise FactRefusedError("key", _("The key of this entity begins with “%s:”.") % kind.value)
    if problem := text_problem(key, limit=KEY_LIMIT):
        raise FactRefusedError("key", problem)
    entity, made = Entity.objects.get_or_create(
        key=key, defaults={"kind": kind.value, "name": name, "product": product}
    )
    if made:
        outbox_add(entities=[entity.key])
    return entity


@transaction.atomic
def entity_rename(*, entity: Entity, name: str) -> Entity:
    """Give an entity another readable name; its key stays."""
    name = entity_name(name)
    if entity.name != name:
        entity.name = name
        entity.save(update_fields=["name"])
        outbox_add(entities=[entity.key])
    return entity


def entity_found(entity: Entity | str, *, field: str) -> Entity:
    """The entity itself, by its key where a key is given.

    Raises:
        FactRefusedError: there is no such entity; ``field`` is named.
    """
    if isinstance(entity, Entity):
        return entity
    found = None
    if not text_problem(entity):
        found = Entity.objects.filter(key=entity).first()
    if found is None:
        raise FactRefusedError(
            field, _("There is no entity “%s”.") % entity[:KEY_LIMIT].replace("\x00", "")
        )
    return found
