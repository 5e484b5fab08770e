# SPDX-License-Identifier: Apache-2.0
"""An HTTPS server that answers GET as a folder says, for series.bats: series_server.py PORT CERTIFICATE KEY FOLDER.

FOLDER/NAME, where NAME is the path up to a slash or ?: first line "STATUS [RETRY_AFTER]", the rest is the body; or "big" or "slow".
FOLDER/requests: what was asked, with the headers that matter."""
import http.server
import pathlib
import re
import ssl
import sys
import time

PORT, CERTIFICATE, KEY, FOLDER = int(sys.argv[1]), sys.argv[2], sys.argv[3], pathlib.Path(sys.argv[4])


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        said = " ".join(f"{k}={self.headers[k]}" for k in ("auth-token", "Authorization") if self.headers[k])
        with open(FOLDER / "requests", "a") as log:
            log.write(f"{self.path} {said}\n")
        name = re.split("[/?]", self.path)[1]
        head, _, body = (FOLDER / name).read_text().partition("\n")
        words = head.split()
        if words[0] == "slow":
            time.sleep(30)
            return
        if words[0] == "big":
            words, body = ["200"], "[" * (5 << 20)
        self.send_response(int(words[0]))
        if len(words) > 1:
            self.send_header("Retry-After", words[1])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body.encode())
        except OSError:
            pass

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", PORT), Handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(CERTIFICATE, KEY)
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
