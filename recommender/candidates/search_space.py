"""What a source's parameters may be: declared beside the source, searched by ``manage.py tune``.

A source that can be tuned has a class attribute ``search_space`` from the names of constructor
arguments to what they may be. Its defaults lie inside.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from recommender.candidates.registry import source_class


class ParameterError(ValueError):
    """A parameter is not what its source allows; the message names both."""


@dataclass(frozen=True, slots=True)
class Real:
    """A number between two bounds, both included; ``log``: equal factors are equally far apart."""

    low: float
    high: float
    log: bool = False

    def why_not(self, value: Any) -> str:
        """What is wrong with a value; empty where nothing is."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return "must be a number"
        if not (math.isfinite(value) and self.low <= value <= self.high):
            return f"must lie between {self.low:g} and {self.high:g}"
        return ""


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number between two bounds, both included."""

    low: int
    high: int
    log: bool = False

    def why_not(self, value: Any) -> str:
        """What is wrong with a value; empty where nothing is."""
        if isinstance(value, bool) or not isinstance(value, int):
            return "must be a whole number"
        if not self.low <= value <= self.high:
            return f"must lie between {self.low} and {self.high}"
        return ""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few values."""

    options: tuple[str | int | float | bool, ...]

    def why_not(self, value: Any) -> str:
        """What is wrong with a value; empty where nothing is."""
        if value not in self.options:
            return f"must be one of {', '.join(str(option) for option in self.options)}"
        return ""


Domain = Real | Whole | Choice
SearchSpace = Mapping[str, Domain]


def search_space(source: str) -> SearchSpace:
    """What the parameters of a source may be.

    Raises:
        ParameterError: there is no such source, or it declares nothing.
    """
    try:
        found: SearchSpace = getattr(source_class(source), "search_space", {})
    except KeyError as error:
        raise ParameterError(str(error.args[0])) from error
    if not found:
        raise ParameterError(f"the source {source!r} declares no search space")
    return found


def parameters_checked(source: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters as they are, each known and inside its bounds.

    Raises:
        ParameterError: one is not; the message names source, parameter and bounds.
    """
    space = search_space(source)
    for name, value in parameters.items():
        if name not in space:
            known = ", ".join(space)
            raise ParameterError(f"{source} has no parameter {name!r} to tune; known: {known}")
        if reason := space[name].why_not(value):
            raise ParameterError(f"{source}: {name}={value!r} {reason}")
    return dict(parameters)


def default_parameters(source: str) -> dict[str, Any]:
    """What the source's constructor takes where nothing is said.

    A source that hands its arguments on says what it made of them by attributes of their names.
    """
    kind = source_class(source)
    arguments = inspect.signature(kind).parameters
    made = kind()
    return {
        name: arguments[name].default if name in arguments else getattr(made, name)
        for name in search_space(source)
    }
