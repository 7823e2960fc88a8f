import subprocess
import sys

import pytest
import torch
from django.core.exceptions import ImproperlyConfigured
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from torch import nn

from recommender.learning import run_log
from recommender.learning.checkpoints import checkpoint_read, checkpoint_write
from recommender.learning.device import chosen_device
from recommender.learning.training import (
    TrainingDivergedError,
    TrainingSettings,
    rate_at,
    train,
)
from tests.learning.tiny_training import batches, network, trained
from tests.processes import child_environment


def squares(module, batch):
    return (module(batch["points"])[:, 0] - batch["targets"]) ** 2


def settings_of(**changed):
    return TrainingSettings(**{"epochs": 3, "batch_size": 11, "learning_rate": 0.02, **changed})


def tiny(launcher, tmp_path, name, kill_at=0, dropout=0.3):
    """Run the small training as a process; its result, or the signal that ended it."""
    file = tmp_path / f"{name}.pt"
    ended = subprocess.run(
        [sys.executable, "-m", *launcher, "tests.learning.tiny_training",
         str(file), str(tmp_path / name), str(kill_at), str(dropout)],
        env=child_environment(RECSITE_TEST_CHILD="1", OMP_NUM_THREADS="1"),
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    if ended.returncode < 0:
        return ended.returncode
    assert ended.returncode == 0, ended.stderr
    return torch.load(file)


def test_a_linear_rule_is_learnt_to_its_coefficients():
    module = nn.Linear(3, 1)
    report = train(module, batches, squares, settings_of(epochs=60, learning_rate=0.05))
    torch.testing.assert_close(
        module.weight.detach(), torch.tensor([[1.0, -2.0, 0.5]]), atol=0.02, rtol=0
    )
    assert module.bias.item() == pytest.approx(0.25, abs=0.02)
    assert (report.epochs, report.steps, report.best_epoch) == (60, 420, 60)
    assert len(report.history) == 60
    assert report.metrics["loss"] < 0.001 < report.history[0]["loss"]
    assert report.resumed_from is None


def test_the_same_seed_trains_the_same_weights_and_leaves_other_dice_alone():
    results = []
    for _ in range(2):
        module = network(0.5)
        torch.manual_seed(9)
        train(module, batches, squares, settings_of())
        results.append((module[0].weight.detach().clone(), torch.rand(1).item()))
    assert torch.equal(results[0][0], results[1][0])
    torch.manual_seed(9)
    assert results[0][1] == results[1][1] == torch.rand(1).item()


def test_a_killed_training_goes_on_to_exactly_the_unbroken_result(tmp_path):
    whole = trained(tmp_path / "whole", 0, 0.3)
    assert tiny((), tmp_path, "broken", kill_at=18) == -9
    # Killed in its 18th step; the checkpoint after the 17th is what there is.
    again = tiny((), tmp_path, "broken")
    assert again["resumed_from"] == 17
    assert whole["resumed_from"] is None
    assert again["steps"] == whole["steps"] == 42
    assert again["metrics"] == whole["metrics"]
    assert again["best_epoch"] == whole["best_epoch"]
    for name, value in whole["weights"].items():
        assert torch.equal(again["weights"][name], value), name
    assert not (tmp_path / "broken" / "checkpoint.pt").exists()


def test_two_processes_under_torchrun_train_what_one_does(tmp_path):
    one = trained(tmp_path / "one", 0, 0.0)
    launcher = ("torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m")
    two = tiny(launcher, tmp_path, "two", dropout=0.0)
    assert two["steps"] == one["steps"]
    assert two["metrics"]["loss"] == pytest.approx(one["metrics"]["loss"], rel=1e-4)
    for name, value in one["weights"].items():
        torch.testing.assert_close(two["weights"][name], value, atol=1e-5, rtol=1e-4)


def test_early_stopping_keeps_the_best_epochs_weights():
    figures = iter([0.1, 0.5, 0.4, 0.3, 0.9])
    seen = []

    def validate(module):
        seen.append(module[0].weight.detach().clone())
        return {"ndcg_at_10": next(figures)}

    module = network(0.0)
    report = train(module, batches, squares, settings_of(epochs=9, patience=2), validate=validate)
    assert (report.epochs, report.best_epoch) == (4, 2)
    assert report.metrics["ndcg_at_10"] == 0.5
    assert torch.equal(module[0].weight, seen[1])
    assert not torch.equal(seen[1], seen[3])


def test_a_validation_without_the_watched_figure_is_named():
    with pytest.raises(KeyError, match="ndcg_at_10"):
        train(network(0.0), batches, squares, settings_of(), validate=lambda _: {"hr_at_10": 1.0})


def test_time_that_is_up_ends_it_softly():
    report = train(network(0.0), batches, squares, settings_of(epochs=10_000, max_seconds=0.2))
    assert report.epochs < 10_000
    assert 0.2 <= report.seconds < 2.0
    assert report.metrics["loss"] > 0


def test_a_loss_that_is_no_number_is_refused():
    def broken(module, batch):
        return module(batch["points"])[:, 0] / 0.0 - float("inf")

    with pytest.raises(TrainingDivergedError, match="at step 0"):
        train(network(0.0), batches, broken, settings_of())


def test_a_checkpoint_of_other_data_or_in_pieces_is_passed_over(tmp_path, caplog):
    folder = tmp_path / "c"
    checkpoint_write(folder, {"seed": 1, "data_fingerprint": "a"}, {"x": 2})
    assert checkpoint_read(folder, {"seed": 1, "data_fingerprint": "a"}) == {"x": 2}
    assert checkpoint_read(folder, {"seed": 1, "data_fingerprint": "b"}) is None
    assert "data_fingerprint differ" in caplog.text
    (folder / "checkpoint.pt").write_bytes(b"PK\x03\x04 half a file")
    assert checkpoint_read(folder, {"seed": 1, "data_fingerprint": "a"}) is None
    assert "cannot be read" in caplog.text
    report = train(network(0.0), batches, squares, settings_of(checkpoint_folder=folder))
    assert (report.resumed_from, report.epochs) == (None, 3)


def test_tensorboard_is_told_of_every_epoch(tmp_path):
    train(
        network(0.0), batches, squares, settings_of(log_folder=tmp_path, run_name="one"),
        validate=lambda _: {"ndcg_at_10": 0.25},
    )  # fmt: skip
    board = EventAccumulator(str(tmp_path / "one"))
    board.Reload()
    assert [event.step for event in board.Scalars("epoch/loss")] == [7, 14, 21]
    assert [event.value for event in board.Scalars("epoch/ndcg_at_10")] == [0.25] * 3
    assert board.Scalars("train/learning_rate")[0].step == 20


def test_weights_and_biases_is_used_only_where_configured(monkeypatch):
    monkeypatch.delenv("WANDB_API_KEY", raising=False)
    monkeypatch.delenv("WANDB_MODE", raising=False)
    monkeypatch.setattr(run_log, "find_spec", lambda name: object())
    assert not run_log.wandb_configured()
    monkeypatch.setenv("WANDB_API_KEY", "k")
    assert run_log.wandb_configured()
    monkeypatch.setenv("WANDB_MODE", "disabled")
    assert not run_log.wandb_configured()
    monkeypatch.setenv("WANDB_MODE", "offline")
    assert run_log.wandb_configured()
    monkeypatch.setattr(run_log, "find_spec", lambda name: None)
    assert not run_log.wandb_configured()


def test_a_failing_weights_and_biases_ends_no_training(tmp_path, monkeypatch, caplog):
    class Broken:
        def init(self, **told):
            assert told["name"] == "one"
            assert told["config"]["epochs"] == 3
            return self

        def log(self, scalars, step):
            raise ConnectionError("no network")

    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setattr(run_log, "find_spec", lambda name: object())
    monkeypatch.setitem(sys.modules, "wandb", Broken())
    report = train(network(0.0), batches, squares, settings_of(log_folder=tmp_path, run_name="one"))
    assert report.epochs == 3
    assert "no network" in caplog.text


@pytest.mark.parametrize(
    ("share", "expected"), [(0.05, 0.5), (0.1, 1.0), (0.55, 0.6), (1.0, 0.2), (0.0, 0.01)]
)
def test_the_learning_rate_rises_and_falls(share, expected):
    assert rate_at(share, 0.1, 0.2) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"epochs": 0}, "epochs"),
        ({"batch_size": 0}, "batch_size"),
        ({"learning_rate": float("nan")}, "learning_rate"),
        ({"weight_decay": -0.1}, "weight_decay"),
        ({"warmup_share": 1.5}, "warmup_share"),
        ({"max_seconds": 0.0}, "max_seconds"),
    ],
)
def test_bad_settings_are_named(changed, field):
    with pytest.raises(ValueError, match=field):
        settings_of(**changed)


def test_the_device_is_what_the_setting_says(settings):
    settings.RECSITE_DEVICE = "cpu"
    assert chosen_device() == torch.device("cpu")
    settings.RECSITE_DEVICE = "abacus"
    with pytest.raises(ImproperlyConfigured, match="RECSITE_DEVICE='abacus'"):
        chosen_device()
    if not torch.cuda.is_available():
        settings.RECSITE_DEVICE = "auto"
        assert chosen_device() == torch.device("cpu")
        settings.RECSITE_DEVICE = "cuda"
        with pytest.raises(ImproperlyConfigured, match="no CUDA device"):
            chosen_device()
