import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.learning.lifelong import LIFELONG_METHODS, lifelong_method
from recommender.learning.lifelong.fused import Fused, FusedSettings
from recommender.learning.lifelong.neural import Neural
from recommender.learning.lifelong.protocol import Sessions, no_sessions
from recommender.learning.lifelong.session_knn import SessionKNN, SessionKNNSettings
from recommender.learning.lifelong.session_network import NeuralSettings, padded
from recommender.learning.lifelong.spectral import Spectral, SpectralSettings, pairs_within
from recommender.learning.lifelong.top_items import chance_of, top_items

SMALL = SpectralSettings(columns=4, dimensions=4)


def lists(sessions):
    return [part.tolist() for part in np.split(sessions.items, sessions.starts[1:-1])]


def test_the_best_items_come_first_and_chance_orders_equals():
    scores = np.array([[0.1, 0.9, 0.5], [0.2, 0.2, 0.2]], np.float32)
    best = top_items(scores, 4)
    assert best[0].tolist() == [1, 2, 0, -1]
    assert best[1].tolist() == [*sorted(range(3), key=chance_of), -1]


def test_session_knn_scores_by_hand():
    plain = SessionKNNSettings(length_power=0, age_decay=np.inf, matched=2.0)
    knn = SessionKNN(plain)
    knn.update(Sessions.of([[0, 1, 2], [3, 0], [4, 5]]), 6)
    items, scores = knn.scored(Sessions.of([[0]]), 4)
    rarity = np.log(3 / 2)
    said = {0: 2 * 2.0, 1: 1.0, 2: np.exp(-1 / 3), 3: 0.7}
    assert items[0].tolist() == [0, 1, 2, 3]
    expected = [said[item] * rarity for item in items[0]]
    assert scores[0] == pytest.approx(expected, rel=1e-5)


def test_newer_sessions_say_more():
    knn = SessionKNN()
    knn.update(Sessions.of([[0, 1], [3, 4]]), 5)
    knn.update(Sessions.of([[0, 2], [3, 4]]), 5)
    assert knn.recommend(Sessions.of([[0]]), 3)[0].tolist() == [0, 2, 1]


def test_nothing_known_is_recommended_for_an_item_without_neighbours():
    knn = SessionKNN()
    knn.update(Sessions.of([[0, 1], [2, 3]]), 5)
    assert knn.recommend(Sessions.of([[4]]), 2).tolist() == [[-1, -1]]


PERIODS = st.lists(
    st.lists(st.lists(st.integers(0, 7), min_size=1, max_size=6), min_size=1, max_size=6),
    min_size=1,
    max_size=4,
)


@settings(deadline=None, max_examples=50)
@given(PERIODS)
def test_an_updated_index_equals_one_that_is_made_at_once(periods):
    updated = SessionKNN()
    for period in periods:
        updated.update(Sessions.of(period), 8)
    whole = Sessions.of([session for period in periods for session in period])
    refit = SessionKNN()
    refit.update(whole, 8)
    assert np.array_equal(updated.posted, refit.posted)
    assert np.array_equal(updated.heads, refit.heads)
    assert np.array_equal(updated.history.items, whole.items)
    # The refit knows one period; with its sessions' ages it answers the same.
    refit.ages, refit.periods = updated.ages, updated.periods
    asked = Sessions.of([[0], [1, 2], [7, 3, 1]])
    for mine, theirs in zip(updated.scored(asked, 8), refit.scored(asked, 8), strict=True):
        assert np.array_equal(mine, theirs)


@settings(deadline=None, max_examples=50)
@given(PERIODS, st.integers(1, 5))
def test_a_bounded_index_equals_one_of_the_newest_sessions(periods, capacity):
    bounded = SessionKNN(SessionKNNSettings(capacity=capacity))
    for period in periods:
        bounded.update(Sessions.of(period), 8)
    newest = [session for period in periods for session in period][-capacity:]
    fresh = SessionKNN()
    fresh.update(Sessions.of(newest), 8)
    assert lists(bounded.history) == newest
    assert np.array_equal(bounded.posted, fresh.posted)
    assert np.array_equal(bounded.heads, fresh.heads)


def test_pairs_count_both_ways_within_the_window_and_not_across_sessions():
    counts = pairs_within(Sessions.of([[0, 1, 2], [2, 0, 0]]), 1, 3).toarray()
    assert counts.tolist() == [[0, 1, 1], [1, 0, 1], [1, 1, 0]]
    wider = pairs_within(Sessions.of([[0, 1, 2], [2, 0, 0]]), 2, 3).toarray()
    assert wider.tolist() == [[0, 1, 3], [1, 0, 1], [3, 1, 0]]


def test_the_graph_fades_and_an_updated_one_equals_a_refit():
    first, second = Sessions.of([[0, 1], [1, 2]]), Sessions.of([[0, 1], [2, 3]])
    updated = Spectral(SMALL)
    updated.update(first, 3)
    updated.update(second, 4)
    fade = np.exp(-1 / SMALL.age_decay)
    expected = fade * pairs_within(first, SMALL.window, 4).toarray()
    expected += pairs_within(second, SMALL.window, 4).toarray()
    assert updated.graph.toarray() == pytest.approx(expected)
    refit = Spectral(SMALL)
    refit.graph = updated.graph * np.float32(1 / fade)
    refit.update(no_sessions(), 4)
    assert refit.vectors == pytest.approx(updated.vectors, abs=1e-4)


def test_items_that_are_clicked_together_lie_together():
    pairs = [[0, 1], [1, 0], [2, 3], [3, 2], [0, 1, 4], [2, 3, 5]] * 3
    converged = SpectralSettings(columns=2, dimensions=2, depths=(60,), weights=(1.0,))
    spectral = Spectral(converged)
    spectral.update(Sessions.of(pairs), 6)
    best = spectral.recommend(Sessions.of([[0], [2]]), 3)
    assert set(best[0].tolist()) == {0, 1, 4}
    assert set(best[1].tolist()) == {2, 3, 5}


def test_the_fusion_adds_the_neighbours_share_and_the_own_items():
    fused = Fused(FusedSettings(spectral=SMALL, knn_weight=0, in_session=9))
    fused.update(Sessions.of([[0, 1], [2, 3], [1, 2]]), 4)
    assert set(fused.recommend(Sessions.of([[3, 1, 3]]), 2)[0].tolist()) == {1, 3}
    loud = Fused(FusedSettings(spectral=SMALL, knn_weight=1e6, in_session=0))
    loud.update(Sessions.of([[0, 1], [2, 3], [1, 2]]), 4)
    knn_best = loud.knn.recommend(Sessions.of([[2]]), 3)
    assert loud.recommend(Sessions.of([[2]]), 3).tolist() == knn_best.tolist()


def test_padding_keeps_the_newest_clicks():
    clicks, lengths = padded(Sessions.of([[1, 2, 3, 4], [5]]), np.array([0, 1]), 3)
    assert clicks.tolist() == [[2, 3, 4], [5, 0, 0]]
    assert lengths.tolist() == [3, 1]


def test_the_same_seed_gives_the_same_answers():
    sessions = Sessions.of([[0, 1, 2], [2, 3], [3, 1]] * 4)
    for name in LIFELONG_METHODS:
        if LIFELONG_METHODS[name].neural and name != "replay":
            continue
        answers = []
        for _ in range(2):
            method = lifelong_method(name, 3)
            if isinstance(method, Neural):
                method.settings = NeuralSettings(dimensions=8, epochs=1, first_epochs=1, drawn=8)
            elif name in ("default", "spectral"):
                method = Fused(FusedSettings(spectral=SMALL))
            method.update(sessions, 4)
            answers.append(method.recommend(sessions, 3).tolist())
        assert answers[0] == answers[1], name
