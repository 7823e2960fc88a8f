"""Who writes texts in the pool, as the web and health checks see it."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from django.core.cache import cache

WRITER_KEY = "pool:writer"
#: A worker tells it every few seconds.
WRITER_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Writer:
    """The generator of an explaining worker; no name where it has none."""

    name: str
    model: str
    #: ``closed``, ``half-open`` or ``open`` for a server; nothing for a model of the worker's own.
    circuit: str
    megabytes: int

    @property
    def answers(self) -> bool:
        """Whether it is worth asking for a text."""
        return bool(self.name) and self.circuit != "open"


def writer_tell(writer: Writer) -> None:
    """Say who writes in this process."""
    cache.set(WRITER_KEY, asdict(writer), timeout=WRITER_SECONDS)


def writer_told() -> Writer | None:
    """Who writes, by the last worker that said so; None where nobody did for a while."""
    told = cache.get(WRITER_KEY)
    return None if told is None else Writer(**told)
