"""Prompts are versions: saved as drafts, tried out, made live; unknown places are named."""

from __future__ import annotations

import time
import uuid

import pytest
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from recommender.contracts import Scenario
from recommender.delivery import text_samples
from recommender.delivery.models import SlateTrace
from recommender.explanation.prompt_table import PromptTemplateVersion
from recommender.explanation.prompt_versions import (
    prompt_make_live,
    prompt_save,
    templates_live,
)
from recommender.explanation.prompts import TEMPLATES
from users.models import User

Status = PromptTemplateVersion.Status
TEXTS = {"name": "explanation", "language": "en", "system": "Be kind.", "user": "{item}! {facts}"}


def page(version: PromptTemplateVersion, which: str) -> str:
    return reverse(f"admin:recommender_prompttemplateversion_{which}", args=[version.pk])


@pytest.fixture(autouse=True)
def _as_migrated(db) -> None:
    # Other tests may have emptied the tables that the migrations fill.
    PromptTemplateVersion.objects.all().delete()


def test_each_saving_is_a_version_and_one_of_a_language_is_live():
    first, second = prompt_save(**TEXTS, by=None), prompt_save(**TEXTS, by=None)
    chinese = prompt_save(**TEXTS | {"language": "zh-hans", "user": "{facts}{item}？"}, by=None)
    assert [v.code for v in (first, second, chinese)] == ["en-1", "en-2", "zh-hans-1"]
    assert {v.status for v in PromptTemplateVersion.objects.all()} == {Status.DRAFT}
    assert dict(templates_live()) == dict(TEMPLATES)  # nobody has chosen: those of the shop
    for version in (first, chinese, second, first):  # an older one can come back
        prompt_make_live(version=version)
    live = PromptTemplateVersion.objects.filter(status=Status.LIVE)
    assert {v.code for v in live} == {"en-1", "zh-hans-1"}
    told = templates_live()
    assert (told["en"].version, told["en"].system) == ("en-1", "Be kind.")
    assert told["zh-hans"].filled(facts="甲", item="乙") == "甲乙？"


@pytest.mark.parametrize(
    ("texts", "field", "named"),
    [
        ({"user": "{item}"}, "user", "{facts}"),
        ({"user": "Tell."}, "user", "{facts}, {item}"),
        ({"user": "{item} {facts} {price} {shopper}"}, "user", "{price}, {shopper}"),
        ({"system": "Be {mood}."}, "system", "{mood}"),
        ({"system": " "}, "system", "blank"),
        ({"language": "xx"}, "language", "xx"),
    ],
)
def test_what_cannot_be_filled_in_is_named(texts, field, named):
    with pytest.raises(ValidationError) as told:
        prompt_save(**TEXTS | texts, by=None)
    assert list(told.value.message_dict) == [field]
    assert named in told.value.message_dict[field][0]
    assert not PromptTemplateVersion.objects.exists()


def test_a_merchandiser_saves_tries_and_makes_live(
    merchandiser_client: Client, merchandiser: User, small_shop
):
    first = prompt_save(**TEXTS, by=None)
    prompt_make_live(version=first)
    form = {"system": "Be brief.", "user": "About {item}:\n{facts}"}
    answer = merchandiser_client.post(page(first, "change"), form)
    second = PromptTemplateVersion.objects.get(version=2)
    assert answer["Location"] == page(second, "change")
    assert (second.status, second.author, second.system) == ("draft", merchandiser, "Be brief.")
    first.refresh_from_db()
    assert (first.status, first.system) == ("live", "Be kind.")

    wrong = merchandiser_client.post(page(second, "change"), form | {"user": "{item} {weight}"})
    assert "{weight}" in wrong.content.decode()
    assert PromptTemplateVersion.objects.count() == 2

    SlateTrace.objects.create(
        trace=uuid.uuid4(), scenario=Scenario.HOME, model_version="m",
        shopper=small_shop.shoppers["anna"],
        items=[{"product": "p1", "rank": 1, "score": 1.0, "sources": {"item-knn": 1.0},
                "explanation": {"template": "because-bought", "product": "p0"}}],
    )  # fmt: skip
    preview = reverse("admin:recommender_prompttemplateversion_preview", args=[second.pk])
    shown = merchandiser_client.get(preview).content.decode()
    assert "Be brief." in shown
    assert "You bought Oat milk." in shown
    # Nobody writes in this test, and the page says so at once.
    asked = merchandiser_client.post(preview, {"product": "p1"}).content.decode()
    assert "no explaining worker answers" in asked

    live = reverse("admin:recommender_prompttemplateversion_make_live", args=[second.pk])
    assert merchandiser_client.get(live).status_code == 200
    first.refresh_from_db()
    assert first.status == "live"  # asking changes nothing
    merchandiser_client.post(live)
    assert templates_live()["en"].version == "en-2"


def test_a_preview_shows_what_the_pool_wrote_and_whether_it_would_be_shown(
    boss_client: Client, small_shop, monkeypatch
):
    version = prompt_save(**TEXTS, by=None)
    SlateTrace.objects.create(
        trace=uuid.uuid4(), scenario=Scenario.HOME, model_version="m",
        items=[{"product": "p1", "rank": 1, "score": 1.0, "sources": {},
                "explanation": {"template": "popular"}}],
    )  # fmt: skip
    said = {"tokens": 7, "seconds": 0.5, "model": "small one"}

    def order(task, wanted, **_options):
        cache.set(f"text-sample:{wanted['key']}", {**said, "text": texts.pop()}, timeout=9)
        return True

    cache.set("pool:heartbeat:explain", time.time())
    monkeypatch.setattr(text_samples, "order", order)
    texts = ["This is popular in the shop right now.", "It cures everything."]
    preview = reverse("admin:recommender_prompttemplateversion_preview", args=[version.pk])
    refused = boss_client.post(preview, {"product": "p1"}).content.decode()
    assert "It cures everything." in refused
    assert "It would be refused (unreadable" in refused
    shown = boss_client.post(preview, {"product": "p1"}).content.decode()
    assert "It would be shown." in shown
    assert "small one" in shown
    assert "7 tokens in 0.5 s" in shown
