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
    /// Anything but these bytes.
    Withheld(Half),
}

/// Where to look, and what for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// The whole address.
    pub address: String,
    /// What is expected there.
    pub expected: Expected,
}

/// What is not as expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Surprise {
    /// Where.
    pub address: String,
    /// What was found.
    pub found: String,
    /// What is to be changed at the host.
    pub setting: &'static str,
}

/// How often something is looked at again before it is told: edges take a moment.
const TRIES: u32 = 3;

/// What a host lacks that does not know of index documents.
const INDEX: &str = "answer the address of a folder with its `index.html` (index document of the website's settings)";

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

struct Answer {
    status: u16,
    content: Half,
    kept: String,
    folder: bool,
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
    Ok(Answer { status, content: half(&bytes), kept, folder: location.ends_with('/') })
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
        let mut surprise = None;
        for attempt in 0..TRIES {
            if attempt > 0 {
                tokio::time::sleep(pause).await;
            }
            surprise = match fetch(client, &look.address).await {
                Ok(answer) => judge(look, &answer),
                Err(found) if matches!(look.expected, Expected::Withheld(_)) && found == "no answer" => None,
                Err(found) => {
                    Some(told(look, found, "the site's address leads nowhere: see its DNS, certificate and routing"))
                }
            };
            if surprise.is_none() {
                break;
            }
        }
        // Where the page itself is as it should be, the address of its folder is the matter.
        if let (Some(found), Expected::Bytes(content)) = (&mut surprise, look.expected)
            && look.address.ends_with('/')
            && let Ok(answer) = fetch(client, &format!("{}index.html", look.address)).await
            && (answer.status, answer.content) == (200, content)
        {
            found.setting = INDEX;
        }
        surprise
    };
    let found: Vec<Option<Surprise>> = futures_util::stream::iter(looks.iter().map(one)).buffered(8).collect().await;
    found.into_iter().flatten().collect()
}

fn told(look: &Look, found: String, setting: &'static str) -> Surprise {
    Surprise { address: look.address.clone(), found, setting }
}

fn judge(look: &Look, answer: &Answer) -> Option<Surprise> {
    let status = answer.status;
    let tell = |found: String, setting| Some(told(look, found, setting));
    match look.expected {
        Expected::Bytes(content) | Expected::Asset(content) => match status {
            200 if answer.content != content => tell(
                "other bytes than were put up".to_owned(),
                "an edge or the host keeps old pages or rewrites them: switch off rewriting (minifying, e-mail obfuscation) \
                 and let it respect `Cache-Control` of the origin",
            ),
            200 if matches!(look.expected, Expected::Asset(_)) && !answer.kept.contains("immutable") => tell(
                format!("`Cache-Control: {}`", answer.kept),
                "the host replaces `Cache-Control`: let it send what is stored with the file",
            ),
            200 => None,
            403 => tell("403".to_owned(), "allow everybody to read the site's files (not to list them)"),
            404 => tell("404".to_owned(), INDEX),
            300..400 if answer.folder => tell(
                format!("{status}"),
                "answer the address of a folder itself with its `index.html`, without leading on",
            ),
            _ => tell(format!("{status}"), "see that the site's address leads to where it is published"),
        },
        Expected::Missing(content) => match (status, content) {
            (404 | 410, None) => None,
            (404 | 410, Some(content)) if answer.content == content => None,
            (404 | 410, Some(_)) => {
                tell("404 with another page".to_owned(), "answer what is not there with `404.html` (error document)")
            }
            (403, _) => tell(
                "403".to_owned(),
                "answer what is not there with 404 and `404.html` (error document); some hosts say 403 where nobody may list",
            ),
            (200, _) => tell(
                "200".to_owned(),
                "answer what is not there with status 404: rules for single-page apps answer everything with a page",
            ),
            _ => tell(format!("{status}"), "answer what is not there with status 404 and `404.html`"),
        },
        Expected::Withheld(content) => {
            let is_there = status == 200 && answer.content == content;
            is_there.then(|| told(look, "it can be read".to_owned(), "do not serve this file"))
        }
    }
}
