"""From candidate over shadow to live and back: which ways there are, and what each leaves."""

from __future__ import annotations

import shutil

import pytest
from django.db import IntegrityError, transaction

from recommender.registry.decision_words import WORDS, decision_words
from recommender.registry.families import GROWTH, ROOT, root_of
from recommender.registry.models import ModelVersion, VersionDecision
from recommender.registry.rollback import NothingBeforeError, model_roll_back, rollback_target
from recommender.registry.served_version import DamagedModelError
from recommender.registry.versions import (
    StatusError,
    model_activate,
    model_folder,
    model_live,
    model_refuse,
    model_shadow,
    model_shadowing,
)
from tests.registry.test_versions import make
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)

Status = ModelVersion.Status


def grown(settings, name: str, parent: ModelVersion) -> ModelVersion:
    version = make(settings, name, parent)
    version.settings = {"kind": GROWTH, ROOT: root_of(parent)}
    version.save()
    return version


def status(version: ModelVersion) -> str:
    version.refresh_from_db()
    return version.status


def told(version: ModelVersion) -> list[tuple[str, str]]:
    return list(version.decisions.values_list("status", "code"))


def test_from_candidate_over_shadow_to_live_and_retired(settings):
    first, second, third = (make(settings, name) for name in "abc")
    model_activate(version=first)
    model_shadow(version=second)
    assert (model_live(), model_shadowing()) == (first, second)
    model_activate(version=second, code="shadow-passed")
    assert (model_live(), model_shadowing(), status(first)) == (second, None, Status.RETIRED)
    model_activate(version=third, code="gate-passed")
    assert told(second) == [
        ("shadow", "gate-unsure"),
        ("live", "shadow-passed"),
        ("retired", "replaced"),
    ]
    assert second.decisions.last().figures == {"by": "c"}


def test_one_is_in_shadow_and_the_one_before_is_retired_with_its_reason(settings):
    first, second = make(settings, "a"), make(settings, "b")
    model_shadow(version=first)
    model_shadow(version=second)
    assert (model_shadowing(), status(first)) == (second, Status.RETIRED)
    assert told(first)[-1] == ("retired", "replaced-in-shadow")
    with pytest.raises(IntegrityError), transaction.atomic():
        ModelVersion.objects.filter(pk=first.pk).update(status=Status.SHADOW)


def test_what_learns_more_ends_the_comparison_and_what_only_grows_does_not(settings):
    live, shadow = make(settings, "a"), make(settings, "b")
    model_activate(version=live)
    model_shadow(version=shadow)
    model_activate(version=grown(settings, "a2", live))
    assert model_shadowing() == shadow
    model_activate(version=make(settings, "c"))
    assert (model_shadowing(), status(shadow)) == (None, Status.RETIRED)
    assert told(shadow)[-1] == ("retired", "overtaken")


def test_a_grown_version_of_another_model_does_not_carry_the_live_one_on(settings):
    old, live, shadow = (make(settings, name) for name in "abc")
    more = grown(settings, "a2", old)
    for version in (old, more, live):
        model_activate(version=version)
    model_shadow(version=shadow)
    assert rollback_target() == more
    model_activate(version=more, code="by-hand")
    assert told(live)[-1] == ("retired", "replaced")
    assert (model_live(), model_shadowing()) == (more, None)


def test_a_step_that_is_done_again_changes_nothing(settings):
    live, shadow, refused = (make(settings, name) for name in "abc")
    for _again in range(2):
        model_activate(version=live)
        model_shadow(version=shadow)
        model_refuse(version=refused, code="gate-refused")
    assert VersionDecision.objects.count() == 3
    assert model_live().live_since == ModelVersion.objects.get(pk=live.pk).live_since


def test_steps_that_there_are_not(settings):
    live, old, refused = (make(settings, name) for name in "abc")
    model_activate(version=old)
    model_activate(version=live)
    model_refuse(version=refused, code="gate-refused")
    for version in (live, old, refused):
        with pytest.raises(StatusError, match="only a candidate"):
            model_shadow(version=version)
    for version in (live, old):
        with pytest.raises(StatusError, match="cannot be refused"):
            model_refuse(version=version, code="gate-refused")
    with pytest.raises(StatusError, match="was refused"):
        model_activate(version=refused)
    assert [status(v) for v in (live, old, refused)] == ["live", "retired", "refused"]


def test_a_person_may_bring_a_refused_version_back(settings):
    boss = User.objects.create_user("boss")
    refused = make(settings, "a")
    model_refuse(version=refused, code="gate-refused")
    model_activate(version=refused, code="by-hand", by=boss)
    assert model_live() == refused
    assert refused.decisions.last().decided_by == boss


def test_a_damaged_candidate_is_not_compared(settings):
    bad, shadow = make(settings, "a"), make(settings, "b")
    model_shadow(version=shadow)
    (model_folder(bad) / "extra").write_text("")
    with pytest.raises(DamagedModelError):
        model_shadow(version=bad)
    assert (status(bad), model_shadowing()) == (Status.REFUSED, shadow)
    assert told(bad) == [("refused", "damaged")]


def test_going_back_leaves_what_grew_from_the_model_too(settings):
    first, second = make(settings, "a"), make(settings, "b")
    one = grown(settings, "b1", second)
    two = grown(settings, "b2", one)
    for version in (first, second, one, two):
        model_activate(version=version)
    assert rollback_target() == first
    assert model_roll_back(code="rolled-back-by-hand") == first
    assert model_live() == first
    assert [status(v) for v in (second, one, two)] == [Status.REFUSED] * 3
    assert told(two)[-1] == ("refused", "rolled-back-by-hand")
    assert first.decisions.last().figures == {"from": "b2"}
    # Nothing of it comes back by itself, and there is nowhere to go back to any more.
    with pytest.raises(StatusError):
        model_activate(version=two)
    with pytest.raises(NothingBeforeError):
        model_roll_back(code="rolled-back-by-hand")
    assert model_live() == first


def test_going_back_passes_over_damaged_and_pruned_versions(settings):
    versions = [make(settings, name) for name in "abcd"]
    for version in versions:
        model_activate(version=version)
    (model_folder(versions[2]) / "extra").write_text("")
    shutil.rmtree(model_folder(versions[1]))
    assert model_roll_back(code="rolled-back-by-hand") == versions[0]
    assert [status(v) for v in versions] == ["live", "retired", "refused", "refused"]


def test_without_a_live_version_there_is_no_way_back(settings):
    assert rollback_target() is None
    with pytest.raises(NothingBeforeError):
        model_roll_back(code="rolled-back-by-hand")


@pytest.mark.parametrize("code", [*WORDS, "from-another-time"])
def test_every_decision_can_be_read(settings, code):
    everything = {
        "by": "v2", "from": "v1", "error": "gone", "days": 7, "cases": 1200, "live_hits": 300,
        "shadow_hits": 290, "rate": 0.05123, "rate_before": 0.06, "shown": 4321, "reasons": ["x"],
        "receipts": "A", "run": 5,
    }  # fmt: skip
    version = make(settings, "a")
    decision = VersionDecision(version=version, status="live", code=code, figures=everything)
    words = decision_words(decision)
    assert words.startswith(f"{code} (") == (code == "from-another-time")
    assert decision_words(VersionDecision(version=version, code=code, figures={"x": 1}))


def test_the_words_tell_the_figures(settings):
    figures = {"cases": 1200, "live_hits": 300, "shadow_hits": 290}
    decision = VersionDecision(code="shadow-worse", figures=figures)
    assert decision_words(decision) == (
        "worse on live traffic: live named it 300 times, the new one 290 times, of 1,200"
    )
