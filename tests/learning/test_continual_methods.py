"""Every continual learning method on both networks, and what each promises by itself."""

from copy import deepcopy

import numpy as np
import pytest
import torch

from recommender.contracts import InteractionLog
from recommender.learning.lifelong.continual import CONTINUAL_METHODS, continual_method
from recommender.learning.lifelong.continual.adapters import Adapters, cut_to_rank
from recommender.learning.lifelong.continual.distillation import (
    Distillation,
    adaptive_weight,
    divergence,
)
from recommender.learning.lifelong.continual.ewc import ElasticWeights, fisher_diagonal
from recommender.learning.lifelong.continual.exemplars import (
    Choice,
    ExemplarStore,
    easiest,
    herded,
    reservoir,
)
from recommender.learning.lifelong.continual.protocol import Described
from recommender.learning.lifelong.continual.proximal import Proximal
from recommender.learning.lifelong.neural import Neural
from recommender.learning.lifelong.protocol import Sessions
from recommender.learning.lifelong.session_lesson import SessionLesson
from recommender.learning.lifelong.session_network import NeuralSettings, SessionNetwork
from recommender.learning.networks.sequential import Sequential
from tests.learning.networks.sequential_worlds import (
    DAY,
    N_ITEMS,
    SMALL,
    catalogue,
    history,
    walks,
)

NAMES = list(CONTINUAL_METHODS)
QUICK = NeuralSettings(
    dimensions=16, dropout=0, epochs=15, first_epochs=15, batch_size=16, drawn=32
)
FIRST = Sessions.of([[0, 1], [2, 3]] * 20)
SECOND = Sessions.of([[4, 5], [5, 4]] * 20)


def best(network, *clicks):
    return network.recommend(Sessions.of([[click] for click in clicks]), 1).ravel().tolist()


def lesson_of(sessions, n_items, before=None, window=None, known=None):
    torch.manual_seed(0)
    network = SessionNetwork(n_items, QUICK)
    keys = np.arange(len(sessions), dtype=np.int64)
    return SessionLesson(
        network,
        before(network) if before else None,
        sessions,
        keys,
        keys if window is None else window,
        np.ones(n_items, bool) if known is None else known,
        QUICK,
        np.random.default_rng(0),
    )


# --- the contract -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_the_session_network_learns_each_window_within_its_bound(name):
    network = Neural(continual_method(name, capacity=30), QUICK)
    network.update(FIRST, 4)
    assert best(network, 0, 2) == [1, 3]
    network.update(SECOND, 6)
    assert best(network, 4, 5) == [5, 4]
    assert (
        len(network.kept)
        == len(network.method.keys)
        == ({"finetune": 0, "ewc": 0, "proximal": 0, "retrain": 80}.get(name, 30))
    )
    if name not in ("finetune", "ewc", "proximal"):
        assert best(network, 0, 2) == [1, 3]


@pytest.mark.parametrize("name", NAMES)
def test_a_loaded_session_network_goes_on_as_one_that_was_never_saved(name, tmp_path):
    short = NeuralSettings(dimensions=8, epochs=2, first_epochs=2, batch_size=16, drawn=8)
    kept = Neural(continual_method(name, capacity=30), short)
    kept.update(FIRST, 4)
    kept.update(SECOND, 6)
    kept.save(tmp_path)
    loaded = Neural(continual_method(name, capacity=30), short)
    loaded.load(tmp_path)
    for network in (kept, loaded):
        network.update(Sessions.of([[6, 0, 4], [1, 6]] * 10), 7)
    for mine, theirs in zip(
        kept.network.state_dict().values(), loaded.network.state_dict().values(), strict=True
    ):
        assert torch.equal(mine, theirs)
        assert torch.isfinite(mine).all()


def joined(log, shoppers, items, times, n_items):
    """The log with more interactions, and these alone."""
    columns = [
        np.append(log.shoppers, shoppers),
        np.append(log.items, items),
        np.append(log.weights, np.ones(len(items))),
        np.append(log.times, times),
    ]
    order = np.lexsort((columns[3], columns[0]))
    n_shoppers = max(int(columns[0].max()) + 1, log.n_shoppers)
    shoppers, items, weights, times = columns
    whole, added = (
        InteractionLog(
            shoppers[rows].astype(np.int32),
            items[rows].astype(np.int32),
            weights[rows].astype(np.float32),
            times[rows].astype(np.int64),
            n_shoppers,
            n_items,
        )
        for rows in (order, np.arange(len(log), len(shoppers)))
    )
    return whole, added


@pytest.fixture(scope="module")
def walker():
    source = Sequential(**SMALL, epochs=10, exemplars=40)
    source.fit(walks(), catalogue())
    return source


@pytest.fixture(scope="module")
def window():
    """New shoppers take a new item after item 0, and one who is known goes on so."""
    people = np.repeat(np.arange(150, 200), 2)
    log, added = joined(
        walks(),
        np.append(people, [7, 7]),
        np.append(np.tile([0, N_ITEMS], 50), [0, N_ITEMS]),
        np.append(np.tile([20 * DAY, 21 * DAY], 50), [20 * DAY, 21 * DAY]),
        N_ITEMS + 1,
    )
    return log, added


@pytest.mark.parametrize("name", [name for name in NAMES if name != "retrain"])
def test_the_shop_s_network_learns_a_window_and_goes_on_from_its_folder(
    name, walker, window, tmp_path
):
    log, added = window
    source = Sequential(**SMALL, window_epochs=15, exemplars=40)
    source.learn_window(log, added, catalogue(N_ITEMS + 1), walker, name)
    scores = source.score([history(0), history(2, 4, 6)])
    assert np.isfinite(scores).all()
    assert scores[0].argmax() == N_ITEMS
    assert len(source.remembered.memory.get("exemplars", ())) <= 40
    if name not in ("finetune", "ewc", "proximal"):
        assert scores[1].argmax() == 8
    source.save(tmp_path)
    later, more = joined(log, [9, 9], [3, 5], [30 * DAY, 31 * DAY], N_ITEMS + 1)
    answers = []
    for start in (source, Sequential.load(tmp_path)):
        after = Sequential(**SMALL, window_epochs=1, exemplars=40)
        after.learn_window(later, more, catalogue(N_ITEMS + 1), start, name)
        answers.append(after.score([history(1, 3)]))
    np.testing.assert_array_equal(*answers)


def test_only_what_is_new_is_predicted_and_a_window_of_nothing_changes_nothing(walker, window):
    log, added = window
    source = Sequential(**SMALL, window_epochs=2, exemplars=40)
    source.learn_window(log, added, catalogue(N_ITEMS + 1), walker, "finetune")
    # One prediction for each of fifty newcomers, two for the one who goes on.
    assert source.report.steps == 2 * len(range(0, 52, SMALL["batch_positions"]))
    nothing = Sequential(**SMALL)
    empty = InteractionLog.empty(n_items=N_ITEMS)
    nothing.learn_window(walks(), empty, catalogue(), walker, "replay")
    asked = [history(1, 3), history(6)]
    np.testing.assert_array_equal(nothing.score(asked), walker.score(asked))


def test_a_wrong_method_or_start_is_named(walker):
    with pytest.raises(ValueError, match="no continual method 'rote': finetune, replay"):
        Sequential(**SMALL).learn_window(walks(), walks(), catalogue(), walker, "rote")
    with pytest.raises(ValueError, match="same width"):
        Sequential(width=8).learn_window(walks(), walks(), catalogue(), walker)


# --- exemplars ----------------------------------------------------------------------------------


def test_the_reservoir_is_a_bounded_uniform_sample_of_all_that_came():
    rng = np.random.default_rng(0)
    counts = np.zeros(60)
    for _ in range(2000):
        kept, seen = np.empty(0, np.int64), 0
        for period in np.split(np.arange(60), [10, 30]):
            kept = reservoir(kept, period, seen, 12, rng)
            seen += len(period)
        assert len(kept) == 12
        counts[kept] += 1
    # Each stays with probability 1 / 5; four standard errors.
    assert np.abs(counts / 2000 - 0.2).max() < 4 * np.sqrt(0.2 * 0.8 / 2000)


def test_herding_keeps_what_lies_nearest_to_the_mean_of_its_item():
    states = np.array([[0], [1], [5], [10], [4], [6], [20]], np.float32)
    targets = np.array([7, 7, 7, 7, 8, 8, 8])
    found = Described(states, targets, np.zeros(7, np.float32))
    # Item 7: mean 4, nearest 5; then 5 and 1, whose mean 3 is nearer than 2.5 or 7.5.
    # Item 8: mean 10, nearest 6. Quotas 4/7 * 3 = 1.7 and 3/7 * 3 = 1.3.
    assert sorted(herded(found, 3).tolist()) == [1, 2, 5]


def test_loss_keeps_what_is_predicted_best_of_each_item():
    targets = np.array([7, 7, 7, 7, 8, 8])
    losses = np.array([4, 1, 3, 2, 9, 8], np.float32)
    found = Described(np.zeros((6, 1), np.float32), targets, losses)
    assert sorted(easiest(found, 3).tolist()) == [1, 3, 5]


def test_a_lesson_mixes_in_no_more_than_its_share_and_nothing_that_is_gone():
    store = ExemplarStore(Choice.RESERVOIR, 10, share=0.5)
    store.restore({"exemplars": torch.tensor([0, 1, 2, 3, 99]), "seen": torch.tensor(5)})
    lesson = lesson_of(FIRST, 4, window=np.arange(36, 40))
    lesson.past = np.arange(3)
    drawn = store.drawn(lesson)
    assert len(drawn) == 2
    assert set(drawn.tolist()) <= {0, 1, 2}
    assert store.keys.tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    "made", [lambda: ExemplarStore(capacity=0), lambda: ExemplarStore(share=0)]
)
def test_a_store_without_room_is_refused(made):
    with pytest.raises(ValueError, match="must be"):
        made()


# --- penalties ----------------------------------------------------------------------------------


def frozen(network):
    return deepcopy(network).eval().requires_grad_(False)


def batch_of(lesson):
    return next(lesson.passes(lesson.window, 8))


@pytest.mark.parametrize("method", [ElasticWeights(strength=3.0), Proximal(strength=3.0)])
def test_penalties_are_nothing_at_the_anchor_and_exact_beside_it(method):
    known = np.array([True, True, True, False])
    lesson = lesson_of(FIRST, 4, before=frozen, known=known)
    batch = batch_of(lesson)
    plain = lesson.loss(lesson.network, batch)
    ones = {name: torch.ones_like(value) for name, value in lesson.network.named_parameters()}
    information = {name: 2 * one for name, one in ones.items()}
    # Fewer rows than items: an item that came after the information was gathered.
    information["bias"] = information["bias"][:2]
    if isinstance(method, ElasticWeights):
        method.information = information
    assert torch.equal(method.loss(lesson, lesson.network, batch), plain)
    with torch.no_grad():
        lesson.network.bias += torch.tensor([1.0, 2.0, 4.0, 8.0])
    plain = lesson.loss(lesson.network, batch)
    penalty = (method.loss(lesson, lesson.network, batch) - plain).detach()
    expected = 3 / 2 * (2 * (1 + 4) if isinstance(method, ElasticWeights) else 1 + 4 + 16)
    assert float(penalty) == pytest.approx(expected, rel=1e-5)


def test_the_information_is_the_mean_squared_gradient_of_single_sequences():
    lesson = lesson_of(Sessions.of([[0, 1], [2, 3], [1, 0, 2]]), 4)
    found = fisher_diagonal(lesson, lesson.network, lesson.window, batch_size=1)
    expected = torch.zeros(4)
    lesson = lesson_of(Sessions.of([[0, 1], [2, 3], [1, 0, 2]]), 4)
    for batch in lesson.passes(lesson.window, 1):
        lesson.network.zero_grad()
        lesson.loss(lesson.network, batch).backward()
        expected += lesson.network.bias.grad**2 / 3
    assert found["bias"].numpy() == pytest.approx(expected.numpy(), rel=1e-5)
    assert found["bias"].sum() > 0


def test_the_divergence_is_nothing_where_both_agree_and_exact_where_not():
    lesson = lesson_of(Sessions.of([[0, 1]]), 3, before=frozen, known=np.array([True, True, False]))
    lesson.network.eval()
    batch = {
        "clicks": torch.tensor([[0, 1]]),
        "lengths": torch.tensor([2]),
        "shared_drawn": torch.tensor([0, 1, 2]),
    }
    assert float(divergence(lesson, lesson.before, lesson.network, batch).detach()) == 0.0
    for network in (lesson.network, lesson.before):
        with torch.no_grad():
            network.items.weight.zero_()
            network.bias.zero_()
    with torch.no_grad():
        lesson.network.bias += torch.tensor([0.0, np.log(3.0), 50.0])
    # One half each before, a quarter and three quarters now; the unknown item does not count.
    expected = 0.5 * np.log(0.5 / 0.25) + 0.5 * np.log(0.5 / 0.75)
    found = divergence(lesson, lesson.before, lesson.network, batch)
    assert float(found.detach()) == pytest.approx(expected, rel=1e-5)


def test_distillation_weighs_more_where_more_is_known_than_new():
    lesson = lesson_of(FIRST, 4, known=np.array([True, True, True, False]))
    method = Distillation(weight=2.0)
    method.store.keys = np.arange(10)
    expected = 2 * np.sqrt(3 / 4 * 10 / 40)
    assert adaptive_weight(lesson, 2.0, method.store) == pytest.approx(expected)


# --- adapters -----------------------------------------------------------------------------------


def test_adapters_leave_the_base_as_it_is_and_add_low_rank():
    method = Adapters(ExemplarStore(capacity=20), short_rank=2, long_rank=3)
    network = Neural(method, QUICK)
    network.update(FIRST, 4)
    base = {name: weight.clone() for name, weight in method.base.items()}
    for turn in range(2):
        network.update(SECOND, 6)
        for name, weight in base.items():
            assert torch.equal(method.base[name][: len(weight)], weight), name
        now = dict(network.network.named_parameters())["recurrent.weight_ih_l0"].detach()
        rank = torch.linalg.matrix_rank(now - base["recurrent.weight_ih_l0"], tol=1e-4)
        assert 0 < int(rank) <= 2 + 3 * turn
        assert method.left["recurrent.weight_ih_l0"].shape[1] <= 3
    # Items that came later belong to the base as they were first learnt.
    assert method.base["items.weight"].shape == (6, 16)


def test_a_product_is_cut_to_the_nearest_of_its_rank():
    rng = np.random.default_rng(0)
    left, right = (torch.from_numpy(rng.normal(size=shape)) for shape in ((9, 6), (6, 7)))
    first, second = cut_to_rank(left, right, 2)
    values = torch.linalg.svdvals(left @ right)
    apart = torch.linalg.norm(left @ right - first @ second)
    assert float(apart) == pytest.approx(float(values[2:].square().sum().sqrt()))
