"""A small Redis client over a unix socket: enough for tests, nothing hidden.

A command is a list of str, bytes or int; replies are bytes, int, list, None.
"""

import socket


class RedisError(Exception):
    """An error reply (-ERR …)."""


def encode(command):
    parts = [b"*%d\r\n" % len(command)]
    for word in command:
        if not isinstance(word, bytes):
            word = str(word).encode()
        parts.append(b"$%d\r\n%s\r\n" % (len(word), word))
    return b"".join(parts)


class Redis:
    def __init__(self, path, timeout=10):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(timeout)
        self.socket.connect(path)
        self.stream = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.stream.close()
        self.socket.close()

    def __call__(self, *command):
        self.send(*command)
        return self.receive()

    def send(self, *command):
        self.socket.sendall(encode(command))

    def pipeline(self, commands, chunk=1000):
        """The replies of many commands, sent a chunk at a time."""
        replies = []
        for start in range(0, len(commands), chunk):
            some = commands[start:start + chunk]
            self.socket.sendall(b"".join(encode(c) for c in some))
            replies += [self.receive() for _ in some]
        return replies

    def info(self, section):
        """INFO's fields, as text."""
        lines = self("INFO", section).decode().splitlines()
        return dict(line.split(":", 1) for line in lines if ":" in line)

    def calls(self):
        """How often each command ran since CONFIG RESETSTAT."""
        return {name.removeprefix("cmdstat_"):
                int(value.split(",")[0].split("=")[1])
                for name, value in self.info("commandstats").items()}

    def writes(self, name):
        """Whether a command (as commandstats names it) is a write."""
        told = self("COMMAND", "INFO", name.split("|")[0])[0]
        flags = {bytes(flag).decode().lstrip("+") for flag in told[2]}
        return "write" in flags

    def receive(self):
        line = self.stream.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError("Redis closed the connection")
        kind, rest = line[:1], line[1:-2]
        if kind == b"+":
            return rest
        if kind == b"-":
            raise RedisError(rest.decode())
        if kind == b":":
            return int(rest)
        length = int(rest)
        if length < 0:
            return None
        if kind == b"*":
            return [self.receive() for _ in range(length)]
        data = self.stream.read(length + 2)
        if len(data) != length + 2:
            raise ConnectionError("Redis closed the connection")
        return data[:-2]
