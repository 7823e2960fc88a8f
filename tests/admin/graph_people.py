"""Members of the three groups around the graph, logged in."""

from __future__ import annotations

from django.contrib.auth.models import Group
from django.test import Client

from users.models import User

GROUPS = {"viewer": "Graph viewer", "editor": "Graph editor", "reviewer": "Graph reviewer"}


def client_of(role: str) -> Client:
    """A browser in which a member of the role's group, and of no other, is logged in."""
    user = User.objects.create_user(role, f"{role}@example.com", "secret-word-3", is_staff=True)
    user.groups.add(Group.objects.get(name=GROUPS[role]))
    client = Client()
    client.force_login(user)
    return client
