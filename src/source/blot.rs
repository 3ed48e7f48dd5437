//! What a message must not repeat of what was written, because messages end up in logs: mail addresses of people, and
//! names and passwords in addresses. Letter for letter, so that what is marked stays below the mark.

/// Addresses that stand in this program's own advice.
const EXAMPLES: [&str; 2] = ["kate@mail.example", "name@host.example"];

/// What ends a word in a line of YAML or in a sentence.
fn is_end(c: char) -> bool {
    c.is_whitespace() || "\"'`<>(){}[],;|".contains(c)
}

fn stars(text: &str) -> impl Iterator<Item = char> {
    text.chars().map(|c| if c.is_alphanumeric() { '*' } else { c })
}

/// Without mail addresses.
pub fn without_mail(text: &str) -> String {
    if !text.contains('@') {
        return text.to_owned();
    }
    let is_end = |c: char| is_end(c) || c == ':';
    let mut out = String::with_capacity(text.len());
    for word in text.split_inclusive(is_end) {
        // Of one that was cut off, what stands behind the `@` may be missing.
        let is_address = word
            .trim_end_matches(is_end)
            .split_once('@')
            .is_some_and(|(name, host)| !name.is_empty() && host.contains(|c: char| c.is_alphanumeric() || c == '…'));
        if is_address { out.extend(stars(word)) } else { out.push_str(word) }
    }
    out
}

/// Advice without mail addresses, but for those that are the program's own.
pub fn advice_without_mail(text: &str) -> String {
    match EXAMPLES.iter().find_map(|example| text.split_once(example).map(|(before, after)| (before, example, after))) {
        Some((before, example, after)) => {
            format!("{}{example}{}", without_mail(before), advice_without_mail(after))
        }
        None => without_mail(text),
    }
}

/// Without the name and the password that stand before an address' host (RFC 3986 section 3.2.1).
pub fn without_logins(text: &str) -> String {
    if !text.contains('@') {
        return text.to_owned();
    }
    // A password with a space in it is one still: what begins as an address does goes on for as long as its quotes.
    let is_quote = |c: char| matches!(c, '"' | '\'' | '`' | '<' | '>');
    let begins = |part: &str| part.find("//").filter(|at| part.get(*at..).is_some_and(|rest| rest.contains(is_end)));
    let mut out = String::with_capacity(text.len());
    for part in text.split_inclusive(is_quote) {
        let (before, address) = part.split_at(begins(part).unwrap_or(part.len()));
        for word in before.split_inclusive(is_end) {
            blot(word, &mut out);
        }
        if login(address).is_some() {
            blot(address, &mut out);
        } else {
            for word in address.split_inclusive(is_end) {
                blot(word, &mut out);
            }
        }
    }
    out
}

/// Writes a word without its login.
fn blot(word: &str, out: &mut String) {
    match login(word) {
        Some(login) => {
            out.push_str(word.get(..login.start).unwrap_or_default());
            out.extend(stars(word.get(login.clone()).unwrap_or_default()));
            out.push_str(word.get(login.end..).unwrap_or_default());
        }
        None => out.push_str(word),
    }
}

/// Where in a word the name and the password are.
fn login(word: &str) -> Option<std::ops::Range<usize>> {
    let end = word.rfind('@')?;
    let before = word.get(..end)?;
    let scheme = before.split(':').next().filter(|scheme| {
        scheme.len() < before.len() && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '.' | '-'))
    });
    if scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("mailto")) {
        return None;
    }
    let behind = scheme.map_or(0, |scheme| scheme.len() + 1);
    let rest = before.get(behind..)?;
    let slashes = rest.len() - rest.trim_start_matches(['/', '\\']).len();
    if scheme.is_none() && slashes == 0 {
        return None;
    }
    let start = behind + slashes;
    // An `@` in a path is a name that everybody may know; but a password may have slashes in it.
    let said = before.get(start..)?;
    let host = said.split(['/', '?', '#']).next().unwrap_or_default();
    let is_port = |port: &str| port.chars().all(|c| c.is_ascii_digit());
    let is_path = host.len() < said.len() && host.split_once(':').is_none_or(|(_, port)| is_port(port));
    (start < end && !is_path).then_some(start..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mail_addresses_are_blotted_in_whatever_they_stand() {
        for (text, blotted) in [
            ("`mailto:ann@mail.example` is not", "`mailto:***@****.*******` is not"),
            ("`ann@mail.example`", "`***@****.*******`"),
            ("`//ann@mail.example`", "`//***@****.*******`"),
            ("`ftp://ann@mail.example/x`", "`ftp://***@****.*******/*`"),
            ("`mailto:ann.of.the.long.name@…`", "`mailto:***.**.***.****.****@…`"),
            ("handle: @kim", "handle: @kim"),
            ("before the `@` out", "before the `@` out"),
        ] {
            assert_eq!(without_mail(text), blotted);
        }
        let advice = "write one address such as `kate@mail.example`, not `ann@mail.example`";
        assert_eq!(
            advice_without_mail(advice),
            "write one address such as `kate@mail.example`, not `***@****.*******`"
        );
    }

    #[test]
    fn passwords_in_addresses_are_blotted() {
        for (text, blotted) in [
            ("base_url: https://u:p4ss@x.example/", "base_url: https://*:****@x.example/"),
            ("base_url: \"https://token@x.example/a\"", "base_url: \"https://*****@x.example/a\""),
            ("url: https://u:p/4@ss@x.example/", "url: https://*:*/*@**@x.example/"),
            ("url: //u:p@x.example", "url: //*:*@x.example"),
            ("url: https:/u:p@x.example", "url: https:/*:*@x.example"),
            ("url: u:p4ss@x.example", "url: u:****@x.example"),
            ("url: \"https://u:p4 ss@x.example/\"", "url: \"https://*:** **@x.example/\""),
            ("url: https://u:p4 s(s@x.example/", "url: https://*:** *(*@x.example/"),
            ("[https://a.example/, info@x.example]", "[https://a.example/, info@x.example]"),
            ("see https://a.example/ or write to info@x.example", "see https://a.example/ or write to info@x.example"),
            (
                "{url: 'https://u:p4ss@x.example/', email: i@x.example}",
                "{url: 'https://*:****@x.example/', email: i@x.example}",
            ),
            ("to: https://social.example/@cxpa", "to: https://social.example/@cxpa"),
            ("to: https://social.example:8080/@cxpa", "to: https://social.example:8080/@cxpa"),
            ("to: mailto:info@cxpa.example", "to: mailto:info@cxpa.example"),
            ("email: info@cxpa.example", "email: info@cxpa.example"),
        ] {
            assert_eq!(without_logins(text), blotted);
        }
    }
}
