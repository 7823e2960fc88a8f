"""What parameters are searched on: the shop's own log, or a public data set."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from recommender.benchmarks import amazon_beauty
from recommender.candidates.search_space import search_space
from recommender.contracts import InteractionLog, ItemTable, TripleTable
from recommender.events.snapshots import log_watermark, snapshot_read, snapshot_write
from recommender.features.copurchase_facts import facts_as_of
from recommender.features.item_table import item_table_read
from recommender.features.triples import triples_read
from recommender.learning.encode_text import CachedEncoder, MiniLMEncoder
from recommender.learning.interactions import interaction_log
from recommender.learning.search import NothingToSearchError, SearchTask, halves
from recommender.learning.splits import Holdout, leave_last_out, leave_one_out, shuffle_ties
from recommender.learning.text_encoders import item_encoder

SHOP, AMAZON_BEAUTY = "shop", "amazon_beauty"
DATASETS = (SHOP, AMAZON_BEAUTY)


def search_task(
    source: str, dataset: str, data: Path | None, *, cases: int, seed: int
) -> SearchTask:
    """The data's training part, and validation cases of which half only confirm.

    The test part, where the protocol of a data set has one, is never touched.

    Raises:
        ParameterError: the source declares no search space.
        NothingToSearchError: there are no products or interactions, or nobody has a history.
        ValueError: the data set's folder is not given.
    """
    search_space(source)
    if cases < 1:
        raise ValueError(f"--cases must be at least 1, not {cases}")
    if dataset == SHOP:
        train, validation, items, facts = _shop()
    else:
        if data is None:
            raise ValueError(f"--data must name the folder of {dataset}")
        train, validation, items, facts = *_amazon_beauty(data, seed), None
    searched, confirming = halves(validation, cases, seed)
    return SearchTask(dataset, source, train, items, searched, confirming, facts)


def _shop() -> tuple[InteractionLog, Holdout, ItemTable, TripleTable]:
    """As the learning step sees it: everybody's last interaction is the question."""
    items = item_table_read(item_encoder(progress=True))
    log = interaction_log(snapshot_read(snapshot_write(watermark=log_watermark())), items)
    if not len(items) or not len(log):
        raise NothingToSearchError("the shop has no products or no interactions to search on")
    train, validation = leave_one_out(log, minimum=3)
    return train, validation, items, facts_as_of(triples_read(), train, items)


def _amazon_beauty(data: Path, seed: int) -> tuple[InteractionLog, Holdout, ItemTable]:
    encoder = CachedEncoder(MiniLMEncoder(progress=True), Path(settings.VAR_DIR) / "vectors")
    items = amazon_beauty.load_items(data, encoder)
    split = leave_last_out(shuffle_ties(amazon_beauty.load_log(data), seed))
    return split.train, split.validation, items
