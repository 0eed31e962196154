#!/usr/bin/env bash
# exiftool's usual way to name photos by date gives a Live Photo's movie to another photo.
#
# Tools:   exiftool-vendored.pl 13.59.3 (npm), libimage-exiftool-perl 12.57+dfsg-1 (Debian 12); imageio-ffmpeg 0.8.1 (PyPI) makes
#          the movie
# Expect:  `-d %Y%m%d_%H%M%S%%-c.%%e`, as in its manual, keeps two photos of one second apart by a number, and the two halves
#          of a Live Photo, which had one name, have one name again.
# Instead: The number counts for each extension of its own. Of two photos of a second, of which the second one is a Live Photo, the
#          first takes the bare name; the movie finds no other movie of that second, and takes the bare name, too. So
#          the movie now bears the name of the photo that has none, and its own still is called ...-1.
# Matters: Programs that tie the halves by their names show a stranger's movement for the first photo, and a still for the second;
#          who deletes the first deletes the movie of the second. Nothing in the folder shows what was whose.
# Seen:    2026-11-30
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

unpack() { apt-get -qq -o APT::Sandbox::User=root download "$@"; for deb in *.deb; do dpkg -x "$deb" debian; done; }
saw() { printf '%-44s %s\n' "$1" "$2"; [ "$2" = "$3" ] || { echo "CHANGED: it was $3" >&2; exit 1; }; }

unpack libimage-exiftool-perl=12.57+dfsg-1 libjpeg-turbo-progs=1:2.1.5-2 libjpeg62-turbo=1:2.1.5-2
npm install --silent --no-audit --no-fund --prefix . exiftool-vendored.pl@13.59.3
python3 -m venv env
env/bin/pip install -q --disable-pip-version-check imageio-ffmpeg==0.8.1
old() { PERL5LIB=debian/usr/share/perl5 debian/usr/bin/exiftool -config '' "$@"; }
new() { perl node_modules/exiftool-vendored.pl/bin/exiftool -config '' "$@"; }

mkdir shot
for number in 1 2; do
    { printf 'P5 64 48 255\n'; head -c 3072 /dev/zero | tr '\0' "$number"; } |
        LD_LIBRARY_PATH=debian/usr/lib/x86_64-linux-gnu debian/usr/bin/cjpeg > "shot/IMG_000$number.JPG"
done
"$(env/bin/python -c 'import imageio_ffmpeg; print(imageio_ffmpeg.get_ffmpeg_exe())')" -nostdin -v error \
    -f lavfi -i testsrc=size=64x48:duration=1 -c:v mpeg4 shot/IMG_0002.MOV
new -q -overwrite_original -DateTimeOriginal='2024:05:06 07:08:09' shot/*.JPG
new -q -overwrite_original -Keys:CreationDate='2024:05:06 07:08:09+09:00' shot/*.MOV

was() { # FILE: its name before, by its bytes
    for file in shot/*; do if cmp -s "$file" "$1"; then basename "$file"; fi; done
}
for exiftool in old new; do
    rm -rf named
    cp -r shot named
    "$exiftool" -q -d '%Y%m%d_%H%M%S%%-c.%%e' '-FileName<DateTimeOriginal' '-FileName<Keys:CreationDate' named/*
    saw "$exiftool: the names" "$(cd named && echo ./*)" \
        './20240506_070809-1.JPG ./20240506_070809.JPG ./20240506_070809.MOV'
    saw "  20240506_070809.JPG was" "$(was named/20240506_070809.JPG)" IMG_0001.JPG
    saw "  20240506_070809.MOV was" "$(was named/20240506_070809.MOV)" IMG_0002.MOV
    saw "  20240506_070809-1.JPG was" "$(was named/20240506_070809-1.JPG)" IMG_0002.JPG
done
