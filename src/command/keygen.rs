//! `bonafide keygen`: the keys and the secret that a site signs with.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use zeroize::Zeroizing;

use super::{
    Exit,
    signing::{plain, published},
};
use crate::{
    cli::{Common, Format},
    credential::keys::{KeyFault, Material, PublicKey},
};

/// What can go wrong. No key is in it.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error("{0} is there already; keys are never overwritten, since what they signed would lose its key")]
    There(String),
    #[error(
        "{0} is below {1}, which is published or shared: keys belong beside site.yaml, for instance into `keys`, or elsewhere"
    )]
    Published(String, &'static str),
    #[error("{0}: {1}")]
    Io(String, io::Error),
    #[error("the system gives no random bytes: {0}")]
    Random(getrandom::Error),
    #[error(transparent)]
    Key(#[from] KeyFault),
}

/// Runs it.
pub(super) fn run(common: &Common, dir: &Path) -> Exit {
    let made = match published(common, dir) {
        Some(folder) => Err(Fault::Published(dir.display().to_string(), folder)),
        None => make(dir),
    };
    match made {
        Ok(files) => {
            let _ = io::stdout().lock().write_all(told(common, dir, &files).as_bytes());
            Exit::Done
        }
        Err(fault) if common.format == Format::Json => {
            let said = serde_json::json!({ "files": [], "signing": null, "error": fault.to_string() });
            let _ = writeln!(io::stdout().lock(), "{said}");
            Exit::Errors
        }
        Err(fault) => {
            let _ = writeln!(io::stderr().lock(), "error: {fault}");
            Exit::Errors
        }
    }
}

/// Makes all files, or none where one is there already.
fn make(dir: &Path) -> Result<Vec<PathBuf>, Fault> {
    let material = Material::generate(getrandom::fill).map_err(Fault::Random)?;
    let public = |key: PublicKey| Zeroizing::new(format!("{}\n", key.to_jwk()));
    let secret = Zeroizing::new(format!("{}\n", material.secret.to_text().as_str()));
    let files = [
        ("ed25519.jwk", material.signing.to_jwk(), 0o600),
        ("ed25519.pub.jwk", public(material.signing.public()?), 0o644),
        ("p256.jwk", material.jwt.to_jwk()?, 0o600),
        ("p256.pub.jwk", public(material.jwt.public()?), 0o644),
        ("secret", secret, 0o600),
    ];
    for (name, ..) in &files {
        let path = dir.join(name);
        // A link that leads nowhere is there as well.
        if fs::symlink_metadata(&path).is_ok() {
            return Err(Fault::There(path.display().to_string()));
        }
    }
    fs::create_dir_all(dir).map_err(|error| Fault::Io(dir.display().to_string(), error))?;
    let mut made = Vec::new();
    for (name, text, mode) in files {
        let path = dir.join(name);
        let wrong = |error: io::Error| match error.kind() {
            io::ErrorKind::AlreadyExists => Fault::There(path.display().to_string()),
            _ => Fault::Io(path.display().to_string(), error),
        };
        let mut file = create(&path, mode).map_err(wrong)?;
        file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(wrong)?;
        made.push(path);
    }
    Ok(made)
}

#[cfg(unix)]
fn create(path: &Path, mode: u32) -> io::Result<fs::File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    OpenOptions::new().write(true).create_new(true).mode(mode).open(path)
}

#[cfg(not(unix))]
fn create(path: &Path, _mode: u32) -> io::Result<fs::File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

fn told(common: &Common, dir: &Path, files: &[PathBuf]) -> String {
    let path = |name: &str| from_site(&common.site, dir).join(name).display().to_string();
    let signing = [("key", path("ed25519.jwk")), ("jwt_key", path("p256.jwk")), ("secret", path("secret"))];
    if common.format == Format::Json {
        let members: serde_json::Map<_, _> =
            signing.into_iter().map(|(name, path)| (name.into(), path.into())).collect();
        return format!("{}\n", serde_json::json!({ "files": files, "signing": members }));
    }
    let lines: Vec<String> = signing.iter().map(|(name, path)| format!("  {name}: {}\n", yaml(path))).collect();
    let lines = lines.concat();
    if common.quiet {
        return format!("signing:\n{lines}");
    }
    format!(
        "\
# Write this into site.yaml:
signing:
{lines}
# On a machine that builds by itself, give what is in the files as variables instead:
#   key: env:BONAFIDE_KEY
#   jwt_key: env:BONAFIDE_JWT_KEY
#   secret: env:BONAFIDE_SECRET
# None of the three may be published or committed. Keep a copy of them in a safe place: without its key a site cannot
# sign as before, and without its secret every award gets another subject.
"
    )
}

/// A folder as site.yaml names it: from where that is.
fn from_site(site: &Path, dir: &Path) -> PathBuf {
    let (Some(from), Some(to)) = (plain(site), plain(dir)) else { return dir.to_owned() };
    let mut path = PathBuf::new();
    for above in from.ancestors() {
        if let Ok(rest) = to.strip_prefix(above) {
            // Elsewhere, what was written from the root stays so.
            return if dir.is_absolute() && above != from { dir.to_owned() } else { path.join(rest) };
        }
        path.push("..");
    }
    dir.to_owned()
}

/// A path as YAML reads it: quoted where it is not plain.
fn yaml(path: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-');
    if path.chars().all(plain) && !path.starts_with('-') {
        path.to_owned()
    } else {
        format!("'{}'", path.replace('\'', "''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::keys::{JwtKey, Secret, SigningKey};

    #[test]
    fn keys_are_made_once_and_are_nobody_elses() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("keys");
        let files = make(&dir).unwrap();
        assert_eq!(files.len(), 5);
        let read = |name: &str| fs::read(dir.join(name)).unwrap();
        let (signing, jwt) =
            (SigningKey::from_jwk(&read("ed25519.jwk")).unwrap(), JwtKey::from_jwk(&read("p256.jwk")).unwrap());
        assert_eq!(PublicKey::from_jwk(&read("ed25519.pub.jwk")).unwrap(), signing.public().unwrap());
        assert_eq!(PublicKey::from_jwk(&read("p256.pub.jwk")).unwrap(), jwt.public().unwrap());
        Secret::parse(std::str::from_utf8(&read("secret")).unwrap()).unwrap();
        #[cfg(unix)]
        for name in ["ed25519.jwk", "p256.jwk", "secret"] {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(dir.join(name)).unwrap().permissions().mode() & 0o777, 0o600, "{name}");
        }
        // Again, and when only one of them is left.
        assert!(matches!(make(&dir), Err(Fault::There(_))));
        for name in ["ed25519.jwk", "ed25519.pub.jwk", "p256.jwk", "p256.pub.jwk"] {
            fs::remove_file(dir.join(name)).unwrap();
        }
        let secret = read("secret");
        assert!(matches!(make(&dir), Err(Fault::There(path)) if path.ends_with("secret")));
        assert_eq!((read("secret"), fs::read_dir(&dir).unwrap().count()), (secret, 1));
    }

    #[test]
    fn a_folder_is_named_from_where_site_yaml_is() {
        let named = |site: &str, dir: &str| from_site(Path::new(site), Path::new(dir)).display().to_string();
        assert_eq!(named(".", "keys"), "keys");
        assert_eq!(named("sample", "sample/keysB"), "keysB");
        assert_eq!(named("./sample/", "other/../sample/keysB/"), "keysB");
        assert_eq!(named("sample", "keys"), "../keys");
        assert_eq!(named("a/b", "c/keys"), "../../c/keys");
        assert_eq!(named("..", "keys").split('/').next_back(), Some("keys"));
        assert_eq!(named("sample", "/etc/keys"), "/etc/keys");
        let inside = std::path::absolute("sample/keys").unwrap();
        assert_eq!(named("sample", inside.to_str().unwrap()), "keys");
    }

    #[test]
    fn paths_are_quoted_where_yaml_needs_it() {
        assert_eq!(yaml("keys/ed25519.jwk"), "keys/ed25519.jwk");
        assert_eq!(yaml("my keys/it's: #1"), "'my keys/it''s: #1'");
    }
}
