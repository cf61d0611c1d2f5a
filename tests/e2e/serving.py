"""A server of evenhand for the length of a test, and keys for it."""
import base64
import http.client
import signal
import socket
import subprocess
from pathlib import Path

from support import RELEASE


class Reply:
    def __init__(self, response):
        self.status, self.headers, self.body = response.status, dict(response.getheaders()), response.read()


class Server:
    """evenhand with these words, which serves; `with` ends it by SIGTERM."""

    def __init__(self, *arguments, program: Path = RELEASE):
        self.process = subprocess.Popen([program, *map(str, arguments)], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE)
        self.said = self.process.stdout.readline().decode()
        self.address = self.said.strip().rpartition("http://")[2]
        self.code = None
        if not self.said:
            raise OSError(self.process.communicate()[1].decode())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.errors = self.process.communicate(timeout=30)[1].decode()
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        self.code = self.process.returncode

    def ask(self, method: str, path: str, body: bytes | None = None, headers: dict | None = None) -> Reply:
        host, _, port = self.address.rpartition(":")
        c = http.client.HTTPConnection(host, int(port), timeout=30)
        try:
            c.request(method, path, body, headers or {})
            return Reply(c.getresponse())
        finally:
            c.close()

    def get(self, path: str) -> Reply:
        return self.ask("GET", path)

    def post(self, path: str, body: bytes | str, kind: str = "application/octet-stream") -> Reply:
        return self.ask("POST", path, body if isinstance(body, bytes) else body.encode(), {"Content-Type": kind})

    def begin(self, head: str) -> int:
        """The status after a head alone, whose body does not come."""
        host, _, port = self.address.rpartition(":")
        with socket.create_connection((host, int(port)), 30) as c:
            c.sendall(head.replace("\n", "\r\n").encode())
            return int(c.recv(4096).split(b" ")[1])

    def memory(self) -> int:
        """KiB that it holds."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().split("\n"):
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
        return 0


def pem(seed: str) -> str:
    """An Ed25519 key by its seed in hexadecimal, as PKCS#8 (RFC 8410)."""
    der = bytes.fromhex("302e020100300506032b657004220420" + seed)
    return f"-----BEGIN PRIVATE KEY-----\n{base64.b64encode(der).decode()}\n-----END PRIVATE KEY-----\n"
