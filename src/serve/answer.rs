//! From a request to a reply: what a static host does with the output folder, and what a preview adds.
//!
//! Like a host it serves files by their paths, a folder's `index.html` for the folder, `404.html`
//! for what is not there, all of it below the path of `base_url`. Unlike a host it adds one script to
//! pages on their way out, answers `?at=` with the page of another moment, and shows drafts.
//!
//! While a rebuild is going on a file can be missing for a moment, and so can the whole folder if
//! somebody removed it. What is not there is therefore looked for once more when the rebuild is over.

use std::{fs, io, path::PathBuf, sync::Arc, time::Duration};

use super::{
    live::{Live, View},
    preview::Preview,
    reply::{Reply, Whole, file, is_page, plain, redirect, to_fault},
    request::{Fault, Request},
    watch::Bell,
};
use crate::{
    prose::escape,
    source::value::{Value, When},
};

/// The folder of the addresses that only a preview has. No file of a site begins with `_`.
const OWN: &str = "_bonafide";
const CLIENT: &str = include_str!("client.js");

/// How long a file that is missing may take to be missed by the rebuild, too.
const HESITATION: Duration = Duration::from_millis(60);
/// How long a rebuild is waited for.
const REBUILD: Duration = Duration::from_secs(20);

/// What answers.
pub struct Answers {
    /// The output folder.
    pub out: PathBuf,
    /// The state of the site.
    pub live: Arc<Live>,
    /// Makes pages that are not in the output folder.
    pub preview: Arc<Preview>,
    /// Wakes what rebuilds.
    pub bell: Bell,
}

/// A page to be sent, and what its script has to know.
struct Page {
    status: u16,
    html: Vec<u8>,
    /// The moment it was made for, where it is another than the site's.
    moment: Option<String>,
    at: Option<String>,
}

impl Answers {
    /// Answers a request.
    pub fn to(&self, request: &Request) -> Reply {
        let (version, view) = self.live.now();
        if request.is_post {
            return Reply::Whole(self.act(request, &view));
        }
        if let Some(reply) = self.attempt(request, version, &view) {
            return reply;
        }
        self.live.settled(HESITATION, REBUILD);
        // All of it again, since all of it may be new; and what is missing now is missing in the version asked for now.
        let (version, view) = self.live.now();
        self.attempt(request, version, &view).unwrap_or_else(|| Reply::Whole(self.missing(&view, version, request)))
    }

    /// Does what an open page asks for: there is one thing that can be.
    fn act(&self, request: &Request, view: &View) -> Whole {
        let is_own = below(&view.root, &request.segments).is_some_and(|path| path == format!("{OWN}/go-on"));
        if !is_own {
            return to_fault(Fault::Method);
        }
        if !request.is_from_own_page() {
            return plain(403, "only a page of this preview may ask for that");
        }
        let gone = request.parameter("vanished").and_then(|number| number.parse().ok());
        if !gone.is_some_and(|gone| self.live.allow(gone)) {
            return plain(409, "that is not what the site is held back for now");
        }
        self.bell.ring();
        plain(202, "going on")
    }

    /// The answer, if what is asked for is there.
    fn attempt(&self, request: &Request, version: u64, view: &View) -> Option<Reply> {
        let Some(path) = below(&view.root, &request.segments) else {
            let is_above = view.root.starts_with(&format!("{}/", request.path.trim_end_matches('/')));
            return is_above.then(|| Reply::Whole(redirect(&view.root, request)));
        };
        if let Some(own) = path.strip_prefix(OWN).and_then(|rest| rest.strip_prefix('/')) {
            return match own {
                "events" => Some(Reply::Events),
                "go-on" => Some(Reply::Whole(to_fault(Fault::Method))),
                "client.js" => Some(Reply::Whole(file(request, "client.js", CLIENT.as_bytes().to_vec()))),
                _ => None,
            };
        }
        // Hosts read these and keep them to themselves; one of them names addresses that are unlisted.
        if matches!(path.as_str(), "_headers" | "_redirects") {
            return None;
        }
        let wanted = if path.is_empty() || path.ends_with('/') { format!("{path}index.html") } else { path.clone() };
        let at = request.parameter("at").filter(|at| !at.is_empty() && is_page(&wanted));
        if at.is_some() || view.with_drafts.contains(&wanted) {
            return self.look(view, version, request, &wanted, at.as_deref()).map(Reply::Whole);
        }
        let whole = match self.read(&wanted) {
            Ok(Some(bytes)) if is_page(&wanted) => {
                self.page(view, version, request, Page { status: 200, html: bytes, moment: None, at: None })
            }
            Ok(Some(bytes)) => file(request, &wanted, bytes),
            Ok(None) if self.is_folder(view, &path) => redirect(&format!("{}/", request.path), request),
            Ok(None) => return None,
            Err(error) => plain(500, &format!("this file cannot be read: {error}")),
        };
        Some(Reply::Whole(whole))
    }

    fn is_folder(&self, view: &View, path: &str) -> bool {
        let index = format!("{path}/index.html");
        !path.is_empty()
            && !path.ends_with('/')
            && (view.with_drafts.contains(&index) || matches!(self.read(&index), Ok(Some(_))))
    }

    /// The file at a path of the output, unless a link leads out of it.
    fn find(&self, path: &str) -> io::Result<Option<PathBuf>> {
        let gone = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::InvalidFilename => Ok(None),
            _ => Err(error),
        };
        let found = match self.out.canonicalize().and_then(|out| Ok((self.out.join(path).canonicalize()?, out))) {
            Ok((found, out)) => found.starts_with(out).then_some(found),
            Err(error) => return gone(error),
        };
        Ok(found.filter(|found| found.is_file()))
    }

    fn read(&self, path: &str) -> io::Result<Option<Vec<u8>>> {
        if let Some(made) = self.live.ask(path) {
            return Ok(made);
        }
        let Some(found) = self.find(path)? else { return Ok(None) };
        match fs::read(found) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A page made now: with drafts, and of another moment if one is given.
    fn look(&self, view: &View, version: u64, request: &Request, wanted: &str, at: Option<&str>) -> Option<Whole> {
        let when = match When::parse(at.unwrap_or(&view.moment)) {
            Ok(when) => when,
            Err(fault) => return Some(plain(400, &format!("`at`: {}; {}", fault.message, fault.advice))),
        };
        Some(match self.preview.look(wanted, when)? {
            Ok(look) => {
                let page = Page {
                    status: if look.found { 200 } else { 404 },
                    html: look.bytes,
                    moment: Some(look.moment.to_string()).filter(|_| at.is_some()),
                    at: at.map(str::to_owned),
                };
                self.page(view, version, request, page)
            }
            Err(problems) => {
                let words: Vec<_> = problems.into_iter().map(|problem| problem.message).collect();
                plain(500, &format!("this page cannot be made: {}", words.join("; ")))
            }
        })
    }

    fn missing(&self, view: &View, version: u64, request: &Request) -> Whole {
        // Before the first build there is nothing to serve but what is wrong.
        let (status, html) = match self.read("404.html") {
            Ok(Some(html)) => (404, html),
            _ if version == 0 => (503, b"<!DOCTYPE html><html lang=\"en\"><head><title>Not built yet</title></head><body><h1>The site is not built yet</h1></body></html>".to_vec()),
            _ => (404, b"<!DOCTYPE html><html lang=\"en\"><head><title>Not found</title></head><body><h1>Not found</h1></body></html>".to_vec()),
        };
        self.page(view, version, request, Page { status, html, moment: None, at: None })
    }

    /// A page with the script that keeps it right.
    fn page(&self, view: &View, version: u64, request: &Request, page: Page) -> Whole {
        let drafts = serde_json::json!(view.drafts).to_string();
        let mut tag = format!(
            "<script src=\"{root}{OWN}/client.js\" data-root=\"{root}\" data-version=\"{}.{version}\" data-zone=\"{}\" data-moment=\"{}\" data-drafts=\"{}\"",
            self.live.run,
            escape(&view.zone),
            escape(page.moment.as_ref().unwrap_or(&view.moment)),
            escape(&drafts),
            root = escape(&view.root),
        );
        if view.fixed || page.at.is_some() {
            tag.push_str(" data-fixed=\"1\"");
        }
        if let Some(at) = &page.at {
            tag.push_str(&format!(" data-at=\"{}\"", escape(at)));
        }
        if page.status != 200 {
            tag.push_str(" data-missing=\"1\"");
        }
        tag.push_str("></script>");
        let at = place_for_script(&page.html);
        let mut html = page.html;
        html.splice(at..at, tag.into_bytes());
        let mut whole = file(request, "page.html", html);
        if page.status != 200 && whole.status != 304 {
            whole.status = page.status;
        }
        whole
    }
}

/// Before the page's own scripts, which judge by the clock that this one sets.
fn place_for_script(html: &[u8]) -> usize {
    let find = |what: &[u8]| html.windows(what.len()).position(|window| window == what);
    let after = |start: usize| html.iter().skip(start).position(|byte| *byte == b'>').map(|at| start + at + 1);
    find(b"<head>").or_else(|| find(b"<head ")).and_then(after).unwrap_or(html.len())
}

/// A path below the root, or none if it is not.
fn below(root: &str, segments: &[String]) -> Option<String> {
    let root = percent_encoding::percent_decode_str(root.trim_start_matches('/')).decode_utf8_lossy();
    segments.join("/").strip_prefix(&*root).map(str::to_owned)
}
