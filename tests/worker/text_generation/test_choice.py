"""The settings name a generator, and a wrong name is told."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured

from recommender.explanation.generation import GenerationUnavailableError, Prompt
from recommender.worker.text_generation import choice
from tests.tiny_language_model import tiny_language_model


class Forgetful:
    """Has no memory left."""

    name, model, can_score, keeps_grammar = "own", "own", False, False

    def generate(self, prompts, *, deadline_seconds):
        raise MemoryError


@pytest.fixture(autouse=True)
def _nothing_loaded():
    choice.forget_generator()
    yield
    choice.forget_generator()


@pytest.mark.parametrize(
    ("told", "chosen"),
    [
        ({}, "llamacpp"),
        ({"OPENAI_BASE_URL": "http://x/v1"}, "openai"),
        ({"LANGUAGE_MODEL": "/no/folder"}, "transformers"),
        ({"TEXT_GENERATOR": "transformers"}, "transformers"),
    ],
)
def test_auto_is_decided_by_what_there_is(settings, told, chosen):
    settings.RECSITE_DEVICE = "cpu"
    for name, value in told.items():
        setattr(settings, name, value)
    assert choice.chosen_name() == chosen


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("TEXT_GENERATOR", {"TEXT_GENERATOR": "gpt"}),
        ("OPENAI_BASE_URL", {"TEXT_GENERATOR": "openai"}),
        ("OPENAI_MODEL", {"OPENAI_BASE_URL": "http://x/v1"}),
        ("OPENAI_GRAMMAR", {"OPENAI_BASE_URL": "http://x/v1", "OPENAI_MODEL": "m",
                            "OPENAI_GRAMMAR": "bnf"}),
        ("LANGUAGE_MODEL", {"TEXT_GENERATOR": "llamacpp", "LANGUAGE_MODEL": "some/name"}),
        ("TEXT_GENERATOR", {"TEXT_GENERATOR": "tests.nowhere:Class"}),
    ],
)  # fmt: skip
def test_settings_that_cannot_be_meant_are_named(settings, name, told):
    for key, value in told.items():
        setattr(settings, key, value)
    with pytest.raises(ImproperlyConfigured, match=name):
        choice.text_generator()


def test_the_transformers_generator_reads_the_named_folder_once(settings, tmp_path):
    settings.TEXT_GENERATOR, settings.RECSITE_DEVICE = "transformers", "cpu"
    settings.LANGUAGE_MODEL = str(tiny_language_model(tmp_path))
    generator = choice.text_generator()
    assert generator.model == str(tmp_path)
    assert choice.text_generator() is generator
    assert generator.generate([Prompt("", "x", max_tokens=2)], deadline_seconds=30)


def test_whatever_a_generator_raises_becomes_the_one_foreseen_error(settings):
    settings.TEXT_GENERATOR = f"{__name__}:Forgetful"
    with pytest.raises(GenerationUnavailableError) as told:
        choice.text_generator().generate([Prompt("", "x")], deadline_seconds=1)
    assert told.value.reason == "memory"
