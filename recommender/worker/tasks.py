"""Celery's entry points into the pool. Each translates and hands on; none decides."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from typing import Any

from celery import Task
from celery.signals import task_postrun, worker_ready, worker_shutdown
from django.conf import settings
from django.core.cache import cache
from threadpoolctl import threadpool_limits

from catalog.media_ordering import ENCODING_TASK, SWEEP_TASK
from kg.copurchases import copurchases_refresh
from kg.extraction.ordering import EXTRACTION_TASK
from recommender.contracts import Scenario, SlateRequest
from recommender.delivery.explaining import EXPLAIN_TASK
from recommender.delivery.meaning import MEANING_SECONDS, meaning_key
from recommender.delivery.picture_search import PICTURE_SECONDS, answer_key, picture_key
from recommender.delivery.pool import PERSONAL, REFRESH_TASK, SCORE_TASK, order
from recommender.delivery.reranking import RERANK_TASK
from recommender.delivery.retention import traces_prune
from recommender.delivery.slate_store import slate_key
from recommender.delivery.text_samples import SAMPLE_TASK, SampleOrder
from recommender.explanation.prompt_versions import templates_live
from recommender.feedback.opinions import AT_ONCE, OPINIONS_TASK
from recommender.learning.growth import model_grow
from recommender.learning.loop import learning_step
from recommender.learning.rerank_validation import rerank_gate_learn
from recommender.learning.update import LearningBusyError, NothingToLearnError
from recommender.registry.learning_runs import LEARN_TASK, LearningRun
from recommender.registry.watch import models_watch
from recommender.worker import (
    explaining,
    extraction,
    heartbeat,
    ingest,
    meaning,
    opinions,
    pictures,
    reranking,
    scoring,
    shadow,
    writing,
)
from recommender.worker.gathering import Gatherer
from recommender.worker.live_model import live_model
from recommender.worker.text_generation import choice
from recsite import metrics
from recsite.celery import app
from recsite.locks import BusyError, one_at_a_time

logger = logging.getLogger(__name__)

#: An upload waits for at most this long behind the sweep.
SWEEP_BUDGET_SECONDS = 5.0


@worker_ready.connect
def _report_ready(sender: Any, **_: Any) -> None:
    """Load what the queues need before anybody counts on this worker."""
    queues = {queue.name for queue in sender.task_consumer.queues}
    if "scoring" in queues:
        if "training" not in queues:
            # One short task at a time: threads that wait for each other on busy cores made
            # scoring several times slower.
            threadpool_limits(limits=settings.SCORING_THREADS)
        live_model.get()
        # Loading the encoder takes the processor for seconds, in which slates would come too late.
        meaning.warm_up()
        pictures.warm_up()
        heartbeat.start("scoring")
    if "explain" in queues:
        if queues == {"explain"}:
            threadpool_limits(limits=settings.TEXT_THREADS)
        task_postrun.connect(_bound_memory)
        choice.warm_up()
        heartbeat.start("explain", writing.writer_report)
    for worker in {"training", "ingest"} & queues:
        heartbeat.start(worker)
    if settings.METRICS_PORT:
        metrics.serve(settings.METRICS_PORT)


@worker_shutdown.connect
def _report_gone(**_: Any) -> None:
    """Nobody is to wait for a worker that was stopped."""
    for worker in ("scoring", "explain", "training", "ingest"):
        heartbeat.end(worker)


def _bound_memory(**_: Any) -> None:
    writing.memory_check()


def _request(plain: Mapping[str, Any]) -> SlateRequest:
    return SlateRequest(
        **{
            **plain,
            "scenario": Scenario(plain["scenario"]),
            "exclude": tuple(plain["exclude"]),
        }
    )


#: Slates for each element of these tasks' argument.
SIZES = {SCORE_TASK: 1, REFRESH_TASK: len(PERSONAL)}
gatherer = Gatherer()


def _scored_together(task: Task[..., Any], arguments: Sequence[Any]) -> None:
    """Score what this task asks for and what waits behind it; then run what else was met."""
    if (loaded := live_model.get()) is None:
        return
    began = time.monotonic()
    orders = gatherer.taken_along(task, arguments, SIZES)
    wanted: list[SlateRequest] = []
    for one in orders:
        if one.task == SCORE_TASK:
            wanted += [_request(plain) for plain in one.arguments[0]]
        elif one.task == REFRESH_TASK:
            wanted += scoring.refresh_requests(one.arguments[0])
    # Two who want the same slate look for it in one place.
    scoring.slates_score(list({slate_key(request): request for request in wanted}.values()), loaded)
    gatherer.took(len(wanted), time.monotonic() - began)
    for one in orders:
        if one.task not in SIZES:
            app.tasks[one.task](*one.arguments)


@app.task(name=SCORE_TASK, bind=True)
def slates_score(self: Task[..., Any], requests: Sequence[Mapping[str, Any]]) -> None:
    """Score slates that a page waits for."""
    _scored_together(self, [requests])


@app.task(name=REFRESH_TASK, bind=True)
def slates_refresh(self: Task[..., Any], shoppers: Sequence[str]) -> None:
    """Score the personal slates of shoppers who did something."""
    _scored_together(self, [shoppers])


@app.task(name=RERANK_TASK)
def slates_rerank(shoppers: Sequence[str]) -> None:
    """Rerank the home slates of shoppers whom the gate lets in."""
    if (loaded := live_model.get()) is not None:
        scoring.slates_rerank(shoppers, loaded)


@app.task(name=EXPLAIN_TASK)
def slates_explain(shoppers: Sequence[str]) -> int:
    """Write sentences for the slates that shoppers have just got."""
    return explaining.slates_explain(shoppers, choice.generator_or_none(), templates_live())


@app.task(name="recommender.rerank_gate")
def rerank_gate() -> bool:
    """Learn for whom reranking helps; returns whether it helps anybody."""
    try:
        reader = reranking.title_reader()
        gate = rerank_gate_learn(reader=reader, seconds=settings.RERANK_GATE_SECONDS)
    except (BusyError, NothingToLearnError, OSError, ImportError) as reason:
        logger.warning("the reranking gate stays as it is: %s", reason)
        return False
    return gate.is_open


@app.task(name="recommender.search_by_meaning")
def search_by_meaning(query: str, limit: int) -> None:
    """Find products by meaning and leave the answer where the web looks."""
    if (loaded := live_model.get()) is not None:
        found = meaning.nearest_products(query, loaded, limit=limit)
        cache.set(meaning_key(query, limit), found, timeout=MEANING_SECONDS)


@app.task(name="recommender.search_by_picture")
def search_by_picture(search: str, limit: int) -> None:
    """Find products that look like the picture that waits in the cache, and leave the answer."""
    if (picture := cache.get(picture_key(search))) is not None:
        found = pictures.nearest_products(picture, limit=limit)
        cache.set(answer_key(search), found, timeout=PICTURE_SECONDS)


@app.task(name=SAMPLE_TASK)
def text_sample(order: SampleOrder) -> None:
    """Write one text for a preview."""
    writing.sample_write(order)


@app.task(name=ENCODING_TASK)
def media_encode(products: Sequence[int]) -> int:
    """Encode pictures and sounds of products that have just changed."""
    return ingest.media_bring_up_to_date(products)


@app.task(name=SWEEP_TASK)
def media_sweep() -> None:
    """Encode what was missed; what is left after some seconds is ordered again."""
    try:
        with one_at_a_time("media sweep"):
            is_unfinished = ingest.media_sweep(budget_seconds=SWEEP_BUDGET_SECONDS)
    except BusyError:
        return
    if is_unfinished:
        order(SWEEP_TASK, expires_seconds=60)


@app.task(name=LEARN_TASK)
def learn_step() -> str:
    """Take up the run of learning that was left, or begin one if it is due."""
    try:
        run = learning_step()
    except LearningBusyError as reason:
        logger.info("nothing learnt: %s", reason)
        return ""
    if run is None or run.status != LearningRun.Status.PROMOTED:
        return ""
    try:
        copurchases_refresh()
    except Exception:  # the model is live already; the next step tries again
        logger.exception("co-purchases could not be refreshed")
    return run.version


@app.task(name=OPINIONS_TASK)
def opinions_judge(reviews: Sequence[int] | None = None) -> int:
    """Have the classifier read reviews: those that are named, or all that wait."""
    judged = opinions.opinions_judge(reviews)
    if reviews is None and judged == AT_ONCE:
        app.send_task(OPINIONS_TASK)
    return judged


@app.task(name="recommender.grow")
def grow_step() -> str:
    """Make new products known to the live model, if there are any."""
    try:
        version = model_grow()
    except BusyError as reason:
        logger.info("new products wait: another process is %s", reason)
        return ""
    return version.version if version else ""


@app.task(name=shadow.SHADOW_TASK)
def shadow_score(
    version: str, live_version: str, scored_at: float, shown: Mapping[str, Sequence[str]]
) -> int:
    """Keep what the version in shadow would have shown these shoppers; returns of how many."""
    return shadow.rankings_score(version, live_version, scored_at, shown)


@app.task(name="recommender.models_watch")
def models_watch_step() -> None:
    """Have live traffic decide about the model in shadow and about the live one."""
    try:
        models_watch()
    except BusyError as reason:
        logger.info("models are judged later: another process is %s", reason)
    # Lets go of a version that is in shadow no more.
    shadow.shadow_model.tidy()


@app.task(name="recommender.traces_prune")
def traces_prune_daily() -> int:
    """Delete traces that nobody will ask for any more."""
    return traces_prune()


@app.task(name=EXTRACTION_TASK)
def extract(products: Sequence[int]) -> int:
    """Read what is new about products; returns how many proposals were made."""
    return extraction.texts_read(products)
