"""Explanations written by the language model: how many are accepted, and whether they are true.

One place of each of 300 slates of Amazon Beauty (a light model fitted on the whole log) and of the
shop in the configured database (its live model) is written about as in the pool, with the grammar;
some of them once more without it, to see what the model does by itself. What is shown (the model's
sentence, or the likeliest paraphrase) is read a second time by other means. Labels by reading say
how true the accepted sentences are, and how good the verifier is.
"""

from __future__ import annotations

import re
import statistics
import sys
import time
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm.auto import tqdm

from recommender.benchmarks.explanation_cases import (
    Case,
    beauty_cases,
    beauty_things,
    shop_cases,
    shop_things,
)
from recommender.benchmarks.explanation_labels import (
    READ_FILE,
    VERIFIER_FILE,
    ReadKey,
    accepted_by_kind,
    labelled_sentences,
    read_labels,
    verifier_figures,
)
from recommender.benchmarks.explanation_reading import strangers_among, unfounded
from recommender.benchmarks.kept_texts import KeepingGenerator
from recommender.benchmarks.report import BenchmarkReport, Cell, Table
from recommender.explanation.facts import Thing
from recommender.explanation.generation import Prompt
from recommender.explanation.grammar import wordings_count, writable
from recommender.explanation.languages import LANGUAGES
from recommender.explanation.prompts import TEMPLATES, prompt_for
from recommender.explanation.telling import GENERATED, Told, told_by
from recommender.explanation.verifier import Verdict, verify
from recommender.worker.text_generation.choice import text_generator

CODE = "en"
DATA_FOLDER = Path("docs/benchmarks/data")
BARS = {
    "accepted_share": 0.60,
    "true_among_accepted": 0.98,
    "shown_claims_in_evidence": 1.0,
    "verifier.precision": 0.99,
}
#: For one sentence on a machine that is busy with other things.
DEADLINE_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Written:
    """A case and what became of it, with the grammar and, where tried, without."""

    case: Case
    told: Told
    free: str | None
    free_verdict: Verdict | None


def add_arguments(parser: ArgumentParser) -> None:
    """Options of ``manage.py benchmark explanations``."""
    parser.add_argument("--data", type=Path, required=True, help="folder of Amazon Beauty")
    parser.add_argument("--slates", type=int, default=300, help="of each (default: 300)")
    parser.add_argument(
        "--free", type=int, default=100, help="of each also without the grammar (default: 100)"
    )
    parser.add_argument(
        "--labels",
        type=Path,
        default=DATA_FOLDER,
        help="folder of the labels (default: %(default)s)",
    )
    parser.add_argument(
        "--seconds", type=float, help="of writing; kept texts take none (default: no end)"
    )
    parser.add_argument(
        "--keep", type=Path, metavar="FILE", help="keep each text there, and go on after a stop"
    )


def run(options: Mapping[str, Any]) -> BenchmarkReport:
    """Write, verify, read again, report.

    Raises:
        ValueError: an option makes no sense, or the shop has no live model.
        FileNotFoundError: the data or the labels are not there.
    """
    if options["slates"] < 1 or options["free"] < 0:
        raise ValueError("--slates must be at least 1, and --free at least 0")
    sentences = labelled_sentences(options["labels"] / VERIFIER_FILE)
    labels = read_labels(options["labels"] / READ_FILE)
    seed = int(options["seed"])
    generator = KeepingGenerator(text_generator(), options["keep"])
    parts: dict[str, list[Written]]
    catalogues: dict[str, Mapping[str, Thing]]
    cases = {
        "amazon_beauty": beauty_cases(options["data"], options["slates"], seed),
        "shop": shop_cases(options["slates"], seed),
    }
    catalogues = {"amazon_beauty": beauty_things(options["data"]), "shop": shop_things()}
    parts = {name: [] for name in cases}
    ends = time.monotonic() + (options["seconds"] or float("inf"))
    # In turns, so that a bounded run has as many of each.
    for number in tqdm(range(options["slates"]), unit="slates of each"):
        free = number < options["free"]
        for name, chosen in cases.items():
            for case in chosen[number : number + 1]:
                if time.monotonic() < ends or generator.keeps(*_prompts(case, free=free)):
                    parts[name].append(_written(case, generator, free=free))
    figures: dict[str, float] = {}
    rows: list[tuple[Cell, ...]] = []
    for name, written in parts.items():
        part = figures_of(written, labels, catalogues[name])
        figures |= {f"{name}.{key}": value for key, value in part.items()}
    everything = [one for written in parts.values() for one in written]
    merged = {product: thing for things in catalogues.values() for product, thing in things.items()}
    figures |= figures_of(everything, labels, merged, shown=_mean_shown(figures, parts))
    figures |= verifier_figures(sentences)
    rows = [(name, figures[name], bar) for name, bar in BARS.items()]
    return BenchmarkReport(
        benchmark="explanations",
        dataset="amazon_beauty-shop",
        seed=seed,
        command=(
            f"manage.py benchmark explanations --data DIR --slates {options['slates']} "
            f"--free {options['free']} --seed {seed}"
            + (" --seconds S --keep FILE" if options["seconds"] else "")
        ),
        figures=figures,
        tables=[
            Table("Against the bars", ("", "measured", "bar"), rows),
            _by_dataset(figures, parts),
            _refusals(everything),
            Table(
                "The verifier on labelled sentences, by how they were made",
                ("", "sentences", "accepted"),
                accepted_by_kind(sentences),
            ),
        ],
        notes=_notes(figures, generator, everything, options["slates"]),
    )


def _written(case: Case, generator: KeepingGenerator, *, free: bool) -> Written:
    (told,) = told_by([case.evidence], CODE, generator, deadline_seconds=DEADLINE_SECONDS)
    if told is None or told.written is None or told.verdict is None:
        raise ValueError(f"{generator.model} wrote nothing about {case.evidence.item.id}")
    if not free:
        return Written(case, told, None, None)
    (text,) = generator.generate(_prompts(case, free=True)[1:], deadline_seconds=DEADLINE_SECONDS)
    freely = text.text.strip()
    return Written(case, told, freely, verify(freely, case.evidence, LANGUAGES[CODE]))


def _prompts(case: Case, *, free: bool) -> list[Prompt]:
    """What is asked about a case: with the grammar, and then without where that is tried."""
    asked = [prompt_for(case.evidence, CODE)]
    if free:
        asked.append(prompt_for(case.evidence, CODE, free=True))
    return [prompt for prompt in asked if prompt is not None]


def figures_of(
    written: Sequence[Written],
    labels: Mapping[ReadKey, bool],
    catalogue: Mapping[str, Thing],
    *,
    shown: float | None = None,
) -> dict[str, float]:
    """The figures of some cases; ``shown``: the share of sound sentences, where it is known."""
    accepted = [one for one in written if one.told.origin == GENERATED]
    # What is said about equal evidence is one sentence, however often it is shown.
    read = [labels[key] for key in {key_of(one) for one in accepted} if key in labels]
    free = [one for one in written if one.free_verdict is not None]
    texts = [one.told.written for one in written if one.told.written is not None]
    tokens, seconds = sum(t.tokens for t in texts), sum(t.seconds for t in texts)
    found = {
        "cases": float(len(written)),
        "accepted_share": len(accepted) / max(1, len(written)),
        "accepted": float(len(accepted)),
        "different": float(len({key_of(one) for one in accepted})),
        "read": float(len(read)),
        "true_among_accepted": sum(read) / len(read) if read else 0.0,
        "shown_claims_in_evidence": _sound_share(written, catalogue) if shown is None else shown,
        "tokens_per_second": tokens / max(seconds, 1e-9),
        "seconds_a_sentence": seconds / max(1, len(texts)),
        "tokens_a_sentence": tokens / max(1, len(texts)),
        "wordings.median": float(
            statistics.median(
                wordings_count(whole)
                for one in written
                if (whole := writable(one.case.evidence, LANGUAGES[CODE])) is not None
            )
        ),
        "forms": float(len({form_of(one) for one in accepted})),
    }
    if free:
        well = [one for one in free if one.free_verdict and one.free_verdict.accepted]
        found["free.cases"] = float(len(free))
        found["free.accepted_share"] = len(well) / len(free)
    return found


def key_of(one: Written) -> ReadKey:
    """By what a label finds its sentence."""
    return one.told.text, one.case.evidence.checksum


def form_of(one: Written) -> str:
    """The sentence without its names: how many there are says how free the wording is."""
    text = one.told.text
    for name in sorted(one.case.evidence.names, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "*", text)
    return text


def _sound_share(written: Sequence[Written], catalogue: Mapping[str, Thing]) -> float:
    """The share of shown sentences in which the second reading finds nothing without ground."""
    names = {thing.title for thing in catalogue.values()} | {t.brand for t in catalogue.values()}
    strangers = strangers_among(names)
    sound = 0
    for one in written:
        evidence = one.case.evidence
        gone = unfounded(
            one.told.text,
            evidence.item,
            evidence.cause,
            one.case.stored.explanation,
            one.case.stored.sources,
            strangers,
        )
        if gone:
            tqdm.write(f"without ground: {one.told.text} ({'; '.join(gone)})", sys.stderr)
        sound += not gone
    return sound / max(1, len(written))


def _mean_shown(figures: Mapping[str, float], parts: Mapping[str, Sequence[Written]]) -> float:
    total = sum(len(written) for written in parts.values())
    return (
        sum(
            figures[f"{name}.shown_claims_in_evidence"] * len(written)
            for name, written in parts.items()
        )
        / total
    )


def _by_dataset(figures: Mapping[str, float], parts: Mapping[str, Sequence[Written]]) -> Table:
    names = (
        "cases",
        "accepted_share",
        "free.cases",
        "free.accepted_share",
        "different",
        "read",
        "true_among_accepted",
        "shown_claims_in_evidence",
        "forms",
        "wordings.median",
        "tokens_a_sentence",
        "seconds_a_sentence",
        "tokens_per_second",
    )
    rows = [
        (name, *(figures.get(f"{part}.{name}") for part in parts), figures.get(name))
        for name in names
    ]
    return Table("By data set", ("", *parts, "both"), rows, digits=3)


def _refusals(written: Sequence[Written]) -> Table:
    """Why texts were refused, with and without the grammar."""
    kept = Counter(_word(one.told.verdict) for one in written)
    free = Counter(_word(one.free_verdict) for one in written if one.free_verdict is not None)
    rows = [(word, kept[word], free[word]) for word in sorted(kept.keys() | free.keys())]
    return Table("What became of the texts", ("", "with the grammar", "without"), rows)


def _word(verdict: Verdict | None) -> str:
    return "accepted" if verdict is None or verdict.reason is None else verdict.reason.value


def _notes(
    figures: Mapping[str, float],
    generator: KeepingGenerator,
    written: Sequence[Written],
    wanted: int,
) -> list[str]:
    frequent = Counter(form_of(one) for one in written if one.told.origin == GENERATED)
    most, times = frequent.most_common(1)[0] if frequent else ("", 0)
    return [
        f"{generator.model} by {generator.name}, prompt {TEMPLATES[CODE].version}, the likeliest "
        f"token each time; measured {time.strftime('%Y-%m-%d')}. Both runs write about one of the "
        "first six places of a slate, drawn by the seed.",
        "With the grammar a sentence can only be refused where it does not end in time or the "
        "verifier reads it otherwise than it was written, so its accepted share says that the two "
        "agree; what the model can do by itself is the share without the grammar.",
        f"The grammar leaves {figures['wordings.median']:.0f} wordings at the median; the model "
        f"used {figures['forms']:.0f} different ones apart from names, the most frequent "
        f"“{most}” {times} times.",
        *(
            [
                f"The time for writing ended after {figures['cases']:.0f} of {2 * wanted} cases; "
                "equal evidence is written about once."
            ]
            if figures["cases"] < 2 * wanted
            else []
        ),
        f"{figures['read']:.0f} of the {figures['different']:.0f} different sentences that were "
        "accepted have been read, one by one beside their facts; good is what is true and well "
        "formed.",
        "Shown claims are read a second time by a reader that shares no code with the verifier: it "
        "crosses out the two products' names and what they have in common by the catalogue, and "
        "asks the stored explanation for the ground of every telling word; another name of the "
        "catalogue, or a word that is not on its list, is without ground.",
    ]
