#!/usr/bin/env bash
# ffmpeg -c copy into MKV brings back the seconds that were trimmed off a video.
#
# Tool:    imageio-ffmpeg 0.8.1 (PyPI; ffmpeg 9.0.2)
# Expect:  A clip of two seconds, copied into another container, is a clip of two seconds.
# Instead: Trimming without coding anew has to keep the frames from the last key frame on; MOV and MP4 hide them by an edit list. MKV
#          has none, and what was hidden is shown: here the clip starts five seconds earlier and is four times as long. Exit code
#          0, no warning. Into MP4 the copy is right, and so is a clip that is coded anew.
# Matters: The child that was cut off the beginning is in the film again, for whoever gets it. And the copy is not the clip's
#          length, by which programs tell copies.
# Seen:    2026-11-30
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

saw() { printf '%-44s %s\n' "$1" "$2"; [ "$2" = "$3" ] || { echo "CHANGED: it was $3" >&2; exit 1; }; }

python3 -m venv env
env/bin/pip install -q --disable-pip-version-check imageio-ffmpeg==0.8.1
ffmpeg() { "$(env/bin/python -c 'import imageio_ffmpeg; print(imageio_ffmpeg.get_ffmpeg_exe())')" -nostdin -v warning "$@"; }
saw "ffmpeg's version" "$(ffmpeg -version | sed -nE 's/^ffmpeg version n?([0-9.]+).*/\1/p')" 9.0.2

# Five seconds that are black, and five that are white; the only key frame is the first.
ffmpeg -f lavfi -i "color=black:size=64x48:rate=25:duration=5" -f lavfi -i "color=white:size=64x48:rate=25:duration=5" \
    -filter_complex concat=n=2 -c:v libx264 -preset veryfast -x264-params "keyint=999:scenecut=0" -pix_fmt yuv420p \
    film.mov
ffmpeg -ss 5.2 -i film.mov -t 2 -c copy clip.mov

shows() { # FILE: how many frames it shows, and the grey of the first one
    ffmpeg -i "$1" -f rawvideo -pix_fmt gray -fps_mode passthrough shown
    python3 -c '
frames = open("shown", "rb").read()
size = 64 * 48
print(len(frames) // size, "black" if frames[0] < 64 else "white")'
    rm shown
}
saw "film.mov: frames, and the first one" "$(shows film.mov)" '250 black'
clip=$(shows clip.mov)
saw "clip.mov begins" "${clip#* }" white
saw "  with about two seconds of frames" "$([ "${clip% *}" -le 56 ] && echo yes)" yes
for kind in mp4 mkv; do
    code=0
    ffmpeg -i clip.mov -c copy "copy.$kind" 2> warnings || code=$?
    saw "copy.$kind: exit code and warnings" "$code $(cat warnings)" '0 '
    case $kind in
        mp4) saw "  frames, and the first one" "$(shows "copy.$kind")" "$clip" ;;
        mkv) saw "  frames, and the first one" "$(shows "copy.$kind")" "$((${clip% *} + 130)) black" ;;
    esac
done
ffmpeg -i clip.mov -c:v mpeg4 anew.mkv
saw "coded anew, MKV: frames, and the first one" "$(shows anew.mkv)" "$clip"
