#!/usr/bin/env python3
"""The HTML report in a real browser: links, filters, search, file list, phone, hostile names, and
nothing on the console."""
import io
import json
import re
import tarfile
import tempfile
from pathlib import Path

from support import RELEASE, SAMPLE, check, end, run
from webdriver import CHROMEDRIVER, CHROMIUM, Browser

HOSTILE = ["<script>document.title='owned'</script>", "<img src=x onerror=\"document.title='owned'\">",
           "\u202egnp.exe", "new\nline", "</script><script>document.title='owned'</script>", "'\"&amp;",
           "a" * 240, "\x1b[31mred", "x\u2028y"]


def page_of(folder: Path, image: Path) -> Path:
    page = folder / (image.stem + ".html")
    run("scan", "--quiet", "-o", page, image)
    return page


def hostile_image(folder: Path) -> Path:
    """Names and accounts that try to be markup, to turn the line, to end the script."""
    out = io.BytesIO()
    long = "/".join(["d" * 200] * 20)
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as tar:
        passwd = "".join(f"{name}::0:0::/root:/bin/{name}\n" for name in HOSTILE if "\n" not in name and ":" not in name)
        for name, content in [(f"etc/{n}", b"text\n") for n in [*HOSTILE, long]] + [("etc/passwd", passwd.encode())]:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    image = folder / "hostile.tar"
    image.write_bytes(out.getvalue())
    return image


def overflow(b: Browser) -> int:
    return b.ask("return document.documentElement.scrollWidth - innerWidth")


def links(b: Browser, page: Path) -> None:
    b.open(page)
    target = b.ask("""return document.querySelector('.att a[href^="#fact-"]').hash""")
    b.click(f'.att a[href="{target}"]')
    check("an evidence link opens the fact with locator, range and digest",
          b.ask("""const r = document.querySelector(arguments[0]), x = r.nextElementSibling;
                   return r.classList.contains('marked') && x.className === 'bytes' &&
                     /Locator/.test(x.textContent) && /Bytes/.test(x.textContent) &&
                     /[0-9a-f]{64}/.test(x.textContent)""", target))
    check("the fact names the check that it leads to",
          b.ask("return Boolean(document.querySelector(arguments[0]).nextElementSibling"
                ".querySelector('a[href^=\"#check-\"]'))", target))
    dead = b.ask("""return [...document.querySelectorAll('a[href^="#"]')].map(a => a.hash.slice(1))
                      .filter(h => !h.startsWith('node-') && !document.getElementById(h))""")
    check("every link within the page has its target", not dead, dead[:5])
    ids = b.ask("return [...document.querySelectorAll('[id]')].map(e => e.id)")
    check("every id is there once", len(ids) == len(set(ids)))


def filters(b: Browser, page: Path) -> None:
    b.open(page)
    seen = """return [...document.querySelectorAll('#checks tbody tr')].filter(r => r.offsetParent).map(r => r.className)"""
    every = b.ask(seen)
    b.click('.tally a[data-only="fail"]')
    left = b.ask(seen)
    check("a count of the summary leads to the lines that it counts",
          left == [o for o in every if o == "fail"] and len(left) > 0, left)
    check("what a filter hides is said", "lines are shown" in b.ask("return document.querySelector('#shown').textContent"))
    b.ask("location.hash = '#check-' + document.querySelector('#checks tr.review').id.slice(6)")
    check("a deep link shows a line that a filter hid", "review" in b.ask(seen))
    for name in b.ask("return [...document.querySelector('#catalogue').options].map(o => o.value).filter(Boolean)"):
        b.ask("""const s = document.querySelector('#catalogue'); s.value = arguments[0];
                 s.dispatchEvent(new Event('change'))""", name)
        rows = b.ask("return document.querySelectorAll('#view tbody tr[class]').length")
        check(f"the view of {name} has its requirements", rows > 2, rows)


def search(b: Browser, page: Path) -> None:
    b.open(page)
    b.press("/")
    b.press("passwd")
    check("search finds files and facts", b.ask("return document.querySelectorAll('#hits a').length") > 1)
    b.press("down", "up", "enter")
    check("Enter goes to what was found", b.ask("return location.hash").startswith("#"))
    b.press("/")
    b.press("no such words here")
    check("search says when there is nothing", "Nothing" in b.ask("return document.querySelector('#hits').textContent"))
    b.press("escape")
    check("Escape leaves the search", b.ask("return document.querySelector('#hits').hidden"))


def locators_of(folder: Path, image: Path) -> list[str]:
    run("scan", "--quiet", "-o", folder / "l.json", image)
    return [n["locator"] for n in json.loads((folder / "l.json").read_bytes())["nodes"]]


def locators_agree(b: Browser, page: Path, locators: list[str]) -> None:
    b.open(page)
    wrong = []
    for i in range(1, len(locators), max(1, len(locators) // 40)):
        b.ask("location.hash = '#node-' + arguments[0]; dispatchEvent(new Event('hashchange'))", i)
        shown = b.ask("return document.querySelector('#detail dd').textContent")
        if shown != locators[i]:
            wrong.append((shown, locators[i]))
    check(f"a link to a node of {page.stem} opens the file list there, with its locator", not wrong, wrong[:3])


def files(b: Browser, page: Path) -> None:
    b.open(page)
    b.ask("document.querySelector('#tree').focus()")
    b.press("home")
    before = b.ask("return document.querySelectorAll('#tree .row').length")
    b.press("left")
    closed = b.ask("return document.querySelectorAll('#tree .row').length")
    b.press("right")
    again = b.ask("return document.querySelectorAll('#tree .row').length")
    check("arrow keys close and open a folder", closed == 1 and again > 1, (before, closed, again))
    for _ in range(12):
        b.press("*", "down")
    rows = b.ask("return document.querySelectorAll('#tree .row').length")
    check("only rows in sight exist", rows < 60, rows)


def hostile(b: Browser, folder: Path) -> None:
    image = hostile_image(folder)
    page = page_of(folder, image)
    locators_agree(b, page, locators_of(folder, image))
    check("no name of the image runs", "owned" not in b.ask("return document.title"))
    check("no name of the image becomes an element",
          b.ask("return document.querySelectorAll('script').length === 2 && !document.querySelector('img')"))
    text = page.read_text()
    check("no name turns or breaks a line of the page", "\u202e" not in text and "\u2028" not in text and "\x1b" not in text)
    b.size(360, 740)
    b.open(page)
    check("long names keep within 360 pixels", overflow(b) <= 0, overflow(b))
    b.size(1440, 1000)


def looks(b: Browser, page: Path) -> None:
    for width in (1440, 1024, 768, 360):
        b.size(width, 900)
        b.open(page)
        check(f"nothing is wider than {width} pixels", overflow(b) <= 0, overflow(b))
    b.size(1440, 1000)
    colours = {}
    for scheme in ("light", "dark"):
        b.devtools("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
        colours[scheme] = b.ask("return getComputedStyle(document.body).backgroundColor")
    check("the page follows the system's dark scheme", colours["light"] != colours["dark"], colours)
    nameless = b.ask("""return [...document.querySelectorAll('input,select,button,a')].filter(e =>
                          !(e.textContent.trim() || e.ariaLabel || e.labels && e.labels.length)).length""")
    check("every control has a name", nameless == 0, nameless)


def without_script(b: Browser, page: Path) -> None:
    b.devtools("Emulation.setScriptExecutionDisabled", {"value": True})
    b.open(page)
    tree = b.devtools("Accessibility.getFullAXTree", {})["nodes"]
    said = json.dumps([n.get("name", {}).get("value", "") for n in tree if not n.get("ignored")])
    check("without script the verdicts, facts and a note are there",
          all(word in said for word in ("Verdicts", "Accounts", "Without script", "/etc/passwd")))
    b.devtools("Emulation.setScriptExecutionDisabled", {"value": False})


def still(page: Path, report: dict) -> None:
    """What needs no browser."""
    text = page.read_text()
    facts = sum(len(v) for v in report["facts"].values())
    limit = 160 * 1024 + 130 * len(report["nodes"]) + 250 * facts
    check("the page keeps within its size", page.stat().st_size <= limit, (page.stat().st_size, limit))
    markup = re.sub(r"<(style|script)[^>]*>.*?</\1>", "", text, flags=re.S)
    check("there is no inline style or handler", not re.search(r"<[^>]*\s(style|on\w+)=", markup))
    check("nothing is loaded", not re.search(r"<[^>]*\s(src|href)=(?!\"?#)", markup))


def main() -> None:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        page = page_of(folder, SAMPLE)
        run("scan", "--quiet", "-o", folder / "r.json", SAMPLE, program=RELEASE)
        report = json.loads((folder / "r.json").read_bytes())
        still(page, report)
        if not CHROMIUM or not CHROMEDRIVER:
            print("skip the HTML report in a browser: chromium and chromedriver are not installed")
            end()
        with Browser(folder / "profile") as b:
            b.size(1440, 1000)
            links(b, page)
            filters(b, page)
            search(b, page)
            locators_agree(b, page, [n["locator"] for n in report["nodes"]])
            files(b, page)
            looks(b, page)
            hostile(b, folder)
            messages = b.console()
            check("the console stays empty", not messages, messages[:3])
            without_script(b, page)
    end()


if __name__ == "__main__":
    main()
