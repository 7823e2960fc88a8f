"""Titles read by the real model: likelihoods, priors kept on disk, and the estimate of time."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from recommender.learning import rerank_language
from recommender.learning.language_model import LanguageModel
from recommender.learning.rerank_language import (
    BULLET,
    HISTORY_PROMPT,
    NEUTRAL_PROMPT,
    TITLE_TOKENS,
    LanguageTitleReader,
    PriorBook,
)

HISTORY = ["Shampoo for curly hair", "Conditioner for curly hair"]
TITLES = ["Curl cream", "Winter tyres", "Red lipstick"]


@pytest.fixture
def reader(language_model: LanguageModel, tmp_path: Path) -> LanguageTitleReader:
    return LanguageTitleReader(language_model, tmp_path)


def whole(model: LanguageModel, before: str, title: str) -> float:
    """Mean log probability by the definition: everything read in one pass."""
    start, row = model.tokens(before, special=True), model.tokens(f" {title}")
    with torch.inference_mode():
        logits = model.model(input_ids=torch.tensor([start + row])).logits[0].log_softmax(-1)
    found = [float(logits[len(start) - 1 + n, token]) for n, token in enumerate(row)]
    return float(np.mean(found))


def test_likelihoods_are_those_of_the_whole_text(
    reader: LanguageTitleReader, language_model: LanguageModel
) -> None:
    behind, before = reader.likelihoods(HISTORY, TITLES)
    listed = "".join(f"{BULLET} {title}\n" for title in HISTORY)
    for place, title in enumerate(TITLES):
        told = whole(language_model, f"{HISTORY_PROMPT}{listed}{BULLET}", title)
        alone = whole(language_model, f"{NEUTRAL_PROMPT}{BULLET}", title)
        assert behind[place] == pytest.approx(told, abs=0.02)
        assert before[place] == pytest.approx(alone, abs=0.02)
    gain = behind - before
    assert gain[0] > gain[1]


def test_priors_are_read_once_and_kept_with_the_model(
    reader: LanguageTitleReader,
    language_model: LanguageModel,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rerank_language, "KEEP_EVERY", 3)
    reader.ms_per_token = 1.0
    needed = reader.estimated_ms(HISTORY, TITLES)
    first = reader.likelihoods(HISTORY, TITLES)
    reader.ms_per_token = 1.0
    assert reader.estimated_ms(HISTORY, TITLES) < needed
    assert len(json.loads(reader.priors.path.read_text())) == 3

    again = LanguageTitleReader(language_model, tmp_path)
    assert all(title in again.priors for title in TITLES)
    np.testing.assert_allclose(again.likelihoods(HISTORY, TITLES)[1], first[1])
    assert "0" * 64 not in language_model.checksum
    assert PriorBook(tmp_path, "0" * 64).path != reader.priors.path


def test_a_broken_file_of_priors_is_computed_anew(
    reader: LanguageTitleReader, language_model: LanguageModel, tmp_path: Path
) -> None:
    for broken in ("", "[1]", '{"a": "b"}'):
        reader.priors.path.write_text(broken)
        assert "Curl cream" not in LanguageTitleReader(language_model, tmp_path).priors


def test_the_estimate_follows_the_speed_that_was_measured(reader: LanguageTitleReader) -> None:
    assert reader.estimated_ms(HISTORY, TITLES) == float("inf")
    reader.warm_up()
    measured = reader.ms_per_token
    assert 0 < measured < 1000
    reader.likelihoods(HISTORY, TITLES)
    assert reader.ms_per_token != measured
    assert reader.estimated_ms(HISTORY, TITLES) > reader.estimated_ms(HISTORY, TITLES[:1])
    assert reader.estimated_ms(HISTORY, TITLES) > reader.estimated_ms([], TITLES)


def test_an_old_measure_is_taken_again_and_a_fresh_one_is_kept(
    reader: LanguageTitleReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise a slow moment would keep everybody out of the budget for good."""
    reader.warm_up()
    reader.ms_per_token = 1e9
    reader.keep_measured()
    assert reader.ms_per_token == 1e9
    monkeypatch.setattr(rerank_language, "MEASURED_SECONDS", -1.0)
    reader.keep_measured()
    assert reader.ms_per_token < 1000


def test_priors_are_read_ahead_within_the_time(
    reader: LanguageTitleReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rerank_language, "PRIORS_AT_ONCE", 2)
    assert reader.read_priors(TITLES, seconds=0.0) == 3
    assert reader.read_priors([*TITLES, TITLES[0]], seconds=60.0) == 0
    assert len(json.loads(reader.priors.path.read_text())) == 3
    assert reader.priors.get("Curl cream") < 0
    assert reader.read_priors(TITLES, seconds=0.0) == 0


def test_long_strange_and_empty_titles_are_read(reader: LanguageTitleReader) -> None:
    strange = ["", "   ", "a word " * 5_000, "茶 ☕ <b>\n\x00", "Curl cream"]
    behind, before = reader.likelihoods(["", "x" * 10_000], strange)
    assert np.isfinite(behind).all()
    assert np.isfinite(before).all()
    assert behind[0] == before[0] == behind[1] == 0.0
    assert len(reader._tokens(strange[2])) == TITLE_TOKENS
    none = reader.likelihoods(HISTORY, [])
    assert none[0].shape == none[1].shape == (0,)
