#!/usr/bin/env python3
"""The pages of a log in a real browser: what is logged about an image, who signed and cosigned it, what was taken
back; from a phone, in the dark, without script; hostile texts stay texts."""
import base64
import json
import re
import tempfile
import time
from pathlib import Path

from log_scene import Scene, add, make_witness, policy_of, size_of, wait_for
from serving import Server
from support import SAMPLE, check, end, run
from webdriver import CHROMEDRIVER, CHROMIUM, Browser

HOSTILE = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">'\"&amp;"


def fill(scene: Scene, s: Server) -> dict:
    run("scan", "--quiet", "-o", scene.d / "report.json", SAMPLE)
    evaluation = scene.statement("evaluation", "--reveal", key="lab", of=scene.d / "report.json")
    claim = scene.claim("There is a second way in.")
    (scene.d / "claim.json").write_bytes(claim)
    answer = scene.statement("response", "--text", "It is for the factory.", of=scene.d / "claim.json", key="lab")
    back = scene.statement("revocation", "--text", "An error of ours.", of=scene.d / "claim.json")
    for e in (evaluation, claim, answer, back, scene.claim(HOSTILE, key="lab")):
        status, _ = add(s, e)
        check("taken in", status == 200, status)
    s.post("/api/keep", (scene.d / "report.json").read_bytes())
    return json.loads(base64.b64decode(json.loads(evaluation)["payload"]))


def go(b: Browser, s: Server, path: str) -> None:
    b.call("POST", b.session + "/url", {"url": f"http://{s.address}{path}"})


def text(b: Browser, selector: str) -> str:
    return b.ask("const e = document.querySelector(arguments[0]); return e ? e.innerText : ''", selector)


def image_page(b: Browser, s: Server, scene: Scene, statement: dict) -> None:
    go(b, s, f"/digest/sha256:{scene.image}")
    rows = b.ask("return [...document.querySelectorAll('.entries tbody tr')].map(r => r.innerText)")
    check("five entries, the newest first", [r.split("\t")[0] for r in rows] == ["4", "3", "2", "1", "0"], rows)
    check("kinds", [re.search("claim|evaluation|response|revocation", r)[0] for r in rows] ==
          ["claim", "revocation", "response", "claim", "evaluation"], rows)
    check("signers and roles", "vendor.example\nvendor" in rows[3] and "lab.example\nlab" in rows[2], rows[3])
    failed = len(statement["predicate"]["failedTests"])
    check("how the checks ended", f"{failed} fail" in rows[4] and statement["predicate"]["failedTests"][0] in rows[4], rows[4])
    check("taken back", "Taken back by its signer in entry 3." in rows[3] and "An allegation without evidence." in rows[3])
    check("an answer leads to what is answered", b.ask(
        "return [...document.querySelectorAll('#e2 a')].some(a => a.pathname.startsWith('/digest/sha256:'))"))
    check("who cosigned", re.search(r"operator\tw1.example\t20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC", text(b, ".witnesses")) and
          "lab\tw2.example\tnot yet" in text(b, ".witnesses"), text(b, ".witnesses"))
    check("how many entries are signed", text(b, ".size") == "5")
    b.click("#e0 td:last-child a")
    check("from the evaluation to its report", "The file itself" in text(b, "main") and
          statement["predicate"]["report"]["digest"]["sha256"] in text(b, "h1"))
    link = b.ask("return document.querySelector('main p a').href").split("/", 3)[3]
    check("the file", s.get("/" + link).body == (scene.d / "report.json").read_bytes())


def links(b: Browser, s: Server, scene: Scene) -> None:
    """Every link of a page leads somewhere."""
    go(b, s, f"/digest/sha256:{scene.image}")
    for href in sorted(set(b.ask("return [...document.querySelectorAll('a')].map(a => a.href)"))):
        check(f"leads somewhere: {href.split('/', 3)[3][:40]}", s.get("/" + href.split("/", 3)[3]).status == 200)


def looking_up(b: Browser, s: Server, scene: Scene) -> None:
    go(b, s, "/")
    check("the newest on the first page", "What is logged" in text(b, "h1") and text(b, ".entries tbody td") == "4")
    b.ask("document.querySelector('#digest').focus()")
    b.press(f"sha256:{scene.image}", "enter")
    found = wait_for(lambda: scene.image in text(b, "h1") and "5 entries" in text(b, "main"), 5)
    check("typed and found", found, text(b, "main")[:200])
    b.ask("document.querySelector('#digest').value = ''; document.querySelector('#digest').focus()")
    b.press("xyz", "enter")
    time.sleep(0.3)
    check("what is no digest is not sent", "search?digest=sha256" in b.ask("return location.href"))
    go(b, s, f"/digest/sha256:{'0' * 64}")
    check("nothing is said to be nothing", "Nothing. Nobody" in text(b, "main"))


def hostile(b: Browser, s: Server) -> None:
    go(b, s, "/")
    check("a text stays a text", HOSTILE in text(b, "#e4 q").replace("\u201c", "").replace("\u201d", ""), text(b, "#e4 q"))
    check("nobody owns the page", b.ask("return document.title") == "What is logged - log.example" and
          b.ask("return document.querySelectorAll('script, img, iframe, object').length") == 0)


def looks(b: Browser, s: Server, scene: Scene) -> None:
    for width in (1200, 800, 360):
        b.size(width, 900)
        go(b, s, f"/digest/sha256:{scene.image}")
        check(f"{width} wide: nothing beyond the edge", b.ask(
            "return document.documentElement.scrollWidth <= document.documentElement.clientWidth"),
            b.ask("return document.documentElement.scrollWidth"))
    b.devtools("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": "dark"}]})
    check("dark where it is wanted", b.ask("return getComputedStyle(document.body).backgroundColor") == "rgb(22, 23, 26)")
    b.devtools("Emulation.setEmulatedMedia", {"features": []})
    b.devtools("Emulation.setScriptExecutionDisabled", {"value": True})
    go(b, s, f"/digest/sha256:{scene.image}")
    b.devtools("Emulation.setScriptExecutionDisabled", {"value": False})
    check("the same without script", len(b.ask("return [...document.querySelectorAll('.entries tbody tr')]")) == 5)


def main(d: Path) -> None:
    scene = Scene(d)
    (folder, vkey), (_, absent) = make_witness(scene, "w1"), make_witness(scene, "w2")
    with Server("witness", "serve", "--listen", "127.0.0.1:0", folder) as w:
        policy = policy_of(scene, [(vkey, f"http://{w.address}"), (absent, "http://127.0.0.1:1")], 1)
        with Server("log", "serve", "--listen", "127.0.0.1:0", "--rate", "0", "--policy", policy, scene.log) as s:
            statement = fill(scene, s)
            wait_for(lambda: size_of(s) == 5)
            r = s.get("/")
            check("a strict policy", r.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self';"))
            if not CHROMIUM or not CHROMEDRIVER:
                print("skip the log's pages in a browser: chromium and chromedriver are not installed")
                return
            with Browser(d / "profile") as b:
                b.size(1200, 900)
                image_page(b, s, scene, statement)
                links(b, s, scene)
                looking_up(b, s, scene)
                hostile(b, s)
                looks(b, s, scene)
                messages = [m for m in b.console() if "favicon" not in m]
                check("the console stays empty", not messages, messages[:3])


with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
    main(Path(name))
end()
