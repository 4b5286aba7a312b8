"""A headless Chromium, and the page as a user sees it: what is clicked, read and downloaded.

As a program, `browser.py SECTION.h5 PICTURE.png TEMPERATURE X`, it takes the picture in the
documentation: the page of a section, with a point of it clicked.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains

ROOT = Path(__file__).parents[2]
PATHS = [str(ROOT / folder) for folder in ("bindings", "engine", "datasets")]
INSISTED = "GIBBSITE_NEEDS_CHROMIUM"
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--window-size=1400,900",
)
# Models of the page by name, and the canvas, whatever shadow they stand in.
HELPERS = """
window.named = (name) => {
  // Bokeh forgets what was taken away only after a while, so its own search finds that, too.
  const held = Bokeh.documents[0].roots().flatMap((root) => [...root.references()])
  return held.find((model) => model.name == name)
}
window.plot = () => named("diagram")
window.place = (x, y) => {
  const view = Bokeh.index.find_one(plot())
  const box = view.canvas_view.el.getBoundingClientRect()
  return [
    Math.round(box.x + view.frame.x_scale.compute(x)),
    Math.round(box.y + view.frame.y_scale.compute(y)),
  ]
}
"""


def start_chromium(folder):
    """Return a driver; skip if there is no Chromium, unless the environment insists on it."""
    binary, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if binary is None or driver is None:
        reason = "needs Chromium: apt-get install chromium chromium-driver"
        if os.environ.get(INSISTED):
            pytest.fail(f"{reason} ({INSISTED} is set)")
        pytest.skip(reason)
    options = webdriver.ChromeOptions()
    options.binary_location = binary
    for flag in (*FLAGS, f"--user-data-dir={folder / 'profile'}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    downloads = folder / "downloads"
    downloads.mkdir()
    options.add_experimental_option("prefs", {"download.default_directory": str(downloads)})
    return webdriver.Chrome(options=options, service=Service(driver))


class Browser:
    """What a user does with the page."""

    def __init__(self, folder):
        self.driver = start_chromium(folder)
        self.downloads = folder / "downloads"

    def open(self, url):
        self.driver.get(url)
        self.until(
            "return window.Bokeh && Bokeh.documents.length > 0 && Bokeh.documents[0].is_idle",
            f"{url} is drawn",
        )
        self.run(HELPERS)

    def run(self, code, *arguments):
        return self.driver.execute_script(code, *arguments)

    def until(self, code, what, seconds=60.0):
        """Wait until code returns something true."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if found := self.run(code):
                return found
            time.sleep(0.02)
        raise AssertionError(f"not so after {seconds} s: {what}; {self.message()!r}")

    def wait_for(self, code, text, seconds=60.0):
        """Wait until a text holds another."""
        self.until(f"return ({code}).includes({text!r})", text, seconds)

    def message(self):
        return self.run("const m = named('message'); return m ? m.text : ''")

    def text(self):
        """Return all that is written at a point, as text."""
        return re.sub(r"<[^>]*>", " ", self.run("return named('answer').text"))

    def point_at(self, x, y):
        """Move the cursor to a place in the diagram, once that stands still: a bar beside it moves it."""
        last, (left, top) = None, (0, 0)
        while last != (left, top):
            last = left, top
            time.sleep(0.1)
            left, top = self.run("return place(arguments[0], arguments[1])", x, y)
        chain = ActionChains(self.driver, duration=0)
        chain.w3c_actions.pointer_action.move_to_location(left, top)
        chain.perform()

    def click_at(self, x, y):
        self.point_at(x, y)
        ActionChains(self.driver, duration=0).click().perform()

    def press(self, name, which=0):
        """Press a button, as a user does: it must be in sight."""
        button = self.run(
            """
            const view = Bokeh.index.find_one(named(arguments[0]))
            return view.el.shadowRoot.querySelectorAll("button, .bk-btn, .bk-tab")[arguments[1]]
            """,
            name,
            which,
        )
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", button)
        button.click()

    def choose(self, name, value):
        """Choose from a menu as a user does."""
        self.run(
            """
            const view = Bokeh.index.find_one(named(arguments[0]))
            const menu = view.el.shadowRoot.querySelector("select")
            menu.value = arguments[1]
            menu.dispatchEvent(new Event("change"))
            """,
            name,
            value,
        )

    def write(self, name, value):
        """Write into a field and leave it."""
        self.run(
            """
            const view = Bokeh.index.find_one(named(arguments[0]))
            const input = view.el.shadowRoot.querySelector("input")
            input.value = arguments[1]
            input.dispatchEvent(new Event("change"))
            """,
            name,
            value,
        )

    def tip(self):
        return self.run(
            "const t = document.getElementById('gibbsite-tip')"
            "; return t && !t.hidden ? t.innerText : ''"
        )

    def downloaded(self, name):
        """Return the content of a file once it is there."""
        path, end = self.downloads / name, time.monotonic() + 60.0
        while time.monotonic() < end:
            if path.exists() and not list(self.downloads.glob("*.crdownload")):
                return path.read_bytes()
            time.sleep(0.02)
        raise AssertionError(f"{name} was not downloaded; {self.message()!r}")

    def complaints(self):
        """Return what the console holds beside plain information."""
        return [
            entry["message"]
            for entry in self.driver.get_log("browser")
            if entry["level"] not in ("INFO", "DEBUG")
        ]

    def screenshot(self, path):
        self.driver.save_screenshot(str(path))

    def quit(self):
        self.driver.quit()


class Server:
    """`gibbsite view` in a process of its own."""

    def __init__(self, path=None, *options):
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(PATHS), "PYTHONUNBUFFERED": "1"}
        command = "from gibbsite._cli.commands import main; main()"
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-c",
                command,
                "view",
                *([] if path is None else [str(path)]),
                "--no-browser",
                *options,
            ],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        first = self.process.stdout.readline()
        found = re.search(r"http://\S+/", first)
        assert found, first + self.process.stdout.read()
        self.url = found[0]

    def stop(self):
        """End it as Ctrl-C does; return its exit code and all that it said."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self._said, _ = self.process.communicate(timeout=30)
        return self.process.returncode, self._said


def main():
    section, picture, temperature, x = sys.argv[1:]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        browser, server = Browser(Path(folder)), Server(section)
        try:
            browser.open(server.url)
            browser.click_at(float(x), float(temperature))
            browser.until("return named('answer').text.includes('Certificate')", "the point")
            time.sleep(1.0)  # until all of it is drawn
            browser.screenshot(picture)
        finally:
            browser.quit()
            server.stop()


if __name__ == "__main__":
    main()
