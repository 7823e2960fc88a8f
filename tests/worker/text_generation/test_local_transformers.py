"""Too little memory, and adapters."""

from __future__ import annotations

import pytest
import torch

from recommender.explanation.generation import GenerationUnavailableError, Prompt
from recommender.worker.text_generation.local_transformers import TransformersGenerator
from tests.tiny_language_model import tiny_language_model

CPU = torch.device("cpu")
PROMPTS = [Prompt("", user, max_tokens=3) for user in ("twelve", "no")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tiny_language_model(tmp_path_factory.mktemp("tiny"))


@pytest.mark.parametrize(
    "error",
    [MemoryError(), torch.OutOfMemoryError("CUDA out of memory"),
     RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes")],
)  # fmt: skip
def test_what_does_not_fit_together_is_written_in_parts(folder, monkeypatch, error):
    generator = TransformersGenerator(folder, model="tiny", device=CPU)
    whole = generator.generate(PROMPTS, deadline_seconds=30)
    written = generator._network.generate

    def small(room):
        def generate(input_ids, **options):
            if len(input_ids) > room:
                raise error
            return written(input_ids=input_ids, **options)

        return generate

    monkeypatch.setattr(generator._network, "generate", small(1))
    parts = generator.generate(PROMPTS, deadline_seconds=30)
    assert [one.text for one in parts] == [one.text for one in whole]
    monkeypatch.setattr(generator._network, "generate", small(0))
    with pytest.raises(GenerationUnavailableError) as told:
        generator.generate(PROMPTS, deadline_seconds=30)
    assert told.value.reason == "memory"


def test_an_adapter_changes_what_is_written(folder, tmp_path):
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    adapted = get_peft_model(
        AutoModelForCausalLM.from_pretrained(folder),
        LoraConfig(
            r=2, lora_alpha=64, target_modules=["q_proj", "v_proj"], init_lora_weights=False
        ),
    )
    adapted.save_pretrained(tmp_path)
    plain = TransformersGenerator(folder, model="tiny", device=CPU)
    tuned = TransformersGenerator(folder, model="tiny", device=CPU, adapter=tmp_path)
    said = [one.likelihoods(PROMPTS[0], ["yes", "maybe"]) for one in (plain, tuned)]
    assert said[0] != pytest.approx(said[1], abs=0.01)
