//! What a site signs with, read from where site.yaml says it is. Here alone private keys are read, and nothing that is
//! said of them repeats any of it.

use std::{
    fs, io,
    path::{Component, Path, PathBuf},
    sync::Arc,
};

use zeroize::Zeroizing;

use super::Environment;
use crate::{
    cli::Common,
    credential::keys::{JwtKey, KeyFault, PublicKey, Secret, SigningKey, SiteKeys},
    diagnostic::{Diagnostic, Place, Step},
    source::{Snapshot, keylike::may_be_key},
    steps,
};

/// The keys that site.yaml names; none where it names none. What is wrong with site.yaml itself is told when it is parsed.
pub(super) fn read(
    common: &Common,
    environment: Environment,
    snapshot: &Snapshot,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Arc<SiteKeys>> {
    if snapshot.signs_with_nothing() {
        diagnostics.push(
            Diagnostic::error("`signing` names no keys, so that nothing would be signed")
                .at(Place::yaml("site.yaml", steps!["signing"]))
                .advice("write `key` and `secret` below it (`bonafide keygen keys` makes them), or take it out"),
        );
        return None;
    }
    let record = snapshot.signing()?;
    let mut reader = Reader { common, environment, found: Vec::new() };
    let signing = reader.private("key", &record.key, SigningKey::from_jwk);
    let jwt = record.jwt_key.as_ref().map(|place| reader.private("jwt_key", place, JwtKey::from_jwk));
    let secret = reader.private("secret", &record.secret, |bytes| {
        Secret::parse(std::str::from_utf8(bytes).map_err(|_| KeyFault::Secret)?)
    });
    let mut public = |name: &'static str, places: &[crate::source::value::Line]| -> Vec<PublicKey> {
        let keys = places.iter().enumerate();
        keys.filter_map(|(index, place)| reader.public(name, index, place)).collect()
    };
    let (retired, compromised) = (public("retired", &record.retired), public("compromised", &record.compromised));
    let signs_with = |wanted: &PublicKey| {
        let signing = signing.as_ref().and_then(|key| key.public().ok());
        let jwt = jwt.iter().flatten().filter_map(|key| key.public().ok());
        signing.into_iter().chain(jwt).any(|key| key == *wanted)
    };
    if compromised.len() == record.compromised.len()
        && let Some(index) = compromised.iter().position(signs_with)
    {
        reader.found.push(
            Diagnostic::error("the site signs with a key that is listed as compromised")
                .at(Place::yaml("site.yaml", steps!["signing", "compromised", index]))
                .advice("make a new key with `bonafide keygen`, and name it in `signing`"),
        );
    }
    let found = reader.found;
    let is_wrong = !found.is_empty();
    diagnostics.extend(found);
    if is_wrong {
        return None;
    }
    let jwt = match jwt {
        Some(None) => return None,
        Some(key) => key,
        None => None,
    };
    Some(Arc::new(SiteKeys { signing: signing?, jwt, secret: secret?, retired, compromised }))
}

/// A file with a key is small; more is not read.
const LARGEST: u64 = 64 * 1024;

struct Reader<'a> {
    common: &'a Common,
    environment: Environment,
    found: Vec<Diagnostic>,
}

impl Reader<'_> {
    /// Reads something that nobody else may know.
    fn private<T>(
        &mut self,
        name: &'static str,
        place: &str,
        parse: impl FnOnce(&[u8]) -> Result<T, KeyFault>,
    ) -> Option<T> {
        let steps = steps!["signing", name];
        let (bytes, called) = self.bytes(&steps, place, true)?;
        match parse(&bytes) {
            Ok(key) => Some(key),
            Err(fault) => {
                let advice = match name {
                    "secret" => "`bonafide keygen` makes one",
                    "jwt_key" => "it has to be a P-256 private key as a JWK; `bonafide keygen` makes one",
                    _ => "it has to be an Ed25519 private key as a JWK; `bonafide keygen` makes one",
                };
                self.tell(&steps, format!("{called}: {fault}"), advice);
                None
            }
        }
    }

    /// Reads one of the public keys of a list.
    fn public(&mut self, list: &'static str, index: usize, place: &str) -> Option<PublicKey> {
        let steps = steps!["signing", list, index];
        let (bytes, called) = self.bytes(&steps, place, false)?;
        match PublicKey::from_jwk(&bytes) {
            Ok(key) => Some(key),
            Err(fault @ KeyFault::Private) => {
                let advice = "name the public half here, such as `keys/ed25519.pub.jwk`; the private one can go";
                self.tell(&steps, format!("{called}: {fault}"), advice);
                None
            }
            Err(fault) => {
                self.tell(&steps, format!("{called}: {fault}"), "it has to be a public key as a JWK");
                None
            }
        }
    }

    /// What is in a file or a variable, and what to call it.
    fn bytes(&mut self, steps: &[Step], place: &str, is_private: bool) -> Option<(Zeroizing<Vec<u8>>, String)> {
        let name = place.strip_prefix("env:").unwrap_or(place).trim();
        if name.contains('{') || name.contains("-----BEGIN") || Secret::parse(name).is_ok() {
            self.found.push(
                Diagnostic::error("this is what is secret itself, and not where it is")
                    .at(Place::yaml("site.yaml", steps.to_vec()))
                    .advice("put it into a file of its own, or into a variable, and write `env:NAME`; it was seen here, so make a new one")
                    .unshown(),
            );
            return None;
        }
        // A name may be a key that was pasted into the wrong place.
        let called = if may_be_key(name) { "what is named here".to_owned() } else { format!("`{name}`") };
        if place.starts_with("env:") {
            if name.is_empty() {
                let advice = "write its name behind the colon, such as `env:BONAFIDE_KEY`";
                self.tell(steps, format!("`{place}` names no variable"), advice);
                return None;
            }
            let all = (self.environment.variables)();
            let text = all.into_iter().find(|(variable, _)| variable == name).map(|(_, text)| Zeroizing::new(text));
            let Some(text) = text.filter(|text| !text.trim().is_empty()) else {
                let advice = "set it where the site is built, or name a file here";
                self.tell(steps, format!("the variable {called} is not set"), advice);
                return None;
            };
            return Some((Zeroizing::new(text.as_bytes().to_vec()), called));
        }
        let path = self.common.site.join(place);
        if is_private && let Some(folder) = published(self.common, &path) {
            self.tell(
                steps,
                format!("{called} is below {folder}, which is published or shared"),
                "move it out of there, for instance to `keys/` beside site.yaml; if it was ever published, make a new one",
            );
            return None;
        }
        let read = fs::metadata(&path).and_then(|metadata| match metadata.len() {
            0..=LARGEST if metadata.is_file() => Ok((fs::read(&path)?, mode(&metadata))),
            _ => Err(io::Error::other("this is no file with a key")),
        });
        match read {
            Ok((bytes, Some(mode))) if is_private && mode & 0o077 != 0 => {
                drop(Zeroizing::new(bytes));
                self.tell(
                    steps,
                    format!("others can read {called}: its mode is {:04o}", mode & 0o7777),
                    &format!("chmod 600 {}", path.display()),
                );
                None
            }
            Ok((bytes, _)) => Some((Zeroizing::new(bytes), called)),
            Err(error) => {
                // A new key would not be the one that signed what is out there.
                let advice = if is_private {
                    "`bonafide keygen keys` makes keys; on a machine that builds by itself, name a variable: `env:NAME`"
                } else {
                    "it is the public half of a key of earlier, `*.pub.jwk`: bring it back from a copy, or from the did.json that is published"
                };
                self.tell(steps, format!("{called} cannot be read: {error}"), advice);
                None
            }
        }
    }

    fn tell(&mut self, steps: &[Step], message: String, advice: &str) {
        let place = Place::yaml("site.yaml", steps.to_vec());
        self.found.push(Diagnostic::error(message).at(place).advice(advice));
    }
}

/// The folder that a key must not be in, if it is there; links are followed.
pub(super) fn published(common: &Common, path: &Path) -> Option<&'static str> {
    let (linked, real) = (plain(path)?, whole(path)?);
    let site = &common.site;
    let folders = [("content/", site.join("content")), ("themes/", site.join("themes")), ("the output", common.out())];
    folders.into_iter().find_map(|(name, folder)| {
        let folders = [plain(&folder), whole(&folder)];
        let is_in =
            folders.into_iter().flatten().any(|folder| real.starts_with(&folder) || linked.starts_with(&folder));
        is_in.then_some(name)
    })
}

/// A path from the root, without `.` and `..`. No link is followed.
pub(super) fn plain(path: &Path) -> Option<PathBuf> {
    let mut plain = PathBuf::new();
    for part in std::path::absolute(path).ok()?.components() {
        match part {
            Component::ParentDir => drop(plain.pop()),
            Component::CurDir => {}
            part => plain.push(part),
        }
    }
    Some(plain)
}

/// Where a path leads, also if its end is not there yet.
fn whole(path: &Path) -> Option<PathBuf> {
    let path = std::path::absolute(path).ok()?;
    let mut ends = path.ancestors();
    let (there, real) = ends.find_map(|end| Some((end, fs::canonicalize(end).ok()?)))?;
    plain(&real.join(path.strip_prefix(there).ok()?))
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "other systems have none")]
fn mode(metadata: &fs::Metadata) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt as _;
    Some(metadata.permissions().mode())
}

#[cfg(not(unix))]
fn mode(_metadata: &fs::Metadata) -> Option<u32> {
    None
}
