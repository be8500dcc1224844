"""What a worker must survive: tasks that misbehave, called by name in its child."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from typing import Any

from gkllm.errors import Encrypted


def echo(data: bytes, **options: Any) -> Any:
    return {"size": len(data), "options": options, "child": os.getpid()}


def turned(data: bytes) -> bytes:
    return data[::-1]


def refuse(data: bytes) -> None:
    raise Encrypted("It needs a password: 规章.")


def fail(data: bytes) -> None:
    raise KeyError("规章")


def die(data: bytes) -> None:
    os.kill(os.getpid(), signal.SIGABRT)


def leave(data: bytes) -> None:
    os._exit(3)


def hang(data: bytes) -> None:
    time.sleep(60)


def spin(data: bytes) -> None:
    while True:
        pass


def eat(data: bytes) -> int:
    hoard = [bytes(1 << 20) for _ in range(4096)]
    return len(hoard)


def flood(data: bytes) -> bytes:
    return bytes(4 << 20)


def chatter(data: bytes) -> str:
    sys.stdout.write("a library that prints\n")
    os.write(1, b"\0\0\0\1x" * 100)
    sys.stdout.flush()
    return sys.stdin.read()


def connect(data: bytes) -> None:
    socket.create_connection(("127.0.0.1", 9))


def call_out(data: bytes) -> None:
    subprocess.run(["true"], check=False)
