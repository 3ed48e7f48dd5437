//! The look from outside: what readers get, without login, at the site's own address.
//!
//! A store may have taken everything and readers still see something else: a host that does not answer folders with
//! their `index.html`, an edge that keeps pages, one that rewrites them.

use std::time::Duration;

use futures_util::StreamExt as _;
use reqwest::{Client, redirect::Policy};

use super::built::{Half, half};

/// What a look expects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// These bytes.
    Bytes(Half),
    /// These bytes, and that they may be kept for ever.
    Asset(Half),
    /// An answer that there is nothing, with these bytes if the site has a page for that.
    Missing(Option<Half>),
    /// The same at an address that has never been any: what is found there is not kept by anybody from before.
    MadeUp(Option<Half>),
    /// Anything but these bytes.
    Withheld(Half),
    /// No file for hosts, whatever is in it; a page does not count, as some hosts have one for everything.
    NoControl,
}

/// Where to look, and what for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// The whole address.
    pub address: String,
    /// What is remembered, so that it is looked at again until it is as it should be: its key.
    pub key: Option<String>,
    /// What is expected there.
    pub expected: Expected,
}

/// What is not as expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Surprise {
    /// Where.
    pub address: String,
    /// Its key, if it is to be remembered.
    pub key: Option<String>,
    /// What was found.
    pub found: String,
    /// What is to be changed at the host.
    pub setting: &'static str,
}

/// How often something is looked at again before it is told: edges take a moment.
const TRIES: u32 = 3;

const INDEX: &str = "answer the address of a folder with its `index.html` (index document of the website's settings)";
const KEPT: &str = "an edge or the host keeps old pages or rewrites them: switch off rewriting (minifying, e-mail obfuscation) \
                    and let it respect `Cache-Control` of the origin";
const KEPT_GONE: &str = "an edge or the host keeps what is gone: remove it from the cache, and let it respect `Cache-Control` of \
                         the origin";
const ONE_PAGE: &str =
    "answer what is not there with status 404: rules for single-page apps answer everything with a page";

/// The client that looks: it follows nothing and has no login.
///
/// # Errors
/// If the system has no root certificates.
pub fn client(patience: Duration) -> Result<Client, String> {
    let client = Client::builder().redirect(Policy::none()).timeout(patience).user_agent("bonafide");
    client.build().map_err(|error| error.to_string())
}

/// Whether somebody without login finds just these bytes at an address. What cannot be reached is not found.
pub async fn is_found(client: &Client, address: &str, bytes: &[u8]) -> bool {
    match fetch(client, address).await {
        Ok(answer) => answer.status < 300 && answer.content == half(bytes),
        Err(_) => false,
    }
}

/// What somebody got.
#[derive(Debug, Clone, Default)]
struct Answer {
    status: u16,
    content: Half,
    kept: String,
    /// It leads on to the address of a folder.
    folder: bool,
    /// It begins as pages do.
    is_page: bool,
    /// Of the address of a folder that was not as expected: its `index.html` is.
    has_index: bool,
}

async fn fetch(client: &Client, address: &str) -> Result<Answer, String> {
    // What is up is asked for, not what somebody on the way has kept.
    let answer = client.get(address).header("Cache-Control", "no-cache").send().await;
    let answer = answer.map_err(|error| words(&error))?;
    let status = answer.status().as_u16();
    let header =
        |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let (kept, location) = (header("cache-control"), header("location"));
    let bytes = answer.bytes().await.map_err(|error| words(&error))?;
    let is_page = bytes.trim_ascii_start().first().is_none_or(|first| *first == b'<');
    Ok(Answer { status, content: half(&bytes), kept, folder: location.ends_with('/'), is_page, has_index: false })
}

fn words(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        "no answer".to_owned()
    } else if error.is_connect() {
        "no connection".to_owned()
    } else {
        "the connection broke".to_owned()
    }
}

/// Looks everywhere, some at once, and says what is not as expected, in the order of the looks.
pub async fn look(client: &Client, looks: &[Look], pause: Duration) -> Vec<Surprise> {
    let one = async |look: &Look| {
        let mut got = Err(String::new());
        for attempt in 0..TRIES {
            if attempt > 0 {
                tokio::time::sleep(pause).await;
            }
            got = fetch(client, &look.address).await;
            if judge(look, &got, Others::default()).is_none() {
                return got;
            }
        }
        // Where the page itself is as it should be, the address of its folder may be the matter.
        if let (Ok(answer), Expected::Bytes(content)) = (&mut got, look.expected)
            && look.address.ends_with('/')
            && let Ok(index) = fetch(client, &format!("{}index.html", look.address)).await
        {
            answer.has_index = (index.status, index.content) == (200, content);
        }
        got
    };
    let answers: Vec<_> = futures_util::stream::iter(looks.iter().map(one)).buffered(8).collect().await;
    surprises(looks, &answers)
}

/// What is not as expected. What is to be changed at the host is told by all answers together.
fn surprises(looks: &[Look], answers: &[Result<Answer, String>]) -> Vec<Surprise> {
    let mut others = Others::default();
    for (look, got) in looks.iter().zip(answers) {
        let Ok(answer) = got else { continue };
        match look.expected {
            Expected::Bytes(content) if look.address.ends_with('/') => {
                others.folders |= (answer.status, answer.content) == (200, content);
            }
            Expected::MadeUp(_) => {
                let answered = (answer.status == 200).then_some(answer.content);
                others.everything = others.everything.or(answered);
            }
            _ => {}
        }
    }
    looks.iter().zip(answers).filter_map(|(look, got)| judge(look, got, others)).collect()
}

/// What other answers say of the host.
#[derive(Debug, Clone, Copy, Default)]
struct Others {
    /// The address of some folder is answered with its page.
    folders: bool,
    /// What is answered at an address that there has never been.
    everything: Option<Half>,
}

fn judge(look: &Look, got: &Result<Answer, String>, others: Others) -> Option<Surprise> {
    let tell = |found: String, setting| {
        Some(Surprise { address: look.address.clone(), key: look.key.clone(), found, setting })
    };
    let answer = match got {
        Ok(answer) => answer,
        // Who does not answer withholds it.
        Err(found) if matches!(look.expected, Expected::Withheld(_) | Expected::NoControl) && found == "no answer" => {
            return None;
        }
        Err(found) => {
            return tell(found.clone(), "the site's address leads nowhere: see its DNS, certificate and routing");
        }
    };
    let status = answer.status;
    match look.expected {
        Expected::Bytes(content) | Expected::Asset(content) => match status {
            200 if answer.content != content => {
                let is_index = answer.has_index && !others.folders;
                tell("other bytes than were put up".to_owned(), if is_index { INDEX } else { KEPT })
            }
            200 if matches!(look.expected, Expected::Asset(_)) && !answer.kept.contains("immutable") => tell(
                format!("`Cache-Control: {}`", answer.kept),
                "the host replaces `Cache-Control`: let it send what is stored with the file",
            ),
            200 => None,
            403 => tell("403".to_owned(), "allow everybody to read the site's files (not to list them)"),
            // Elsewhere on the site folders are answered.
            404 if others.folders => tell("404".to_owned(), KEPT),
            404 => tell("404".to_owned(), INDEX),
            300..400 if answer.folder => tell(
                format!("{status}"),
                "answer the address of a folder itself with its `index.html`, without leading on",
            ),
            _ => tell(format!("{status}"), "see that the site's address leads to where it is published"),
        },
        Expected::Missing(content) | Expected::MadeUp(content) => match (status, content) {
            (404 | 410, None) => None,
            (404 | 410, Some(content)) if answer.content == content => None,
            (404 | 410, Some(_)) => {
                tell("404 with another page".to_owned(), "answer what is not there with `404.html` (error document)")
            }
            (403, _) => tell(
                "403".to_owned(),
                "answer what is not there with 404 and `404.html` (error document); some hosts say 403 where nobody may list",
            ),
            (200, _) if matches!(look.expected, Expected::MadeUp(_)) || others.everything.is_some() => {
                tell("200".to_owned(), ONE_PAGE)
            }
            (200, _) => tell("200, though it is gone".to_owned(), KEPT_GONE),
            _ => tell(format!("{status}"), "answer what is not there with status 404 and `404.html`"),
        },
        Expected::Withheld(content) => {
            let is_there = status == 200 && answer.content == content;
            is_there.then(|| tell("it can be read".to_owned(), "do not serve this file"))?
        }
        Expected::NoControl => {
            let is_there = status == 200 && !answer.is_page && others.everything != Some(answer.content);
            is_there.then(|| {
                let setting = "a file for another kind of host that names addresses: remove it from where the site is, or do \
                               not serve it";
                tell("it can be read".to_owned(), setting)
            })?
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, text: &str) -> Answer {
        let is_page = text.is_empty() || text.starts_with('<');
        Answer { status, content: half(text.as_bytes()), is_page, ..Answer::default() }
    }

    fn stale(status: u16, text: &str) -> Answer {
        Answer { has_index: true, ..answer(status, text) }
    }

    /// Looks, each with what was got, and what is told of them.
    fn told(all: &[(&str, Expected, Answer)]) -> Vec<(String, &'static str)> {
        let looks: Vec<Look> = all
            .iter()
            .map(|(at, expected, _)| Look { address: (*at).into(), key: None, expected: *expected })
            .collect();
        let answers: Vec<_> = all.iter().map(|(.., answer)| Ok(answer.clone())).collect();
        surprises(&looks, &answers).into_iter().map(|surprise| (surprise.address, surprise.setting)).collect()
    }

    #[test]
    fn one_stale_page_is_a_cache_where_folders_are_answered_elsewhere() {
        let (new, page) = (Expected::Bytes(half(b"<new>")), Expected::Bytes(half(b"<page>")));
        let (a, b) = ("https://h.example/a/", "https://h.example/b/");
        for got in [stale(200, "<old>"), stale(404, "<none>")] {
            assert_eq!(told(&[(a, new, got.clone()), (b, page, answer(200, "<page>"))]), [(a.into(), KEPT)]);
            assert_eq!(told(&[(a, new, got.clone()), (b, page, got)]), [(a.into(), INDEX), (b.into(), INDEX)]);
        }
        // An address that is no folder's tells nothing of folders.
        let file = ("https://h.example/as-of.json", page, answer(200, "<page>"));
        assert_eq!(told(&[(a, new, stale(200, "<old>")), file]), [(a.into(), INDEX)]);
    }

    #[test]
    fn what_is_gone_and_still_served_is_kept_unless_everything_is_answered() {
        let (gone, made_up) = ("https://h.example/verify/x/", "https://h.example/not-there/");
        let none = Some(half(b"<404>"));
        let served = (gone, Expected::Missing(none), answer(200, "<award>"));
        let missing = (made_up, Expected::MadeUp(none), answer(404, "<404>"));
        assert_eq!(told(&[served.clone(), missing]), [(gone.into(), KEPT_GONE)]);
        let any = (made_up, Expected::MadeUp(none), answer(200, "<home>"));
        assert_eq!(told(&[served, any]), [(gone.into(), ONE_PAGE), (made_up.into(), ONE_PAGE)]);
    }

    #[test]
    fn a_control_is_found_whatever_is_in_it_and_a_page_is_none() {
        let at = "https://h.example/_redirects";
        let found = |got, made_up: &str, status| {
            let looks = [
                (at, Expected::NoControl, got),
                ("https://h.example/not-there/", Expected::MadeUp(None), answer(status, made_up)),
            ];
            told(&looks).iter().any(|(address, _)| address == at)
        };
        assert!(found(answer(200, "/old /new 301"), "", 404));
        assert!(!found(answer(404, "/old /new 301"), "", 404));
        assert!(!found(answer(200, "<!doctype html><title>Home"), "<!doctype html><title>Home", 200));
        assert!(!found(answer(200, "{\"ok\": true}"), "{\"ok\": true}", 200), "whatever is asked for");
        assert!(!found(answer(200, ""), "", 404));
        let look = Look { address: at.into(), key: None, expected: Expected::NoControl };
        assert!(judge(&look, &Err("no answer".into()), Others::default()).is_none());
    }
}
