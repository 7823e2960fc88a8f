"""The category tree: makes branches by name and keeps path, slug and depth of each node true."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Left
from django.utils.text import slugify
from django.utils.translation import gettext as _

from catalog.models import Category, Product
from catalog.text_limits import one_line, text_problem
from kg.catalogue_door import catalogue_changed

NAME_LIMIT = 120
PATH_LIMIT = 600
SLUG_LIMIT = 200


def category_name(name: str) -> str:
    """A name as the tree stores it: on one line, and never holding the separator of paths."""
    return one_line(name).replace(Category.SEPARATOR, "/")


def category_path(names: Sequence[str]) -> tuple[str, ...]:
    """The names from root to leaf as stored; raises a ValidationError under "category"."""
    path = tuple(category_name(name) for name in names)
    if not all(path):
        raise ValidationError({"category": _("a category needs a name")})
    for name in path:
        if problem := text_problem(name, limit=NAME_LIMIT):
            raise ValidationError(
                {
                    "category": _("the name “%(name)s…” %(problem)s")
                    % {"name": name[:20].replace("\x00", ""), "problem": problem}
                }
            )
    if problem := text_problem(Category.SEPARATOR.join(path), limit=PATH_LIMIT):
        raise ValidationError({"category": _("the whole path %s") % problem})
    return path


def branch(category: Category) -> QuerySet[Category]:
    """The category and everything below it."""
    return _starting_with(category.path + Category.SEPARATOR, or_pk=category.pk)


def _starting_with(prefix: str, or_pk: int | None = None) -> QuerySet[Category]:
    """Categories whose path begins with the prefix, to the letter: SQLite's LIKE ignores case."""
    condition = Q(beginning=prefix)
    if or_pk is not None:
        condition |= Q(pk=or_pk)
    return Category.objects.alias(beginning=Left("path", len(prefix))).filter(condition)


def category_make(*, path: Sequence[str]) -> Category:
    """The category with these names from the root, made with its ancestors where missing."""
    cleaned = category_path(path)
    if not cleaned:
        raise ValidationError({"category": _("a category needs a name")})
    return categories_make(paths=[cleaned])[cleaned]


@transaction.atomic
def categories_make(*, paths: Iterable[Sequence[str]]) -> dict[tuple[str, ...], Category]:
    """The categories with these paths (cleaned names are the keys), missing levels made.

    One query reads, and one per level of the tree writes.
    """
    wanted = {category_path(path) for path in paths}
    wanted = {path[:end] for path in wanted for end in range(1, len(path) + 1)}
    joined = {Category.SEPARATOR.join(path): path for path in wanted}
    known = {
        joined[category.path]: category
        for category in Category.objects.filter(path__in=list(joined))
    }
    missing = sorted(wanted - known.keys(), key=lambda path: (len(path), path))
    if not missing:
        return known
    taken = set(Category.objects.values_list("slug", flat=True))
    for depth in sorted({len(path) for path in missing}):
        level = []
        for path in (path for path in missing if len(path) == depth):
            slug = _free_slug(Category.SEPARATOR.join(path), taken)
            taken.add(slug)
            level.append(
                Category(
                    parent=known.get(path[:-1]),
                    name=path[-1],
                    path=Category.SEPARATOR.join(path),
                    slug=slug,
                    depth=depth - 1,
                )
            )
        # Somebody else may have made one of them since it was looked up.
        Category.objects.bulk_create(level, ignore_conflicts=True)
        made = Category.objects.filter(path__in=[category.path for category in level])
        known.update({joined[category.path]: category for category in made})
    return known


@transaction.atomic
def category_save(*, category: Category) -> Category:
    """Save a new, renamed or moved category and correct everything below it.

    Raises a ValidationError where it would lie below itself, where a sibling has its name, or
    where a path grows too long.
    """
    category.name = category_name(category.name)
    old = Category.objects.filter(pk=category.pk).first() if category.pk else None
    parent = Category.objects.filter(pk=category.parent_id).first() if category.parent_id else None
    below_old = old.path + Category.SEPARATOR if old else ""
    if old and parent and (parent.pk == old.pk or parent.path.startswith(below_old)):
        raise ValidationError({"parent": _("A category cannot lie below itself.")})
    names = (*(parent.path.split(Category.SEPARATOR) if parent else ()), category.name)
    try:
        path = Category.SEPARATOR.join(category_path(names))
    except ValidationError as error:
        raise ValidationError({"name": error.messages}) from error
    if Category.objects.filter(path=path).exclude(pk=category.pk).exists():
        raise ValidationError({"name": _("The category “%s” exists already.") % path})

    below = list(_starting_with(below_old)) if old else []
    taken = set(Category.objects.values_list("slug", flat=True))
    category.path, category.depth = path, len(names) - 1
    category.slug = _free_slug(path, taken - {old.slug if old else ""})
    taken.add(category.slug)
    category.save()
    if old is None or old.path == path:
        return category
    for node in below:
        node.path = path + Category.SEPARATOR + node.path.removeprefix(below_old)
        if len(node.path) > PATH_LIMIT:
            raise ValidationError(
                {
                    "name": _("The path of “%(name)s” would grow beyond %(limit)d characters.")
                    % {"name": node.name, "limit": PATH_LIMIT}
                }
            )
        node.depth = node.path.count(Category.SEPARATOR)
        node.slug = _free_slug(node.path, taken - {node.slug})
        taken.add(node.slug)
    Category.objects.bulk_update(below, ["path", "slug", "depth"], batch_size=200)
    catalogue_changed(
        products=Product.objects.filter(category__in=[category, *below]).values_list(
            "pk", flat=True
        )
    )
    return category


def _free_slug(path: str, taken: Collection[str]) -> str:
    """A slug made of the path, numbered where another category has it already."""
    # Names without Latin letters leave nothing; the digest keeps the address stable.
    digest = hashlib.sha256(path.encode()).hexdigest()[:12]
    base = slugify(path.replace(Category.SEPARATOR, "-"))[: SLUG_LIMIT - 8] or f"category-{digest}"
    slug, number = base, 2
    while slug in taken:
        slug, number = f"{base}-{number}", number + 1
    return slug
