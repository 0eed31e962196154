#!/usr/bin/env bash
# Unison never carries a rating that exiftool wrote with -P into the file where it lies.
#
# Tools:   unison-2.52 2.52.1-1, for comparison restic 0.14.0-1+b5; libimage-exiftool-perl 12.57+dfsg-1 writes (Debian 12)
# Expect:  Unison, which keeps a record of what each file was, sees that it was written to since.
# Instead: A rating of 4 is as long as one of 3, so the size is equal; -overwrite_original_in_place keeps the inode, and -P the
#          time where that is a whole second, as sync clients and archives leave it. Unison does not look at the time of the
#          last change (ctime), which no program sets back: nothing to do, for ever, unless -fastcheck is off. restic looks at it.
# Matters: Culling with -P keeps a collection sorted by time as it is, and the other computer never learns of one rating.
# Seen:    2026-11-29
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

unpack() { apt-get -qq -o APT::Sandbox::User=root download "$@"; for deb in *.deb; do dpkg -x "$deb" debian; done; }
saw() { printf '%-44s %s\n' "$1" "$2"; [ "$2" = "$3" ] || { echo "CHANGED: it was $3" >&2; exit 1; }; }

unpack libimage-exiftool-perl=12.57+dfsg-1 libjpeg-turbo-progs=1:2.1.5-2 libjpeg62-turbo=1:2.1.5-2 \
    unison-2.52=2.52.1-1 restic=0.14.0-1+b5
export PERL5LIB=$work/debian/usr/share/perl5 LD_LIBRARY_PATH=$work/debian/usr/lib/x86_64-linux-gnu
export PATH=$work/debian/usr/bin:$PATH HOME=$work UNISON=$work/unison RESTIC_PASSWORD=none
exiftool() { command exiftool -config '' -q "$@"; }

mkdir mine
{ printf 'P5 64 48 255\n'; head -c 3072 /dev/zero | tr '\0' a; } | cjpeg > mine/photo.jpg
exiftool -overwrite_original -Rating=3 mine/photo.jpg
touch -d '2024-05-06 07:08:09' mine/photo.jpg
rated() { exiftool -s3 -Rating "$1/photo.jpg"; }

mkdir by-unison
unison-2.52 -batch -times -silent mine by-unison > /dev/null 2>&1
restic -q -r by-restic init
restic -q -r by-restic backup --no-cache mine

about() { stat -c 'size %s, inode %i, %y' mine/photo.jpg; }
before=$(about)
exiftool -P -overwrite_original_in_place -Rating=4 mine/photo.jpg
saw "size, inode and time are what they were" "$([ "$(about)" = "$before" ] && echo yes || echo no)" yes

unison-2.52 -batch -times -silent mine by-unison
saw "rating here, and there by unison" "$(rated mine) $(rated by-unison)" '4 3'
unison-2.52 -batch -times -fastcheck false -silent mine by-unison
saw "  with -fastcheck false" "$(rated mine) $(rated by-unison)" '4 4'
saw "files changed, says restic" \
    "$(restic -r by-restic backup --no-cache mine | sed -n 's/^Files: .*new, *\(.*\) changed.*/\1/p')" 1
