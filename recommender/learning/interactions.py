"""From a snapshot's rows to the columns that sources learn from."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from recommender.contracts import EventType, InteractionLog, ItemTable
from recommender.features.shopper_state import event_weight

#: Seeing and buying one product within this time is one interaction, at its strongest.
SAME_DEED_SECONDS = 3600


def interaction_log(events: pa.Table, items: ItemTable) -> InteractionLog:
    """The snapshot's events that speak for an item of the table.

    Several events of one shopper with one product within an hour count once, with the largest
    weight and the latest time: a view, a cart and a purchase are one deed.
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
    weight = np.array(
        [
            event_weight(EventType(kind), value)
            for kind, value in zip(
                events.column("type").to_pylist(), events.column("value").to_pylist(), strict=True
            )
        ],
        np.float32,
    )
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
    return InteractionLog(
        shoppers=shopper.astype(np.int32),
        items=item.astype(np.int32),
        weights=weight.astype(np.float32),
        times=seconds.astype(np.int64),
        n_shoppers=len(people.dictionary),
        n_items=len(items),
    )
