"""Each of the three things to do on "why am I seeing this?" changes the next slate."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from recommender.contracts import Scenario, Slate, SlateRequest
from recommender.delivery.slate_store import slate_key, slates_read
from recommender.learning.update import learn
from recommender.ranking.model import BlendedModel
from recommender.registry.versions import model_folder
from recommender.worker.live_model import LoadedModel
from recommender.worker.scoring import slates_score
from tests.web.test_reasons import why

HOME = SlateRequest(Scenario.HOME, "anna")


@pytest.fixture
def loaded(small_shop) -> LoadedModel:
    version = learn(minimum_events=0)
    return LoadedModel(version.version, BlendedModel.load(model_folder(version)))


def scored(loaded: LoadedModel) -> Slate:
    slates_score([HOME], loaded)
    slate: Slate = slates_read([HOME])[slate_key(HOME)]
    return slate


def test_each_of_them_changes_the_next_slate(anna: Client, loaded: LoadedModel):
    first = scored(loaded)
    caused = next(item for item in first.items if item.explanation.get("product"))
    html = why(anna, first.trace, caused.product)
    # What the forms of the dialog say: where they go, and with what.
    forms = re.findall(
        r'action="(/\w+/)".*?name="product" value="(\w+)".*?name="kind" value="(\w+)"', html, re.S
    )
    cause = caused.explanation["product"]
    assert [form[0::2] for form in forms] == [
        ("/opinion/", "like"), ("/opinion/", "dislike"), ("/wish/", "fewer"), ("/wish/", "forget"),
    ]  # fmt: skip
    assert [product for _, product, _ in forms] == [caused.product] * 3 + [cause]

    anna.post("/wish/", {"kind": "forget", "product": cause})
    forgotten = scored(loaded)
    assert all(item.explanation.get("product") != cause for item in forgotten.items)

    other = forgotten.items[0]
    anna.post("/wish/", {"kind": "fewer", "product": other.product})
    fewer = {item.product: item for item in scored(loaded).items}
    assert "fewer" in fewer[other.product].rules
    assert fewer[other.product].score < other.score

    anna.post("/opinion/", {"kind": "dislike", "product": other.product})
    assert other.product not in {item.product for item in scored(loaded).items}
