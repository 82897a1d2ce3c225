"""Runs Debian's syncevo-http-server on the loopback interface and records it.

The packaged script starts with an unfilled "#!@PYTHON@" line and listens on
every interface. It is loaded here as a module instead, told to listen on
127.0.0.1 only, and its log hook writes the bytes of every message to a folder.

usage: http_server.py URL [CAPTURE_FOLDER]   (NNNN-in.xml, NNNN-out.wbxml, …)
"""

import importlib.machinery
import importlib.util
import os
import sys

SCRIPT = "/usr/bin/syncevo-http-server"


def load(path):
    sys.dont_write_bytecode = True
    loader = importlib.machinery.SourceFileLoader("syncevo_http_server", path)
    spec = importlib.util.spec_from_loader(loader.name, loader)
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def recorder(folder):
    os.makedirs(folder, exist_ok=True)
    count = 0

    def record(_session, direction, _request, data, content_type):
        nonlocal count
        data = bytes(data)
        if direction not in ("incoming", "outgoing") or not data:
            return
        count += 1
        way = "in" if direction == "incoming" else "out"
        kind = "wbxml" if "wbxml" in str(content_type) else "xml"
        with open(os.path.join(folder, "%04d-%s.%s" % (count, way, kind)), "wb") as out:
            out.write(data)

    return record


def main():
    folder = sys.argv.pop(2) if len(sys.argv) > 2 else None
    server = load(SCRIPT)
    listen = server.reactor.listenTCP
    server.reactor.listenTCP = lambda port, site, **rest: listen(port, site, interface="127.0.0.1")
    server.SyncMLSession.logMessage = recorder(folder) if folder else lambda *_: None
    server.main()


if __name__ == "__main__":
    main()
