"""Free ports on loopback."""

import socket

HOST = "127.0.0.1"
MAX_PORT = 65535


class PortBusyError(Exception):
    def __init__(self, port: int) -> None:
        super().__init__(
            f"Port {port} is in use. Stop what listens there, or pick another one: make run PORT={_suggestion(port)}"
        )


def _suggestion(port: int) -> int:
    return port + 1000 if port + 1000 <= MAX_PORT else port - 1000


def is_free(port: int) -> bool:
    """Whether a server could listen on this port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As the server will: a port that a stopped stack left in TIME_WAIT is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def any_free_port() -> int:
    """A port that the system picks."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port


def require_free(port: int) -> int:
    """The port; PortBusyError where it is in use."""
    if not is_free(port):
        raise PortBusyError(port)
    return port


def prefer(port: int) -> int:
    """The port, or another one where it is in use or above the highest."""
    return port if port <= MAX_PORT and is_free(port) else any_free_port()
