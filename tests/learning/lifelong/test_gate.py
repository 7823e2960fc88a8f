"""Real small models before the gate: honest windows pass, dishonest ones and forgetting do not."""

from functools import cache

import numpy as np
import pytest

from recommender.learning.lifelong.bounds import Bounds
from recommender.learning.lifelong.drift import Drift, Measure, drift_of
from recommender.learning.lifelong.evaluation import Evaluation, ProbeFigures, Shown, evaluated
from recommender.learning.lifelong.gate import (
    Code,
    Decision,
    Outcome,
    Reason,
    gate_decide,
    least_share,
)
from recommender.learning.lifelong.probes import probes_of, window_split
from recommender.learning.lifelong.window_shape import WindowShape
from tests.learning.lifelong.markets import DAY, learnt, market_items, model_of, visits

ITEMS = market_items()


def market(first, days, seed):
    rng = np.random.default_rng(seed)
    return [
        row
        for day in range(first, first + days)
        for row in visits(rng, day, rng.integers(0, 300, 60))
    ]


@cache
def live():
    """What was learnt, the model of it, and the kept probe of its last ten days."""
    past = market(0, 30, seed=0)
    earlier = learnt([row for row in past if row[2] < 20 * DAY])
    _, kept = window_split(learnt(past), earlier, ITEMS.ids, seed=1)
    return past, learnt(past), model_of(learnt(past)), kept.named("window-1")


def honest_window():
    return market(30, 7, seed=5)


def decided(window, learnt_rows=None) -> Decision:
    """The gate's word on a candidate that has learnt the window too, or only the given rows."""
    past, before, model, kept = live()
    now = learnt(past + window)
    part, newest = window_split(now, before, ITEMS.ids)
    probes = probes_of(newest, part, before, ITEMS.ids, kept=[kept], cases=900)
    candidate = model_of(part if learnt_rows is None else learnt(learnt_rows))
    return gate_decide(
        evaluated(model, probes), evaluated(candidate, probes), drift_of(before, now, ITEMS)
    )


def codes(decision: Decision) -> set[Code]:
    return {reason.code for reason in decision.reasons}


def test_an_honest_window_is_promoted():
    decision = decided(honest_window())
    assert decision.outcome == Outcome.PROMOTE
    assert [(r.code, r.probe) for r in decision.reasons] == [(Code.HELD, "newest")]


def test_many_bots_that_click_one_product_are_refused():
    bots = [(300 + n, 7, 31 * DAY + n) for n in range(600)]
    decision = decided(honest_window() + bots)
    assert decision.outcome == Outcome.REFUSE
    surge = decision.reasons[0]
    assert (surge.code, surge.subject) == (Code.PRODUCT_SURGE, "p7")
    assert surge.figure > 0.2 > surge.bound
    assert Code.SHOPPER_SURGE not in codes(decision)


def test_one_shopper_that_clicks_without_end_is_refused():
    bot = [(3, n % 200, 30 * DAY + n * 600) for n in range(600)]
    decision = decided(honest_window() + bot)
    assert decision.outcome == Outcome.REFUSE
    assert Code.SHOPPER_SURGE in codes(decision)
    assert Code.PRODUCT_SURGE not in codes(decision)


def test_shuffled_labels_are_refused():
    window = np.array(honest_window())
    window[:, 1] = np.random.default_rng(3).permutation(window[:, 1])
    decision = decided([tuple(row) for row in window.tolist()])
    assert decision.outcome == Outcome.REFUSE
    assert decision.reasons[0].code == Code.LABELS_BY_CHANCE


def test_a_model_that_has_learnt_shuffled_labels_alone_knows_neither_new_nor_old():
    window = np.array(honest_window())
    window[:, 1] = np.random.default_rng(3).permutation(window[:, 1])
    decision = decided(honest_window(), [tuple(row) for row in window.tolist()])
    fell = {reason.probe for reason in decision.reasons if reason.code == Code.FELL}
    assert {"newest", "old_windows", "old_items"} <= fell


def test_a_candidate_that_knows_only_the_newest_window_has_forgotten_the_old():
    decision = decided(honest_window(), honest_window())
    assert decision.outcome == Outcome.REFUSE
    fell = {reason.probe: reason for reason in decision.reasons if reason.code == Code.FELL}
    assert {"old_windows", "window-1"} <= set(fell)
    assert "newest" not in fell
    assert fell["old_windows"].figure < fell["old_windows"].bound == -0.01


def test_too_few_cases_go_into_the_shadow():
    decision = decided(honest_window()[:60])
    assert decision.outcome == Outcome.SHADOW
    few = decision.reasons[0]
    assert (few.code, few.probe, few.figure, few.bound) == (Code.TOO_FEW_CASES, "newest", 12, 100)


def evaluation(gains, *, name="newest", **shown):
    return Evaluation(
        {"newest": ProbeFigures(np.ones(200)), name: ProbeFigures(np.asarray(gains, float))},
        Shown(lists=200, **shown),
    )


def test_a_fall_counts_only_beyond_doubt():
    was = np.tile([1.0, 0.0], 100)
    # Every case loses a fifth: no doubt at all.
    sure = gate_decide(evaluation(was), evaluation(was * 0.8), Drift())
    assert sure.reasons == (Reason(Code.FELL, "newest", pytest.approx(-0.2), -0.05),)
    # Eighteen cases are lost and eight won: a tenth less, perhaps by chance.
    became = was.copy()
    became[0:36:2], became[1:17:2] = 0.0, 1.0
    doubtful = gate_decide(evaluation(was), evaluation(became), Drift())
    assert doubtful.outcome == Outcome.SHADOW
    assert doubtful.reasons == (Reason(Code.PERHAPS_FELL, "newest", pytest.approx(-0.1), -0.05),)
    # Within the bound it may fall for sure.
    assert gate_decide(evaluation(was), evaluation(was * 0.96), Drift()).outcome == Outcome.PROMOTE


def test_what_was_nothing_cannot_fall_and_has_a_figure_when_it_rises():
    nothing, some = evaluation(np.zeros(200)), evaluation(np.ones(200))
    assert gate_decide(nothing, nothing, Drift()).reasons[0].figure == 0.0
    assert gate_decide(nothing, some, Drift()).reasons == (Reason(Code.HELD, "newest", 1.0, -0.05),)


def test_every_kind_of_probe_has_its_bound():
    was = np.ones(200)
    fallen = {"old_windows": 0.98, "window-3": 0.98, "inactive": 0.96, "new_items": 0.88,
              "old_items": 0.94, "segment-few": 0.88}  # fmt: skip
    for name, share in fallen.items():
        refused = gate_decide(
            evaluation(was, name=name), evaluation(was * share, name=name), Drift()
        )
        assert [(r.code, r.probe) for r in refused.reasons] == [(Code.FELL, name)]
        wide = Bounds(old_windows=0.2, inactive=0.2, new_items=0.2, old_items=0.2, segment=0.2)
        allowed = gate_decide(
            evaluation(was, name=name), evaluation(was * share, name=name), Drift(), wide
        )
        assert allowed.outcome == Outcome.PROMOTE


def test_lists_that_concentrate_are_refused():
    same = np.ones(200)
    decision = gate_decide(
        evaluation(same, top_share=0.30, products=100, most_shown="a"),
        evaluation(same, top_share=0.45, products=70, most_shown="b"),
        Drift(),
    )
    assert decision.outcome == Outcome.REFUSE
    assert decision.reasons == (
        Reason(Code.CONCENTRATED, "", 0.45, 0.4, "b"),
        Reason(Code.FEWER_PRODUCTS, "", pytest.approx(-0.3), -0.25),
    )


def test_a_large_drift_is_tried_in_the_shadow():
    same = evaluation(np.ones(200))
    drift = Drift((Measure("groups", 0.5, 0.1), Measure("products", 0.5, 0.6)), WindowShape(10))
    decision = gate_decide(same, same, drift)
    assert decision.outcome == Outcome.SHADOW
    assert decision.reasons == (Reason(Code.DRIFTED, "groups", 0.5, 0.3),)
    assert Reason.from_json(decision.reasons[0].as_json()) == decision.reasons[0]


def test_evaluations_of_different_questions_cannot_be_compared():
    with pytest.raises(ValueError, match="same probes"):
        gate_decide(evaluation(np.ones(9)), evaluation(np.ones(9), name="inactive"), Drift())
    with pytest.raises(ValueError, match="different cases"):
        gate_decide(evaluation(np.ones(200)), evaluation(np.ones(201)), Drift())


@pytest.mark.parametrize(
    ("name", "value"),
    [("newest", 1.5), ("confidence", 0.2), ("window_surge", 0.5), ("least_cases", 1)],
)
def test_a_bound_outside_its_range_is_named(name, value):
    with pytest.raises(ValueError, match=name):
        Bounds(**{name: value})


def test_wilson_lower_end():
    # Wilson's interval for 3 of 10 at 1.96 begins at 0.1078.
    assert least_share(0.3, 10, 1.959964) == pytest.approx(0.1078, abs=1e-4)
    assert least_share(0.0, 10, 1.96) == 0.0
