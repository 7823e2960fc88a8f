"""Learning the reranking gate from the shop's own log, with the live model's blend."""

from __future__ import annotations

import logging
import time

from django.conf import settings

from catalog.models import Product
from recommender.candidates import source_class
from recommender.delivery.reranking import gate_path
from recommender.events.models import Snapshot
from recommender.events.snapshots import snapshot_read, snapshot_write
from recommender.features.copurchase_facts import facts_as_of
from recommender.features.item_table import item_table_read
from recommender.features.triples import triples_read
from recommender.learning.fit import fit_sources
from recommender.learning.interactions import interaction_log
from recommender.learning.rerank_study import judged_cases
from recommender.learning.splits import leave_one_out
from recommender.learning.text_encoders import item_encoder
from recommender.learning.update import NothingToLearnError
from recommender.ranking.blend import BlendWeights
from recommender.ranking.model import BlendedModel
from recommender.ranking.rerank import Gate, TitleReader
from recommender.ranking.rerank_gate import gate_fit
from recommender.ranking.tune import popularity_of
from recommender.registry.versions import model_folder, model_live
from recsite.locks import one_at_a_time

logger = logging.getLogger(__name__)

#: Validation cases at most; time usually ends sooner.
CASES = 5_000


def rerank_gate_learn(
    *, reader: TitleReader, seconds: float, seed: int = 0, progress: bool = False
) -> Gate:
    """Learn for whom the reader's likelihoods help, keep the gate, and return it.

    The live model's sources are fitted without each shopper's last interaction, networks
    excepted: they take long, and the others carry the blend. ``seconds`` bounds the reading of the
    cases, and where the gate opens that of the titles' priors.

    Raises:
        NothingToLearnError: no model is live, or there is nothing to validate with.
        BusyError: another process is at it.
    """
    with one_at_a_time("rerank-gate"):
        live = model_live()
        if live is None:
            raise NothingToLearnError("no model is live; train one first")
        weights = BlendWeights.load(model_folder(live) / "weights.json")
        names = [name for name in weights.sources if not hasattr(source_class(name), "refit")]
        snapshot = Snapshot.objects.order_by("-pk").first() or snapshot_write()
        items = item_table_read(item_encoder(progress=progress))
        log = interaction_log(snapshot_read(snapshot), items)
        train, holdout = leave_one_out(log, minimum=3)
        if not names or not len(holdout):
            raise NothingToLearnError("there are no shoppers with enough interactions to validate")
        sources, _ = fit_sources(
            train,
            items,
            {name: {} for name in names},
            facts=facts_as_of(triples_read(), train, items),
            progress=progress,
        )
        model = BlendedModel(
            items,
            sources,
            BlendWeights({name: weights.sources[name] for name in names}, weights.half_known),
            popularity_of(train.items, len(items)),
        )
        titles = _titles(items.ids)
        judged = judged_cases(
            model,
            holdout.sample(CASES, seed),
            titles,
            reader,
            seconds=seconds,
            seed=seed,
            progress=progress,
        )
        gate = gate_fit(judged.cases, model=settings.LANGUAGE_MODEL, seed=seed, now=time.time())
        if gate.is_open:
            unread = reader.read_priors(titles, seconds=seconds)
            logger.info("priors of %d titles are read, %d are left", len(titles) - unread, unread)
        gate.save(gate_path())
    logger.info("reranking gate: %s", gate)
    return gate


def _titles(ids: tuple[str, ...]) -> list[str]:
    titles = dict(Product.objects.order_by().values_list("external_id", "title"))
    return [titles.get(item, "") for item in ids]
