"""The knowledge graph in the admin."""

from kg.admin.changes import ChangeAdmin
from kg.admin.entities import EntityAdmin
from kg.admin.facts import FactAdmin
from kg.admin.predicates import PredicateAdmin
from kg.admin.projection import OutboxAdmin

__all__ = ["ChangeAdmin", "EntityAdmin", "FactAdmin", "OutboxAdmin", "PredicateAdmin"]
