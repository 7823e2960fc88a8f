from __future__ import annotations

from dataclasses import replace

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from recommender.learning.lifelong.bounds import Bounds
from recommender.registry.gate_bounds import (
    GateBounds,
    gate_bounds,
    gate_bounds_row,
    online_bounds,
)
from recommender.registry.online_bounds import OnlineBounds

pytestmark = pytest.mark.django_db
NAMES = (*Bounds.__slots__, *OnlineBounds.__slots__)
PAGE = "admin:recommender_gatebounds_changelist"


def test_until_somebody_has_saved_them_the_defaults_hold() -> None:
    assert gate_bounds() == Bounds()
    assert online_bounds() == OnlineBounds()
    assert not GateBounds.objects.exists()
    assert {field.name for field in GateBounds._meta.fields} == set(NAMES) | {"id"}


def _values(**changed: str) -> dict[str, str]:
    row = gate_bounds_row()
    return {**{name: str(getattr(row, name)) for name in NAMES}, **changed}


def test_a_person_changes_a_bound_and_the_gate_takes_it(admin_client: Client) -> None:
    page = reverse(PAGE)
    assert "How much of what it knew" in admin_client.get(page).content.decode()
    assert admin_client.post(page, _values(old_windows="2.5", least_cases="40")).status_code == 302
    assert gate_bounds() == replace(Bounds(), old_windows=0.025, least_cases=40)
    admin_client.post(page, _values(drift="0.5"))
    assert gate_bounds() == replace(Bounds(), old_windows=0.025, least_cases=40, drift=0.5)
    assert GateBounds.objects.count() == 1


def test_live_traffic_decides_by_the_bounds_that_people_set(admin_client: Client) -> None:
    changed = _values(shadow_worse="2", rollback_worse="15", shadow_days="3", rollback_shown="500")
    assert admin_client.post(reverse(PAGE), changed).status_code == 302
    assert online_bounds() == replace(
        OnlineBounds(), shadow_worse=0.02, rollback_worse=0.15, shadow_days=3, rollback_shown=500
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [("newest", "101"), ("confidence", "100"), ("window_surge", "0.5"), ("least_cases", "1"),
     ("drift", "nan"), ("shadow_days", "0"), ("rollback_worse", "-1")],
)  # fmt: skip
def test_a_bound_out_of_range_is_refused_at_its_field(
    admin_client: Client, name: str, value: str
) -> None:
    response = admin_client.post(reverse(PAGE), _values(**{name: value}))
    assert list(response.context["adminform"].form.errors) == [name]
    assert gate_bounds() == Bounds()


def test_everything_that_may_be_saved_is_a_bound() -> None:
    for name in NAMES:
        for validator in GateBounds._meta.get_field(name).validators:
            row = GateBounds(pk=1, **{name: validator.limit_value})
            try:
                row.full_clean()
            except ValidationError:
                continue
            row.as_bounds()
            row.as_online_bounds()
