#!/usr/bin/env python3
"""The HTML report in a real browser: links, filters, search, file list, phone, hostile names, and
nothing on the console."""
import io
import json
import re
import struct
import tarfile
import tempfile
from pathlib import Path

from support import RELEASE, ROOT, SAMPLE, check, end, run
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


def many_image(folder: Path) -> Path:
    """20,000 files, most of which say something."""
    program = struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\x02\x01\x01", 2, 62, 1, 0, 0, 0, 0, 64, 0, 0, 0, 0, 0)
    makers = [
        ("usr/lib/pack{0:02}/module{1:05}", lambda n: program + b"http://host%05d.acme-net.com/x\0" % n),
        ("etc/pack{0:02}/service{1:05}.conf", lambda n: b"url=http://up%05d.acme-net.com/\npassword=Zk8%05dqLw\n" % (n, n)),
        ("etc/init.d/pack{0:02}/S{1:05}.sh", lambda n: b"#!/bin/sh\n/usr/sbin/telnetd -p %d\n" % (1024 + n)),
        ("usr/share/pack{0:02}/note{1:05}.txt", lambda n: b"plain text %d\n" % n),
    ]
    image = folder / "many.tar"
    with tarfile.open(image, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for n in range(20000):
            name, content = makers[n % len(makers)]
            info = tarfile.TarInfo(name.format(n // 200, n))
            info.size, info.mode = len(content(n)), 0o4755
            tar.addfile(info, io.BytesIO(content(n)))
    return image


def timed(b: Browser, script: str) -> float:
    """Milliseconds until the script has run and its outcome is laid out."""
    return b.ask(f"const t = performance.now(); {script}; document.body.offsetHeight; return performance.now() - t")


SCROLL = """const tree = document.querySelector('#tree'), frames = [], done = arguments[arguments.length - 1];
    tree.scrollIntoView({ block: 'center' });
    let last = performance.now(), n = 0;
    const step = () => {
      const now = performance.now();
      frames.push(now - last);
      last = now;
      tree.scrollTop += (tree.scrollHeight - tree.clientHeight) / 120;
      if (++n < 120) requestAnimationFrame(step);
      else done(frames.slice(2).sort((a, b) => a - b));
    };
    requestAnimationFrame(step);"""


def many(b: Browser, folder: Path) -> None:
    """A large image: what is asked of time is printed, what is asked of size is tested."""
    image = many_image(folder)
    page = page_of(folder, image)
    report = json.loads((run("scan", "--quiet", "-o", folder / "many.json", image), (folder / "many.json").read_bytes())[1])
    nodes, facts = len(report["nodes"]), sum(len(v) for v in report["facts"].values())
    check("a page of 20,000 nodes keeps under 8 MB", nodes > 20000 and page.stat().st_size < 8_000_000, page.stat().st_size)
    b.open(page)
    paint = b.ask("return performance.getEntriesByName('first-contentful-paint').map(e => e.startTime)[0]")
    loaded = b.ask("return performance.getEntriesByType('navigation')[0].domComplete")
    elements = b.ask("return document.querySelectorAll('*').length")
    star = "document.querySelector('#tree').dispatchEvent(new KeyboardEvent('keydown', { key: '%s' }))"
    timed(b, star % "Home" + ";" + star % "ArrowDown")
    opened = [timed(b, star % "*" + ";" + star % "ArrowDown") for _ in range(3)]
    for _ in range(12):
        timed(b, star % "*" + ";" + star % "ArrowDown")
    arrows = sorted(timed(b, star % "ArrowDown") for _ in range(40))
    b.ask("const w = document.querySelector('#factwords'); w.value = 'acme-net'; w.scrollIntoView()")
    typed = [timed(b, "document.querySelector('#factwords').dispatchEvent(new Event('input'))") for _ in range(3)]
    left = b.ask("return document.querySelector('#factbar').textContent")
    check("the filter reaches facts that are no rows yet", re.search(r"\d,\d\d\d of ", left), left)
    b.ask("const w = document.querySelector('#factwords'); w.value = ''; w.dispatchEvent(new Event('input'))")
    kind, last = max(((k, len(v)) for k, v in report["facts"].items()), key=lambda p: p[1])
    shown = b.ask("return document.querySelectorAll(`#${arguments[0]} ~ .wrap tbody tr`).length", kind)
    check("a long list is shown in pages", shown == 100 < last, (kind, shown, last))
    before = b.ask("return document.querySelector(`#${arguments[0]} ~ .wrap tbody tr`).id", kind)
    b.click(f"#{kind} ~ .pager button:last-child")
    after = b.ask("return document.querySelector(`#${arguments[0]} ~ .wrap tbody tr`).id", kind)
    check("the next page begins behind the last", after == before.replace("-0", "-100"), (before, after))
    found = timed(b, "const q = document.querySelector('#q'); q.value = 'note19999'; q.dispatchEvent(new Event('input'))")
    again = timed(b, "const q = document.querySelector('#q'); q.value = 'note1999'; q.dispatchEvent(new Event('input'))")
    frames = b.call("POST", b.session + "/execute/async", {"script": SCROLL, "args": []})
    print(f"figures: {nodes:,} nodes, {facts:,} facts, {page.stat().st_size:,} bytes, {elements:,} elements; first paint "
          f"{paint:.0f} ms, complete {loaded:.0f} ms; open {max(opened):.0f} ms, arrow key {arrows[20]:.1f} ms; filter "
          f"{typed[0]:.0f}, then {typed[-1]:.0f} ms; search {found:.0f}, then {again:.0f} ms; a frame of scrolling "
          f"{frames[len(frames) // 2]:.0f} ms, worst {frames[-1]:.0f} ms")


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


def coverage_tree(b: Browser, page: Path) -> None:
    b.open(page, "#files")
    share = b.ask("""return [...document.querySelectorAll('#tree .row')].map(r => [r.getAttribute('aria-level'),
                       r.querySelector('.part').textContent, r.querySelector('.what').textContent])""")
    check("the tree says of the image how much is understood below it",
          share[0][0] == "1" and re.fullmatch(r"\d+(\.\d)? %", share[0][1]), share[0])
    every = b.ask("return document.querySelector('#tree').firstChild.style.height")
    b.click("#odd")
    odd = b.ask("""return [...document.querySelectorAll('#tree .row')].map(r => r.className)""")
    check("the tree can be narrowed to what was not understood",
          len(odd) > 1 and all("part" in c or "gap" in c for c in odd)
          and b.ask("return document.querySelector('#tree').firstChild.style.height") != every, odd)
    b.click("#tree .row.gap .name")
    said = b.ask("return document.querySelector('#detail').textContent")
    check("what was not understood names its state", "State" in said, said)


def catalogues(b: Browser, page: Path, report: dict) -> None:
    b.open(page)
    rows = report["not_evaluable_requirements"] + report["unanswered_requirements"]
    for n, name in enumerate(dict.fromkeys(r["catalogue"] for r in rows)):
        b.click(f'#catalogue option:nth-child({n + 2})')
        text = b.ask("return document.querySelector('#view').textContent")
        chosen = b.ask("return document.querySelector('#catalogue').value")
        mine = [r for r in rows if r["catalogue"] == chosen]
        check(f"the view of {name} has every requirement that no check answers, and what is done by hand",
              mine and all(r["title"] in text and r.get("by_hand", "") in text for r in mine))
    speaks = {q for v in report["verdicts"] for q in v["requirements"] if q.startswith("33.117 ")}
    b.open(page, "#catalogue-3gpp-ts-33-117")
    ids = b.ask("return [...document.querySelectorAll('#view td:first-child')].map(c => c.textContent).filter(Boolean)")
    missing = [q for q in speaks if q.split()[1] not in ids]
    check("a link opens the view of a catalogue, with every requirement that a check answers", not missing, missing[:4])
    proof = b.ask("""return [...document.querySelectorAll('#view tr.fail')].filter(r => !r.cells[4].querySelector('a')).length""")
    check("each failed line of the view has its evidence", proof == 0, proof)
    b.ask("window.print = () => { window.printed = document.documentElement.className }")
    b.click("#filing")
    b.devtools("Emulation.setEmulatedMedia", {"media": "print"})
    left = b.ask("""return [...document.querySelectorAll('main > section, #checks, #filters, .toc')]
                      .filter(e => e.offsetParent).map(e => e.id)""")
    check("a catalogue is printed as a page of its own", b.ask("return window.printed") == "filing"
          and left == ["verdicts"], left)
    b.devtools("Emulation.setEmulatedMedia", {"media": ""})
    b.ask("dispatchEvent(new Event('afterprint'))")


def components(b: Browser, page: Path, report: dict) -> None:
    b.open(page)
    b.click('.toc a[href="#components"]')
    rows = b.ask("""return [...document.querySelectorAll('#components tbody tr')].map(r =>
                      [...r.cells].slice(1, 3).map(c => c.querySelector('bdi, span').textContent))""")
    wanted = [[c["name"], c["version"] or "not known"] for c in report["facts"]["components"]]
    check("every component stands there with its version", rows == wanted, (rows[:2], wanted[:2]))
    check("without a feed nothing is said of vulnerabilities", "No vulnerability feed was given" in
          b.ask("return document.querySelector('#components').textContent"))


def vulnerabilities(b: Browser, folder: Path) -> None:
    page, feeds = folder / "feeds.html", ROOT / "tests/samples/feeds"
    run("scan", "--quiet", "--feed", feeds / "nvd.json", "--feed", feeds / "kev.json", "-o", page, SAMPLE)
    b.open(page)
    said = b.ask("""return Object.fromEntries([...document.querySelectorAll('#components tbody tr')].map(r =>
                      [r.cells[1].querySelector('bdi').textContent, r.textContent]))""")
    check("with feeds a component has its vulnerabilities, each with its status",
          "CVE-2022-28391 affected" in said["busybox"] and "CVE-2099-0001 fixed" in said["dropbear"], said["busybox"])
    check("what is exploited is named, and what mends it",
          "CVE-2023-4911 affected, exploited fixed in 2.39" in said["glibc"], said["glibc"])
    b.click('#components a[href^="#fact-vulnerability-"]')
    check("a vulnerability leads to its fact", b.ask("return document.querySelector('tr.marked').id").startswith("fact-vulnerability"))


def fact_list(b: Browser, page: Path, report: dict) -> None:
    b.open(page)
    facts = report["facts"]
    empty = b.ask("""return [...document.querySelectorAll('table.facts')].flatMap(t => [...t.tHead.rows[0].cells]
        .filter((h, k) => [...t.tBodies[0].rows].every(r => !r.cells[k].textContent.trim())).map(h => h.textContent))""")
    check("no column is empty in all lines", not empty, empty)
    b.click("#factkind option[value=account]")
    kinds = b.ask("return [...document.querySelectorAll('.kind')].filter(k => !k.hidden).map(k => k.dataset.kind)")
    check("the facts of one kind can be chosen", kinds == ["account"], kinds)
    b.click("#factlines")
    lines = b.ask("return document.querySelector('.astext textarea').value").splitlines()
    check("as text there is one line a fact, sorted, without positions",
          len(lines) == len(facts["accounts"]) and lines == sorted(lines)
          and all(n.startswith("account\t/") and "name=" in n for n in lines), lines[:2])
    place = [[f.split("=")[0] for f in line.split("\t")[2:]] for line in lines]
    order = [f.replace("_", " ") for f in facts["accounts"][0]]
    check("the fields of a fact stand in one order", all(p == sorted(p, key=order.index) for p in place), place[0])
    b.click("#factwords")
    b.press("root")
    shown = b.ask("return document.querySelectorAll('.kind[data-kind=account] tbody tr').length")
    said = b.ask("return document.querySelector('#factbar').textContent")
    wanted = sum("root" in line for line in lines)
    check("the filter leaves the facts that contain the words", shown == wanted > 0, (shown, wanted))
    check("the filter says how many are left", f"{wanted} of " in said, said)
    last = len(facts["accounts"]) - 1
    b.ask(f"location.hash = '#fact-account-{last}'; dispatchEvent(new Event('hashchange'))")
    check("a deep link lifts the filter that hides its fact", b.ask(f"return Boolean(document.querySelector('#fact-account-{last}'))"))


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
    # Style, script and prose; a check with what it answers to; a node; a fact.
    limit = 70 * 1024 + 950 * len(report["verdicts"]) + 130 * len(report["nodes"]) + 250 * facts
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
            coverage_tree(b, page)
            catalogues(b, page, report)
            components(b, page, report)
            vulnerabilities(b, folder)
            fact_list(b, page, report)
            looks(b, page)
            hostile(b, folder)
            many(b, folder)
            messages = b.console()
            check("the console stays empty", not messages, messages[:3])
            without_script(b, page)
    end()


if __name__ == "__main__":
    main()
