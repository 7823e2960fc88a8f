import json
from typing import Any

import numpy as np
import pytest

from recommender.contracts import History, InteractionLog, ItemTable
from recommender.learning import choose_ranker as choosing
from recommender.learning.choose_ranker import (
    Judged,
    RankerSettings,
    best_of,
    divided,
    paired,
    ranking_data,
)
from recommender.learning.fit import FitSettings, FittedModel, fit_model, fit_sources
from recommender.learning.rank_cases import askable, logged_cases, pools, without_answers
from recommender.learning.splits import Holdout, leave_last_few_out, leave_one_out
from recommender.policy.novelty import recently_bought
from recommender.ranking.blend import BlendWeights, Candidate
from recommender.ranking.features import CandidateFeatures
from recommender.ranking.ranker import LoggedSlate
from recommender.ranking.stage import DEPTH

QUICK = {
    "fusion": {"dim": 4, "hidden": 16, "epochs": 4, "learning_rate": 0.01},
    "lambdarank": {"parameters": {"min_data_in_leaf": 5}, "rounds": 20, "threads": 1},
}
SOURCES: dict[str, dict[str, Any]] = {"transitions": {}, "popular": {}, "graph": {}}


def brand_world(n_shoppers=300, n_items=40, seed=0):
    """Shoppers stay with one of four brands, which only the ranker's features tell.

    Of each brand the first things sell best, so that popularity knows a little.
    """
    rng = np.random.default_rng(seed)
    brand_of = np.arange(n_items) % 4
    likely = 1.0 / np.arange(1, n_items // 4 + 1)
    taken = [
        rng.choice(np.flatnonzero(brand_of == s % 4), 5, p=likely / likely.sum())
        for s in range(n_shoppers)
    ]
    log = InteractionLog(
        np.repeat(np.arange(n_shoppers), 5).astype(np.int32),
        np.concatenate(taken).astype(np.int32),
        np.ones(5 * n_shoppers, np.float32),
        np.tile(np.arange(5) * 86_400, n_shoppers),
        n_shoppers,
        n_items,
    )
    names = tuple(f"thing{n}" for n in range(n_items))
    vectors = rng.normal(size=(n_items, 6)).astype(np.float32)
    brands = tuple(f"brand{b}" for b in brand_of)
    return log, ItemTable(names, names, brands, ("",) * n_items, vectors)


def settings(**more):
    return FitSettings(
        sources={"popular": {}},
        tune_seconds=1.0,
        ranking=RankerSettings(**{"rankers": QUICK, "at_least": 100, **more}),
    )


@pytest.fixture(scope="module")
def fitted():
    log, items = brand_world()
    return fit_model(log, items, settings())


def test_the_better_ranker_is_chosen_and_every_figure_is_told(fitted):
    told = fitted.ranking
    assert told["chosen"] in ("fusion", "lambdarank")
    best = told[told["chosen"]]
    assert best["ndcg_at_10"] == max(told[name]["ndcg_at_10"] for name in (*QUICK, "none"))
    assert best["gain_over_none"] > best["standard_error_of_gain"] > 0
    assert best["gain_over_none"] == pytest.approx(
        best["ndcg_at_10"] - told["none"]["ndcg_at_10"], abs=1e-9
    )
    assert 0 <= best["calibration_error"] < 0.1
    json.dumps(told)


def test_the_served_model_ranks_by_it(fitted, tmp_path):
    found = fitted.model.candidates(History.of([2, 6, 10]), 8)
    assert {fitted.model.items.brands[c.item] for c in found[:3]} == {"brand2"}
    assert {c.ranker for c in found} == {fitted.ranking["chosen"]}
    fitted.save(tmp_path / "model")
    again = FittedModel.load(tmp_path / "model")
    assert again.ranking == fitted.ranking
    read = again.model.candidates(History.of([2, 6, 10]), 8)
    assert [c.item for c in read] == [c.item for c in found]
    assert [c.score for c in read] == pytest.approx([c.score for c in found], rel=1e-6)


def test_too_few_shoppers_and_no_rankers_leave_the_blend_alone():
    log, items = brand_world(60)
    for alone in (settings(), settings(rankers={}, at_least=1)):
        fitted = fit_model(log, items, alone)
        assert fitted.ranking == {}
        assert fitted.model.ranking is None
        assert fitted.validation["cases"] == 60


def test_the_weights_are_tuned_without_the_cases_that_compare(fitted):
    log, _ = brand_world()
    holdout = leave_one_out(log, minimum=3)[1]
    new = askable(holdout, recently_bought)
    parts = divided(holdout.take(new), np.flatnonzero(new), RankerSettings())
    assert fitted.validation["cases"] == len(parts.learn)
    assert fitted.ranking["cases"] == len(parts.choose)
    assert len(parts.learn) + len(parts.stop) + len(parts.choose) == new.sum() > 100
    assert 0.1 < len(parts.choose) / new.sum() < 0.3
    people = [{id(h) for h in part.histories} for part in (parts.learn, parts.stop, parts.choose)]
    assert not people[0] & people[1] | people[1] & people[2] | people[0] & people[2]


def test_a_ranker_that_cannot_run_is_told_of_and_left_out(monkeypatch):
    def absent(name):
        raise OSError("libgomp.so.1: cannot open shared object file")

    monkeypatch.setattr(choosing, "ranker_class", absent)
    log, items = brand_world()
    fitted = fit_model(log, items, settings(rankers={"lambdarank": {}}))
    assert fitted.ranking["chosen"] == "none"
    assert "libgomp" in fitted.ranking["lambdarank"]["left_out"]
    assert fitted.model.candidates(History.of([2]), 3)[0].probability is not None


def test_a_gain_within_its_error_does_not_displace_the_blend():
    plain = np.array([0.0, 1.0, 0.0, 1.0])
    tried = {
        name: Judged(None, np.array(gains), {})
        for name, gains in {
            "none": plain,
            "fusion": plain + np.array([0.5, -0.4, 0.0, 0.0]),
            "lambdarank": plain,
        }.items()
    }
    assert best_of(tried) == "none"
    tried["lambdarank"] = Judged(None, plain + np.array([0.5, 0.4, 0.2, 0.0]), {})
    assert best_of(tried) == "lambdarank"
    assert paired(plain + np.array([0.2, 0.4, 0.2, 0.4]), plain) == pytest.approx(
        (0.3, 0.11547 / 2), 1e-4
    )


def test_the_pool_is_what_the_served_model_would_blend(fitted):
    log, items = brand_world()
    sources, _ = fit_sources(log, items, SOURCES)
    weights = BlendWeights.of(dict.fromkeys(SOURCES, 1.0))
    histories = [History.of([2, 6]), History.of([1])]
    model = fitted.model
    popularity = model.popularity
    served = type(model)(items, sources, weights, popularity)
    for history, found in zip(
        histories, pools(sources, weights, popularity, histories), strict=True
    ):
        assert found == served.candidates(history, DEPTH)


def test_the_answer_is_among_the_candidates_of_its_case():
    log, items = brand_world()
    train, holdout = leave_one_out(log, minimum=3)
    sources, _ = fit_sources(train, items, SOURCES)
    parts = divided(holdout, np.arange(len(holdout)), RankerSettings())
    data = ranking_data(train, items, sources, BlendWeights.of({"popular": 1.0}), parts)
    rows = np.flatnonzero(data.choose.gains)
    assert data.choose.items[rows].tolist() == parts.choose.targets.tolist()
    assert data.sources == ("popular",)
    assert data.vectors.relation.shape == (40, 0)
    less = data.without("collaborative")
    assert less.vectors.rating.shape == (40, 0)
    assert not less.choose.column("blend").any()


def slate(gains, answers=()):
    candidates = tuple(Candidate(n, 1.0 - n / 10, {"popular": 1.0 - n / 10}) for n in range(3))
    return LoggedSlate(History.of([5], now=900), candidates, np.array(gains, np.float32), answers)


def test_shown_slates_become_cases_of_what_was_seen():
    _, items = brand_world()
    features = CandidateFeatures(items, np.ones(40, np.int64), ("popular",))
    nan = float("nan")
    shown = [
        slate([0.0, nan, 0.6]),
        slate([0.0, 0.0, nan]),  # nothing taken
        slate([1.0, nan, nan]),  # nothing passed over
    ]
    cases = logged_cases(shown, features)
    assert len(cases) == 1
    assert cases.items.tolist() == [0, 2]
    assert cases.gains.tolist() == pytest.approx([0.0, 0.6])
    assert cases.column("popular").tolist() == pytest.approx([1.0, 0.8])
    assert cases.column("blend_place").tolist() == pytest.approx([1, 1 / 3])


def test_slates_that_give_away_a_held_out_answer_are_left_out():
    log, _ = brand_world()
    holdout = leave_one_out(log, minimum=3)[1]
    item, moment = int(holdout.targets[0]), holdout.histories[0].now
    telling = slate([0, 1, 0], ((item, moment - 1800),))
    innocent = slate([0, 1, 0], ((item, moment + 7200),))
    assert without_answers([telling, innocent], holdout) == [innocent]


def test_all_cases_of_a_shopper_are_in_one_part():
    log, _ = brand_world(100)
    _, holdout, owners = leave_last_few_out(log, few=2, share=0.5)
    assert len(holdout) == 200
    parts = divided(holdout, owners, RankerSettings(cases=150), seed=1)
    assert len(parts.learn) + len(parts.stop) + len(parts.choose) == 150
    whose = {id(one): owner for owner, one in zip(owners, holdout.histories, strict=True)}
    compared = {whose[id(one)] for one in parts.choose.histories}
    assert compared == set(parts.choose_owners)
    for part in (parts.learn, parts.stop):
        assert not compared & {whose[id(one)] for one in part.histories}


def test_what_was_just_bought_is_neither_a_candidate_nor_an_answer():
    day = 86_400
    history = History(
        np.array([3, 5, 7, 9], np.int32),
        np.array([1.0, 1.0, 0.3, 1.0], np.float32),
        np.array([1, 50, 60, 61], np.int64) * day,
        now=62 * day,
    )
    assert recently_bought(history).tolist() == [5, 9], "not long ago; more than looked at"
    holdout = Holdout((history,) * 3, np.array([5, 7, 3], np.int32), np.zeros(3, bool))
    assert askable(holdout, recently_bought).tolist() == [False, True, True]
    log, items = brand_world()
    sources, _ = fit_sources(log, items, {"popular": {}})
    weights, popularity = BlendWeights.of({"popular": 1.0}), np.ones(40, np.int64)
    (found,) = pools(sources, weights, popularity, [history], barred=recently_bought)
    assert {3, 7} <= {c.item for c in found}
    assert not {5, 9} & {c.item for c in found}
