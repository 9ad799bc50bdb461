"""How containers reach what listens on this machine's loopback.

Docker Desktop passes on what containers send to the address `host-gateway`. On Linux that is an address of the machine
itself, where the emulator does not listen: connections to it are forwarded. Containers of this machine reach it, other
machines do not.
"""

from __future__ import annotations

import errno
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager

CHUNK = 65_536
NAME = "local-stack"
# Small, and has what reads a file.
IMAGE = "public.ecr.aws/docker/library/busybox:stable"


class DockerError(Exception):
    """Docker is missing or does not answer; the message says what to do."""


def gateway_address() -> str:
    """The address at which containers reach this machine, as docker says; DockerError."""
    if shutil.which("docker") is None:
        raise DockerError(
            "docker was not found, and sam local runs functions in containers of it. Install it, or use the local "
            "stack without it: make run"
        )
    command = ["docker", "run", "--rm", f"--add-host={NAME}:host-gateway", IMAGE, "cat", "/etc/hosts"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if result.returncode != 0:
        raise DockerError(f"docker could not run a container: {result.stderr.strip()}. Is its daemon running?")
    return address_in(result.stdout)


def address_in(hosts: str) -> str:
    """The address of NAME in the text of a hosts file; DockerError where it has none."""
    for line in hosts.splitlines():
        address, *names = line.split() or [""]
        if NAME in names and ":" not in address:
            return address
    raise DockerError(f"docker gives its containers no IPv4 address for {NAME}:host-gateway. Is docker 20.10 or newer?")


@contextmanager
def forwarded(address: str, port: int) -> Iterator[None]:
    """While it lasts, connections to `address` go on to the same port of 127.0.0.1, if `address` is this machine's."""
    try:
        listener = socket.create_server((address, port))
    except OSError as error:
        if error.errno not in (errno.EADDRNOTAVAIL, errno.EADDRINUSE):
            raise DockerError(f"{address}:{port} cannot be listened at: {error.strerror}") from error
        # Docker Desktop's, which forwards by itself; or another run of this program forwards already.
        yield
        return
    threading.Thread(target=_accept, args=(listener, port), daemon=True).start()
    try:
        yield
    finally:
        # Closing alone would not wake up who waits for the next connection.
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def _accept(listener: socket.socket, port: int) -> None:
    while True:
        try:
            near, _ = listener.accept()
        except OSError:
            # It was closed.
            return
        threading.Thread(target=_connect, args=(near, port), daemon=True).start()


def _connect(near: socket.socket, port: int) -> None:
    with near:
        try:
            far = socket.create_connection(("127.0.0.1", port))
        except OSError:
            return
        with far:
            back = threading.Thread(target=_copy, args=(far, near), daemon=True)
            back.start()
            _copy(near, far)
            back.join()


def _copy(source: socket.socket, target: socket.socket) -> None:
    """Copy until `source` has no more, and say so to `target`."""
    try:
        while data := source.recv(CHUNK):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        # One side has gone.
        return
