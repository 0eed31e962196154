//! What targets that read text begin with, by the name of the target.

const SETTINGS: &str = include_str!("../../crates/app/src/settings.toml");

const MINE: &str = r#"# mine
album = "Old" # why
mode = "bidirectional"

[export]
layout = "flat"
from = "2024-01-31"
baseline = "2024-01-31T12:00:00Z"

# the phones
[[folder]]
path = "/photos"
include = ["**/Camera/**"]
exclude = ["Memes/**", "*.gif"]

[[schedule]]
name = "nightly"
daily_at = "02:30"
"#;

const SCHEDULES: [&str; 4] = [
    r#"2026-03-29T00:59:00Z
[[schedule]]
name = "a"
daily_at = "02:30"
----
{"a": {"when": "daily at 02:30", "handled": "2026-03-28T01:30:00Z", "waiting": null, "last": null}}"#,
    r#"2026-10-25T00:59:00Z
[[schedule]]
name = "a"
cron = "*/7 * 29 2 1-5"
----
{"a": {"when": "cron */7 * 29 2 1-5", "handled": "1996-03-28T01:30:00Z"}}"#,
    r#"9999-12-30T22:00:00Z
[[schedule]]
name = "a"
every_minutes = 10080
mode = "export"
----
{"a": {"when": "every 168 hours", "handled": "-009999-01-02T01:59:59Z", "last": {"began": "2024-01-01T00:00:00Z",
"run": 7, "outcome": "running", "message": ""}}}"#,
    r#"2026-01-01T00:00:00Z
[[schedule]]
name = "a"
cron = "0 0 L * FRI#2"
enabled = false
----
{"a": {"waiting": "2026-01-01T00:00:00Z"}, "b": {}}"#,
];

const SIDECARS: [&str; 2] = [
    r#"<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 exif:DateTimeOriginal="2024-01-31T23:59:59.25+09:00" exif:GPSLatitude="48,51.5N" exif:GPSLongitude="2,17,40.2W">
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">Sea &amp; sun</rdf:li></rdf:Alt></dc:title>
<dc:subject><rdf:Bag><rdf:li>sea</rdf:li><rdf:li>sun</rdf:li></rdf:Bag></dc:subject>
</rdf:Description></rdf:RDF></x:xmpmeta>"#,
    r#"<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/"><rdf:Description xmp:CreateDate="2024:01:31 23:59:59"/></rdf:RDF>"#,
];

const NAMES: [&str; 12] = [
    "../../etc/x.jpg\nid",
    "IMG_20240131_235959.HEIC",
    "CON.jpg",
    "com\u{b9}.tar.jpg",
    "gpj.\u{202e}exe.jpg",
    ".photobridge-0a1b.part",
    "IMG_1 (conflicted copy 2024-01-31 235959).JPG",
    "IMG_1.jpg.nextcloud",
    "e\u{301}\u{200d}\u{1f468}.mov\n..",
    "~$IMG_1.jpg",
    "Screenshot 2024-01-31 at 11.59.59\u{202f}PM.png",
    "PXL_20240131_235959123.RAW-01.COVER.dng",
];

const KEPT: [&str; 3] = [
    r#"{"direction":"import","verdict":"planned","size":7,"path":"2024/a.jpg","fingerprint":"AZ5tO4Wv","captured":"2024-01-31T23:59:59+09:00","trace":{"file":{"folder":1,"stamp":{"size":1,"mtime":1,"ctime":1,"inode":1}}}}
{"direction":"export","verdict":"skipped","size":9,"path":"2024/a.jpg","name":"Ä.heic","asset":"0A1B","matched":"x","reason":"same-bytes","trace":{"other":{"asset":"0A1C"},"kind":"live-photo","pixels":[4032,3024]}}
"#,
    r#"{"direction":"export","verdict":"planned","size":18446744073709551615,"asset":"0A","destination":"2024/01","files":[{"role":"photo","path":"2024/01/a.jpg","reason":null}]}
{"direction":"import","verdict":"failed","size":0,"path":"../secret","error":"<b>unreadable</b>","trace":{"file":{"folder":1,"raw":{"Unix":[46,46,47,115,101,99,114,101,116]}}}}"#,
    r#"{"direction":"import","verdict":"skipped","size":18446744073709551615,"path":"2024/a.jpg","matched":"2024/a.jpg","trace":{"file":{"folder":1},"other":{"file":{"folder":1}}}}
{"direction":"import","verdict":"skipped","size":18446744073709551615,"path":"2024/a.jpg"}
{"direction":"#,
];

/// All of them.
pub fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    let of = |target: &'static str, texts: &'static [&'static str]| texts.iter().map(move |text| (target, *text));
    of("settings", &[SETTINGS, MINE])
        .chain(of("schedules", &SCHEDULES))
        .chain(of("sidecar", &SIDECARS))
        .chain(of("names", &NAMES))
        .chain(of("kept", &KEPT))
}
