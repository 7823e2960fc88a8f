"""Reranking in the pool: the fast run without the model, the background run with it, the gate."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from catalog.models import Product
from recommender.contracts import Floats, Scenario, SlateRequest
from recommender.delivery import reranking as delivery
from recommender.delivery.models import SlateTrace
from recommender.delivery.reranking import RERANK_TASK, gate_path, gate_read
from recommender.delivery.slate_store import slate_key, slate_write, slates_read
from recommender.events.snapshots import snapshot_read, snapshot_write
from recommender.features.item_table import item_table_read
from recommender.feedback.figures import reranks_by_outcome
from recommender.learning import rerank_validation
from recommender.learning.fit import FitSettings, FittedModel, fit_model
from recommender.learning.interactions import interaction_log
from recommender.learning.rerank_validation import rerank_gate_learn
from recommender.learning.update import NothingToLearnError
from recommender.management.commands import rerank_gate
from recommender.ranking.rerank import Gate
from recommender.registry.versions import model_activate, model_register
from recommender.worker import reranking, scoring, tasks
from recommender.worker.live_model import LoadedModel
from recsite.celery import app
from tests.shop import SmallShop

HOME = SlateRequest(Scenario.HOME, shopper="anna")


class Reader:
    """Finds the title with one word in it likely."""

    ms_per_token = 1.0

    def __init__(self, word: str = "coffee", needs_ms: float = 5.0) -> None:
        self.word = word
        self.needs_ms = needs_ms

    def keep_measured(self) -> None: ...

    def read_priors(self, titles: Sequence[str], *, seconds: float) -> int:
        return 0

    def estimated_ms(self, history: Sequence[str], titles: Sequence[str]) -> float:
        return self.needs_ms

    def likelihoods(self, history: Sequence[str], titles: Sequence[str]) -> tuple[Floats, Floats]:
        likely = [0.0 if self.word in title else -1.0 for title in titles]
        return np.array(likely, np.float32), np.zeros(len(titles), np.float32)


def fitted(shop: SmallShop) -> FittedModel:
    items = item_table_read(None)
    log = interaction_log(snapshot_read(snapshot_write()), items)
    return fit_model(log, items, FitSettings(sources={"popular": {}, "transitions": {}}))


@pytest.fixture
def loaded(small_shop: SmallShop) -> LoadedModel:
    return LoadedModel("v1", fitted(small_shop).model)


@pytest.fixture
def orders(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, list[str]]]:
    """What is ordered of the pool from now on."""
    made: list[tuple[str, list[str]]] = []

    def order(task: str, shoppers: list[str], *, expires_seconds: float) -> bool:
        made.append((task, shoppers))
        return True

    monkeypatch.setattr(delivery, "order", order)
    return made


def refresh(loaded: LoadedModel, *shoppers: str) -> None:
    scoring.slates_score(scoring.refresh_requests(shoppers), loaded)


def open_gate(settings, **fields: object) -> Gate:
    gate = Gate(**{"weight": 1.0, "prior_weight": 0.0, "model": settings.LANGUAGE_MODEL, **fields})
    gate.save(gate_path())
    return gate


def with_reader(monkeypatch: pytest.MonkeyPatch, reader: Reader) -> None:
    reranking._reader.cache_clear()
    monkeypatch.setattr(reranking, "title_reader", lambda: reader)


def said() -> list[dict[str, str]]:
    """What traces say of reranking, oldest first."""
    return [trace.context for trace in SlateTrace.objects.filter(scenario="home").order_by("pk")]


def titles_shown() -> list[str]:
    slate = slates_read([HOME])[slate_key(HOME)]
    titles = dict(Product.objects.values_list("external_id", "title"))
    return [titles[item.product] for item in slate.items]


def test_without_a_gate_nothing_is_reranked_and_the_trace_says_so(
    loaded: LoadedModel, orders: list[tuple[str, list[str]]]
) -> None:
    refresh(loaded, "anna")
    assert said() == [{"rerank": "unmeasured"}]
    assert orders == []
    assert reranks_by_outcome() == {"unmeasured": 1}


def test_a_refresh_serves_at_once_and_leaves_the_model_to_the_background(
    loaded: LoadedModel,
    orders: list[tuple[str, list[str]]],
    settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    open_gate(settings)
    with_reader(monkeypatch, Reader())
    refresh(loaded, "anna", "ben")
    assert orders == [(RERANK_TASK, ["anna", "ben"])]
    before = titles_shown()
    assert before[0] != "Ground coffee, 500 g"

    scoring.slates_rerank(["anna"], loaded)
    assert titles_shown()[0] == "Ground coffee, 500 g"
    assert sorted(titles_shown()) == sorted(before)
    assert reranks_by_outcome() == {"later": 2, "used": 1}
    used = SlateTrace.objects.get(context__rerank="used")
    assert set(used.context) == {"rerank", "rerank_ms", "rerank_candidates"}
    assert used.items[0]["sources"]["language_model"] > 0


def test_many_pages_order_one_run_until_it_begins(
    loaded: LoadedModel, settings, orders: list[tuple[str, list[str]]]
) -> None:
    open_gate(settings)
    scoring.slates_score([HOME, SlateRequest(Scenario.TRENDING)], loaded)
    scoring.slates_score([HOME], loaded)
    assert said() == [{"rerank": "later"}] * 2
    assert SlateTrace.objects.get(scenario="trending").context == {}
    assert orders == [(RERANK_TASK, ["anna"])]
    scoring.slates_rerank(["anna"], loaded)
    scoring.slates_score([HOME], loaded)
    assert len(orders) == 2


def test_a_cache_that_is_gone_costs_the_run_and_not_the_slate(
    settings, orders: list[tuple[str, list[str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_args: object, **_options: object) -> bool:
        raise ConnectionError

    monkeypatch.setattr(delivery.cache, "add", gone)
    delivery.reranks_order(shoppers=["anna"])
    assert orders == []


def test_a_shopper_whom_the_gate_keeps_out_is_not_ordered(
    loaded: LoadedModel, settings, orders: list[tuple[str, list[str]]]
) -> None:
    open_gate(settings, feature="history_length", low=50.0, high=99.0)
    refresh(loaded, "anna")
    assert (said(), orders) == ([{"rerank": "gate"}], [])


def test_what_would_take_too_long_is_left(
    loaded: LoadedModel, settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_gate(settings)
    settings.RERANK_BUDGET_MS = 100.0
    with_reader(monkeypatch, Reader(needs_ms=250.0))
    scoring.slates_rerank(["anna"], loaded)
    assert said() == [{"rerank": "budget", "rerank_needs_ms": "250"}]


@pytest.mark.parametrize("named", ["", "owner/other"])
def test_a_model_that_is_not_there_is_said(
    loaded: LoadedModel, settings, monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    def missing() -> Reader:
        raise FileNotFoundError("no such folder")

    open_gate(settings, **({"model": named} if named else {}))
    reranking._reader.cache_clear()
    monkeypatch.setattr(reranking, "title_reader", missing)
    scoring.slates_rerank(["anna"], loaded)
    assert said() == [{"rerank": "no-model"}]


def test_a_slate_of_a_later_history_is_not_overtaken(
    loaded: LoadedModel, settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_gate(settings)
    with_reader(monkeypatch, Reader())
    scoring.slates_score([HOME], loaded)
    slate = slates_read([HOME])[slate_key(HOME)]
    later = replace(slate, scored_at=slate.scored_at + 60)
    slate_write(HOME, later)
    scoring.slates_rerank(["anna"], loaded)
    assert slates_read([HOME])[slate_key(HOME)] == later


def test_the_tasks_are_known_and_go_where_nobody_waits() -> None:
    assert app.conf.task_routes[RERANK_TASK] == {"queue": "ingest"}
    assert app.conf.task_routes["recommender.rerank_gate"] == {"queue": "training"}
    assert {RERANK_TASK, "recommender.rerank_gate"} <= set(app.tasks)


# --- what people see ------------------------------------------------------------------------------


def test_the_dashboard_and_the_trace_tell_what_became_of_it(
    loaded: LoadedModel, settings, monkeypatch: pytest.MonkeyPatch, admin_client: Client
) -> None:
    assert "it was not validated yet" in admin_client.get("/admin/").content.decode()
    with_reader(monkeypatch, Reader())
    open_gate(settings, feature="entropy", low=0.5, high=1.0, cases=321, gain=0.0123, share=0.25)
    scoring.slates_rerank(["anna"], loaded)
    cache.clear()
    page = admin_client.get("/admin/").content.decode()
    assert "On for 25 % of shoppers (entropy of the first scores: 0.5 to 1)" in page
    assert "321 validation cases" in page
    assert "<span>Reranked</span><b>1</b>" in page

    trace = SlateTrace.objects.get(context__rerank="used")
    page = admin_client.get(f"/admin/recommender/slatetrace/{trace.pk}/change/").content.decode()
    assert "<dt>rerank</dt><dd>used</dd>" in page
    assert "language_model" in page

    Gate(0.0, 0.0, cases=99, gain=-0.001, error=0.002).save(gate_path())
    os.utime(gate_path(), (1, 1))
    page = admin_client.get("/admin/").content.decode()
    assert "on 99 validation cases nobody gains for sure" in page


def test_only_the_last_day_is_counted(loaded: LoadedModel) -> None:
    scoring.slates_score([HOME], loaded)
    assert reranks_by_outcome(now=timezone.now() + timedelta(hours=25)) == {}
    assert reranks_by_outcome(now=timezone.now() + timedelta(hours=23)) == {"unmeasured": 1}


def test_the_gate_is_read_again_when_its_file_changes(settings) -> None:
    assert gate_read() is None
    first = open_gate(settings)
    assert gate_read() == first
    second = open_gate(settings, weight=0.5)
    os.utime(gate_path(), (5, 5))
    assert gate_read() == second
    gate_path().unlink()
    assert gate_read() is None


# --- learning the gate ----------------------------------------------------------------------------


@pytest.fixture
def live(small_shop: SmallShop, settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A live version of the small shop's model; texts are not encoded."""
    model = fitted(small_shop)
    folder = Path(settings.MODEL_DIR) / "v1"
    model.save(folder)
    version = model_register(
        version="v1",
        folder=folder,
        watermark=1,
        parent=None,
        trained_with={},
        metrics={},
        seed=0,
    )
    model_activate(version=version)
    monkeypatch.setattr(rerank_validation, "item_encoder", lambda progress: None)


def test_the_gate_is_learnt_from_the_shops_own_log_and_kept(live: None, settings) -> None:
    gate = rerank_gate_learn(reader=Reader(), seconds=20.0)
    # Three shoppers teach nothing.
    assert (gate.is_open, gate.cases, gate.model) == (False, 3, settings.LANGUAGE_MODEL)
    assert gate.learnt_at > 0
    assert gate_read() == gate


def test_an_open_gate_has_the_priors_of_all_titles_read(
    live: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    reader = Reader()

    def read_priors(titles: Sequence[str], *, seconds: float) -> int:
        read.extend(titles)
        return 0

    monkeypatch.setattr(reader, "read_priors", read_priors)
    rerank_gate_learn(reader=reader, seconds=20.0)
    assert read == []
    monkeypatch.setattr(rerank_validation, "gate_fit", lambda *_cases, **_how: Gate(0.2, 0.0))
    rerank_gate_learn(reader=reader, seconds=20.0)
    assert len(read) == 12
    assert "Ground coffee, 500 g" in read


def test_without_time_no_case_is_read(live: None) -> None:
    assert rerank_gate_learn(reader=Reader(), seconds=0.0).cases == 0


def test_without_a_live_model_there_is_nothing_to_learn(db) -> None:
    with pytest.raises(NothingToLearnError, match="no model is live"):
        rerank_gate_learn(reader=Reader(), seconds=1.0)


def test_the_task_leaves_the_gate_as_it_is_where_the_model_is_missing(
    live: None, settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    kept = open_gate(settings)
    settings.LANGUAGE_MODEL = "/nowhere/at-all"
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert tasks.rerank_gate() is False
    assert gate_read() == kept
    assert "stays as it is" in caplog.text

    monkeypatch.setattr(reranking, "title_reader", Reader)
    assert tasks.rerank_gate() is False
    assert gate_read() != kept


def test_the_command_says_what_validation_found(
    live: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rerank_gate, "title_reader", Reader)
    out = StringIO()
    call_command("rerank_gate", stdout=out)
    assert out.getvalue().startswith("The gate is closed: the best choice on 3 validation cases")
    with pytest.raises(CommandError, match="--seconds must be positive"):
        call_command("rerank_gate", "--seconds", "0")
