"""A browser driven through plain WebDriver: what the tests of the HTML report need of it."""
import http.client
import json
import shutil
import socket
import subprocess
import time
from pathlib import Path

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
CHROMEDRIVER = shutil.which("chromedriver")
KEYS = {"enter": "\ue007", "escape": "\ue00c", "tab": "\ue004", "left": "\ue012", "up": "\ue013",
        "right": "\ue014", "down": "\ue015", "home": "\ue011", "end": "\ue010"}
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


class Browser:
    """One headless Chromium. Use as `with Browser(folder) as b`."""

    def __init__(self, profile: Path):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        self.driver = subprocess.Popen([CHROMEDRIVER, f"--port={self.port}"], stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)
        arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                     f"--user-data-dir={profile}", "--hide-scrollbars"]
        options = {"binary": CHROMIUM, "args": arguments}
        capabilities = {"alwaysMatch": {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}}
        self.session = ""
        try:
            self.wait_for_driver()
            self.session = "/session/" + self.call("POST", "/session", {"capabilities": capabilities})["sessionId"]
        except BaseException:
            self.driver.kill()
            raise

    def wait_for_driver(self) -> None:
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.1)
        raise OSError("chromedriver does not answer")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.call("DELETE", self.session)
        finally:
            self.driver.terminate()
            self.driver.wait(10)

    def call(self, method: str, path: str, body: dict | None = None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        connection.request(method, path, json.dumps(body) if method == "POST" else None)
        answer = json.loads(connection.getresponse().read())["value"]
        connection.close()
        if isinstance(answer, dict) and "error" in answer:
            raise RuntimeError(f"{answer['error']}: {answer['message'][:300]}")
        return answer

    def open(self, page: Path, fragment: str = "") -> None:
        self.call("POST", self.session + "/url", {"url": "about:blank"})
        self.call("POST", self.session + "/url", {"url": page.as_uri() + fragment})

    def ask(self, script: str, *arguments):
        """What the page's own JavaScript says; works under the page's policy."""
        return self.call("POST", self.session + "/execute/sync", {"script": script, "args": list(arguments)})

    def click(self, selector: str) -> None:
        found = self.call("POST", self.session + "/element", {"using": "css selector", "value": selector})
        self.ask("arguments[0].scrollIntoView({ block: 'center' })", found)  # the page's head covers its top
        self.call("POST", f"{self.session}/element/{found[ELEMENT]}/click", {})
        self.settle()

    def settle(self) -> None:
        """Until the page has done what an event put off: one of a new fragment comes after the click."""
        self.call("POST", self.session + "/execute/async", {
            "script": "const done = arguments[0]; requestAnimationFrame(() => setTimeout(() => setTimeout(done, 0), 0))",
            "args": []})

    def press(self, *keys: str) -> None:
        """Words of KEYS are keys, everything else is typed."""
        typed = [c for key in keys for c in ([KEYS[key]] if key in KEYS else key)]
        actions = [{"type": kind, "value": c} for c in typed for kind in ("keyDown", "keyUp")]
        self.call("POST", self.session + "/actions", {"actions": [{"type": "key", "id": "keys", "actions": actions}]})

    def size(self, width: int, height: int) -> None:
        """Of the page itself, also below the least width of a window."""
        self.devtools("Emulation.setDeviceMetricsOverride",
                      {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500})

    def devtools(self, command: str, parameters: dict):
        return self.call("POST", self.session + "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def console(self) -> list[str]:
        """Messages since the last call."""
        return [m["message"] for m in self.call("POST", self.session + "/se/log", {"type": "browser"})]
