"""The model that this process serves, exchanged for the live one as soon as there is another."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass

from recommender.ranking.model import BlendedModel, ModelFolderError
from recommender.registry.models import ModelVersion
from recommender.registry.versions import (
    DamagedModelError,
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
    """Holds one loaded model. A damaged new version is refused and the old one stays."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
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
        if self._loaded is None or self._loaded.version != live.version:
            self._load(live)

    def _load(self, live: ModelVersion) -> None:
        began = time.monotonic()
        try:
            model_verify(live)
            loaded = LoadedModel(live.version, BlendedModel.load(model_folder(live)))
        except (DamagedModelError, ModelFolderError) as error:
            self._refused.add(live.version)
            serving = self._loaded.version if self._loaded else "none"
            logger.error("model %s is refused (%s); %s stays", live.version, error, serving)
            return
        self._loaded = loaded
        live_announce(live.version)
        logger.info("model %s serves, loaded in %.1f s", live.version, time.monotonic() - began)


live_model = LiveModel()
