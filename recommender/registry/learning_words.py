"""What a run of learning says about itself, made where the reader's language is known."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from recommender.registry.learning_runs import LearningRun

Trigger, Step = LearningRun.Trigger, LearningRun.Step

#: What each step does.
STEP_WORDS: Mapping[str, str | Promise] = {
    Step.WINDOW: gettext_lazy("up to which event it looks is fixed"),
    Step.SNAPSHOT: gettext_lazy("the record is written to a file that never changes"),
    Step.UPDATE: gettext_lazy("the live model learns what is new in a copy of its own"),
    Step.EVALUATE: gettext_lazy("both models are asked the same questions"),
    Step.GATE: gettext_lazy("the answers are held against the bounds"),
    Step.PUBLISH: gettext_lazy("the candidate becomes what the gate said"),
    Step.AFTER: gettext_lazy("questions are kept for later runs, old files go"),
}
#: What is told while a step goes on; sources are called by their own names.
AT_WORDS: Mapping[str, str | Promise] = {
    "fit": gettext_lazy("full training"),
    "probes": gettext_lazy("choosing questions"),
    "drift": gettext_lazy("measuring the drift"),
    "before": gettext_lazy("asking the live model"),
    "after": gettext_lazy("asking the candidate"),
    "files": gettext_lazy("writing files"),
}
METHOD_REASONS: Mapping[str, str | Promise] = {
    "first": gettext_lazy("there was no model to go on from"),
    "due": gettext_lazy("a full training was due"),
}


def at_words(message: str) -> str:
    """What the step at hand is at."""
    return str(AT_WORDS.get(message, message))


def trigger_words(run: LearningRun) -> str:
    """Why the run began, with the figure that said so."""
    told = run.measured
    if run.trigger == Trigger.HAND and run.asked_by is not None:
        return _("by hand, asked for by %(name)s") % {"name": run.asked_by.get_username()}
    if run.trigger == Trigger.EVENTS and "events" in told:
        words = ngettext("%(n)s new event", "%(n)s new events", int(told["events"]))
        return words % {"n": number_format(told["events"], force_grouping=True)}
    if run.trigger == Trigger.DRIFT and "drift" in told:
        return _("new events differ from those before (drift %(figure)s)") % {
            "figure": number_format(told["drift"], 2)
        }
    if run.trigger == Trigger.ERASURE and "erasures" in told:
        count = int(told["erasures"])
        words = ngettext("%(n)s shopper was erased", "%(n)s shoppers were erased", count)
        return words % {"n": number_format(count)}
    if run.trigger == Trigger.RETRAIN and "days" in told:
        return _("the last full training is %(days)s days old") % {
            "days": number_format(told["days"], 1)
        }
    return str(run.get_trigger_display())


def method_words(run: LearningRun) -> str:
    """How it learnt, and why not as the plan says."""
    words = str(run.get_method_display()) if run.method else "–"
    if reason := METHOD_REASONS.get(run.method_reason, run.method_reason):
        words += f" ({reason})"
    return words
