"""The built site: where it is, what its pages are, and a server for it. `make serve` shows it."""

import gzip
import os
import sys
from contextlib import contextmanager
from functools import cache, partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from threading import Thread

import yaml

ROOT = Path(__file__).parents[2]
# Another build of the same sources, where one is to be looked at.
SITE = Path(os.environ.get("PESIM_SITE", ROOT / "_build/html"))
HOST, PORT = "127.0.0.1", 8000


def toc_pages():
    """Pages of the book, without suffix, in the order of _toc.yml."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    return [toc["root"], *(page["file"] for part in toc["parts"] for page in part["chapters"])]


PAGES = toc_pages()


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves files without a line for each."""

    def log_message(self, *args):
        pass


class PackingHandler(QuietHandler):
    """Sends what is text gzipped, as hosts of sites do."""

    def send_head(self):
        path = Path(self.translate_path(self.path))
        kind = self.guess_type(path)
        if not path.is_file() or not kind.startswith(("text/", "image/svg")):
            return super().send_head()
        body = _packed(path)
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        return BytesIO(body)


@cache
def _packed(path):
    return gzip.compress(path.read_bytes())


def server(port, handler=QuietHandler):
    """A server of the site for this machine alone; port 0 stands for any that is free."""
    # On Windows reuse would let two servers share a port.
    kind = type("Server", (ThreadingHTTPServer,), {"allow_reuse_address": os.name != "nt"})
    return kind((HOST, port), partial(handler, directory=SITE))


@contextmanager
def serve(handler=QuietHandler):
    """The site on a free port, while its address is needed."""
    with server(0, handler) as site:
        Thread(target=site.serve_forever, daemon=True).start()
        yield f"http://{HOST}:{site.server_port}"
        site.shutdown()


def main(port=PORT):
    try:
        site = server(port)
    except OSError as error:
        sys.exit(f"PORT: got {port} ({error.strerror}); allowed: a free one, as PORT=8001")
    with site:
        print(f"http://{HOST}:{port} (stop with Ctrl-C)", flush=True)
        try:
            site.serve_forever()
        except KeyboardInterrupt:
            print()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
