//! Reads what a server tells of files and directories: the XML of a 207.

use jiff::Timestamp;
use roxmltree::{Document, Node, ParsingOptions};
use serde::{Deserialize, Serialize};

const DAV: &str = "DAV:";
const OWNCLOUD: &str = "http://owncloud.org/ns";

/// More elements than a directory of 200,000 files needs.
const NODES: u32 = 8_000_000;

/// What is asked of each file.
pub const QUESTION: &str = concat!(
    r#"<?xml version="1.0" encoding="utf-8"?>"#,
    r#"<d:propfind xmlns:d="DAV:" xmlns:oc="http://owncloud.org/ns"><d:prop><d:resourcetype/><d:getcontentlength/>"#,
    r#"<d:getlastmodified/><d:getetag/><d:quota-available-bytes/><oc:fileid/><oc:permissions/><oc:checksums/></d:prop></d:propfind>"#,
);

/// A mark by which a server tells one state of a file from the next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Etag {
    weak: bool,
    text: String,
}

impl Etag {
    /// Reads one as it stands in a header or a property; some servers leave the quotes out of the property.
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let (weak, text) = text.strip_prefix("W/").map_or((false, text), |text| (true, text));
        let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
        let is_one = !text.is_empty() && text.bytes().all(|byte| byte > b' ' && byte != b'"' && byte != 127);
        is_one.then(|| Self { weak, text: text.to_owned() })
    }

    /// Whether both mark the same state, as far as weak ones tell: Apache's is weak for two seconds, and strong after that.
    pub fn is_same(&self, other: &Self) -> bool {
        self.text == other.text
    }

    /// The mark without its quotes.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// What a server tells of one file or directory. What it does not tell is not guessed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Facts {
    /// Whether it is a directory.
    #[serde(rename = "d", skip_serializing_if = "std::ops::Not::not")]
    pub is_directory: bool,
    /// Length in bytes.
    #[serde(rename = "s", skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// When it was modified, to the second.
    #[serde(rename = "m", skip_serializing_if = "Option::is_none")]
    pub modified: Option<Timestamp>,
    /// The mark of its state.
    #[serde(rename = "e", skip_serializing_if = "Option::is_none")]
    pub etag: Option<Etag>,
    /// What Nextcloud calls it, wherever it is moved.
    #[serde(rename = "i", skip_serializing_if = "Option::is_none")]
    pub file_id: Option<u64>,
    /// What somebody said when it was uploaded, as `SHA1:… MD5:…`. The server never looked whether that is true.
    #[serde(rename = "c", skip_serializing_if = "Option::is_none")]
    pub claimed: Option<String>,
    /// What may be done with it, a letter for each, where the server says so.
    #[serde(rename = "p", skip_serializing_if = "Option::is_none")]
    pub permissions: Option<String>,
    /// Bytes that may still be written; negative where no limit is known.
    #[serde(rename = "a", skip_serializing_if = "Option::is_none")]
    pub available: Option<i64>,
}

impl Facts {
    /// Whether new files and directories may be put into it, as far as is told.
    pub fn may_hold_new(&self) -> bool {
        self.permissions.as_ref().is_none_or(|letters| letters.contains('C') && letters.contains('K'))
    }

    /// Whether both are of one file with the same bytes, as far as its mark and its length tell.
    pub(super) fn is_same_content(&self, other: &Self) -> bool {
        let marks = self.etag.as_ref().zip(other.etag.as_ref());
        !self.is_directory && self.size == other.size && marks.is_none_or(|(one, other)| one.is_same(other))
    }

    /// Whether both are the same state of the same file, as far as either tells.
    pub fn is_same(&self, other: &Self) -> bool {
        let etags = match (&self.etag, &other.etag) {
            (Some(one), Some(other)) => one.is_same(other),
            (one, other) => one.is_none() && other.is_none(),
        };
        let told = |facts: &Self| (facts.is_directory, facts.size, facts.modified, facts.file_id);
        etags && told(self) == told(other)
    }
}

/// One entry of a 207.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The name, as the server writes it.
    pub href: String,
    /// What is told; `None` where the server says that it cannot tell.
    pub facts: Option<Facts>,
}

/// Reads a 207. Half of one, or something else, is an error, in words.
pub fn read(text: &str) -> Result<Vec<Told>, String> {
    let options = ParsingOptions { nodes_limit: NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options).map_err(|error| error.to_string())?;
    let root = document.root_element();
    if !root.has_tag_name((DAV, "multistatus")) {
        return Err(format!("it is a {:?} and no multistatus", root.tag_name().name()));
    }
    let responses = root.children().filter(|node| node.has_tag_name((DAV, "response")));
    responses.map(|response| told(response).ok_or_else(|| "an entry has no name".to_owned())).collect()
}

fn told(response: Node<'_, '_>) -> Option<Told> {
    let href = child(response, (DAV, "href"))?.text()?.trim().to_owned();
    let is_well = |node: Node<'_, '_>| {
        let status = child(node, (DAV, "status")).and_then(|status| status.text());
        status.is_none_or(|status| status.split_whitespace().nth(1).is_some_and(|code| code.starts_with('2')))
    };
    let parts = response.children().filter(|node| node.has_tag_name((DAV, "propstat")) && is_well(*node));
    let properties: Vec<Node<'_, '_>> = parts.filter_map(|part| child(part, (DAV, "prop"))).collect();
    let facts = (is_well(response) && !properties.is_empty()).then(|| facts(&properties));
    Some(Told { href, facts })
}

fn facts(properties: &[Node<'_, '_>]) -> Facts {
    let find = |name| properties.iter().find_map(|node| child(*node, name));
    let text = |name| find(name).and_then(|node| node.text()).map(str::trim).filter(|text| !text.is_empty());
    Facts {
        is_directory: find((DAV, "resourcetype")).is_some_and(|kind| child(kind, (DAV, "collection")).is_some()),
        size: text((DAV, "getcontentlength")).and_then(|text| text.parse().ok()),
        modified: text((DAV, "getlastmodified")).and_then(date),
        etag: text((DAV, "getetag")).and_then(Etag::read),
        file_id: text((OWNCLOUD, "fileid")).and_then(|text| text.parse().ok()),
        permissions: text((OWNCLOUD, "permissions")).map(str::to_owned),
        claimed: find((OWNCLOUD, "checksums"))
            .and_then(|sums| child(sums, (OWNCLOUD, "checksum")))
            .and_then(|sum| sum.text())
            .map(|text| text.trim().to_owned()),
        available: text((DAV, "quota-available-bytes")).and_then(|text| text.parse().ok()),
    }
}

/// A date as HTTP writes it.
fn date(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::parse(text).ok().map(|time| time.timestamp())
}

fn child<'a, 'i>(node: Node<'a, 'i>, name: (&'static str, &'static str)) -> Option<Node<'a, 'i>> {
    node.children().find(|child| child.has_tag_name(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_of_nextcloud_is_read() {
        let text = r#"<?xml version="1.0"?>
<d:multistatus xmlns:d="DAV:" xmlns:s="http://sabredav.org/ns" xmlns:oc="http://owncloud.org/ns">
 <d:response><d:href>/remote.php/dav/files/me/Photos/</d:href>
  <d:propstat><d:prop><d:resourcetype><d:collection/></d:resourcetype><d:getlastmodified>Sat, 28 Nov 2026 10:20:30 GMT</d:getlastmodified>
   <d:getetag>&quot;6929a1&quot;</d:getetag><d:quota-available-bytes>-3</d:quota-available-bytes><oc:fileid>118</oc:fileid><oc:permissions>RGDNVCK</oc:permissions></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat>
  <d:propstat><d:prop><d:getcontentlength/><oc:checksums/></d:prop><d:status>HTTP/1.1 404 Not Found</d:status></d:propstat></d:response>
 <d:response><d:href>/remote.php/dav/files/me/Photos/a%20&amp;%20b.jpg</d:href>
  <d:propstat><d:prop><d:resourcetype/><d:getcontentlength>1234</d:getcontentlength><d:getlastmodified>Thu, 04 Jul 2019 12:30:15 GMT</d:getlastmodified>
   <d:getetag>W/"abc-def"</d:getetag><oc:fileid>00000119</oc:fileid><oc:checksums><oc:checksum>SHA1:00ff MD5:11</oc:checksum></oc:checksums></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>
 <d:response><d:href>/remote.php/dav/files/me/Photos/locked.jpg</d:href><d:status>HTTP/1.1 403 Forbidden</d:status></d:response>
</d:multistatus>"#;
        let told = read(text).expect("a multistatus");
        let time = |text: &str| Some(text.parse().expect("a time"));
        let etag = |weak, text: &str| Some(Etag { weak, text: text.into() });
        let directory = Facts {
            is_directory: true,
            modified: time("2026-11-28T10:20:30Z"),
            etag: etag(false, "6929a1"),
            file_id: Some(118),
            permissions: Some("RGDNVCK".into()),
            available: Some(-3),
            ..Facts::default()
        };
        let file = Facts {
            size: Some(1234),
            modified: time("2019-07-04T12:30:15Z"),
            etag: etag(true, "abc-def"),
            file_id: Some(119),
            claimed: Some("SHA1:00ff MD5:11".into()),
            ..Facts::default()
        };
        assert_eq!(told.len(), 3);
        assert_eq!(told[0].facts, Some(directory));
        assert_eq!((&*told[1].href, &told[1].facts), ("/remote.php/dav/files/me/Photos/a%20&%20b.jpg", &Some(file)));
        assert_eq!(told[2].facts, None);
    }

    #[test]
    fn names_of_elements_do_not_depend_on_prefixes() {
        let text = r#"<multistatus xmlns="DAV:"><response xmlns:x="urn:x"><href>/a</href><propstat><prop>
            <x:getcontentlength>9</x:getcontentlength><getcontentlength>7</getcontentlength><getetag>1-2-3</getetag>
            </prop><status>HTTP/1.1 200 OK</status></propstat></response></multistatus>"#;
        let facts = read(text).expect("a multistatus")[0].facts.clone().expect("facts");
        assert_eq!((facts.size, facts.is_directory), (Some(7), false));
        assert!(facts.etag.expect("a mark").is_same(&Etag::read("W/\"1-2-3\"").expect("a mark")));
    }

    #[test]
    fn what_is_no_whole_answer_is_none() {
        let whole = r#"<d:multistatus xmlns:d="DAV:"><d:response><d:href>/a</d:href></d:response></d:multistatus>"#;
        assert!(read(whole).is_ok());
        for at in 1..whole.len() {
            assert!(read(&whole[..at]).is_err(), "{}", &whole[..at]);
        }
        let bomb = r#"<!DOCTYPE a [<!ENTITY b "bbbbbbbb"><!ENTITY c "&b;&b;&b;">]><d:multistatus xmlns:d="DAV:">&c;</d:multistatus>"#;
        for other in [bomb, "<html><body>Please log in</body></html>", "{}", "", "<multistatus/>"] {
            assert!(read(other).is_err(), "{other}");
        }
        let nameless = r#"<d:multistatus xmlns:d="DAV:"><d:response/></d:multistatus>"#;
        assert!(read(nameless).is_err());
    }
}
