import pytest

from recommender.candidates.registry import (
    DuplicateSourceError,
    register,
    register_elsewhere,
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


def test_a_source_elsewhere_is_imported_when_it_is_asked_for(monkeypatch):
    from recommender.candidates import registry

    monkeypatch.setattr(registry, "_ELSEWHERE", {})
    register_elsewhere("far", "recommender.candidates.popular:Popular")
    register_elsewhere("far", "recommender.candidates.popular:Popular")
    assert source_names()[-1] == "far"
    assert source_class("far") is source_class("popular")


def test_a_name_elsewhere_belongs_to_one_class_too(monkeypatch):
    from recommender.candidates import registry

    monkeypatch.setattr(registry, "_ELSEWHERE", {"far": "recommender.candidates.popular:Popular"})
    for name, path in (("popular", "a.b:C"), ("far", "a.b:C")):
        with pytest.raises(DuplicateSourceError, match=name):
            register_elsewhere(name, path)
