"""Text by transformers: on any device that torch knows, in batches, with LoRA adapters by peft."""

from __future__ import annotations

import gc
import logging
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from recommender.explanation.generation import Generated, GenerationUnavailableError, Prompt

logger = logging.getLogger(__name__)

T = TypeVar("T")
#: Prompts that are written to together; of more, some wait.
BATCH = 8


class TransformersGenerator:
    """A causal language model and its tokenizer, on one device."""

    name = "transformers"
    can_score = True
    keeps_grammar = False

    def __init__(
        self,
        folder: Path | str,
        *,
        model: str,
        device: torch.device,
        dtype: torch.dtype = torch.float32,
        adapter: Path | None = None,
        batch: int = BATCH,
    ) -> None:
        """Load the model of ``folder``, with peft's LoRA adapter in the folder ``adapter``.

        Raises:
            GenerationUnavailableError: they cannot be read, or do not fit into memory.
        """
        self.model, self.device, self.batch = model, device, batch
        try:
            self._tokenizer: Any = AutoTokenizer.from_pretrained(folder, padding_side="left")
            loaded: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype)
            if adapter is not None:
                from peft import PeftModel

                # Merged: then it costs nothing at each token.
                loaded = PeftModel.from_pretrained(loaded, str(adapter)).merge_and_unload()
            self._network: Any = loaded.eval().to(device)
        except (OSError, ValueError) as error:
            message = f"{folder} cannot be loaded: {error}"
            raise GenerationUnavailableError(message, reason="broken") from error
        if self._tokenizer.pad_token is None:
            self._tokenizer.pad_token = self._tokenizer.eos_token

    def generate(self, prompts: Sequence[Prompt], *, deadline_seconds: float) -> list[Generated]:
        """In batches of prompts of like length, since the shorter wait for the longest."""
        until = time.monotonic() + deadline_seconds
        texts = [self._beginning(prompt) for prompt in prompts]
        order = sorted(range(len(prompts)), key=lambda place: len(texts[place]))
        found: dict[int, Generated] = {}
        for start in range(0, len(order), self.batch):
            places = order[start : start + self.batch]
            found |= self._written(places, prompts, texts, until)
        return [found[place] for place in range(len(prompts))]

    def _written(
        self, places: Sequence[int], prompts: Sequence[Prompt], texts: Sequence[str], until: float
    ) -> dict[int, Generated]:
        """Half as many at once where memory does not suffice for all."""
        chosen = [prompts[place] for place in places]
        try:
            written = _in_memory(
                lambda: self._batch(chosen, [texts[place] for place in places], until)
            )
        except GenerationUnavailableError as error:
            if error.reason != "memory" or len(places) == 1:
                raise
            middle = len(places) // 2
            logger.warning("too little memory for %d texts at once", len(places))
            first = self._written(places[:middle], prompts, texts, until)
            return first | self._written(places[middle:], prompts, texts, until)
        return dict(zip(places, written, strict=True))

    @torch.inference_mode()
    def _batch(self, prompts: Sequence[Prompt], texts: list[str], until: float) -> list[Generated]:
        began = time.monotonic()
        if began >= until:
            raise GenerationUnavailableError("writing took too long", reason="deadline")
        read = self._tokenizer(texts, return_tensors="pt", padding=True, add_special_tokens=False)
        read = read.to(self.device)
        rows = self._network.generate(
            **read,
            max_new_tokens=max(prompt.max_tokens for prompt in prompts),
            max_time=until - began,
            do_sample=False,
            # The model's own taste in sampling is not asked for.
            temperature=None,
            top_p=None,
            top_k=None,
            pad_token_id=self._tokenizer.pad_token_id,
            **self._stops(prompts),
        )[:, read["input_ids"].shape[1] :]
        seconds = time.monotonic() - began
        if began + seconds >= until:
            raise GenerationUnavailableError("writing took too long", reason="deadline")
        return [
            self._cut(prompt, row, seconds)
            for prompt, row in zip(prompts, rows.tolist(), strict=True)
        ]

    def _stops(self, prompts: Sequence[Prompt]) -> dict[str, Any]:
        """What ends every row; what ends only some is cut off afterwards."""
        shared = set(prompts[0].stop).intersection(*(prompt.stop for prompt in prompts))
        return {"stop_strings": sorted(shared), "tokenizer": self._tokenizer} if shared else {}

    def _cut(self, prompt: Prompt, row: list[int], seconds: float) -> Generated:
        ends = self._network.generation_config.eos_token_id
        ends = set(ends if isinstance(ends, list) else [ends])
        own = row[: prompt.max_tokens]
        length = next((n for n, token in enumerate(own) if token in ends), len(own))
        text = self._tokenizer.decode(own[:length], skip_special_tokens=True)
        return Generated(prompt.cut(text), length, seconds)

    def likelihoods(self, prompt: Prompt, continuations: Sequence[str]) -> list[float]:
        """The prompt is read once, the continuations behind it in batches."""
        beginning = self._tokenizer.encode(self._beginning(prompt), add_special_tokens=False)
        rows = [self._tokenizer.encode(one, add_special_tokens=False) for one in continuations]
        if not all(rows):
            raise ValueError("a continuation needs at least one token")
        found: list[float] = []
        for start in range(0, len(rows), self.batch):
            chosen = rows[start : start + self.batch]
            found += _in_memory(partial(self._means, beginning, chosen))
        return found

    @torch.inference_mode()
    def _means(self, beginning: list[int], rows: list[list[int]]) -> list[float]:
        width = max(map(len, rows))
        padded = [beginning + row + [0] * (width - len(row)) for row in rows]
        ids = torch.tensor(padded, device=self.device)  # (rows, beginning + width)
        # Causal: what pads a row at its end changes nothing before.
        logits = self._network(input_ids=ids, logits_to_keep=width + 1, use_cache=False).logits
        told = logits[:, :-1].float().log_softmax(-1)  # (rows, width, vocabulary)
        targets = ids[:, len(beginning) :, None]  # (rows, width, 1)
        picked = told.gather(2, targets)[..., 0]
        return [float(picked[n, : len(row)].mean()) for n, row in enumerate(rows)]

    def _beginning(self, prompt: Prompt) -> str:
        """The prompt in the model's own way of writing turns, or plainly where it has none."""
        messages = prompt.messages()
        if self._tokenizer.chat_template is None:
            return "\n\n".join(one["content"] for one in messages) + "\n\n"
        told: str = self._tokenizer.apply_chat_template(
            messages, tokenize=False, add_generation_prompt=True
        )
        return told


def _in_memory(work: Callable[[], T]) -> T:
    """Do what may need more memory than there is; what was taken is given back then.

    Raises:
        GenerationUnavailableError: there is too little.
    """
    try:
        return work()
    except (MemoryError, torch.OutOfMemoryError) as error:
        message = str(error)
    except RuntimeError as error:
        # What the processor's allocator raises has no class of its own.
        if "allocate memory" not in str(error):
            raise
        message = str(error)
    # Behind the except clauses, as their error holds the frames that hold the tensors.
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    raise GenerationUnavailableError(message[:300] or "out of memory", reason="memory")
