"""The model that this process serves, exchanged for the live one as soon as there is another."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass

from django.db import connection

from recommender.contracts import History
from recommender.ranking.model import BlendedModel, ModelFolderError
from recommender.registry.models import ModelVersion
from recommender.registry.served_version import DamagedModelError
from recommender.registry.versions import (
    live_announce,
    model_folder,
    model_live,
    model_verify,
)

logger = logging.getLogger(__name__)

#: How often the registry is asked which version is live.
LOOK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model in memory and the name of its version."""

    version: str
    model: BlendedModel


class LiveModel:
    """Holds one loaded model. A damaged new version is refused and the old one stays.

    A new version is checked, read and tried out in a thread, and takes the place of the old one
    when it is ready: whoever asks meanwhile gets the old one at once.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loading: threading.Thread | None = None
        self._loaded: LoadedModel | None = None
        self._looked_at = float("-inf")
        self._refused: set[str] = set()

    @property
    def current(self) -> LoadedModel | None:
        """What is in memory, without asking anybody."""
        return self._loaded

    def get(self) -> LoadedModel | None:
        """The live model, or None as long as nothing was ever trained."""
        with self._lock:
            if time.monotonic() - self._looked_at >= LOOK_SECONDS:
                self._look()
                self._looked_at = time.monotonic()
            return self._loaded

    def _look(self) -> None:
        live = model_live()
        if live is None or live.version in self._refused:
            return
        if self._loaded is None:
            self._load(live)
        elif self._loaded.version != live.version and not self.is_loading:
            self._loading = threading.Thread(
                target=self._load_aside, args=(live,), daemon=True, name="load model"
            )
            self._loading.start()

    @property
    def is_loading(self) -> bool:
        """Whether a new version is on its way."""
        return self._loading is not None and self._loading.is_alive()

    def _load_aside(self, live: ModelVersion) -> None:
        try:
            self._load(live)
        except Exception:
            # It is tried again at the next look: a disk or a database may be back by then.
            logger.exception("model %s could not be loaded", live.version)
        finally:
            connection.close()

    def _load(self, live: ModelVersion) -> None:
        began = time.monotonic()
        try:
            model_verify(live)
            loaded = LoadedModel(live.version, BlendedModel.load(model_folder(live)))
            # What is read from the disk or compiled at its first use must not keep a page waiting.
            loaded.model.candidates(History.of([0], now=int(time.time())), 1)
        except (DamagedModelError, ModelFolderError) as error:
            self._refused.add(live.version)
            serving = self._loaded.version if self._loaded else "none"
            logger.error("model %s is refused (%s); %s stays", live.version, error, serving)
            return
        self._loaded = loaded
        live_announce(live.version)
        logger.info("model %s serves, loaded in %.1f s", live.version, time.monotonic() - began)


live_model = LiveModel()
