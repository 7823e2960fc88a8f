"""From a snapshot's rows to the columns that sources learn from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from recommender.contracts import EventType, Floats, InteractionLog, Ints, ItemTable, Longs
from recommender.features.shopper_state import event_weight
from recommender.feedback.rewards import WORDS, event_reward, lessened
from recommender.learning.learnt_log import LearntLog

#: Seeing and buying one product within this time is one interaction, at its strongest.
SAME_DEED_SECONDS = 3600
#: A corrected answer never weighs as much as what was bought or said.
MOST_CORRECTED = 0.95


def interaction_log(events: pa.Table, items: ItemTable) -> InteractionLog:
    """The snapshot's events that speak for an item of the table; shoppers as they come."""
    return record_log(events, items).log


def record_log(events: pa.Table, items: ItemTable) -> LearntLog:
    """The snapshot's events that speak for an item of the table, with the shoppers' external ids.

    Several events of one shopper with one product within an hour count once, with the largest
    weight and the latest time: a view, a cart and a purchase are one deed. What was answered at a
    place where few look weighs more (``feedback.examination``), and what was done with a product
    before a word against it weighs less. What a shopper's events weigh depends on these events
    alone, and on nobody else's.
    """
    positions = {item: index for index, item in enumerate(items.ids)}
    products = events.column("product").combine_chunks().dictionary_encode()
    index_of = np.array(
        [positions.get(name, -1) for name in products.dictionary.to_pylist()] or [-1]
    )
    item = index_of[products.indices.to_numpy()] if len(products) else np.zeros(0, int)
    people = events.column("shopper").combine_chunks().dictionary_encode()
    shopper = people.indices.to_numpy().astype(np.int64)
    seconds = pc.cast(events.column("time"), pa.int64()).to_numpy() // 1_000_000
    kinds = [EventType(kind) for kind in events.column("type").to_pylist()]
    values = events.column("value").to_pylist()
    weight = _weights(kinds, values, _corrections(events))
    weight *= _left_after_words(shopper, item, seconds, kinds, values)
    kept = (item >= 0) & (weight > 0)
    shopper, item, seconds, weight = shopper[kept], item[kept], seconds[kept], weight[kept]
    order = np.lexsort((seconds, item, shopper))
    shopper, item, seconds, weight = shopper[order], item[order], seconds[order], weight[order]
    if len(item):
        fresh = np.ones(len(item), bool)
        fresh[1:] = (
            (shopper[1:] != shopper[:-1])
            | (item[1:] != item[:-1])
            | (seconds[1:] - seconds[:-1] > SAME_DEED_SECONDS)
        )
        starts = np.flatnonzero(fresh)
        ends = np.append(starts[1:], len(item)) - 1
        weight = np.maximum.reduceat(weight, starts)
        shopper, item, seconds = shopper[starts], item[starts], seconds[ends]
        order = np.lexsort((seconds, shopper))
        shopper, item, seconds, weight = shopper[order], item[order], seconds[order], weight[order]
    log = InteractionLog(
        shoppers=shopper.astype(np.int32),
        items=item.astype(np.int32),
        weights=weight.astype(np.float32),
        times=seconds.astype(np.int64),
        n_shoppers=len(people.dictionary),
        n_items=len(items),
    )
    return LearntLog(tuple(people.dictionary.to_pylist()), log)


def _corrections(events: pa.Table) -> Floats:
    """What answers weigh for their places; 1 in snapshots that were written without."""
    if "correction" not in events.column_names:
        return np.ones(len(events), np.float32)
    return np.asarray(events.column("correction").to_numpy(), np.float32)


def _weights(
    kinds: Sequence[EventType], values: Sequence[float | None], corrections: Floats
) -> Floats:
    plain = np.array([event_weight(k, v) for k, v in zip(kinds, values, strict=True)], np.float32)
    corrected = np.minimum(plain * corrections, np.float32(MOST_CORRECTED))
    return np.where(corrections == 1.0, plain, corrected).astype(np.float32)


def _left_after_words(
    shopper: Longs,
    item: Ints,
    seconds: Longs,
    kinds: Sequence[EventType],
    values: Sequence[float | None],
) -> Floats:
    """What is left of each event's weight after the shopper's newest word on the product."""
    left = np.ones(len(kinds), np.float32)
    newest: dict[tuple[int, int], tuple[int, float]] = {}
    for row in [row for row, kind in enumerate(kinds) if kind in WORDS and item[row] >= 0]:
        key = (int(shopper[row]), int(item[row]))
        if key not in newest or newest[key][0] <= seconds[row]:
            newest[key] = (int(seconds[row]), event_reward(kinds[row], values[row]))
    against = {key: word for key, word in newest.items() if word[1] < 0}
    if not against:
        return left
    owners = np.isin(shopper, [key[0] for key in against])
    for row in np.flatnonzero(owners).tolist():
        word = against.get((int(shopper[row]), int(item[row])))
        if word is not None and seconds[row] <= word[0]:
            left[row] = lessened(1.0, word[1])
    return left
