# SPDX-License-Identifier: Apache-2.0
"""A Chromium without a window, spoken to over two pipes (the DevTools protocol, https://chromedevtools.github.io/devtools-protocol/)."""

import base64
import json
import os
import subprocess
import time

WAIT_S, POLL_S, NARROW_PX, HEIGHT_MAX_PX = 180, 0.2, 600, 12000
OPTIONS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-dev-shm-usage", "--hide-scrollbars"]


class Browser:
    """One tab. `folder` is for its profile."""

    def __init__(self, folder):
        commands, self.commands = os.pipe()
        self.answers, answers = os.pipe()
        self.process = subprocess.Popen(
            ["bash", "-c", 'exec chromium "$@" 3<&%d 4>&%d' % (commands, answers), "bash", "--remote-debugging-pipe", "--user-data-dir=" + folder + "/browser",
             *OPTIONS], pass_fds=(commands, answers), env=dict(os.environ, HOME=folder), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(commands)
        os.close(answers)
        self.count, self.rest, self.session = 0, b"", None
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        os.close(self.commands)
        os.close(self.answers)

    def ask(self, method, **parameters):
        self.count += 1
        message = {"id": self.count, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.commands, json.dumps(message).encode() + b"\0")
        while True:
            while b"\0" not in self.rest:
                got = os.read(self.answers, 1 << 20)
                if not got:
                    raise SystemExit("the browser ended during " + method)
                self.rest += got
            text, self.rest = self.rest.split(b"\0", 1)
            answer = json.loads(text)
            if answer.get("id") != self.count:
                continue  # an event
            if "error" in answer:
                raise SystemExit("%s: %s" % (method, answer["error"]["message"]))
            return answer["result"]

    def open(self, url, width, is_dark, height=900):
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < NARROW_PX)
        self.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark" if is_dark else "light"}])
        self.ask("Page.navigate", url=url)

    def wait(self, condition):
        """Until an expression of JavaScript is true."""
        end = time.monotonic() + WAIT_S
        while time.monotonic() < end:
            if self.ask("Runtime.evaluate", expression=condition)["result"].get("value"):
                return
            time.sleep(POLL_S)
        raise SystemExit("waited in vain for " + condition)

    def photograph(self, path, height=None):
        """The whole page, or its first pixels."""
        size = self.ask("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": height or min(size["height"], HEIGHT_MAX_PX), "scale": 1}
        picture = self.ask("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(picture))
