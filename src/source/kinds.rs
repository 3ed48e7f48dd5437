//! What a file below `content/` is, by its name.
//!
//! Three kinds are read: exports, pages, and fonts that site.yaml names. Two lists say
//! which others a site publishes; anything else may be there by mistake, and could be
//! somebody's member list. What a site *shows* (pictures, PDFs, media, web fonts) is
//! published where it lies. What a site *offers* (documents, archives, calendars) is
//! published only if a page leads to it: an archive that nobody links to was put
//! there for another reason.
//!
//! A last ending proves nothing. Windows hides it and Notepad adds one, browsers and
//! backups add theirs, so the name of an export is recognized wherever in a name it is.

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `site.yaml`.
    Config,
    /// Data: badges, earners.
    Export,
    /// Markdown.
    Page,
    /// Published where it lies.
    Shown,
    /// Published if a page leads to it.
    Offered,
    /// A font for cards and certificates: read if site.yaml names it, never published.
    Font,
    /// Not part of a site.
    Other,
}

const SHOWN: &[&str] = &[
    "png", "jpg", "jpeg", "gif", "webp", "avif", "svg", "ico", "pdf", "mp3", "m4a", "ogg", "oga", "opus", "mp4", "m4v",
    "ogv", "webm", "vtt", "woff", "woff2",
];

const OFFERED: &[&str] = &["txt", "ics", "zip", "docx", "pptx", "odt", "odp", "epub"];

const FONTS: &[&str] = &["ttf", "otf", "ttc", "otc"];

/// What a theme's `static/` may hold besides: what pages are made of. A name without an ending is a licence or what some
/// host asks for.
const OF_THEMES: &[&str] =
    &["", "css", "js", "mjs", "map", "json", "webmanifest", "wasm", "xml", "xsl", "html", "md", "ttf", "otf"];

/// The last ending of a path's file name, in lower case.
pub fn ending(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase()).unwrap_or_default()
}

impl Kind {
    /// The kind of a file of the site that is no theme's.
    pub fn of(path: &str) -> Self {
        if path == "site.yaml" {
            return Self::Config;
        }
        // Exactly so: a file named `.YAML` or `.Md` is told of instead of being read on some machines only.
        match path.rsplit('/').next().and_then(|name| name.rsplit_once('.')).map(|(_, end)| end) {
            Some("yaml") => Self::Export,
            Some("md") => Self::Page,
            _ => {
                let end = ending(path);
                let is = |list: &[&str]| list.contains(&end.as_str());
                if is(SHOWN) {
                    Self::Shown
                } else if is(OFFERED) {
                    Self::Offered
                } else if is(FONTS) {
                    Self::Font
                } else {
                    Self::Other
                }
            }
        }
    }

    /// Whether a theme may publish a file of its `static/`.
    pub fn is_for_themes(path: &str) -> bool {
        OF_THEMES.contains(&ending(path).as_str()) || matches!(Self::of(path), Self::Shown | Self::Offered)
    }
}

/// The name of an export, or of a table of data, inside another name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disguise {
    /// What the file was probably called: `autumn.yaml` for `autumn.yaml.txt`.
    pub as_was: String,
    /// Whether that is an export's name; otherwise a table's.
    pub is_export: bool,
}

/// Finds the name of an export in the name of a file that is none: `.yaml`, `.yml` or `.csv` at the end of any part,
/// whatever comes after it (`.yaml.txt`, `.yml (1).zip`, `.CSV`).
pub fn disguise(path: &str) -> Option<Disguise> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let lower = name.to_ascii_lowercase();
    let mut at = 0_usize;
    for part in lower.split('.') {
        let known = (at > 0).then(|| {
            ["yaml", "yml", "csv"]
                .into_iter()
                .find(|end| part.strip_prefix(end).is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric())))
        });
        if let Some(end) = known.flatten() {
            let stem = name.get(..at.saturating_sub(1)).unwrap_or_default();
            let is_export = end != "csv";
            let end = if is_export { "yaml" } else { end };
            return Some(Disguise { as_was: format!("{stem}.{end}"), is_export });
        }
        at += part.len() + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_export_is_known_by_any_part_of_its_name() {
        for (name, was) in [
            ("earners/autumn.yaml.txt", "autumn.yaml"),
            ("a/Members.2026.YAML.TXT", "Members.2026.yaml"),
            ("members.yml", "members.yaml"),
            ("members.yaml (1).zip", "members.yaml"),
            ("members.yaml_old.pdf", "members.yaml"),
            ("members.yaml copy.docx", "members.yaml"),
            ("members.yaml-2026-01-01.md", "members.yaml"),
            ("members.csv", "members.csv"),
            ("x.Csv.gz", "x.csv"),
            (".yaml.txt", ".yaml"),
        ] {
            let found = disguise(name).unwrap_or_else(|| panic!("{name}"));
            assert_eq!(found.as_was, was, "{name}");
            assert_eq!(found.is_export, !was.ends_with("csv"), "{name}");
        }
        for name in
            ["yaml.txt", "yaml-guide.pdf", "about.yamls.pdf", "a.csvx.zip", "x.yaml/readme.txt", "yml", "csv.md"]
        {
            assert_eq!(disguise(name), None, "{name}");
        }
    }

    #[test]
    fn only_what_a_site_shows_is_published_where_it_lies() {
        for (path, kind) in [
            ("content/a.PNG", Kind::Shown),
            ("content/guides/a.pdf", Kind::Shown),
            ("content/kit.zip", Kind::Offered),
            ("content/notes.TXT", Kind::Offered),
            ("content/members.xlsx", Kind::Other),
            ("content/members.json", Kind::Other),
            ("content/CNAME", Kind::Other),
            ("content/x.yaml/readme", Kind::Other),
            ("content/a.ttf", Kind::Font),
            ("content/a.md", Kind::Page),
            ("content/a.MD", Kind::Other),
        ] {
            assert_eq!(Kind::of(path), kind, "{path}");
        }
        assert!(Kind::is_for_themes("themes/x/static/a.css") && !Kind::is_for_themes("themes/x/static/a.xlsx"));
    }
}
