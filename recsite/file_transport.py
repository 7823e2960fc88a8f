"""Celery's queue as a folder of files, for one machine.

kombu's own transport creates a message's file, then locks it, then writes it; a reader that comes
in between takes an empty file, and the worker dies of it. Here a file appears whole, by a rename,
or not at all; and a reader takes it by a rename within the folder, so no two can take the same.
"""

from __future__ import annotations

import fcntl
import logging
import os
import time
import uuid
from contextlib import suppress
from pathlib import Path
from queue import Empty
from typing import Any

from kombu.exceptions import ChannelError
from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.json import dumps, loads

logger = logging.getLogger(__name__)

NAME = "filesystem"


class Channel(filesystem.Channel):
    """A message is a file ``<nanoseconds>_<uuid>.<queue>.msg``; a dot before it: in the making."""

    def _put(  # type: ignore[override]
        self, queue: str, payload: dict[str, Any], **kwargs: Any
    ) -> None:
        # Wall-clock time keeps the order across a restart of the machine.
        name = f"{time.time_ns():020d}_{uuid.uuid4()}.{queue}.msg"
        try:
            _write_whole(Path(self.data_folder_out) / name, dumps(payload))
        except OSError as error:
            raise ChannelError(f"the message {name} cannot be written: {error}") from error

    def _get(self, queue: str) -> dict[str, Any]:  # type: ignore[override]
        folder = Path(self.data_folder_in)
        ending = f"{queue}.msg"
        for name in sorted(n for n in _names(folder) if n.partition(".")[2] == ending):
            taken = folder / f".{name}.taken"
            try:
                (folder / name).rename(taken)
            except FileNotFoundError:
                continue  # another worker was faster
            content = taken.read_text(encoding="utf-8", errors="replace")
            taken.unlink()
            try:
                message: dict[str, Any] = loads(content)
            except ValueError:
                logger.error("the message %s is damaged and was dropped", name)
            else:
                return message
        raise Empty

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str | None, queue: str) -> None:
        file = Path(self.control_folder) / f"{exchange}.exchange"
        bound = filesystem.exchange_queue_t(routing_key or "", pattern or "", queue or "")
        try:
            with file.with_name(f".{file.name}.lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                table = self.get_table(exchange)
                if bound not in table:
                    _write_whole(file, dumps([bound, *table]))
        except OSError as error:
            raise ChannelError(f"the queue {queue} cannot be bound: {error}") from error

    def get_table(  # type: ignore[override]
        self, exchange: str
    ) -> list[filesystem.exchange_queue_t]:
        """The queues bound to an exchange; a damaged file, which binding repairs, holds none."""
        try:
            return super().get_table(exchange)
        except (ValueError, TypeError):
            logger.error("the table of the exchange %s is damaged", exchange)
            return []


class Transport(filesystem.Transport):
    """What kombu connects with."""

    Channel = Channel

    @property
    def default_connection_params(self) -> dict[str, Any]:
        """A folder is on no host, so none is missing from the address."""
        return {"port": 0}


def _names(folder: Path) -> list[str]:
    """What lies in a folder; called a hundred times a second, so no paths are built."""
    return os.listdir(folder)  # noqa: PTH208


def _write_whole(file: Path, content: str) -> None:
    """Let a file appear with all its content at once."""
    unfinished = file.with_name(f".{file.name}.{uuid.uuid4().hex}.new")
    try:
        unfinished.write_text(content, encoding="utf-8")
        unfinished.replace(file)
    finally:
        with suppress(FileNotFoundError):
            unfinished.unlink()


def register() -> None:
    """Let addresses that begin with ``filesystem://`` mean this transport."""
    TRANSPORT_ALIASES[NAME] = f"{__name__}:Transport"
