//! What a host is told of each file: what it is, and how long it may be kept.

use std::path::Path;

use crate::output::Kind;

/// Of an asset: its content is in its name, so it never changes.
pub const FOREVER: &str = "public, max-age=31536000, immutable";
/// Of all else: it may be kept, and has to be asked for again each time, so that a revoked certificate does not live on
/// at an edge.
pub const FRESH: &str = "no-cache";

/// `Cache-Control` of a kind of file (RFC 9111; `immutable` is RFC 8246).
pub fn cache_control(kind: Kind) -> &'static str {
    if kind == Kind::Asset { FOREVER } else { FRESH }
}

/// The media type of a file, by its name's end.
pub fn media_type(name: &str) -> &'static str {
    let end = Path::new(name).extension().and_then(|end| end.to_str()).unwrap_or_default().to_ascii_lowercase();
    match end.as_str() {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "xml" => "application/xml",
        "txt" => "text/plain; charset=utf-8",
        "csv" => "text/csv; charset=utf-8",
        "vtt" => "text/vtt; charset=utf-8",
        "ics" => "text/calendar; charset=utf-8",
        "jwt" => "text/plain",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "avif" => "image/avif",
        "ico" => "image/x-icon",
        "pdf" => "application/pdf",
        "zip" => "application/zip",
        "docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "pptx" => "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "odt" => "application/vnd.oasis.opendocument.text",
        "odp" => "application/vnd.oasis.opendocument.presentation",
        "mp3" => "audio/mpeg",
        "mp4" => "video/mp4",
        "ogg" => "audio/ogg",
        "webm" => "video/webm",
        "woff" => "font/woff",
        "woff2" => "font/woff2",
        "wasm" => "application/wasm",
        _ => "application/octet-stream",
    }
}

/// A digest of the headers that a file is sent with, so that a change of them is seen.
pub fn digest(name: &str, kind: Kind) -> [u8; 4] {
    let hash = blake3::hash(format!("{}\n{}", media_type(name), cache_control(kind)).as_bytes());
    let bytes = hash.as_bytes();
    [bytes[0], bytes[1], bytes[2], bytes[3]]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_says_its_encoding_and_only_assets_are_kept() {
        assert_eq!(media_type("verify/a/index.html"), "text/html; charset=utf-8");
        assert_eq!(media_type("_assets/style.3f6a.CSS"), "text/css; charset=utf-8");
        assert_eq!(media_type("CNAME"), "application/octet-stream");
        assert_eq!(cache_control(Kind::Asset), "public, max-age=31536000, immutable");
        assert_eq!(cache_control(Kind::Leaf), "no-cache");
        assert_ne!(digest("a.css", Kind::Asset), digest("a.css", Kind::File));
        assert_ne!(digest("a.css", Kind::Asset), digest("a.js", Kind::Asset));
    }
}
