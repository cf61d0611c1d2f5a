#!/usr/bin/env python3
"""docs/examples/nginx.conf as it stands, but for names of files and ports: TLS in front of a log and a witness, and
DIR/public served without evenhand."""
import http.client
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
from pathlib import Path

from log_scene import Scene, make_witness, policy_of, size_of, wait_for
from serving import Reply, Server
from support import ROOT, check, end, run

NGINX = shutil.which("nginx") or ("/usr/sbin/nginx" if Path("/usr/sbin/nginx").exists() else None)
MAIN = """daemon off;
{user}
pid {d}/nginx.pid;
error_log {d}/error.log;
events {{ }}
http {{
	access_log off;
	client_body_temp_path {d}/t1;
	proxy_temp_path {d}/t2;
	fastcgi_temp_path {d}/t3;
	uwsgi_temp_path {d}/t4;
	scgi_temp_path {d}/t5;
	include {d}/evenhand.conf;
}}
"""


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Proxy:
    def __init__(self, d: Path, log: str, witness: str, folder: Path):
        self.port, self.d = free_port(), d
        for name in ("log", "witness"):
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                            "-keyout", d / f"{name}.example.key", "-out", d / f"{name}.example.pem", "-days", "2", "-subj",
                            f"/CN={name}.example", "-addext", f"subjectAltName=DNS:{name}.example,DNS:localhost"],
                           check=True, capture_output=True)
        text = (ROOT / "docs/examples/nginx.conf").read_text()
        for old, new in (("listen 443 ssl", f"listen 127.0.0.1:{self.port} ssl"), ("/etc/ssl/", f"{d}/"),
                         ("127.0.0.1:8080", log), ("127.0.0.1:8081", witness), ("/var/lib/evenhand/log/public", f"{folder}")):
            check(f"the example has {old}", old in text)
            text = text.replace(old, new)
        (d / "evenhand.conf").write_text(text)
        (d / "main.conf").write_text(MAIN.format(d=d, user="user root;" if os.geteuid() == 0 else ""))
        self.process = subprocess.Popen([NGINX, "-e", d / "error.log", "-p", d, "-c", d / "main.conf"],
                                        stderr=subprocess.PIPE)
        wait_for(lambda: self.process.poll() is not None or self.listens())

    def listens(self) -> bool:
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", self.port)) == 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(10)

    def connect(self, host: str) -> http.client.HTTPSConnection:
        context = ssl.create_default_context(cafile=self.d / f"{host}.pem")
        raw = socket.create_connection(("127.0.0.1", self.port), 10)
        c = http.client.HTTPSConnection(host, self.port, timeout=10)
        c.sock = context.wrap_socket(raw, server_hostname=host)
        return c

    def ask(self, method: str, path: str, body: bytes | None = None, host: str = "log.example") -> Reply:
        c = self.connect(host)
        try:
            c.request(method, path, body, {"Host": host})
            return Reply(c.getresponse())
        finally:
            c.close()


def through_it(scene: Scene, proxy: Proxy, log: Server) -> None:
    r = proxy.ask("POST", "/api/add", scene.claim("Through a proxy."))
    check("added through TLS", r.status == 200 and json.loads(r.body)["outcome"] == "added", (r.status, r.body))
    wait_for(lambda: size_of(log) == 1)
    (scene.d / "sent.json").write_bytes(scene.claim("Through a proxy."))
    for name, trusted, words in (("by a certificate that is trusted", "log", b"added, entry 1"),
                                 ("not by another", "witness", b"certificate")):
        done = run("log", "add", f"https://localhost:{proxy.port}", scene.d / "sent.json",
                   env={**os.environ, "SSL_CERT_FILE": str(proxy.d / f"{trusted}.example.pem")})
        check(f"log add over TLS, {name}", words in done.stdout + done.stderr, done)
    wait_for(lambda: size_of(log) == 2)
    for path in ("/checkpoint", "/tile/0/000.p/2", "/tile/entries/000.p/2"):
        a, b = proxy.ask("GET", path), log.get(path)
        names = ("Content-Type", "Cache-Control", "Access-Control-Allow-Origin", "X-Content-Type-Options")
        check(f"{path} from the disk as from evenhand", a.status == 200 and a.body == b.body and
              [a.headers.get(n) for n in names] == [b.headers.get(n) for n in names], (a.headers, b.headers))
    missing = proxy.ask("GET", "/tile/0/000.p/3")
    check("what is not there is not cached", missing.status == 404 and "Cache-Control" not in missing.headers, missing.headers)
    for path in ("/state", "/../state", "/tile/../../state", "/.x", "/tile/.x", "/key"):
        check(f"no {path}", proxy.ask("GET", path).status in (400, 404))
    page = proxy.ask("GET", f"/digest/sha256:{scene.image}")
    check("a page", page.status == 200 and b"Through a proxy." in page.body and "default-src 'none'" in
          page.headers["Content-Security-Policy"])
    c, seen = proxy.connect("log.example"), b""
    c.sock.sendall(b"POST /api/add HTTP/1.1\r\nHost: log.example\r\nContent-Length: 1\r\n\r\nx" * 300)
    while seen.count(b"HTTP/1.1 ") < 300 and (data := c.sock.recv(65536)):
        seen += data
    c.close()
    statuses = re.findall(rb"HTTP/1.1 (\d+)", seen)
    check("who adds too often waits", b"429" in statuses and statuses[0] == b"400", set(statuses))


def alone(scene: Scene, proxy: Proxy) -> None:
    check("without evenhand the log can be read", proxy.ask("GET", "/checkpoint").status == 200 and
          proxy.ask("GET", "/tile/0/000.p/2").status == 200)
    check("and nothing else", proxy.ask("GET", f"/digest/sha256:{scene.image}").status == 502)


def main(d: Path) -> None:
    scene = Scene(d)
    folder, vkey = make_witness(scene, "w1")
    with Server("witness", "serve", "--listen", "127.0.0.1:0", "--rate", "0", folder) as witness:
        policy = policy_of(scene, [(vkey, f"http://{witness.address}")], 1)
        with Server("log", "serve", "--listen", "127.0.0.1:0", "--rate", "0", "--policy", policy, scene.log) as log:
            with Proxy(d, log.address, witness.address, scene.log / "public") as proxy:
                if not check("nginx takes it", proxy.process.poll() is None, (d / "error.log").read_text()):
                    return
                about = proxy.ask("GET", "/", host="witness.example")
                check("the witness", vkey.encode() in about.body)
                through_it(scene, proxy, log)
                log.__exit__()
                alone(scene, proxy)


if NGINX:
    with tempfile.TemporaryDirectory() as folder:
        main(Path(folder))
else:
    print("skip nginx is not installed")
end()
