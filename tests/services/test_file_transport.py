"""The queue of files, used by several processes at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from kombu import Connection

from recsite import file_transport

ROOT = Path(__file__).resolve().parents[2]
MESSAGES = 300
SENDER = """
import sys
from kombu import Connection
from recsite import file_transport
file_transport.register()
options = {{name: sys.argv[1] for name in ("data_folder_in", "data_folder_out", "control_folder")}}
with Connection("filesystem://", transport_options=options) as connection:
    queue = connection.SimpleQueue("scoring")
    for number in range({messages}):
        queue.put({{"sender": sys.argv[2], "number": number, "words": "x" * 3000}})
"""


@pytest.fixture
def options(tmp_path: Path) -> dict[str, Any]:
    """Everything in one new folder; kombu remembers queues per process, whatever the folder."""
    file_transport.register()
    file_transport.Transport.global_state.clear()
    names = ("data_folder_in", "data_folder_out", "control_folder")
    return {name: str(tmp_path) for name in names} | {"polling_interval": 0.001}


@pytest.fixture
def connection(options: dict[str, Any]):
    with Connection("filesystem://", transport_options=options) as opened:
        yield opened


def test_the_shop_uses_this_transport(connection: Connection) -> None:
    assert isinstance(connection.transport, file_transport.Transport)


def test_every_message_of_several_writers_arrives_once_and_in_order(
    connection: Connection, tmp_path: Path
) -> None:
    queue = connection.SimpleQueue("scoring")
    senders = [
        subprocess.Popen(
            [sys.executable, "-c", SENDER.format(messages=MESSAGES), str(tmp_path), name],
            cwd=ROOT,
        )
        for name in ("a", "b", "c")
    ]
    seen: dict[str, list[int]] = {"a": [], "b": [], "c": []}
    for _message in range(3 * MESSAGES):
        # A reader that meets a half-written file would fail right here.
        message = queue.get(timeout=60)
        message.ack()
        seen[message.payload["sender"]].append(message.payload["number"])
        assert len(message.payload["words"]) == 3000
    assert [sender.wait(30) for sender in senders] == [0, 0, 0]
    assert seen == {key: list(range(MESSAGES)) for key in "abc"}
    assert not [path for path in tmp_path.iterdir() if ".msg" in path.name]


def test_queues_do_not_see_each_others_messages(connection: Connection) -> None:
    scoring, training = connection.SimpleQueue("scoring"), connection.SimpleQueue("training")
    scoring.put({"for": "scoring"})
    training.put({"for": "training"})
    assert training.get(timeout=5).payload == {"for": "training"}
    assert scoring.get(timeout=5).payload == {"for": "scoring"}
    assert (scoring.qsize(), training.qsize()) == (0, 0)


def test_a_damaged_message_is_dropped_and_the_next_one_read(
    connection: Connection, tmp_path: Path
) -> None:
    queue = connection.SimpleQueue("scoring")
    (tmp_path / "00000000000000000001_x.scoring.msg").write_bytes(b"")
    (tmp_path / "00000000000000000002_x.scoring.msg").write_bytes(b'{"half": \xff')
    queue.put("whole")
    assert queue.get(timeout=5).payload == "whole"


def test_a_damaged_table_of_queues_is_repaired_by_the_next_reader(
    options: dict[str, Any], tmp_path: Path
) -> None:
    (tmp_path / "scoring.exchange").write_text("")
    with Connection("filesystem://", transport_options=options) as connection:
        queue = connection.SimpleQueue("scoring")
        queue.put("arrives")
        assert queue.get(timeout=5).payload == "arrives"
    assert (tmp_path / "scoring.exchange").read_text().startswith("[[")
