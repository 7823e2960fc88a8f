"""A review is judged by a real worker, found by the queue that the web sent it to."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from catalog.services import review_write
from recommender.feedback.models import Opinion
from recommender.learning.finetune_text import FineTuneSettings
from recommender.learning.opinion_training import classifier_train
from tests.processes import WorkerProcess
from tests.shop import SmallShop
from tests.tiny_bert import opinion_texts, tiny_bert

pytestmark = pytest.mark.service


@pytest.fixture
def worker(transactional_db, tmp_path: Path) -> Iterator[WorkerProcess]:
    started = WorkerProcess(
        models=Path(settings.MODEL_DIR), snapshots=Path(settings.SNAPSHOT_DIR),
        queues="scoring,ingest",
    )  # fmt: skip
    yield started
    started.stop()


def test_a_new_review_is_judged_within_seconds(worker: WorkerProcess, tmp_path: Path) -> None:
    shop = SmallShop.make()
    chosen = FineTuneSettings(
        encoder=tiny_bert(tmp_path / "tiny"), epochs=8, learning_rate=1e-2, max_tokens=32
    )
    version, tuned = classifier_train(opinion_texts(), chosen, source="test")
    assert tuned.test.accuracy > 0.7
    worker.wait_until_ready()
    review = review_write(
        shopper=shop.shoppers["anna"], product=shop.products[0], rating=3, text="lovely"
    )
    deadline = time.monotonic() + 30
    while not (opinion := Opinion.objects.filter(review=review).first()):
        assert time.monotonic() < deadline, worker.log.read_text()[-3000:]
        time.sleep(0.1)
    assert (opinion.sentiment, opinion.classifier) == ("good", version)
