//! One photo, large, and both sides of it.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};

use photobridge_media::sample::Shot;

use crate::web::testing::{HOST, House, Reply, Visitor, photo};

/// The place of the first photo of this name in a run.
fn number(house: &House, run: i64, way: &str, name: &str) -> usize {
    let run = photobridge_core::run::RunId(run);
    let lines: Vec<_> = photobridge_core::kept::lines(&house.data(), run).expect("kept").collect();
    let is_it = |line: &std::io::Result<photobridge_core::report::VerdictLine>| {
        line.as_ref().is_ok_and(|line| line.direction.as_str() == way && line.title() == name)
    };
    lines.iter().position(is_it).unwrap_or_else(|| panic!("{name} is not in run {run}"))
}

async fn asked(house: &House, path: &str, headers: &[(header::HeaderName, &str)]) -> Reply {
    let visitor = Visitor::new(house).await;
    let mut request = Request::get(path).header(header::HOST, HOST).header(header::COOKIE, &visitor.cookie);
    for (name, value) in headers {
        request = request.header(name, *value);
    }
    house.send(request.body(Body::empty()).expect("a request")).await
}

#[tokio::test]
async fn a_photo_shows_both_sides_and_what_decided() {
    let house = House::synced();
    let visitor = Visitor::new(&house).await;
    let at = number(&house, 2, "import", "IMG_0003.jpg");
    let page = visitor.get(&format!("/runs/2/items/{at}")).await;
    let text = page.text();
    let path = house.root().join("folder/IMG_0003.jpg").display().to_string();
    for told in [
        "IMG_0003.jpg",
        &*path,
        "14 May 2024, 12:03:00",
        "EXIF",
        "48 × 32",
        "In the folder",
        "In the library",
        "originals/",
    ] {
        assert!(text.contains(told), "{told}: {text}");
    }
    assert!(text.contains("rel=\"next\"") && text.contains("/runs/2?way=import"), "{text}");
    assert!(!text.contains("class=\"differs\""), "both sides say the same: {text}");
    for which in ["large", "other-large", "file", "other-file"] {
        let file = visitor.get(&format!("/runs/2/items/{at}/{which}")).await;
        assert_eq!((file.status, file.bytes), (StatusCode::OK, photo(3)), "{which}");
    }
}

#[tokio::test]
async fn a_photo_that_is_not_there_is_said_so() {
    let house = House::synced();
    let visitor = Visitor::new(&house).await;
    for path in ["/runs/2/items/999999", "/runs/2/items/x", "/runs/9/items/1", "/runs/../items/1", "/library/nobody"] {
        assert_eq!(visitor.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    for path in ["/runs/2/items/999999/file", "/library/nobody/file", "/library/..%2F..%2Fetc%2Fpasswd/file"] {
        assert_eq!(visitor.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn parts_come_as_http_says() {
    let house = House::synced();
    let at = number(&house, 2, "import", "IMG_0003.jpg");
    let (path, whole) = (format!("/runs/2/items/{at}/file"), photo(3));
    let all = asked(&house, &path, &[]).await;
    assert_eq!((all.status, &all.bytes), (StatusCode::OK, &whole));
    assert_eq!(all.header(header::ACCEPT_RANGES), "bytes");
    assert_eq!(all.header(header::CONTENT_LENGTH), whole.len().to_string());
    let tag = all.header(header::ETAG).to_owned();
    assert!(tag.starts_with('"') && tag.len() > 20, "{tag}");

    let part = asked(&house, &path, &[(header::RANGE, "bytes=10-19"), (header::IF_RANGE, &tag)]).await;
    assert_eq!((part.status, &*part.bytes), (StatusCode::PARTIAL_CONTENT, &whole[10..20]));
    assert_eq!(part.header(header::CONTENT_RANGE), format!("bytes 10-19/{}", whole.len()));
    let last = asked(&house, &path, &[(header::RANGE, "bytes=-5")]).await;
    assert_eq!((last.status, &*last.bytes), (StatusCode::PARTIAL_CONTENT, &whole[whole.len() - 5..]));
    let beyond = asked(&house, &path, &[(header::RANGE, &format!("bytes={}-", whole.len()))]).await;
    assert_eq!(beyond.status, StatusCode::RANGE_NOT_SATISFIABLE);
    assert_eq!(beyond.header(header::CONTENT_RANGE), format!("bytes */{}", whole.len()));
    let another = asked(&house, &path, &[(header::RANGE, "bytes=10-19"), (header::IF_RANGE, "\"old\"")]).await;
    assert_eq!((another.status, another.bytes), (StatusCode::OK, whole));
    let known = asked(&house, &path, &[(header::IF_NONE_MATCH, &tag)]).await;
    assert_eq!((known.status, known.bytes.len()), (StatusCode::NOT_MODIFIED, 0));
    for reply in [&all, &part, &beyond] {
        assert_eq!(reply.header(header::CACHE_CONTROL), "private, no-cache");
    }
}

#[tokio::test]
async fn what_lies_in_a_folder_never_runs_as_a_page() {
    let house = House::synced();
    let script = "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>";
    for name in ["page.jpg", "drawing.heic", "movie.mov"] {
        std::fs::write(house.root().join("folder").join(name), script).expect("written");
    }
    let mut visitor = Visitor::new(&house).await;
    let token = visitor.fresh().await;
    visitor.form("/simulate", &[("token", &token)]).await;
    house.rest().await;
    for name in ["page.jpg", "drawing.heic", "movie.mov"] {
        let at = number(&house, 3, "import", name);
        let file = visitor.get(&format!("/runs/3/items/{at}/file")).await;
        assert_eq!(file.header(header::CONTENT_TYPE), "application/octet-stream", "{name}");
        assert!(file.header(header::CONTENT_DISPOSITION).starts_with("attachment"), "{name}");
        assert!(file.header(header::CONTENT_SECURITY_POLICY).ends_with("sandbox"), "{name}");
        assert_eq!(file.header(header::X_CONTENT_TYPE_OPTIONS), "nosniff");
        let large = visitor.get(&format!("/runs/3/items/{at}/large")).await;
        assert!(!large.text().contains("alert"), "{name}: a placeholder stands there");
        assert_eq!(visitor.get(&format!("/runs/3/items/{at}/movie")).await.status, StatusCode::NOT_FOUND, "{name}");
    }
}

#[tokio::test]
async fn nobody_else_may_look() {
    let house = House::synced_with(Some("correct horse battery"));
    for path in ["/runs/2/items/0", "/runs/2/items/0/file", "/library", "/folder", "/library/cells"] {
        let reply = house.get(path).await;
        assert_eq!(reply.status, StatusCode::SEE_OTHER, "{path}");
        assert_eq!(reply.header(header::LOCATION), "/login", "{path}");
    }
}

/// A motion photo is one file: a JPEG, and behind it a movie.
#[tokio::test]
async fn what_moves_behind_a_picture_is_sent_as_a_movie() {
    let house = House::synced();
    let shot = Shot::new(jiff::civil::date(2024, 5, 14).at(13, 0, 0, 0), 77);
    let (picture, movie) = (shot.jpeg(160, 120), shot.movie(64, 48, 1500));
    std::fs::write(house.root().join("folder/PXL_1.jpg"), [&*picture, &movie].concat()).expect("written");
    let mut visitor = Visitor::new(&house).await;
    let token = visitor.fresh().await;
    visitor.form("/simulate", &[("token", &token)]).await;
    house.rest().await;
    let at = number(&house, 3, "import", "PXL_1.jpg");
    let page = visitor.get(&format!("/runs/3/items/{at}")).await;
    assert!(page.text().contains(&format!("src=\"/runs/3/items/{at}/movie\"")), "{}", page.text());
    let sent = visitor.get(&format!("/runs/3/items/{at}/movie")).await;
    assert_eq!((sent.status, sent.header(header::CONTENT_TYPE)), (StatusCode::OK, "video/mp4"));
    let pictures =
        |movie: &[u8]| movie.windows(4).position(|kind| kind == b"mdat").map(|at| movie[at + 4..][..64].to_vec());
    assert!(
        pictures(&movie).is_some() && pictures(&sent.bytes) == pictures(&movie),
        "its pictures are those of the file"
    );
    let still = visitor.get(&format!("/runs/3/items/{at}/large")).await;
    assert_eq!(still.header(header::CONTENT_TYPE), "image/jpeg");
}
