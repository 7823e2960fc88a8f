"""A small training for tests that kill it or run it twice at once: ``python -m`` with arguments.

Arguments: the file for the weights, the folder of checkpoints, the step at which the process
kills itself (0: never).
"""

import os
import signal
import sys
from pathlib import Path

import django
import torch
from torch import nn


def network(dropout):
    torch.manual_seed(5)
    return nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Dropout(dropout), nn.Linear(8, 1))


def batches(epoch, rng):
    """Rows of an odd number, so that two ranks get parts of different sizes."""
    points = torch.from_numpy(rng.normal(size=(77, 3)).astype("float32"))
    targets = points @ torch.tensor([1.0, -2.0, 0.5]) + 0.25
    return [
        {"points": points[start : start + 11], "targets": targets[start : start + 11]}
        for start in range(0, 77, 11)
    ]


def trained(checkpoints, kill_at, dropout):
    """The result as plain values."""
    from recommender.learning.training import TrainingSettings, train

    calls = 0

    def loss(module, batch):
        nonlocal calls
        calls += 1
        if kill_at and calls == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        return (module(batch["points"])[:, 0] - batch["targets"]) ** 2

    def validate(module):
        points = torch.eye(3)
        error = (module(points)[:, 0] - torch.tensor([1.25, -1.75, 0.75])).abs().mean()
        return {"ndcg_at_10": -float(error)}

    module = network(dropout)
    report = train(
        module,
        batches,
        loss,
        TrainingSettings(
            epochs=6,
            batch_size=11,
            learning_rate=0.02,
            checkpoint_folder=checkpoints,
            checkpoint_seconds=0.0,
        ),
        validate=validate,
    )
    return {
        "steps": report.steps,
        "resumed_from": report.resumed_from,
        "best_epoch": report.best_epoch,
        "metrics": report.metrics,
        "weights": module.state_dict(),
    }


if __name__ == "__main__":
    django.setup()
    torch.set_num_threads(1)
    result = trained(Path(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))
    if os.environ.get("RANK", "0") == "0":
        torch.save(result, sys.argv[1])
