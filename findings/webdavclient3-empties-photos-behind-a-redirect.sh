#!/usr/bin/env bash
# webdavclient3 behind a redirect empties the photo on the server, or sends nothing, and reports success.
#
# Tools:   webdavclient3 3.14.7 with requests 2.34.2, wsgidav 4.4.0 with cheroot 11.1.2 as server (PyPI); for comparison curl -L
# Expect:  A server that has moved (http to https, another name) answers a PUT with 301 or 302. The client sends the photo to
#          the new address, or fails.
# Instead: After 301 the PUT is sent again without its body: the old photo is replaced by an empty file. After 302 it becomes a
#          GET of the old photo, which succeeds, and nothing was sent. Neither raises. requests does that to every PUT; curl sends
#          the photo both times.
# Matters: Whoever gives an address without its "s" has a folder of empty photos and a log without an error; a program that
#          deletes what was uploaded has none. Allow no redirects when writing, and look at what is there then.
# Seen:    2026-11-29
set -euo pipefail
work=$(mktemp -d)
servers=()
trap 'kill "${servers[@]}" 2> /dev/null || true; rm -rf "$work"' EXIT
cd "$work"

saw() { printf '%-44s %s\n' "$1" "$2"; [ "$2" = "$3" ] || { echo "CHANGED: it was $3" >&2; exit 1; }; }
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
start() { # PORT COMMAND...: a server, and waits until it listens
    "${@:2}" > server.log 2>&1 &
    servers+=($!)
    for _ in $(seq 50); do
        curl -s -o /dev/null "http://127.0.0.1:$1/" && return
        sleep 0.2
    done
    echo "$2 does not listen" >&2
    exit 2
}

python3 -m venv env
env/bin/pip install -q --disable-pip-version-check webdavclient3==3.14.7 requests==2.34.2 wsgidav==4.4.0 cheroot==11.1.2
cat > redirect.py << 'REDIRECT'
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
class Moved(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(int(sys.argv[1]))
        self.send_header("Location", f"http://127.0.0.1:{sys.argv[3]}{self.path}")
        self.send_header("Content-Length", "0")
        self.end_headers()
    do_GET = do_PUT = answer
    def log_message(self, *_):
        pass
ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2])), Moved).serve_forever()
REDIRECT
upload() { # PORT
    env/bin/python - "$1" << 'UPLOAD'
import sys
from webdav3.client import Client
client = Client({"webdav_hostname": f"http://127.0.0.1:{sys.argv[1]}", "disable_check": True})
try:
    client.upload_sync("photo.jpg", "photo.jpg")
    print("success")
except Exception as error:
    print(type(error).__name__)
UPLOAD
}

printf 'the new photo' > photo.jpg
mkdir server
real=$(free_port)
start "$real" env/bin/wsgidav --host 127.0.0.1 --port "$real" --root server --auth anonymous --server cheroot -q
there() { printf '%s bytes, %s' "$(stat -c %s server/photo.jpg)" "$(cat server/photo.jpg)"; }
before() { printf 'the old one' > server/photo.jpg; }
answers() { # CODE of the redirect, and what is on the server after webdavclient3
    port=$(free_port)
    start "$port" python3 redirect.py "$1" "$port" "$real"
    before
    saw "$1: webdavclient3 says" "$(upload "$port")" success
    saw "  on the server then" "$(there)" "$2"
    before
    saw "  curl -L says" "$(curl -s -L -o /dev/null -w '%{http_code}' -T photo.jpg "http://127.0.0.1:$port/photo.jpg")" 204
    saw "  on the server then" "$(there)" '13 bytes, the new photo'
}
answers 301 '0 bytes, '
answers 302 '11 bytes, the old one'
