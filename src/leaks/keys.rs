//! What a site signs with must not lie where it is published: private keys and the secret, in whatever file and form.

use std::collections::HashSet;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder};
use rayon::prelude::*;
use zeroize::Zeroizing;

use super::published;
use crate::{
    credential::keys::SiteKeys,
    diagnostic::{Diagnostic, Place},
    hash::Digest,
    site::Site,
    source::{File, Snapshot, kinds::Kind},
};

/// Finds keys in what is published, and remembers in which files there are none.
#[derive(Default)]
pub struct KeyLeaks {
    of: Option<Digest>,
    wanted: Wanted,
    clean: HashSet<blake3::Hash>,
}

const ADVICE: &str = "take it out; if it was ever published or shared, make new keys with `bonafide keygen`";

impl KeyLeaks {
    /// Searches everything that is published or lies beside it.
    pub fn check(&mut self, snapshot: &Snapshot, keys: &SiteKeys) -> Vec<Diagnostic> {
        let of = keys.digest();
        if self.of != Some(of) {
            self.of = Some(of);
            self.wanted = Wanted::new(keys);
            self.clean.clear();
        }
        // Of exports, what becomes public of them is searched.
        let content =
            || snapshot.content.iter().filter(|file| !matches!(Kind::of(&file.path), Kind::Export | Kind::Font));
        let all = || snapshot.config.iter().chain(content()).chain(&snapshot.themes);
        let files: Vec<&File> = all().filter(|file| !self.clean.contains(&file.hash)).collect();
        let wanted = &self.wanted;
        let found: Vec<_> = files.par_iter().map(|file| (file, wanted.find(&file.bytes))).collect();
        let mut problems = Vec::new();
        for (file, found) in found {
            let Some((what, span)) = found else {
                self.clean.insert(file.hash);
                continue;
            };
            // Where in site.yaml it is can be told without a word of it.
            let place = if Kind::of(&file.path) == Kind::Config {
                Place::bytes(file.path.clone(), span)
            } else {
                Place::file(file.path.clone())
            };
            problems.push(Diagnostic::error(format!("this file holds {what}")).at(place).advice(ADVICE).unshown());
        }
        let named = content().chain(&snapshot.themes).filter_map(|file| wanted.find(file.path.as_bytes()));
        problems.extend(named.map(|(what, _)| {
            // A name that is one is not repeated, so neither is the file named.
            Diagnostic::error(format!("the name of a file holds {what}, and would be an address")).advice(ADVICE)
        }));
        problems
    }

    /// Searches the texts of exports that are published.
    pub fn check_texts(&self, site: &Site<'_>) -> Vec<Diagnostic> {
        published::texts(site, true, &|text, place| {
            let (what, _) = self.wanted.find(text.as_bytes())?;
            let message = format!("this is shown to everybody, and holds {what}");
            Some(Diagnostic::error(message).at(place()).advice(ADVICE).unshown())
        })
    }
}

/// What is looked for.
#[derive(Default)]
struct Wanted {
    /// All forms of all keys; none where there are no keys. The automaton keeps a copy of its own, as does the site's
    /// material for as long as it is built.
    forms: Option<AhoCorasick>,
    /// What each form is one of.
    whats: Vec<&'static str>,
}

impl Wanted {
    fn new(keys: &SiteKeys) -> Self {
        let (mut whats, mut all) = (Vec::new(), Vec::new());
        for (what, bytes) in keys.private() {
            for form in forms(&bytes) {
                whats.push(what);
                all.push(form);
            }
        }
        Self { forms: Some(automaton(&all)), whats }
    }

    /// What bytes hold, and where.
    fn find(&self, bytes: &[u8]) -> Option<(&'static str, std::ops::Range<usize>)> {
        let found = self.forms.as_ref()?.find(bytes)?;
        Some((self.whats.get(found.pattern())?, found.start()..found.end()))
    }
}

/// Looks for all of them in one pass.
fn automaton(forms: &[Zeroizing<Vec<u8>>]) -> AhoCorasick {
    AhoCorasickBuilder::new().dfa(true).build(forms.iter().map(|form| form.as_slice()))
}

/// The 32 bytes of a key as they stand in JWKs, in other files with base64, in hexadecimal digits, and in DER; and these as
/// they stand in a file that is base64 as a whole. Of each there are two halves: lines are broken after 64 or 76
/// characters, and then one of the two is whole. Half of a key is too much as well.
fn forms(bytes: &[u8; 32]) -> Vec<Zeroizing<Vec<u8>>> {
    use base64::{
        Engine as _,
        engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
    };
    let hex = crate::credential::record::hex(bytes);
    let texts = [hex.to_uppercase(), hex, STANDARD_NO_PAD.encode(bytes), URL_SAFE_NO_PAD.encode(bytes)];
    let plain: Vec<Zeroizing<Vec<u8>>> =
        texts.into_iter().map(String::into_bytes).chain([bytes.to_vec()]).map(Zeroizing::new).collect();
    let mut all = plain.clone();
    for form in &plain {
        for before in 0..3 {
            // What stands before and behind shares a digit with what is looked for.
            let whole = Zeroizing::new([&[0; 2][..before], form].concat());
            let from = if before == 0 { 0 } else { before + 1 };
            for mut text in [STANDARD_NO_PAD.encode(&whole), URL_SAFE_NO_PAD.encode(&whole)] {
                text.truncate(text.len() - usize::from(whole.len() % 3 != 0));
                all.push(Zeroizing::new(text.into_bytes().split_off(from)));
            }
        }
    }
    let halves = |form: Zeroizing<Vec<u8>>| {
        let (first, second) = form.split_at(form.len() / 2);
        [Zeroizing::new(first.to_vec()), Zeroizing::new(second.to_vec())]
    };
    all.into_iter().flat_map(halves).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The forms of bytes 224 to 255.
    fn wanted() -> Wanted {
        let all = forms(&std::array::from_fn(|at| 224 + u8::try_from(at).unwrap()));
        let whats = vec!["it"; all.len()];
        Wanted { forms: Some(automaton(&all)), whats }
    }

    #[test]
    fn forms_are_those_that_others_write() {
        let wanted = wanted();
        for text in [
            // python3: base64.b64encode(bytes(range(224, 256))), .urlsafe_b64encode, .hex()
            "4OHi4+Tl5ufo6err7O3u7/Dx8vP09fb3+Pn6+/z9/v8",
            "4OHi4-Tl5ufo6err7O3u7_Dx8vP09fb3-Pn6-_z9_v8",
            "e0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
            "E0E1E2E3E4E5E6E7E8E9EAEBECEDEEEFF0F1F2F3F4F5F6F7F8F9FAFBFCFDFEFF",
            // As PKCS #8 (RFC 8410), the bytes behind 302e020100300506032b657004220420.
            "MC4CAQAwBQYDK2VwBCIEIODh4uPk5ebn6Onq6+zt7u/w8fLz9PX29/j5+vv8/f7/",
            // base64 --wrap 76 of {"kty":"OKP","crv":"Ed25519","d":"4OHi…"}, and of the same with a space and with two in front.
            "eyJrdHkiOiJPS1AiLCJjcnYiOiJFZDI1NTE5IiwiZCI6IjRPSGk0LVRsNXVmbzZlcnI3TzN1N19E\neDh2UDA5ZmIzLVBuNi1fejlfdjgifQ==\n",
            "IHsia3R5IjoiT0tQIiwiY3J2IjoiRWQyNTUxOSIsImQiOiI0T0hpNC1UbDV1Zm82ZXJyN08zdTdf\nRHg4dlAwOWZiMy1QbjYtX3o5X3Y4In0=\n",
            "ICB7Imt0eSI6Ik9LUCIsImNydiI6IkVkMjU1MTkiLCJkIjoiNE9IaTQtVGw1dWZvNmVycjdPM3U3\nX0R4OHZQMDlmYjMtUG42LV96OV92OCJ9\n",
        ] {
            assert!(wanted.find(text.as_bytes()).is_some(), "{text}");
            assert!(wanted.find(format!("Anna {text} Müller").as_bytes()).is_some(), "{text}");
        }
        assert!(wanted.find(&(200..=255).collect::<Vec<u8>>()).is_some());
        for other in ["", "Anna Müller", "4OHi4+Tl5ufo6err", "e0e1e2e3e4e5e6e7e8e9eaebecedee"] {
            assert!(wanted.find(other.as_bytes()).is_none(), "{other}");
        }
    }
}
