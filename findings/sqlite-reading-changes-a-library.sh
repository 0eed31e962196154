#!/usr/bin/env bash
# Looking into a photo library with sqlite3 changes it, or does not show all of it.
#
# Tool:    sqlite3 3.40.1-2+deb12u2 (Debian 12)
# Expect:  A SELECT changes no file; -readonly surely does not; immutable=1 is for databases that nobody writes at the time.
# Instead: Photos.sqlite has a write-ahead log. When the one who asks is the last to close it, the log is written into the
#          database and deleted. With -readonly a library that had no log has two new files afterwards, which stay.
#          With immutable=1 nothing is touched, and what is in the log is not there: no error, the newest photos missing.
# Matters: A backup that was looked into is no longer the backup: its checksums differ. Or the look
#          tells of fewer photos than it holds. Copy all three files, and open the copy.
# Seen:    2026-11-29
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

unpack() { apt-get -qq -o APT::Sandbox::User=root download "$@"; for deb in *.deb; do dpkg -x "$deb" debian; done; }
saw() { printf '%-44s %s\n' "$1" "$2"; [ "$2" = "$3" ] || { echo "CHANGED: it was $3" >&2; exit 1; }; }

unpack sqlite3=3.40.1-2+deb12u2 libsqlite3-0=3.40.1-2+deb12u2 libreadline8=8.2-1.3
sqlite() { LD_LIBRARY_PATH=debian/usr/lib/x86_64-linux-gnu debian/usr/bin/sqlite3 "$@"; }

mkdir library
sqlite library/Photos.sqlite 'PRAGMA journal_mode = wal' 'CREATE TABLE ZASSET (ZFILENAME)' \
    'INSERT INTO ZASSET VALUES (1)' > /dev/null
cp -r library closed
sqlite library/Photos.sqlite '.dbconfig no_ckpt_on_close on' 'INSERT INTO ZASSET VALUES (2)' > /dev/null
rm -f library/Photos.sqlite-shm

names() { (cd "$1" && echo *); }
database() { sha256sum < "$1/Photos.sqlite"; }
all='SELECT count(*) FROM ZASSET'
before=$(database library)
saw "a library with a log" "$(names library)" 'Photos.sqlite Photos.sqlite-wal'

cp -r library plain
saw "plain SELECT counts" "$(sqlite plain/Photos.sqlite "$all")" 2
saw "  files afterwards" "$(names plain)" 'Photos.sqlite'
saw "  the database has its old bytes" "$([ "$(database plain)" = "$before" ] && echo yes || echo no)" no

cp -r library immutable
saw "immutable=1 counts" "$(sqlite 'file:immutable/Photos.sqlite?immutable=1' "$all")" 1
saw "  files afterwards" "$(names immutable)" 'Photos.sqlite Photos.sqlite-wal'

saw "a library that was closed" "$(names closed)" 'Photos.sqlite'
saw "-readonly counts" "$(sqlite -readonly closed/Photos.sqlite "$all")" 1
saw "  files afterwards" "$(names closed)" 'Photos.sqlite Photos.sqlite-shm Photos.sqlite-wal'
