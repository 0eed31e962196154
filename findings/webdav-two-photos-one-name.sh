#!/usr/bin/env bash
# "Rename, but replace nothing": Apache and webdav-server let two photos have one name, and one of them is gone.
#
# Tools:   apache2-bin 2.4.71-1~deb12u1 (mod_dav_fs; Debian 12), webdav-server 2.6.3 (npm)
# Expect:  MOVE with Overwrite: F never replaces: of several that come for one name in the same moment one is answered 201, and
#          the others 412. That is what one uploads under another name for.
# Instead: They look whether the name is free, and then rename, with nothing between that would keep another request from doing the
#          same: now and then two are answered 201, and there is one photo: in 5 of 60 races of four requests with Apache, in
#          25 of 60 with webdav-server. What comes a moment later is refused, so a trial of the server, request after request,
#          shows nothing of it.
# Matters: Two phones that send their IMG_0001.JPG at the same time are both told that it is safe, and may delete it. Look at what is
#          under the name after the MOVE: bytes, not only the answer.
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
    LD_LIBRARY_PATH=debian/usr/lib/x86_64-linux-gnu "${@:2}" > server.log 2>&1 &
    servers+=($!)
    for _ in $(seq 50); do
        curl -s -o /dev/null "http://127.0.0.1:$1/" && return
        sleep 0.2
    done
    echo "$2 does not listen" >&2
    exit 2
}

unpack apache2-bin=2.4.71-1~deb12u1 libapr1=1.7.2-3+deb12u1 libaprutil1=1.6.3-1+deb12u1
npm install --silent --no-audit --no-fund --prefix . webdav-server@2.6.3
cat > serve.js << 'SERVE'
const { WebDAVServer, PhysicalFileSystem } = require('webdav-server').v2
const server = new WebDAVServer({ hostname: '127.0.0.1', port: Number(process.argv[2]) })
server.setFileSystem('/', new PhysicalFileSystem(process.argv[3]), () => server.start(() => {}))
SERVE
cat > race.py << 'RACE'
import http.client, sys, threading
port = int(sys.argv[1])
def request(line, method, name, body=None, **headers):
    line.request(method, name, body, headers)
    answer = line.getresponse()
    answer.read()
    return answer.status
def race(number, at_once):
    lines = [http.client.HTTPConnection("127.0.0.1", port) for _ in range(4)]
    for phone, line in enumerate(lines):
        assert request(line, "PUT", f"/part{phone}", f"photo of phone {phone}") in (200, 201, 204)
    start, answers = threading.Barrier(4), [0] * 4
    def move(phone):
        if at_once:
            start.wait()
        answers[phone] = request(lines[phone], "MOVE", f"/part{phone}", Overwrite="F",
                                 Destination=f"http://127.0.0.1:{port}/photo{number}.jpg")
    phones = [threading.Thread(target=move, args=(phone,)) for phone in range(4)]
    for phone in phones:
        phone.start()
        if not at_once:
            phone.join()
    for phone in phones:
        phone.join()
    for line in lines:
        line.close()
    return answers.count(201)
print(f"{race(0, False)} told so one after the other")
for number in range(1, 1001):
    winners = race(number, True)
    if winners > 1:
        print("more than one told so at once")
        break
else:
    print("never more than one")
RACE

mkdir apache webdav-server
chmod 777 apache .
port=$(free_port)
{
    for module in mpm_event authz_core dav dav_fs; do
        echo "LoadModule ${module}_module $work/debian/usr/lib/apache2/modules/mod_$module.so"
    done
    cat << CONF
ServerName localhost
Listen 127.0.0.1:$port
PidFile $work/apache.pid
ErrorLog $work/apache.log
DocumentRoot $work/apache
DavLockDB $work/locks
<Directory $work/apache>
    Dav On
</Directory>
CONF
} > apache.conf
start "$port" debian/usr/sbin/apache2 -X -f "$work/apache.conf"
winners() { python3 race.py "$port" | paste -sd,; }
both='1 told so one after the other,more than one told so at once'
saw "Apache, of four phones 201 is" "$(winners)" "$both"
port=$(free_port)
start "$port" node serve.js "$port" webdav-server
saw "webdav-server, of four phones 201 is" "$(winners)" "$both"
