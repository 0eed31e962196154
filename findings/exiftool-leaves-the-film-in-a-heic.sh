#!/usr/bin/env bash
# exiftool -all= takes the film out of a motion photo that is a JPEG, and leaves it, with its place, in one that is a HEIC.
#
# Tools:   exiftool-vendored.pl 13.59.3 (npm), libimage-exiftool-perl 12.57+dfsg-1 (Debian 12); pillow 13.0.0 with pillow-heif 1.8.1
#          and imageio-ffmpeg 0.8.1 (PyPI) make the files
# Expect:  `-all=`, the usual way to take date and place off a photo before it is given away, does the same for both kinds: the JPEG's
#          film is gone, which lies behind the picture.
# Instead: A HEIC keeps its film in a box of its own (mpvd, as Google and Samsung write it), and that stays, whole. "1 image files
#          updated", no warning, and exiftool shows no place of the file afterwards; the place is in the film, and exiftool gives the
#          film itself with -b -MotionPhotoVideo.
# Matters: Whoever asks "is a place left?" with the tool that removed it is told no. Programs that share photos have to look into the
#          film, or take it out.
# Seen:    2026-11-29
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

unpack() { apt-get -qq -o APT::Sandbox::User=root download "$@"; for deb in *.deb; do dpkg -x "$deb" debian; done; }
saw() { printf '%-44s %s\n' "$1" "$2"; [ "$2" = "$3" ] || { echo "CHANGED: it was $3" >&2; exit 1; }; }

unpack libimage-exiftool-perl=12.57+dfsg-1
npm install --silent --no-audit --no-fund --prefix . exiftool-vendored.pl@13.59.3
python3 -m venv env
env/bin/pip install -q --disable-pip-version-check pillow==13.0.0 pillow-heif==1.8.1 imageio-ffmpeg==0.8.1
old() { PERL5LIB=debian/usr/share/perl5 debian/usr/bin/exiftool -config '' "$@"; }
new() { perl node_modules/exiftool-vendored.pl/bin/exiftool -config '' "$@"; }

"$(env/bin/python -c 'import imageio_ffmpeg; print(imageio_ffmpeg.get_ffmpeg_exe())')" -nostdin -v error \
    -f lavfi -i testsrc=size=64x48:duration=1 -c:v mpeg4 film.mp4
new -q -overwrite_original -UserData:GPSCoordinates='35.6895, 139.6917, 0' film.mp4
env/bin/python - << 'MAKE'
import pillow_heif
from PIL import Image
pillow_heif.register_heif_opener()
film = open("film.mp4", "rb").read()
picture = Image.new("RGB", (64, 48), "gray")
for name, before in ("motion.jpg", b""), ("motion.heic", (8 + len(film)).to_bytes(4, "big") + b"mpvd"):
    picture.save(name)
    with open(name, "ab") as photo:
        photo.write(before + film)
MAKE
place() { # EXIFTOOL FILE: the latitude that it tells of, and the one of the film in it
    "$1" -n -s3 -a -ee -GPSLatitude -GPSCoordinates "$2" | xargs
}
film_in() { # FILE: whether the whole film is in it
    python3 -c 'import sys; print("film" if open("film.mp4", "rb").read() in open(sys.argv[1], "rb").read() else "no film")' "$1"
}
for exiftool in old new; do
    for kind in jpg heic; do
        cp "motion.$kind" "photo.$kind"
        "$exiftool" -q -overwrite_original -GPSLatitude=35.6895 -GPSLatitudeRef=N "photo.$kind"
        saw "$exiftool, $kind: place, and $(film_in "photo.$kind") in it" "$("$exiftool" -n -s3 -EXIF:GPSLatitude "photo.$kind")" 35.6895
        saw "  -all= says" "$("$exiftool" -overwrite_original -all= "photo.$kind" 2>&1 | xargs)" '1 image files updated'
        saw "  place that it still tells of" "$(place "$exiftool" "photo.$kind")" ''
        case $kind in jpg) left='no film' ;; heic) left=film ;; esac
        saw "  in the file is" "$(film_in "photo.$kind")" "$left"
    done
done
new -b -MotionPhotoVideo photo.heic > taken.mp4
saw "the film's place, out of the cleaned HEIC" "$(new -n -s3 -GPSCoordinates taken.mp4)" '35.6895 139.6917 0'
