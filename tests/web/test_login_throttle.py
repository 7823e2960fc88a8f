"""Guessing passwords is held up, by exact counts, at both doors, and never for good."""

from __future__ import annotations

import multiprocessing
import time
from pathlib import Path

import pytest
from django.core.cache import caches
from django.core.cache.backends.base import BaseCache
from django.test import Client, RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from recsite.file_cache import CountingFileCache
from tests.web.conftest import PASSWORD
from users import tally
from users.login_throttle import FAILURES_OF_ADDRESS, FAILURES_OF_NAME, client_address
from users.models import User

#: A moment five minutes into a window of fifteen.
NOON = 2_000_000_700.0 - 2_000_000_700.0 % 900 + 300
SAYS = "Too many tries have failed."


class Clock:
    """Time that passes only when told."""

    now = NOON

    def time(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock by which windows are told."""
    clock = Clock()
    monkeypatch.setattr(tally, "time", clock)
    return clock


@pytest.fixture
def staff(db) -> User:
    return User.objects.create_user("mercy", "mercy@example.com", PASSWORD, is_staff=True)


def tried(name: str, password: str, *, door: str = "/login/", address: str = "192.0.2.1"):
    """One try by somebody without cookies."""
    values = {"username": name, "password": password}
    return Client(REMOTE_ADDR=address).post(door, values)


def statuses(count: int, name: str, **more: str) -> list[int]:
    return [tried(name, "wrong", **more).status_code for _ in range(count)]


def test_the_eleventh_try_of_a_name_is_refused_from_wherever_it_comes(user: User):
    for number in range(10):
        assert statuses(1, user.username, address=f"192.0.2.{number}") == [200]
    response = tried(user.username, PASSWORD, address="198.51.100.1")
    assert response.status_code == 429
    assert f"{SAYS} Please wait 11 minutes and try again." in response.content.decode()
    assert response["Retry-After"] == "601"
    assert not response.wsgi_request.user.is_authenticated


def test_other_names_are_not_held_up(user: User, staff: User):
    assert statuses(11, user.username)[-1] == 429
    assert tried(staff.username, PASSWORD).status_code == 302


def test_a_name_counts_in_any_spelling_of_its_letters(user: User):
    spellings = ["anna@example.org", "ANNA@example.org", " Anna@Example.Org "]
    assert [statuses(1, spellings[n % 3])[0] for n in range(11)] == [200] * 10 + [429]


def test_a_name_that_does_not_exist_is_held_up_alike(small_shop):
    assert statuses(11, "nobody@example.org") == [200] * 10 + [429]


def test_the_window_ends_and_with_it_the_waiting(user: User, clock: Clock):
    # Tries that are refused do not lengthen it.
    assert statuses(30, user.username) == [200] * 10 + [429] * 20
    clock.now = NOON + 599
    assert tried(user.username, PASSWORD).status_code == 429
    clock.now = NOON + 600
    assert tried(user.username, PASSWORD).status_code == 302


def test_the_right_password_starts_the_count_of_a_name_anew(user: User):
    for _ in range(3):
        assert statuses(9, user.username) == [200] * 9
        assert tried(user.username, PASSWORD).status_code == 302


def test_the_fifty_first_failure_of_an_address_is_refused_whatever_the_name(user: User):
    names = [f"guess-{n}@example.org" for n in range(50)]
    assert [statuses(1, name)[0] for name in names] == [200] * 50
    assert tried(user.username, PASSWORD).status_code == 429
    assert tried(user.username, PASSWORD, address="192.0.2.2").status_code == 302


def test_an_address_at_its_limit_cannot_lock_out_a_name(user: User):
    for n in range(50):
        statuses(1, f"guess-{n}@example.org")
    assert statuses(20, user.username) == [429] * 20
    assert statuses(10, user.username, address="192.0.2.2") == [200] * 10


def test_tries_of_a_held_up_name_do_not_count_against_the_address(user: User, staff: User):
    statuses(10 + 60, user.username)
    assert tried(staff.username, PASSWORD).status_code == 302


def test_an_address_from_which_people_log_in_is_never_held_up(user: User):
    assert {tried(user.username, PASSWORD).status_code for _ in range(60)} == {302}


def test_a_form_without_a_password_is_no_try(user: User):
    for _ in range(20):
        assert tried(user.username, "").status_code == 200
    assert tried(user.username, PASSWORD).status_code == 302


def test_the_admin_counts_with_the_shop(staff: User):
    assert statuses(5, "mercy") == [200] * 5
    assert statuses(5, "mercy", door="/admin/login/") == [200] * 5
    response = tried("mercy", PASSWORD, door="/admin/login/?next=/admin/")
    assert response.status_code == 429
    assert SAYS in response.content.decode()
    assert response["Retry-After"] == "601"
    assert tried("mercy", PASSWORD).status_code == 429


def test_the_admin_lets_staff_in_and_counts_customers_as_failures(staff: User, user: User):
    assert tried("mercy", PASSWORD, door="/admin/login/?next=/admin/").url == "/admin/"
    for _ in range(10):
        assert tried(user.username, PASSWORD, door="/admin/login/").status_code == 200
    assert tried(user.username, PASSWORD, door="/admin/login/").status_code == 429


class BrokenCache(BaseCache):
    """What a cache is like whose server is gone."""

    def __init__(self) -> None:
        super().__init__({})

    def _fail(self, *args: object, **kwargs: object) -> None:
        raise ConnectionError

    add = get = set = delete = incr = decr = _fail  # type: ignore[assignment]


def test_a_broken_cache_keeps_nobody_out(user: User, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(caches._connections, "logins", BrokenCache(), raising=False)
    assert isinstance(caches["logins"], BrokenCache)
    assert statuses(60, user.username) == [200] * 60
    assert tried(user.username, PASSWORD).status_code == 302


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "203.0.113.9", "192.0.2.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "10.9.9.9, 203.0.113.9", "203.0.113.9"),
        (2, "10.9.9.9, 203.0.113.9, 198.51.100.7", "203.0.113.9"),
        (2, "203.0.113.9", ""),
        (1, "", ""),
        (1, "unknown", ""),
        (1, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        (1, "::ffff:203.0.113.9", "203.0.113.9"),
    ],
)
def test_only_what_our_own_proxies_say_is_believed(settings, proxies, forwarded, address):
    settings.PROXIES_IN_FRONT = proxies
    request = RequestFactory().get(
        "/", REMOTE_ADDR="192.0.2.1", headers={"X-Forwarded-For": forwarded}
    )
    assert client_address(request) == address


def test_nobody_is_counted_by_an_address_that_is_not_known(settings, user: User):
    settings.PROXIES_IN_FRONT = 1
    assert [statuses(1, f"guess-{n}@example.org")[0] for n in range(60)] == [200] * 60


@given(st.text(min_size=1))
def test_any_name_can_be_counted(who: str):
    FAILURES_OF_NAME.forget(who)
    assert [FAILURES_OF_NAME.take(who) for _ in range(11)] == [True] * 10 + [False]
    FAILURES_OF_NAME.give_back(who)
    FAILURES_OF_NAME.give_back(who)
    assert [FAILURES_OF_NAME.take(who) for _ in range(2)] == [True, False]


def test_the_two_counts_are_kept_apart():
    assert [FAILURES_OF_ADDRESS.take("a") for _ in range(50)] == [True] * 50
    assert FAILURES_OF_NAME.take("a")


# --- counts that processes share ----------------------------------------------------------------


def _count_fifty_times(folder: Path) -> None:
    cache = CountingFileCache(folder, {})
    for _ in range(50):
        tally.count_one(cache, "guess", 60)


def test_no_count_is_lost_between_processes(tmp_path: Path):
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=_count_fifty_times, args=(tmp_path,)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert CountingFileCache(tmp_path, {}).get("guess") == 150


def test_counting_does_not_lengthen_the_life_of_a_count(tmp_path: Path):
    cache = CountingFileCache(tmp_path, {})
    assert cache.add("guess", 1, timeout=0.3)
    assert not cache.add("guess", 7, timeout=60)
    assert (cache.incr("guess"), cache.decr("guess"), cache.incr("guess")) == (2, 1, 2)
    time.sleep(0.35)
    with pytest.raises(ValueError, match="not found"):
        cache.incr("guess")
    cache.set("ever", 1, timeout=None)
    assert cache.incr("ever", 4) == 5
