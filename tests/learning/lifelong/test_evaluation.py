import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.contracts import History
from recommender.learning.lifelong.evaluation import (
    Evaluation,
    ProbeFigures,
    evaluated,
    gini,
    list_gains,
    shown_of,
    standard_error,
)
from recommender.learning.lifelong.probes import Probe
from recommender.learning.lifelong.transfer import chance_ndcg_at_10, transfer, transfer_of
from recommender.learning.splits import Holdout
from tests.learning.lifelong.markets import learnt, market_items, model_of, visits


def test_figures_of_hand_made_lists():
    lists = np.array([[3, 1, 2], [1, 3, 2], [2, 0, -1], [2, 0, -1]], np.int32)
    gains = list_gains(lists, np.array([3, 3, 3, -1]))
    assert gains.tolist() == pytest.approx([1.0, 1 / math.log2(3), 0.0, 0.0])
    figures = ProbeFigures(gains)
    assert figures.hr_at_10 == 0.5
    assert figures.ndcg_at_10 == pytest.approx((1 + 1 / math.log2(3)) / 4)
    assert ProbeFigures(np.array([0.0, 1.0])).ndcg_error == pytest.approx(0.5)
    assert standard_error(np.array([1.0])) == math.inf
    # PostgreSQL's JSON knows no infinity.
    assert ProbeFigures(np.array([1.0])).as_json()["ndcg_error"] is None


def test_spread_of_hand_made_lists():
    lists = np.array([[3, 1], [3, 2], [3, -1]], np.int32)
    shown = shown_of(lists, ("a", "b", "c", "d", "e"))
    assert (shown.lists, shown.most_shown, shown.top_share) == (3, "d", 1.0)
    assert (shown.products, shown.coverage) == (3, 0.6)
    # Counts 0 0 1 1 3: sum of (2 i - n - 1) x over n times the total.
    assert shown.gini == pytest.approx((0 * 1 + 2 * 1 + 4 * 3) / (5 * 5))


@given(st.lists(st.integers(0, 50), min_size=1, max_size=30))
def test_gini_is_half_the_mean_difference_over_the_mean(counts):
    values = np.array(counts)
    expected = 0.0
    if values.sum():
        differences = abs(values[:, None] - values[None, :]).mean()
        expected = differences / (2 * values.mean())
    assert gini(values) == pytest.approx(expected)


def small_model():
    rng = np.random.default_rng(1)
    return model_of(learnt([row for day in range(5) for row in visits(rng, day, range(80))]))


def probe_of(histories, targets, items=()):
    cases = tuple(History.of(items_, now=10**7) for items_ in histories)
    holdout = Holdout(cases, np.array(targets, np.int32), np.zeros(len(cases), bool))
    return Probe("newest", holdout, items)


def test_a_model_is_asked_as_it_serves():
    model = small_model()
    asked = probe_of([[5, 6], [25]], [7, 26])
    found = evaluated(model, [asked, asked.take(np.array([1])).named("new_items")])
    best = [c.item for c in model.candidates(asked.holdout.histories[0], 10)]
    expected = 1 / math.log2(best.index(7) + 2)
    assert found.probes["newest"].gains[0] == pytest.approx(expected)
    # A case that two probes share is one list.
    assert found.shown.lists == 2
    assert found.probes["new_items"].gains[0] == found.probes["newest"].gains[1]


def test_models_that_know_other_items_are_asked_the_same():
    model = small_model()
    ids = model.items.ids
    own = evaluated(model, [probe_of([[5, 6], [25]], [7, 26], ids)])
    turned = (*reversed(ids), "unknown")
    place = {item: at for at, item in enumerate(turned)}
    renamed = probe_of(
        [[place["p5"], 200, place["p6"]], [place["p25"]], [place["p25"]]],
        [place["p7"], place["p26"], 200],
        turned,
    )
    other = evaluated(model, [renamed])
    assert other.probes["newest"].gains[:2].tolist() == own.probes["newest"].gains.tolist()
    # What the model does not know cannot be on its list.
    assert other.probes["newest"].gains[2] == 0.0


def test_what_is_barred_is_not_on_the_list():
    model = small_model()
    asked = probe_of([[5, 6]], [7])
    found = evaluated(model, [asked], barred=lambda history: np.array([7], np.int32))
    assert found.probes["newest"].hr_at_10 == 0.0


def test_an_evaluation_comes_back_from_disk(tmp_path):
    found = evaluated(small_model(), [probe_of([[5, 6], [25]], [7, 26], market_items().ids)])
    found.save(tmp_path / "after.json")
    again = Evaluation.load(tmp_path / "after.json")
    assert again.figures() == found.figures()
    np.testing.assert_array_equal(again.probes["newest"].gains, found.probes["newest"].gains)
    assert again.figures()["probes"]["newest"]["cases"] == 2
    assert replace(again, shown=found.shown).shown == again.shown


def test_transfer_of_a_hand_made_matrix():
    figures = np.array([[0.5, 0.3, 0.1], [0.4, 0.6, 0.2], [0.45, 0.5, 0.7]])
    found = transfer(figures, [0.05, 0.05, 0.1])
    assert found.backward == pytest.approx(((0.45 - 0.5) + (0.5 - 0.6)) / 2)
    assert found.forward == pytest.approx(((0.3 - 0.05) + (0.2 - 0.1)) / 2)
    # What was not measured is left out.
    figures[2, 0] = np.nan
    assert transfer(figures, [0.0] * 3).backward == pytest.approx(-0.1)
    assert transfer(np.array([[0.5]]), [0.0]).backward == 0.0
    with pytest.raises(ValueError, match="square"):
        transfer(figures, [0.0])


def test_transfer_of_updates_that_kept_their_figures():
    def told(newest_before, **after):
        return {
            "before": {"probes": {"newest": {"ndcg_at_10": newest_before}}},
            "after": {"probes": {n.replace("_", "-"): {"ndcg_at_10": f} for n, f in after.items()}},
        }

    runs = [
        # What was kept before the first of these is left out.
        told(0.1, newest=0.2, window_1=0.9),
        told(0.3, newest=0.4, window_1=0.25),
        told(0.5, newest=0.6, window_1=0.38, window_2=0.15, window_3=0.9),
    ]
    found = transfer_of(runs, n_items=1)
    assert found.backward == pytest.approx(((0.15 - 0.2) + (0.38 - 0.4)) / 2)
    assert found.forward == pytest.approx(((0.3 - 1.0) + (0.5 - 1.0)) / 2)


def test_chance_of_a_random_order():
    assert chance_ndcg_at_10(1) == 1.0
    assert chance_ndcg_at_10(4) == pytest.approx(
        (1 + 1 / math.log2(3) + 0.5 + 1 / math.log2(5)) / 4
    )
