"""A fine-tuned text classifier that is ready for use, and its files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from tqdm.auto import tqdm

from recommender.contracts import Floats
from recommender.learning.device import chosen_device
from recommender.learning.networks.text_classifier import TextClassifier

FILE = "classifier.json"
FORMAT = 1


class WrongClassifierError(ValueError):
    """A folder does not hold a classifier that this code can read."""


class OpinionClassifier:
    """Tokeniser, network and the names of the classes."""

    def __init__(
        self, tokenizer: Any, network: TextClassifier, labels: Sequence[str], max_tokens: int
    ):
        self.tokenizer = tokenizer
        self.network = network
        self.labels = tuple(labels)
        self.max_tokens = max_tokens

    @classmethod
    def untrained(
        cls, encoder: Path, labels: Sequence[str], *, max_tokens: int, seed: int = 0
    ) -> Self:
        """A new head on the encoder of a folder that transformers can load.

        Raises:
            WrongClassifierError: there is no encoder in the folder, or it reads fewer tokens.
        """
        from transformers import AutoModel, AutoTokenizer

        try:
            tokenizer = AutoTokenizer.from_pretrained(encoder, local_files_only=True)
            model = AutoModel.from_pretrained(encoder, local_files_only=True)
        except (OSError, ValueError, KeyError) as error:
            raise WrongClassifierError(f"no text encoder in {encoder}: {error}") from error
        longest = int(getattr(model.config, "max_position_embeddings", max_tokens))
        if max_tokens > longest:
            raise WrongClassifierError(f"the encoder reads {longest} tokens, not {max_tokens}")
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            network = TextClassifier(model, len(labels))
        return cls(tokenizer, network, labels, max_tokens)

    def tokens(self, texts: Sequence[str]) -> list[list[int]]:
        """The token ids of each text, cut at ``max_tokens``."""
        found = self.tokenizer(list(texts), truncation=True, max_length=self.max_tokens)
        return [list(ids) for ids in found["input_ids"]]

    def padded(self, tokens: Sequence[Sequence[int]]) -> dict[str, torch.Tensor]:
        """``input_ids`` and ``attention_mask``, shape (n_texts, longest of them)."""
        width = max(len(ids) for ids in tokens)
        pad = int(self.tokenizer.pad_token_id or 0)
        ids = torch.full((len(tokens), width), pad, dtype=torch.long)
        mask = torch.zeros((len(tokens), width), dtype=torch.long)
        for row, one in enumerate(tokens):
            ids[row, : len(one)] = torch.tensor(one, dtype=torch.long)
            mask[row, : len(one)] = 1
        return {"input_ids": ids, "attention_mask": mask}

    def probabilities(
        self, texts: Sequence[str], *, batch: int = 64, progress: bool = False
    ) -> Floats:
        """Shape (n_texts, n_labels), rows summing to one, in the order of the texts."""
        device = chosen_device()
        network = self.network.to(device).eval()
        found = np.zeros((len(texts), len(self.labels)), np.float32)
        tokens = self.tokens(texts) if len(texts) else []
        # Neighbours in length share a batch, so that little of it is padding.
        order = sorted(range(len(tokens)), key=lambda at: len(tokens[at]))
        bar = tqdm(total=len(order), desc="judge texts", unit="text", disable=not progress)
        with torch.inference_mode(), bar:
            for start in range(0, len(order), batch):
                chosen = order[start : start + batch]
                asked = self.padded([tokens[at] for at in chosen])
                logits = network(**{name: value.to(device) for name, value in asked.items()})
                found[chosen] = torch.softmax(logits.float(), 1).cpu().numpy()
                bar.update(len(chosen))
        return found

    def save(self, folder: Path, told: dict[str, Any]) -> None:
        """Write everything into an existing, empty folder; ``told`` is kept beside it."""
        self.tokenizer.save_pretrained(folder / "encoder")
        self.network.encoder.save_pretrained(folder / "encoder")
        head = {name: value.cpu() for name, value in self.network.head.state_dict().items()}
        save_file(head, folder / "head.safetensors")
        content = {
            "format": FORMAT,
            "labels": self.labels,
            "max_tokens": self.max_tokens,
            **told,
        }
        (folder / FILE).write_text(json.dumps(content, indent=1) + "\n")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote.

        Raises:
            WrongClassifierError: the files are not those of a classifier.
        """
        try:
            told = json.loads((folder / FILE).read_text())
            if told["format"] != FORMAT:
                raise WrongClassifierError(f"format {told['format']!r} is not {FORMAT}")
            head = load_file(folder / "head.safetensors")
        except (OSError, KeyError, ValueError) as error:
            raise WrongClassifierError(f"no opinion classifier in {folder}: {error}") from error
        loaded = cls.untrained(folder / "encoder", told["labels"], max_tokens=told["max_tokens"])
        loaded.network.head.load_state_dict(head)
        loaded.network.eval()
        return loaded
