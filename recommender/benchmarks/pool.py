"""How much the pool bears: slates scored anew at a rising rate, and a change of model meanwhile.

The protocol, on whatever database the shop uses (the demo's, where nothing else is set):

1. gunicorn and one or two scoring workers start as in production, scoring together what waits
   together (``SCORING_BATCH``), or each slate alone.
2. ``GET /api/v1/slates/home/`` for shoppers drawn by seed, each one's slate dropped from the cache
   just before; arrivals at a constant rate, the latency from the scheduled moment. The rate rises
   from step to step.
3. An answer is *fresh* where the pool scored it in time. Otherwise the page shows the last or the
   popular slate: that is no error, but it is what overload costs. Errors are all other answers.
4. With one worker, at half of the rate that it bore (95 % fresh), a copy of the live model is made
   live. Every request of that time has to be answered.
5. An event's way to the changed slate is measured as in ``benchmark serving``.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.cache import cache

from recommender.benchmarks.load import Answer, LoadResult, load
from recommender.benchmarks.report import BenchmarkReport, Cell, Table
from recommender.benchmarks.serving import (
    COUNT,
    SHOPPERS,
    NothingToServeError,
    ServingBench,
    benchmark_token,
    shoppers_draw,
)
from recommender.benchmarks.shop_processes import ShopBusyError, ShopStartError, shop_running
from recommender.contracts import Scenario, SlateRequest
from recommender.delivery.slate_store import slate_key
from recommender.registry.models import ModelVersion
from recommender.registry.versions import model_activate, model_folder, model_live, model_register
from recsite import metrics

RATES = (10.0, 20.0, 40.0, 80.0, 160.0)
#: A rate is borne when this share of its slates is fresh.
BORNE_SHARE = 0.95
SWAP_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Setup:
    """How the pool runs."""

    workers: int
    together: bool

    @property
    def name(self) -> str:
        """The name in the figures."""
        return f"{'together' if self.together else 'alone'}.workers_{self.workers}"


SETUPS = (Setup(1, False), Setup(1, True), Setup(2, False), Setup(2, True))


@dataclass(slots=True)
class Step:
    """What came of one rate."""

    rate: float
    result: LoadResult
    fresh: int

    @property
    def fresh_share(self) -> float:
        """Of all requests, those that were answered with a slate scored in time."""
        asked = len(self.result.latencies_ms) + len(self.result.errors)
        return self.fresh / asked if asked else 0.0

    @property
    def fresh_rate(self) -> float:
        """Fresh slates a second."""
        return self.fresh / self.result.seconds if self.result.seconds else 0.0


@dataclass(slots=True)
class PoolResult:
    """Everything measured."""

    steps: dict[Setup, list[Step]] = field(default_factory=dict)
    swap: Step | None = None
    swap_seconds: float | None = None
    event_ms: list[float] = field(default_factory=list)
    batches: dict[Setup, float] = field(default_factory=dict)


def add_arguments(parser: ArgumentParser) -> None:
    """Options of ``manage.py benchmark pool``."""
    parser.add_argument("--seconds", type=float, default=10.0, help="how long each rate is kept")
    parser.add_argument(
        "--rates",
        default=",".join(f"{rate:g}" for rate in RATES),
        help="slates asked for in a second, divided by commas, rising",
    )


def run(options: Mapping[str, Any]) -> BenchmarkReport:
    """Measure on the current database.

    Raises:
        ValueError: a rate is no number, there is nothing to serve, another shop runs, or the shop
            does not start.
    """
    try:
        rates = [float(rate) for rate in str(options["rates"]).split(",")]
    except ValueError:
        raise ValueError("--rates are numbers divided by commas") from None
    seconds, seed = options["seconds"], options["seed"]
    if seconds <= 0 or min(rates) <= 0:
        raise ValueError("--rates and --seconds must be above zero")

    def say(words: str) -> None:
        print(words, file=sys.stderr, flush=True)  # noqa: T201

    try:
        result = pool_benchmark(rates=rates, seconds=seconds, seed=seed, say=say)
    except (NothingToServeError, ShopBusyError, ShopStartError) as error:
        raise ValueError(str(error)) from error
    command = f"manage.py benchmark pool --seconds {seconds:g} --rates {options['rates']}"
    return pool_report(result, command=f"{command} --seed {seed}", seed=seed)


def pool_benchmark(
    *, rates: Sequence[float], seconds: float, seed: int, say: Callable[[str], None]
) -> PoolResult:
    """Run the protocol; see the module's text."""
    shoppers = shoppers_draw(SHOPPERS, seed)
    result = PoolResult()
    with benchmark_token() as key:
        for setup in SETUPS:
            say(f"{setup.workers} worker(s), {'together' if setup.together else 'alone'}:")
            batch = str(settings.SCORING_BATCH) if setup.together else "1"
            with shop_running(workers=setup.workers, variables={"SCORING_BATCH": batch}) as shop:
                bench = PoolBench(ServingBench(shop, key, shoppers))
                before = _batches()
                result.steps[setup] = asyncio.run(bench.rising(rates, seconds, say))
                result.batches[setup] = _mean_batch(before, _batches())
                if setup == Setup(1, True):
                    borne = borne_rate(result.steps[setup])
                    say("A copy of the live model is made live under load ...")
                    result.swap, result.swap_seconds = asyncio.run(
                        bench.swap(max(2.0, borne / 2), SWAP_SECONDS)
                    )
                    result.event_ms = asyncio.run(bench.serving.events())
    return result


def _batches() -> tuple[float, float]:
    """How many times slates were scored, and how many slates, as all processes counted them."""
    total = count = 0.0
    for line in metrics.counted().decode().splitlines():
        if line.startswith("recsite_batch_slates_sum"):
            total += float(line.rpartition(" ")[2])
        elif line.startswith("recsite_batch_slates_count"):
            count += float(line.rpartition(" ")[2])
    return count, total


def _mean_batch(before: tuple[float, float], after: tuple[float, float]) -> float:
    count, total = after[0] - before[0], after[1] - before[1]
    return total / count if count else 0.0


def borne_rate(steps: Sequence[Step]) -> float:
    """The highest rate up to which each was borne; zero where the first was not."""
    borne = 0.0
    for step in steps:
        if step.fresh_share < BORNE_SHARE or step.result.errors:
            break
        borne = step.rate
    return borne


class PoolBench:
    """The steps against a running shop."""

    def __init__(self, serving: ServingBench) -> None:
        self.serving = serving
        self.keys = [
            slate_key(SlateRequest(Scenario.HOME, shopper=shopper, count=COUNT))
            for shopper in serving.shoppers
        ]

    async def rising(
        self, rates: Sequence[float], seconds: float, say: Callable[[str], None]
    ) -> list[Step]:
        """One step for each rate."""
        await self.serving.warm()
        steps = []
        for rate in rates:
            step = await self._step(rate, seconds)
            say(
                f"  {rate:g}/s: {step.fresh_share:.0%} fresh, "
                f"p95 {step.result.percentile_ms(95):.0f} ms"
            )
            steps.append(step)
            # What still waits belongs to this rate and not to the next.
            await asyncio.sleep(1.0)
        return steps

    def _drop(self, number: int) -> None:
        cache.delete(self.keys[number % len(self.keys)])

    async def _step(self, rate: float, seconds: float) -> Step:
        fresh = 0

        def judge(answer: Answer) -> str:
            nonlocal fresh
            if answer.status != 200:
                return f"status {answer.status}"
            slate = json.loads(answer.body)
            fresh += not slate["degraded"] and slate["age_ms"] < 1000
            return ""

        result = await load(
            self.serving.requests,
            host=self.serving.shop.host, port=self.serving.shop.port, rate=rate, seconds=seconds,
            judge=judge, before=self._drop,
        )  # fmt: skip
        return Step(rate, result, fresh)

    async def swap(self, rate: float, seconds: float) -> tuple[Step, float | None]:
        """Load at a rate while another version becomes live; seconds until it answered."""
        copied = await asyncio.to_thread(_copy_of_live)
        running = asyncio.create_task(self._step(rate, seconds))
        await asyncio.sleep(seconds / 4)
        began = time.monotonic()
        await asyncio.to_thread(model_activate, version=copied)
        taken = None
        while taken is None and not running.done():
            await asyncio.sleep(0.05)
            versions = await asyncio.to_thread(cache.get_many, self.keys)
            if any(slate["model_version"] == copied.version for slate in versions.values()):
                taken = time.monotonic() - began
        return await running, taken


def _copy_of_live() -> ModelVersion:
    """The live model once more, under another name."""
    live = model_live()
    assert live is not None
    version = f"{live.version}-copy-{time.time_ns()}"
    folder = Path(settings.MODEL_DIR) / version
    shutil.copytree(model_folder(live), folder)
    return model_register(
        version=version,
        folder=folder,
        watermark=live.watermark,
        parent=live,
        trained_with={"kind": "copy"},
        metrics={},
        seed=live.seed,
    )


def pool_report(result: PoolResult, *, command: str, seed: int) -> BenchmarkReport:
    """The figures by setup and rate."""
    figures: dict[str, float] = {}
    tables = []
    for setup, steps in result.steps.items():
        rows: list[tuple[Cell, ...]] = []
        for step in steps:
            name = f"{setup.name}.rate_{step.rate:g}"
            percentiles = [step.result.percentile_ms(percent) for percent in (50, 95, 99)]
            for percent, value in zip((50, 95, 99), percentiles, strict=True):
                figures[f"{name}.p{percent}_ms"] = round(value, 2)
            figures[f"{name}.fresh_share"] = round(step.fresh_share, 4)
            figures[f"{name}.errors"] = len(step.result.errors)
            rows.append(
                (f"{step.rate:g}/s", step.fresh_share * 100, step.fresh_rate, *percentiles,
                 len(step.result.errors))
            )  # fmt: skip
        figures[f"{setup.name}.borne_rate"] = borne_rate(steps)
        figures[f"{setup.name}.slates_in_one_go"] = round(result.batches.get(setup, 0.0), 2)
        title = f"{setup.workers} worker{'s' if setup.workers > 1 else ''}, " + (
            "what waits together scored together" if setup.together else "each slate alone"
        )
        columns = ("rate", "fresh %", "fresh/s", "p50 ms", "p95 ms", "p99 ms", "errors")
        tables.append(Table(title, columns, rows, digits=1))
    if result.swap is not None:
        figures["swap.errors"] = len(result.swap.result.errors)
        figures["swap.fresh_share"] = round(result.swap.fresh_share, 4)
        figures["swap.p95_ms"] = round(result.swap.result.percentile_ms(95), 2)
        figures["swap.rate"] = result.swap.rate
        if result.swap_seconds is not None:
            figures["swap.seconds"] = round(result.swap_seconds, 2)
    if result.event_ms:
        ordered = sorted(result.event_ms)
        figures["event_to_slate_ms"] = round(ordered[-1], 2)
        figures["event_to_slate_ms.median"] = round(ordered[len(ordered) // 2], 2)
    singles = [
        (name, value)
        for name, value in figures.items()
        if name.startswith(("swap", "event")) or name.endswith(("borne_rate", "in_one_go"))
    ]
    tables.append(Table("In one number", ("figure", "measured"), singles, digits=2))
    return BenchmarkReport(
        benchmark="pool",
        dataset="completejourney",
        seed=seed,
        command=command,
        figures=figures,
        tables=tables,
        notes=[
            "gunicorn, the workers, the broker and the client share the machine, so two workers "
            "have less than twice the processor of one.",
            f"The pages' deadline is {settings.POOL_DEADLINE_MS} ms; what is not fresh by then is "
            "answered with the last slate, or at once where the pool says that it is busy.",
            f"A rate is borne when at least {BORNE_SHARE:.0%} of its slates are fresh and nothing "
            "fails.",
            "Slates in one go: the mean over all rates of a setup; a request alone is one.",
        ],
    )
