//! What looks like a private key or a secret, wherever it stands: it is not repeated, because what is said ends up in
//! logs.

/// Random text has small and capital letters and digits within so many characters.
const MIXED: usize = 20;
/// And hexadecimal digits go on for so many.
const HEX: usize = 32;

/// Whether a text may hold a key: a long run of random letters and digits, as base64 and hexadecimal digits are, or the
/// head of a PEM file.
pub fn may_be_key(text: &str) -> bool {
    text.contains("-----BEGIN") || text.split(|c: char| !is_digit(c)).any(is_random)
}

/// A line, letter for letter, without what may be a key.
pub fn without_keys(line: &str) -> String {
    let is_end = |c: char| !(is_digit(c) || c == '/' || c == '.');
    line.split_inclusive(is_end)
        .flat_map(|word| {
            let hidden = may_be_key(word);
            word.chars().map(move |c| if hidden && c.is_ascii_alphanumeric() { '*' } else { c })
        })
        .collect()
}

/// Of base64 and base64url, but for `/`: paths have it as well.
fn is_digit(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '_' | '=')
}

fn is_random(run: &str) -> bool {
    let has = |is: fn(&char) -> bool| run.chars().any(|c| is(&c));
    let is_mixed = has(char::is_ascii_lowercase) && has(char::is_ascii_uppercase) && has(char::is_ascii_digit);
    (run.len() >= MIXED && is_mixed)
        || (run.len() >= HEX && run.chars().all(|c| c.is_ascii_hexdigit()) && has(char::is_ascii_digit))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The private key of RFC 8037, appendix A.1.
    const D: &str = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";

    #[test]
    fn keys_are_seen() {
        for key in [
            D,
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            &format!("{{\"kty\":\"OKP\",\"d\":\"{D}\"}}"),
            "-----BEGIN PRIVATE KEY-----",
            // RFC 8410, section 10.3.
            "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC",
        ] {
            assert!(may_be_key(key), "{key}");
        }
        for other in [
            "keys/ed25519.jwk",
            "env:BONAFIDE_JWT_KEY_OF_2026",
            "https://verifier.example/check?url={url}",
            "content/badges/certified-customer-experience-professional-2024.svg",
            "2026-11-26T08:00:00Z",
            "Association for Certified Professionals, 1234 Members",
        ] {
            assert!(!may_be_key(other), "{other}");
        }
    }

    #[test]
    fn lines_lose_nothing_else() {
        assert_eq!(
            without_keys(&format!("  secret: {D}  # ü key: keys/a.jwk")),
            format!("  secret: {}  # ü key: keys/a.jwk", D.replace(|c: char| c.is_ascii_alphanumeric(), "*"))
        );
    }
}
