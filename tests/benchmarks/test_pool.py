"""When a rate counts as borne, and what the figures are called."""

from __future__ import annotations

import json

import pytest
from django.core.management import CommandError, call_command

from recommender.benchmarks.load import LoadResult
from recommender.benchmarks.pool import PoolResult, Setup, Step, borne_rate, pool_report


def step(rate: float, fresh: int, *, answers: int = 100, errors: int = 0) -> Step:
    latencies = [float(n) for n in range(1, answers + 1)]
    return Step(rate, LoadResult(latencies, ["status 500"] * errors, seconds=10.0), fresh)


def test_a_rate_is_borne_as_long_as_slates_are_fresh_and_nothing_fails():
    assert borne_rate([step(10, 100), step(20, 95), step(40, 94), step(80, 100)]) == 20
    assert borne_rate([step(10, 100, errors=1)]) == 0
    assert borne_rate([]) == 0


def test_the_shares_are_of_all_that_was_asked():
    assert step(10, 48, answers=90, errors=6).fresh_share == 0.5
    assert step(10, 50).fresh_rate == 5.0


def test_the_report_names_setup_and_rate():
    result = PoolResult(
        steps={Setup(1, True): [step(10, 100), step(20, 50)]},
        swap=step(5, 99),
        swap_seconds=1.234,
        event_ms=[300.0, 100.0, 200.0],
        batches={Setup(1, True): 2.5},
    )
    report = pool_report(result, command="manage.py benchmark pool", seed=3)
    figures = json.loads(report.json_line())["figures"]
    assert figures["together.workers_1.rate_10.p95_ms"] == 95.05
    assert figures["together.workers_1.rate_20.fresh_share"] == 0.5
    assert figures["together.workers_1.borne_rate"] == 10
    assert figures["together.workers_1.slates_in_one_go"] == 2.5
    assert (figures["swap.errors"], figures["swap.seconds"]) == (0, 1.23)
    assert (figures["event_to_slate_ms"], figures["event_to_slate_ms.median"]) == (300, 200)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--rates", "10,fast"], "--rates are numbers"),
        (["--rates", "10,-1"], "above zero"),
        (["--seconds", "0"], "above zero"),
    ],
)
def test_wrong_options_are_named(options: list[str], words: str):
    with pytest.raises(CommandError, match=words):
        call_command("benchmark", "pool", *options)
