import pytest

from recommender.candidates.registry import (
    DuplicateSourceError,
    register,
    source_class,
    source_names,
)


def test_the_sources_of_a_blend_are_known():
    assert set(source_names()) >= {
        "popular", "ease", "item_knn", "transitions", "text_transitions",
        "sessions", "content", "lexical",
    }  # fmt: skip


def test_a_second_class_of_one_name_is_refused():
    popular = source_class("popular")

    class Impostor:
        name = "popular"

    with pytest.raises(DuplicateSourceError, match="popular"):
        register(Impostor)
    assert source_class("popular") is popular


def test_registering_the_same_class_again_changes_nothing():
    before = source_names()
    register(source_class("ease"))
    assert source_names() == before


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(KeyError, match="popular"):
        source_class("crystal_ball")
