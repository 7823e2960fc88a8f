"""Reranking: features, gate, budget, and the order that comes of likelihoods."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.contracts import Floats, History
from recommender.ranking.blend import Candidate
from recommender.ranking.rerank import (
    CANDIDATES,
    HISTORY,
    SOURCE,
    Features,
    Gate,
    Outcome,
    Reranker,
    features_of,
    lifts,
    newest_items,
    reranked,
)

IDS = tuple(f"p{n}" for n in range(30))
POPULARITY = np.full(30, 9)
OPEN = Gate(weight=0.2, prior_weight=1.0, model="m")


class Reader:
    """Likes what it is told to like; a title takes two milliseconds to read."""

    def __init__(self, liked: str = "", ms_per_title: float = 2.0) -> None:
        self.liked = liked
        self.ms_per_title = ms_per_title
        self.asked: list[tuple[list[str], list[str]]] = []

    def keep_measured(self) -> None: ...

    def read_priors(self, titles: Sequence[str], *, seconds: float) -> int:
        return 0

    def estimated_ms(self, history: Sequence[str], titles: Sequence[str]) -> float:
        return self.ms_per_title * len(titles)

    def likelihoods(self, history: Sequence[str], titles: Sequence[str]) -> tuple[Floats, Floats]:
        self.asked.append((list(history), list(titles)))
        likely = [0.0 if title == self.liked else -1.0 for title in titles]
        return np.array(likely, np.float32), np.zeros(len(titles), np.float32)


def titles(ids: Sequence[str]) -> dict[str, str]:
    return {product: f"title of {product}" for product in ids if product != "p29"}


def candidates(count: int = 12) -> list[Candidate]:
    scores = np.linspace(1.0, 0.5, count)
    return [Candidate(n, float(s), {"ease": float(s)}) for n, s in enumerate(scores)]


def reranker(
    gate: Gate | None = OPEN, reader: Reader | None = None, budget_ms: float = 100.0
) -> Reranker:
    ticks = iter(np.arange(0, 10, 0.25))
    return Reranker(gate, reader, titles, budget_ms, clock=lambda: float(next(ticks)))


def test_the_liked_title_comes_first_and_its_part_is_told() -> None:
    reader, some = Reader("title of p5"), candidates(CANDIDATES + 2)
    found, note = reranker(reader=reader)(History.of([27, 28]), some, IDS, POPULARITY)

    assert [c.item for c in found] == [5, *range(5), *range(6, CANDIDATES + 2)]
    assert reader.asked == [
        (["title of p27", "title of p28"], [f"title of p{n}" for n in range(CANDIDATES)])
    ]
    assert (note.outcome, note.took_ms, note.candidates) == (Outcome.USED, 250.0, CANDIDATES)
    assert note.words() == {"rerank": "used", "rerank_ms": "250", "rerank_candidates": "10"}
    # Places keep their scores, items what their sources said of them.
    assert [c.score for c in found] == [c.score for c in some]
    assert found[0].sources["ease"] == some[5].sources["ease"]
    assert found[0].sources[SOURCE] > 0 == found[1].sources[SOURCE]
    assert SOURCE not in found[-1].sources


@pytest.mark.parametrize(
    ("gate", "outcome"),
    [
        (None, Outcome.UNMEASURED),
        (Gate(0.0, 1.0), Outcome.GATE),
        (Gate(0.2, 1.0, "history_length", 3, 9), Outcome.GATE),
        (Gate(0.2, 1.0, "history_length", 1, 9), Outcome.USED),
        (Gate(0.2, 1.0, "cold_share", 0.1, 1.0), Outcome.GATE),
        (Gate(0.2, 1.0, "entropy", 0.9, 1.0), Outcome.USED),
    ],
)
def test_the_gate_decides_who_is_read(gate: Gate | None, outcome: Outcome) -> None:
    reader = Reader("title of p5")
    found, note = reranker(gate, reader)(History.of([20, 21]), candidates(), IDS, POPULARITY)
    assert note.outcome is outcome
    assert bool(reader.asked) is (outcome is Outcome.USED)
    assert (found == candidates()) is (outcome is not Outcome.USED)


def test_strangers_and_short_lists_are_left_alone() -> None:
    reader = Reader("title of p1")
    for history, some in ((History.empty(), candidates()), (History.of([3]), candidates(2))):
        found, note = reranker(reader=reader)(history, some, IDS, POPULARITY)
        assert (found, note.outcome) == (some, Outcome.GATE)
    assert reranker(reader=reader)(History.of([3]), [], IDS, POPULARITY)[0] == []


def test_a_missing_model_is_said_in_the_callers_words() -> None:
    history = History.of([20])
    assert reranker()(history, candidates(), IDS, POPULARITY)[1].outcome is Outcome.NO_MODEL
    later = Reranker(OPEN, None, titles, 100.0, Outcome.LATER)
    found, note = later(history, candidates(), IDS, POPULARITY)
    assert (found, note.words()) == (candidates(), {"rerank": "later"})


@pytest.mark.parametrize(
    ("budget_ms", "read"), [(100.0, 10), (20.0, 10), (19.0, 9), (6.0, 3), (5.9, 0), (0.0, 0)]
)
def test_the_budget_decides_how_many_are_read(budget_ms: float, read: int) -> None:
    reader = Reader("title of p2")
    found, note = reranker(reader=reader, budget_ms=budget_ms)(
        History.of([20]), candidates(), IDS, POPULARITY
    )
    if read:
        assert note.candidates == len(reader.asked[0][1]) == read
        assert [c.item for c in found[:3]] == [2, 0, 1]
        assert note.estimated_ms == 2.0 * read
    else:
        assert note.words() == {"rerank": "budget", "rerank_needs_ms": "6"}
        assert (found, reader.asked) == (candidates(), [])


def test_titles_that_are_gone_are_not_read_in_the_history_and_empty_as_candidates() -> None:
    reader = Reader()
    some = [Candidate(29, 1.0), *candidates(5)]
    reranker(reader=reader)(History.of([29, 7]), some, IDS, POPULARITY)
    assert reader.asked[0] == (["title of p7"], ["", *(f"title of p{n}" for n in range(5))])


def test_the_newest_different_items_are_read_oldest_first() -> None:
    assert newest_items(History.of([1, 2, 3, 2])) == [1, 3, 2]
    assert newest_items(History.of(list(range(20)))) == list(range(20))[-HISTORY:]


def test_features_are_those_of_the_formulae() -> None:
    even = features_of([1, 1, 2], np.array([0.5, 0.5], np.float32), [4, 5])
    assert even == Features(history_length=2.0, entropy=pytest.approx(1.0), cold_share=0.5)
    sure = features_of([], np.array([1.0, 0.0, 0.0], np.float32), [9, 9, 9])
    assert (sure.history_length, sure.entropy, sure.cold_share) == (0.0, 0.0, 0.0)
    # H(3/4, 1/4) in bits.
    uneven = features_of([1], np.array([0.75, 0.25], np.float32), [9, 9])
    assert uneven.entropy == pytest.approx(0.8112781)


likely = st.lists(st.floats(-20, 0), min_size=2, max_size=12)


@given(likely, st.floats(0.01, 1.0))
def test_lifts_are_never_negative_and_ignore_what_all_titles_share(
    values: list[float], weight: float
) -> None:
    gate = Gate(weight, 0.0)
    one = np.array(values)
    found = lifts(one, np.zeros(len(one)), gate)
    assert (found >= 0).all()
    assert found.min() == 0.0
    np.testing.assert_allclose(
        found, lifts(one * 2 - 7, np.zeros(len(one)), gate), rtol=1e-3, atol=1e-4
    )


def test_the_prior_is_taken_away_in_its_weight() -> None:
    likelihoods, priors = np.array([-1.0, -2.0]), np.array([-1.0, -4.0])
    assert lifts(likelihoods, priors, Gate(0.5, 0.0)).tolist() == [1.0, 0.0]
    assert lifts(likelihoods, priors, Gate(0.5, 1.0)).tolist() == [0.0, 1.0]


def test_what_is_not_a_number_moves_nothing() -> None:
    broken = np.array([np.nan, -1.0, -2.0])
    assert lifts(broken, np.zeros(3), OPEN).tolist() == [0.0, 0.0, 0.0]
    found = reranked(candidates(3), broken, np.zeros(3), OPEN)
    assert [c.item for c in found] == [0, 1, 2]


def test_a_gate_is_kept_whole_and_a_broken_file_is_none(tmp_path: Path) -> None:
    path = tmp_path / "language" / "gate.json"
    assert Gate.load(path) is None
    gate = Gate(0.2, 0.5, "entropy", 0.1, 0.9, "m", 100, 0.001, 0.0002, 0.3, 5.0)
    gate.save(path)
    assert Gate.load(path) == gate
    assert [p.name for p in path.parent.iterdir()] == ["gate.json"]
    for broken in ("", "[]", "{", json.dumps({"weight": 1}), json.dumps({"colour": 1})):
        path.write_text(broken)
        assert Gate.load(path) is None


@pytest.mark.parametrize(
    "fields",
    [
        {"weight": -0.1},
        {"weight": float("nan")},
        {"feature": "colour"},
        {"gain": float("inf")},
    ],
)
def test_a_gate_without_sense_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="gate"):
        Gate(**{"weight": 0.1, "prior_weight": 0.0, **fields})
