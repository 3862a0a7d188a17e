"""A headless Chromium driven by the WebDriver protocol, with Python's standard library alone."""
import base64
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.request
from pathlib import Path

NO_BROWSER = "no chromium and chromedriver"


class Browser:
    def __init__(self):
        driver, chromium = shutil.which("chromedriver"), shutil.which("chromium")
        if not driver or not chromium:
            raise unittest.SkipTest(NO_BROWSER)
        self.profile = tempfile.mkdtemp(prefix="ingot-browser-")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.process = subprocess.Popen([driver, f"--port={self.port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                        env=os.environ | {"HOME": self.profile})
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage", "--no-first-run",
                 "--disable-component-update", "--disable-sync", "--window-size=1400,950", f"--user-data-dir={self.profile}/profile"]
        wanted = {"browserName": "chrome", "goog:chromeOptions": {"binary": chromium, "args": flags}, "goog:loggingPrefs": {"browser": "ALL"}}
        try:
            for attempt in range(100):
                try:
                    self.session = self.call("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})["sessionId"]
                    return
                except (ConnectionError, urllib.error.URLError):
                    time.sleep(0.1)
            raise RuntimeError("chromedriver does not answer")
        except BaseException:
            self.close()
            raise

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(error.read().decode(errors="replace")) from None

    def open(self, path):
        self.call("POST", f"/session/{self.session}/url", {"url": Path(path).resolve().as_uri()})

    def script(self, text, *arguments):
        """Runs JavaScript in the page; returns what it returns."""
        return self.call("POST", f"/session/{self.session}/execute/sync", {"script": text, "args": list(arguments)})

    def problems(self):
        """What the console says since the last call."""
        return [entry["message"] for entry in self.call("POST", f"/session/{self.session}/se/log", {"type": "browser"})]

    def screenshot(self, path):
        Path(path).write_bytes(base64.b64decode(self.call("GET", f"/session/{self.session}/screenshot")))

    def close(self):
        try:
            if hasattr(self, "session"):
                self.call("DELETE", f"/session/{self.session}")
        except (RuntimeError, OSError):
            pass
        self.process.terminate()
        self.process.wait(20)
        shutil.rmtree(self.profile, ignore_errors=True)
