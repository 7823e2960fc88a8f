"""All picture groups, by the name that a catalogue row carries.

A group is a shape (a can, a box, an apple) with a sign of what is inside. Hues follow the
department, so that a shelf looks like one place: green for the market, blue for the cold counter.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from catalog.pictures.group import Group
from catalog.pictures.groups_food import FOOD
from catalog.pictures.groups_home import HOME

GROUPS: Final[Mapping[str, Group]] = {**FOOD, **HOME}

#: The group of last resort.
PLAIN: Final = "parcel"
