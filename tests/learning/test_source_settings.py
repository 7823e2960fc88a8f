"""Tuning a source by command, and the training that picks up what was found."""

import json

import pytest
from django.core.management import CommandError, call_command

from recommender.candidates.popular import Popular
from recommender.candidates.search_space import ParameterError
from recommender.learning import search as searching
from recommender.learning import update
from recommender.learning.fit import FitSettings
from recommender.learning.search import SearchResult
from recommender.learning.source_settings import (
    source_settings_forget,
    source_settings_path,
    source_settings_read,
    source_settings_use,
)
from recommender.management.commands import tune
from tests.tiny_bert import tiny_bert


@pytest.fixture
def path(tmp_path):
    return tmp_path / "models" / "source-settings.json"


def test_used_parameters_are_read_again_and_forgotten(path):
    assert source_settings_read(path) == {}
    source_settings_use(path, source="transitions", parameters={"window": 4}, why={"trials": 9})
    source_settings_use(path, source="popular", parameters={"half_life_days": 30.0}, why={})
    source_settings_use(path, source="transitions", parameters={"damping": 0.2}, why={})
    assert source_settings_read(path) == {
        "transitions": {"damping": 0.2}, "popular": {"half_life_days": 30.0},
    }  # fmt: skip
    assert source_settings_forget(path, source="popular")
    assert not source_settings_forget(path, source="popular")
    assert list(source_settings_read(path)) == ["transitions"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('{"transitions": {"parameters": {"window": 99}}}', "window=99 must lie between 1 and 20"),
        ('{"transitions": {"parameters": {"size": 1}}}', "no parameter 'size'"),
        ('{"magic": {"parameters": {}}}', "no source named 'magic'"),
        ('{"transitions": {}}', "cannot be read"),
        ("[]", "cannot be read"),
        ("{", "cannot be read"),
    ],
)
def test_a_file_that_was_edited_wrongly_is_refused(path, content, words):
    path.parent.mkdir()
    path.write_text(content)
    with pytest.raises(ParameterError, match=words):
        source_settings_read(path)
    with pytest.raises(ParameterError):
        source_settings_use(path, source="transitions", parameters={"window": 4}, why={})
    assert path.read_text() == content


def test_fit_takes_them_over_and_keeps_the_rest():
    settings = FitSettings(sources={"transitions": {"window": 3, "damping": 0.3}, "popular": {}})
    chosen = settings.with_parameters({"transitions": {"window": 5}, "ease": {"largest": 1}})
    assert chosen.sources == {"transitions": {"window": 5, "damping": 0.3}, "popular": {}}


def result(**changes) -> SearchResult:
    values = {
        "dataset": "shop", "source": "transitions", "study": "s", "seed": 0,
        "default": {"gap_decay": 0.8, "window": 8, "backward": 0.5, "damping": 0.1,
                    "history_decay": 0.4},
        "best": {"gap_decay": 0.7, "window": 4, "backward": 0.2, "damping": 0.2,
                 "history_decay": 0.5},
        "searched_default": 0.1, "searched_best": 0.2, "confirming_default": 0.1,
        "confirming_best": 0.15, "confirming_error": 0.01,
        "cases_searched": 10, "cases_confirming": 10, "trials": 3,
        "pruned": 1, "failed": 0, "seconds": 1.0,
    }  # fmt: skip
    return SearchResult(**{**values, **changes})


@pytest.mark.parametrize(("confirmed", "used"), [(0.15, True), (0.105, False), (0.05, False)])
def test_only_what_the_confirming_cases_bear_out_is_used(db, monkeypatch, capsys, confirmed, used):
    found = result(confirming_best=confirmed)
    monkeypatch.setattr(tune, "search_task", lambda *_args, **_options: None)
    monkeypatch.setattr(tune, "search", lambda *_args: found)
    call_command("tune", "--source", "transitions", "--use")
    stored = source_settings_read(source_settings_path())
    assert stored == ({"transitions": found.best} if used else {})
    told = capsys.readouterr().out
    assert ("from now on" in told) is used
    assert ("Not used" in told) is not used
    assert "3 trials (1 ended early, 0 failed)" in told


def test_the_shops_own_log_is_searched(small_shop, settings, tmp_path, capsys, monkeypatch):
    settings.TEXT_ENCODER = str(tiny_bert(tmp_path / "tiny"))
    settings.VAR_DIR = tmp_path / "var"
    asked = []

    def search(task, chosen):
        asked.append(task)
        return searching.search(task, chosen)

    monkeypatch.setattr(tune, "search", search)
    call_command(
        "tune", "--source", "transitions", "--trials", "3", "--try", '{"window": 2}',
        "--save", str(tmp_path / "docs"),
    )  # fmt: skip
    assert "confirming cases, unseen" in capsys.readouterr().out
    # The last thing that each of the three did is the question and not in the training part.
    assert len(asked[0].train) == 22
    assert len(asked[0].searched) + len(asked[0].confirming) == 3
    stored = json.loads((tmp_path / "docs" / "tune-shop-transitions.json").read_text())
    assert (stored["trials"], stored["dataset"]) == (3, "shop")
    lines = (tmp_path / "var" / "tuning" / "shop-transitions.csv").read_text().splitlines()
    assert len(lines) == 4
    assert lines[2].split(",")[4] == "2"


class StoppedError(Exception):
    """Fitting has begun; how it ends is not the question."""


def test_the_next_training_takes_what_is_used(small_shop, settings, tmp_path, monkeypatch):
    settings.TEXT_ENCODER = str(tiny_bert(tmp_path / "tiny"))
    source_settings_use(
        source_settings_path(), source="transitions", parameters={"window": 2}, why={}
    )
    fitted = []

    def fit_model(log, items, chosen, *others):
        fitted.append(chosen)
        raise StoppedError

    monkeypatch.setattr(update, "fit_model", fit_model)
    with pytest.raises(StoppedError):
        update.learn(minimum_events=0)
    assert fitted[0].sources["transitions"] == {"window": 2}
    assert fitted[0].sources["sessions"] == {}


def test_a_source_that_declares_nothing_is_not_searched(db, monkeypatch):
    monkeypatch.setattr(Popular, "search_space", {})
    with pytest.raises(CommandError, match="'popular' declares no search space"):
        call_command("tune", "--source", "popular")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--source", "magic"], "no source named 'magic'"),
        (["--source", "transitions", "--dataset", "amazon_beauty"], "--data must name"),
        (["--source", "transitions", "--try", "{"], "--try {"),
        (["--source", "transitions", "--try", "[1]"], "must be a JSON object"),
        (["--source", "transitions", "--cases", "0"], "--cases must be at least 1"),
        (["--source", "transitions"], "no products or no interactions"),
    ],
)
def test_bad_options_are_named(db, settings, tmp_path, arguments, words):
    settings.TEXT_ENCODER = str(tiny_bert(tmp_path / "tiny"))
    with pytest.raises(CommandError, match=words):
        call_command("tune", *arguments)
