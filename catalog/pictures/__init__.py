"""Drawn pictures for products that have none of their own: one drawing per picture group."""

from __future__ import annotations

from catalog.pictures.drawing import draw, group_title
from catalog.pictures.groups import GROUPS, PLAIN
from catalog.pictures.matching import group_for

__all__ = ["GROUPS", "PLAIN", "draw", "group_for", "group_title"]
