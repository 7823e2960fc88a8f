"""Path, slug and depth of every category stay true, whatever is renamed or moved."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.utils.text import slugify
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.categories import branch, categories_make, category_make, category_save
from catalog.models import Category

pytestmark = pytest.mark.django_db


def tree() -> dict[str, tuple[str, int]]:
    return {c.path: (c.slug, c.depth) for c in Category.objects.all()}


def assert_tree_is_true() -> None:
    for category in Category.objects.select_related("parent"):
        parent = category.parent
        assert category.path == (f"{parent.path} / " if parent else "") + category.name
        assert category.depth == (parent.depth + 1 if parent else 0)
        assert category.slug


def test_make_creates_every_level_once():
    leaf = category_make(path=("Beauty", "Hair Care", "Shampoo"))
    assert leaf.path == "Beauty / Hair Care / Shampoo"
    assert category_make(path=(" Beauty ", "Hair  Care", "Shampoo")) == leaf
    assert tree() == {
        "Beauty": ("beauty", 0),
        "Beauty / Hair Care": ("beauty-hair-care", 1),
        "Beauty / Hair Care / Shampoo": ("beauty-hair-care-shampoo", 2),
    }


def test_names_with_the_separator_or_without_latin_letters():
    assert category_make(path=("Bath / Body",)).path == "Bath/Body"
    chinese = category_make(path=("护发",))
    assert chinese.slug.startswith("category-")
    # Different names, one slug: numbered.
    assert category_make(path=("Bath Body",)).slug == "bath-body"
    assert category_make(path=("Bath-Body",)).slug == "bath-body-2"


def test_many_paths_cost_queries_by_level_not_by_path(django_assert_num_queries):
    with django_assert_num_queries(2 + 2 * 2 + 2):
        made = categories_make(paths=[("Root", f"Leaf {n}") for n in range(150)])
    assert len(made) == 151
    with django_assert_num_queries(3):
        categories_make(paths=[("Root", f"Leaf {n}") for n in range(150)])


def test_renaming_and_moving_corrects_descendants():
    category_make(path=("A", "B", "C"))
    root = category_make(path=("Z",))
    node = Category.objects.get(path="A / B")
    node.name = "Bee"
    category_save(category=node)
    assert set(tree()) == {"A", "A / Bee", "A / Bee / C", "Z"}
    node.parent = root
    category_save(category=node)
    assert tree() == {
        "A": ("a", 0),
        "Z": ("z", 0),
        "Z / Bee": ("z-bee", 1),
        "Z / Bee / C": ("z-bee-c", 2),
    }
    assert [c.path for c in branch(node)] == ["Z / Bee", "Z / Bee / C"]


def test_a_branch_is_told_apart_by_case_and_by_whole_names():
    category_make(path=("Tea", "Green"))
    category_make(path=("tea", "Black"))
    category_make(path=("Tea Pots", "Iron"))
    node = Category.objects.get(path="Tea")
    assert [c.path for c in branch(node)] == ["Tea", "Tea / Green"]
    node.name = "Teas"
    category_save(category=node)
    assert {"Teas / Green", "tea / Black", "Tea Pots / Iron"} < set(tree())


@pytest.mark.parametrize("below", ["A", "A / B", "A / B / C"])
def test_a_cycle_is_refused(below):
    category_make(path=("A", "B", "C"))
    before = tree()
    node = Category.objects.get(path="A")
    node.parent = Category.objects.get(path=below)
    with pytest.raises(ValidationError) as caught:
        category_save(category=node)
    assert "parent" in caught.value.message_dict
    assert tree() == before


def test_names_taken_empty_and_too_long_are_refused():
    category_make(path=("A", "B"))
    other = category_make(path=("A", "C"))
    for name, words in [("B", "exists"), ("", "name"), ("x" * 121, "120"), ("a\x00", "NUL")]:
        other.name = name
        with pytest.raises(ValidationError) as caught:
            category_save(category=other)
        assert words in " ".join(caught.value.message_dict["name"])
    with pytest.raises(ValidationError, match="600"):
        category_make(path=("y" * 110,) * 6)


def test_a_rename_that_makes_a_descendants_path_too_long_changes_nothing():
    category_make(path=("a", *("y" * 115,) * 5))
    before = tree()
    node = Category.objects.get(path="a")
    node.name = "b" * 100
    with pytest.raises(ValidationError, match="600"):
        category_save(category=node)
    assert tree() == before


names = st.text("abAB -/茶", min_size=1, max_size=6).filter(lambda name: name.strip(" "))


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    paths=st.lists(st.lists(names, min_size=1, max_size=4), min_size=1, max_size=6),
    data=st.data(),
)
def test_any_tree_stays_true_through_any_move(db, paths, data):
    for category in Category.objects.order_by("-depth"):
        category.delete()
    categories_make(paths=paths)
    assert_tree_is_true()
    for _ in range(4):
        node = data.draw(st.sampled_from(list(Category.objects.all())))
        node.parent = data.draw(st.sampled_from([None, *Category.objects.all()]))
        node.name = data.draw(names)
        before = tree()
        try:
            category_save(category=node)
        except ValidationError:
            assert tree() == before
        assert_tree_is_true()
    slugs = [c.slug for c in Category.objects.all()]
    assert len(set(slugs)) == len(slugs)
    assert all(slug == slugify(slug) for slug in slugs)
