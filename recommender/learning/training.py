"""One harness for every network: from batches and a loss to trained weights.

AdamW with warm-up and decay, clipped gradients, mixed precision on CUDA, several processes under
torchrun, early stopping on validation, checkpoints from which a killed run goes on exactly.
"""

from __future__ import annotations

import math
import time
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from tqdm.auto import tqdm

from recommender.learning.checkpoints import (
    checkpoint_read,
    checkpoint_remove,
    checkpoint_write,
)
from recommender.learning.device import chosen_device
from recommender.learning.dice import dice_read, dice_write, own_dice
from recommender.learning.distributed import SHARED, Ranks, joined_ranks
from recommender.learning.run_log import RunLog
from recommender.learning.schedule import epoch_length, rate_at
from recommender.learning.training_settings import (
    Batch,
    Batches,
    Loss,
    TrainingDivergedError,
    TrainingReport,
    TrainingSettings,
    Validation,
)

__all__ = ["TrainingDivergedError", "TrainingReport", "TrainingSettings", "rate_at", "train"]


@dataclass(slots=True)
class _Progress:
    """Everything beside weights, optimiser and dice that a checkpoint holds."""

    epoch: int = 0
    step_in_epoch: int = 0
    steps: int = 0
    seconds: float = 0.0
    loss_sum: float = 0.0
    loss_count: float = 0.0
    best_epoch: int = 0
    best_value: float = -math.inf
    history: list[dict[str, float]] = field(default_factory=list)
    finished: bool = False


def train(
    module: nn.Module,
    batches: Batches,
    loss: Loss,
    settings: TrainingSettings,
    *,
    validate: Validation | None = None,
    watch: str = "ndcg_at_10",
) -> TrainingReport:
    """Train the module in place, on the chosen device; it stays there, in evaluation mode.

    ``batches(epoch, rng)`` gives mappings of tensors with the same first dimension, the rows, and
    must depend on nothing but its arguments. Give it a length where counting it is costly. Under
    torchrun every rank takes its part of the rows and gradients are averaged, so that the result
    is that of one process; tensors named ``shared_...`` go to each rank whole. ``validate`` runs
    on the first rank after each epoch; the weights of the epoch with the largest ``watch`` are
    kept. Dice elsewhere in the process are left as they are.

    Raises:
        TrainingDivergedError: the loss is no longer a finite number.
        KeyError: the validation does not report ``watch``.
    """
    device = chosen_device()
    with joined_ranks(device) as ranks, own_dice(settings.seed + ranks.rank, device):
        return _Run(module, batches, loss, settings, validate, watch, ranks, device).complete()


class _Step(nn.Module):
    """The loss as a forward pass, so that a wrapper sees whatever it calls."""

    def __init__(self, module: nn.Module, loss: Loss):
        super().__init__()
        self.module = module
        self._loss = loss

    def forward(self, batch: Batch) -> Tensor:
        return self._loss(self.module, batch)


class _Run:
    def __init__(
        self,
        module: nn.Module,
        batches: Batches,
        loss: Loss,
        settings: TrainingSettings,
        validate: Validation | None,
        watch: str,
        ranks: Ranks,
        device: torch.device,
    ):
        self.module = module.to(device)
        self.batches, self.settings = batches, settings
        self.validate, self.watch = validate, watch
        self.ranks, self.device = ranks, device
        self.optimizer = torch.optim.AdamW(
            module.parameters(),
            settings.learning_rate,
            weight_decay=settings.weight_decay,
            # One pass over the weights: of large item tables, several times as fast on a CPU too.
            fused=True,
        )
        self.half = torch.bfloat16 if _has_bfloat16(device) else torch.float16
        self.scaler = torch.amp.GradScaler(
            "cuda", enabled=device.type == "cuda" and self.half is torch.float16
        )
        self.done = _Progress()
        self.best: dict[str, Tensor] = {}
        self.resumed_from: int | None = None
        self._resume()
        self.step: nn.Module = _Step(module, loss)
        if ranks.size > 1:
            self.step = nn.parallel.DistributedDataParallel(self.step, find_unused_parameters=True)
        self.began = time.monotonic() - self.done.seconds
        self.saved = time.monotonic()

    def complete(self) -> TrainingReport:
        settings = self.settings
        log_folder = settings.log_folder if self.ranks.first else None
        log = RunLog(log_folder, settings.run_name, settings.run(), self.done.steps)
        bar = tqdm(
            total=settings.epochs,
            initial=self.done.epoch,
            desc=settings.run_name,
            unit="epoch",
            disable=not settings.progress or not self.ranks.first,
        )
        try:
            while not self.done.finished:
                self._epoch(log)
                bar.update()
                last = self.done.history[-1]
                shown = ("loss", self.watch) if self.watch in last else ("loss",)
                bar.set_postfix({name: f"{last[name]:.4f}" for name in shown})
        finally:
            bar.close()
            log.close()
        if self.best:
            self.module.load_state_dict(self.best)
        self.module.eval()
        if settings.checkpoint_folder is not None and self.ranks.first:
            checkpoint_remove(settings.checkpoint_folder)
        best = self.done.best_epoch or self.done.epoch
        return TrainingReport(
            epochs=self.done.epoch,
            steps=self.done.steps,
            seconds=round(self.done.seconds, 3),
            best_epoch=best,
            metrics=self.done.history[best - 1],
            resumed_from=self.resumed_from,
            history=tuple(self.done.history),
        )

    def _epoch(self, log: RunLog) -> None:
        done, settings = self.done, self.settings
        rng = np.random.default_rng([settings.seed, done.epoch])
        epoch = self.batches(done.epoch, rng)
        steps = epoch_length(epoch, self.batches, settings.seed, done.epoch)
        # Dice that making the skipped batches throws must not count twice.
        dice = dice_read(self.device)
        batches = iter(epoch)
        for _ in range(done.step_in_epoch):
            next(batches)
        if done.step_in_epoch:
            dice_write(self.device, dice)
        self.module.train()
        stopped = False
        for batch in batches:
            share = (done.epoch + done.step_in_epoch / steps) / settings.epochs
            rate = self._learn(batch, share)
            done.steps += 1
            done.step_in_epoch += 1
            if done.steps % 20 == 0:
                mean = done.loss_sum / done.loss_count
                log.write(done.steps, {"train/loss": mean, "train/learning_rate": rate})
            stopped = self._pause()
            if stopped:
                break
        if not done.step_in_epoch:
            raise ValueError(f"epoch {done.epoch} has no batches")
        self._judge(log)
        done.finished = (
            stopped
            or done.epoch >= settings.epochs
            or bool(settings.patience and done.epoch - done.best_epoch >= settings.patience)
        )
        if settings.checkpoint_folder is not None and not done.finished:
            self._save()

    def _learn(self, batch: Batch, share: float) -> float:
        """One step of the optimiser; returns the learning rate that it had."""
        settings = self.settings
        if settings.max_seconds:
            elapsed = (time.monotonic() - self.began) / settings.max_seconds
            # Where the time is short, it and not the steps brings the learning rate down.
            share = self.ranks.agreed(min(max(share, elapsed), 1.0))
        rate = settings.learning_rate * rate_at(share, settings.warmup_share, settings.final_rate)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        part = {
            name: tensor.to(self.device, non_blocking=True)
            for name, tensor in self.ranks.share(batch).items()
        }
        with torch.autocast("cuda", self.half, enabled=self.device.type == "cuda"):
            losses: Tensor = self.step(part).float()
        count = torch.tensor(
            float(losses.numel() if losses.ndim else _rows(part)), device=self.device
        )
        own = losses.sum() if losses.ndim else losses * count
        everyone = self.ranks.total(torch.stack([own.detach(), count]))
        if not torch.isfinite(everyone[0]):
            raise TrainingDivergedError(f"the loss is {everyone[0]:g} at step {self.done.steps}")
        self.done.loss_sum += float(everyone[0])
        self.done.loss_count += float(everyone[1])
        # The wrapper averages gradients over ranks; what counts is the mean over all elements.
        mean = own * (self.ranks.size / everyone[1].clamp(min=1.0))
        self.optimizer.zero_grad(set_to_none=True)
        self.scaler.scale(mean).backward()  # type: ignore[no-untyped-call]
        if settings.clip_norm:
            self.scaler.unscale_(self.optimizer)
            nn.utils.clip_grad_norm_(self.module.parameters(), settings.clip_norm)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        return rate

    def _pause(self) -> bool:
        """Between two steps: write a checkpoint if it is due; whether the time is up."""
        settings, now = self.settings, time.monotonic()
        self.done.seconds = now - self.began
        over = settings.max_seconds is not None and self.done.seconds >= settings.max_seconds
        due = settings.checkpoint_folder and now - self.saved >= settings.checkpoint_seconds
        if settings.max_seconds is not None or settings.checkpoint_folder is not None:
            over, due = self.ranks.agreed((over, due))
        if due and not over:
            self._save()
        return over

    def _judge(self, log: RunLog) -> None:
        """End the epoch: validate, and keep the weights if they are the best so far."""
        done = self.done
        figures = {"loss": done.loss_sum / max(done.loss_count, 1.0)}
        if self.validate is not None:
            self.module.eval()
            measured: dict[str, float] = {}
            if self.ranks.first:
                with torch.inference_mode():
                    measured = {k: float(v) for k, v in self.validate(self.module).items()}
            measured = self.ranks.agreed(measured)
            if self.watch not in measured:
                raise KeyError(f"validation reports {sorted(measured)}, not {self.watch!r}")
            figures |= measured
        done.epoch += 1
        done.step_in_epoch = 0
        done.loss_sum = done.loss_count = 0.0
        done.seconds = time.monotonic() - self.began
        done.history.append(figures)
        log.write(done.steps, {f"epoch/{name}": value for name, value in figures.items()})
        if self.validate is None:
            done.best_epoch = done.epoch
        elif figures[self.watch] > done.best_value:
            done.best_epoch, done.best_value = done.epoch, figures[self.watch]
            self.best = {k: v.detach().cpu().clone() for k, v in self.module.state_dict().items()}

    def _identity(self) -> dict[str, Any]:
        shapes = {name: list(value.shape) for name, value in self.module.state_dict().items()}
        run = {**self.settings.run(), "ranks": self.ranks.size, "weights": shapes}
        return {**run, "device": self.device.type}

    def _save(self) -> None:
        dice = self.ranks.gathered(dice_read(self.device))
        self.saved = time.monotonic()
        if self.ranks.first and self.settings.checkpoint_folder is not None:
            state = {
                "progress": asdict(self.done),
                "module": self.module.state_dict(),
                "best": self.best,
                "optimizer": self.optimizer.state_dict(),
                "scaler": self.scaler.state_dict(),
                "dice": dice,
            }
            checkpoint_write(self.settings.checkpoint_folder, self._identity(), state)

    def _resume(self) -> None:
        if self.settings.checkpoint_folder is None:
            return
        state = None
        if self.ranks.first:
            state = checkpoint_read(self.settings.checkpoint_folder, self._identity())
        state = self.ranks.agreed(state)
        if state is None:
            return
        self.done = _Progress(**state["progress"])
        self.module.load_state_dict(state["module"])
        self.best = state["best"]
        self.optimizer.load_state_dict(state["optimizer"])
        self.scaler.load_state_dict(state["scaler"])
        dice_write(self.device, state["dice"][self.ranks.rank])
        self.resumed_from = self.done.steps


def _has_bfloat16(device: torch.device) -> bool:
    return device.type == "cuda" and torch.cuda.is_bf16_supported()


def _rows(batch: Batch) -> int:
    return next(len(tensor) for name, tensor in batch.items() if not name.startswith(SHARED))
