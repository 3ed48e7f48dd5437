//! What a site signs with must not lie where it is published: private keys and the secret, in whatever file and form.

use std::collections::HashSet;

use memchr::memmem;
use rayon::prelude::*;
use zeroize::Zeroizing;

use crate::{
    credential::keys::SiteKeys,
    diagnostic::{Diagnostic, Place},
    hash::Digest,
    source::{Snapshot, kinds::Kind},
};

/// Finds keys in what is published, and remembers in which files there are none.
#[derive(Default)]
pub struct KeyLeaks {
    of: Option<Digest>,
    clean: HashSet<blake3::Hash>,
}

impl KeyLeaks {
    /// Searches everything that is published or lies beside it.
    pub fn check(&mut self, snapshot: &Snapshot, keys: &SiteKeys) -> Vec<Diagnostic> {
        let of = keys.digest();
        if self.of != Some(of) {
            self.of = Some(of);
            self.clean.clear();
        }
        let wanted: Vec<(&'static str, Zeroizing<Vec<u8>>)> = keys
            .private()
            .into_iter()
            .flat_map(|(what, bytes)| forms(&bytes).into_iter().map(move |form| (what, form)))
            .collect();
        let content = snapshot.content.iter().filter(|file| !matches!(Kind::of(&file.path), Kind::Export | Kind::Font));
        let files: Vec<_> = content.chain(&snapshot.themes).filter(|file| !self.clean.contains(&file.hash)).collect();
        let found: Vec<_> = files
            .par_iter()
            .map(|file| {
                let is_in = |form: &[u8]| memmem::find(&file.bytes, form).is_some();
                (file, wanted.iter().find(|(_, form)| is_in(form)).map(|(what, _)| what))
            })
            .collect();
        let mut problems = Vec::new();
        for (file, what) in found {
            let Some(what) = what else {
                self.clean.insert(file.hash);
                continue;
            };
            problems.push(
                Diagnostic::error(format!("this file holds {what}"))
                    .at(Place::file(file.path.clone()))
                    .advice("take it out; if it was ever published or shared, make new keys with `bonafide keygen`")
                    .unshown(),
            );
        }
        problems
    }
}

/// The 32 bytes of a key as they stand in JWKs, in other files with base64, in hexadecimal digits, and in DER.
fn forms(bytes: &[u8; 32]) -> Vec<Zeroizing<Vec<u8>>> {
    use base64::Engine as _;
    let url = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes);
    let standard = base64::engine::general_purpose::STANDARD_NO_PAD.encode(bytes);
    let hex = crate::credential::record::hex(bytes);
    let texts = [hex.to_uppercase(), hex, standard, url];
    texts.into_iter().map(String::into_bytes).chain([bytes.to_vec()]).map(Zeroizing::new).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_those_that_others_write() {
        // python3: base64.b64encode(bytes(range(224, 256))), .hex()
        let forms = forms(&std::array::from_fn(|at| 224 + u8::try_from(at).unwrap()));
        let has = |text: &str| forms.iter().any(|form| form.as_slice() == text.as_bytes());
        assert!(has("4OHi4+Tl5ufo6err7O3u7/Dx8vP09fb3+Pn6+/z9/v8"));
        assert!(has("4OHi4-Tl5ufo6err7O3u7_Dx8vP09fb3-Pn6-_z9_v8"));
        assert!(has("e0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"));
    }
}
