"""A model that is updated against one that is fitted anew."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.candidates import source_class, source_names
from recommender.contracts import History, InteractionLog, ItemTable, TripleTable, UpdatableSource
from recommender.learning.fit import FittedModel, fit_sources
from recommender.learning.learnt_log import ERASED, LearntLog
from recommender.learning.update_model import UpdateImpossibleError, model_updated
from recommender.ranking.blend import BlendWeights
from recommender.ranking.model import BlendedModel
from recommender.ranking.tune import popularity_of

DAY = 86_400
N_ITEMS, MOST_ITEMS = 8, 11
WORDS = ("red", "blue", "soap", "brush", "cream", "oil")
VECTORS = np.random.default_rng(3).normal(size=(MOST_ITEMS, 6)).astype(np.float32)
EXACT = [name for name in source_names() if isinstance(source_class(name)(), UpdatableSource)]
FACTS = TripleTable(
    ("product:p1", "product:p2", "brand:x"),
    ("p1", "p2", "x"),
    ("p1", "p2", ""),
    ("complements", "made_by"),
    np.array([0, 0, 1], np.int32),
    np.array([0, 1, 1], np.int32),
    np.array([1, 2, 2], np.int32),
    np.array([1.0, 0.8, 1.0], np.float32),
)


def table(count=N_ITEMS, changed=False) -> ItemTable:
    vectors = VECTORS[:count].copy()
    texts = [f"{WORDS[n % 6]} {WORDS[(n * 3 + 1) % 6]} no{n}" for n in range(count)]
    if changed:
        vectors[0], texts[0] = vectors[1] + vectors[2], "oil for the brush"
    return ItemTable(
        tuple(f"p{n}" for n in range(count)),
        tuple(texts),
        tuple(f"brand{n % 3}" for n in range(count)),
        tuple(f"group{n % 2}" for n in range(count)),
        vectors,
    )


def record(deeds, n_items, *, turned=False) -> LearntLog:
    """The deeds (shopper, item, day, weight) as the event log gives them, in either order."""
    names = sorted({name for name, *_ in deeds}, reverse=turned)
    rows = sorted((names.index(name), day, item, weight) for name, item, day, weight in deeds)
    columns = np.array(rows, np.float64).reshape(-1, 4).T
    log = InteractionLog(
        columns[0].astype(np.int32),
        columns[2].astype(np.int32),
        columns[3].astype(np.float32),
        (columns[1] * DAY).astype(np.int64),
        len(names),
        n_items,
    )
    return LearntLog(tuple(names), log)


def fitted(told: LearntLog, items: ItemTable, facts=None, sources=EXACT) -> FittedModel:
    made, _ = fit_sources(told.log, items, {name: {} for name in sources}, facts=facts)
    model = BlendedModel(
        items,
        made,
        BlendWeights.of(dict.fromkeys(made, 1.0)),
        popularity_of(told.log.items, len(items)),
    )
    return FittedModel(model, {}, {"ndcg_at_10": 0.5}, learnt=told)


def assert_alike(one: BlendedModel, two: BlendedModel, n_items: int) -> None:
    asked = [History.of([item], 40 * DAY) for item in range(n_items)]
    asked += [History.of([1, 3, 0], 40 * DAY), History.empty()]
    for name in EXACT:
        np.testing.assert_allclose(
            one.sources[name].score(asked), two.sources[name].score(asked),
            rtol=1e-5, atol=1e-6, err_msg=name,
        )  # fmt: skip
    np.testing.assert_array_equal(one.popularity, two.popularity)
    for found, expected in zip(
        one.candidates(asked[-2], 5), two.candidates(asked[-2], 5), strict=True
    ):
        assert found.score == pytest.approx(expected.score, rel=1e-5)


DEEDS = st.lists(
    st.tuples(
        st.sampled_from("abcde"),
        st.integers(0, N_ITEMS - 1),
        st.integers(0, 30),
        st.sampled_from([0.25, 0.6, 1.0]),
    ),
    max_size=14,
)
#: One window: what came (at any time, so late too), what of it and of earlier deeds is worth
#: something else now or was taken back, and who is gone.
WINDOWS = st.lists(
    st.tuples(
        DEEDS,
        st.lists(st.integers(0, 40), max_size=3),
        st.sets(st.sampled_from("abcde"), max_size=1),
    ),
    min_size=1,
    max_size=3,
)


@settings(max_examples=15, deadline=None)
@given(
    first=DEEDS, windows=WINDOWS, more=st.integers(0, MOST_ITEMS - N_ITEMS), renewed=st.booleans()
)
def test_any_sequence_of_windows_ends_where_a_fit_of_the_last_record_ends(
    first, windows, more, renewed
):
    deeds = list(first)
    model = fitted(record(deeds, N_ITEMS), table())
    n_items = N_ITEMS
    for place, (came, touched, gone) in enumerate(windows):
        last = place == len(windows) - 1
        n_items += more if last else 0
        items = table(n_items, changed=renewed and last)
        deeds = [deed for deed in [*deeds, *came] if deed[0] not in gone]
        for at in touched:
            if at < len(deeds):
                name, item, day, weight = deeds.pop(at)
                if at % 2:
                    deeds.append((name, n_items - 1 - item, day, 1.25 - weight))
        model = model_updated(
            model, model.learnt, record(deeds, n_items, turned=place % 2 == 1), items,
            FACTS if last else None, seed=0,
        )  # fmt: skip
    # A fit that never saw who is gone, with the shoppers in another order.
    expected = fitted(record(deeds, n_items, turned=True), items, FACTS)
    assert_alike(model.model, expected.model, n_items)
    assert Counter(model.learnt.log.items.tolist()) == Counter(deed[1] for deed in deeds)
    assert set(model.learnt.shoppers) - {""} == {deed[0] for deed in deeds}


FEW = [("a", 1, 1, 1.0), ("a", 2, 2, 1.0), ("b", 2, 3, 1.0), ("b", 3, 4, 1.0), ("c", 4, 5, 1.0)]


def test_what_an_update_took_and_from_whom_it_goes_on_is_told():
    start = fitted(record(FEW, N_ITEMS), table(), sources=["transitions", "popular"])
    steps = []
    updated = model_updated(
        start, start.learnt, record([*FEW, ("c", 5, 6, 1.0)], N_ITEMS), table(), None,
        seed=0, progress=lambda step, share: steps.append((step, share)),
    )  # fmt: skip
    assert steps == [("difference", 0.0), ("exact", 0.7), ("done", 1.0)]
    assert set(updated.fit_seconds) == {"transitions", "popular"}
    assert (updated.validation, updated.model.weights) == (start.validation, start.model.weights)
    assert updated.model.sources["transitions"].score([History.of([4])])[0, 5] > 0


def test_a_network_goes_on_from_its_weights_by_the_named_method():
    few_steps = {"width": 32, "blocks": 1, "epochs": 2, "window_epochs": 1}
    told = record(FEW, N_ITEMS)
    made, _ = fit_sources(told.log, table(), {"sequential": few_steps, "popular": {}})
    model = BlendedModel(
        table(), made, BlendWeights.of({"sequential": 1.0}), popularity_of(told.log.items, N_ITEMS)
    )
    before = made["sequential"]
    items = table(N_ITEMS + 1)
    updated = model_updated(
        FittedModel(model, {}, {}), told, record([*FEW, ("c", 8, 6, 1.0)], N_ITEMS + 1), items,
        None, method="ewc", seed=0,
    )  # fmt: skip
    after = updated.model.sources["sequential"]
    assert after.remembered.method == "ewc"
    assert after.score([History.of([4])]).shape == (1, N_ITEMS + 1)
    assert before.remembered is None
    assert len(before.item_vectors) == N_ITEMS
    moved = np.abs((after.item_vectors[:N_ITEMS] - before.item_vectors).numpy())
    assert 0 < moved.max() < 0.1


def test_a_network_that_has_to_forget_an_erased_shopper_begins_from_fresh_weights():
    few_steps = {"width": 32, "blocks": 1, "epochs": 2, "window_epochs": 1}
    told = record([*FEW, ("z", 6, 3, 1.0), ("z", 7, 4, 1.0)], N_ITEMS)

    def after(learnt: LearntLog) -> FittedModel:
        made, _ = fit_sources(told.log, table(), {"sequential": few_steps, "popular": {}})
        model = BlendedModel(
            table(), made, BlendWeights.of({"sequential": 1.0}),
            popularity_of(told.log.items, N_ITEMS),
        )  # fmt: skip
        now = record(FEW, N_ITEMS)
        return model_updated(FittedModel(model, {}, {}), learnt, now, table(), None, seed=0)

    names = [f"{ERASED}1" if name == "z" else name for name in told.shoppers]
    erased, gone = after(LearntLog(tuple(names), told.log)), after(told)
    anew, _ = fit_sources(erased.learnt.log, table(), {"sequential": few_steps})
    vectors = [
        made["sequential"].item_vectors for made in (anew, erased.model.sources, gone.model.sources)
    ]
    np.testing.assert_array_equal(vectors[0], vectors[1])
    assert np.abs((vectors[0] - vectors[2]).numpy()).max() > 0
    assert erased.learnt.shoppers == gone.learnt.shoppers == (*told.shoppers[:-1], "")


def test_what_only_a_retrain_can_do_is_refused_before_anything_changes():
    start = fitted(record(FEW, N_ITEMS), table(), sources=["popular"])
    now, items = record(FEW, N_ITEMS), table()

    def updated(learnt=start.learnt, now=now, items=items, **others):
        return model_updated(start, learnt, now, items, None, seed=0, **others)

    turned = replace(items, ids=tuple(reversed(items.ids)))
    with pytest.raises(UpdateImpossibleError, match="do not begin"):
        updated(items=turned)
    with pytest.raises(UpdateImpossibleError, match="another encoder"):
        updated(items=replace(items, vectors=items.vectors[:, :2]))
    with pytest.raises(UpdateImpossibleError, match="do not belong together"):
        updated(now=record(FEW, N_ITEMS + 1))
    with pytest.raises(UpdateImpossibleError, match="another record"):
        updated(learnt=record(FEW[1:], N_ITEMS))
    other = [("d", *deed[1:]) for deed in FEW]
    with pytest.raises(UpdateImpossibleError, match="not learnt what is to go"):
        updated(learnt=record(other, N_ITEMS))
    with pytest.raises(UpdateImpossibleError, match="retrain"):
        updated(method="retrain")
    with pytest.raises(ValueError, match="no method 'guess'"):
        updated(method="guess")
