"""People at the admin's door, and a shop for them to look after."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from tests.admin.stock import Stock
from users.models import User


@pytest.fixture
def stock(db) -> Stock:
    """A small catalogue with everything that the admin lists."""
    return Stock.make()


@pytest.fixture
def boss(db) -> User:
    return User.objects.create_superuser("boss", "boss@example.com", "secret-word-1")


@pytest.fixture
def merchandiser(db) -> User:
    user = User.objects.create_user("mercy", "mercy@example.com", "secret-word-2", is_staff=True)
    user.groups.add(Group.objects.get(name="Merchandiser"))
    return user


def _logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def boss_client(boss: User) -> Client:
    return _logged_in(boss)


@pytest.fixture
def merchandiser_client(merchandiser: User) -> Client:
    return _logged_in(merchandiser)
