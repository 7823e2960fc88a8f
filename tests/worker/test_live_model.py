"""The worker's model is exchanged beside the work, and only for a better one."""

from __future__ import annotations

import threading
import time

import pytest

from recommender.delivery.pool import wait_for
from recommender.learning.update import learn
from recommender.ranking.model import BlendedModel
from recommender.registry.models import ModelVersion
from recommender.registry.versions import model_folder
from recommender.worker import live_model as module
from recommender.worker.live_model import LiveModel

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def looked_at_once(monkeypatch) -> None:
    """The registry is asked at every look."""
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.0)


def served(model: LiveModel) -> str:
    loaded = model.get()
    assert loaded is not None
    return loaded.version


def soon(look) -> bool:
    return bool(wait_for(lambda: look() or None, deadline=time.monotonic() + 30))


def test_nothing_trained_is_no_model(db, looked_at_once):
    assert LiveModel().get() is None


def test_while_a_new_version_is_loaded_the_old_one_answers(small_shop, looked_at_once, monkeypatch):
    first = learn(minimum_events=0)
    model = LiveModel()
    assert served(model) == first.version
    second = learn(minimum_events=0)
    may_go_on = threading.Event()
    load = BlendedModel.load

    def slowly(folder):
        assert may_go_on.wait(30)
        return load(folder)

    monkeypatch.setattr(BlendedModel, "load", slowly)
    assert served(model) == first.version
    assert model.is_loading
    assert served(model) == first.version
    may_go_on.set()
    assert soon(lambda: served(model) == second.version)
    assert soon(lambda: not model.is_loading)


def test_a_damaged_version_is_refused_and_the_old_one_stays(small_shop, looked_at_once, caplog):
    first = learn(minimum_events=0)
    model = LiveModel()
    assert served(model) == first.version
    second = learn(minimum_events=0)
    (model_folder(second) / "weights.json").write_text("{}")
    served(model)
    assert soon(lambda: not model.is_loading)
    assert served(model) == first.version
    assert f"model {second.version} is refused" in caplog.text
    # It is not tried again and again.
    caplog.clear()
    served(model)
    assert not model.is_loading
    assert ModelVersion.objects.get(version=second.version).status == ModelVersion.Status.LIVE
