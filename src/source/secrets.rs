//! What nobody may repeat of the settings of publishing and signing: somebody may have written a login there.
//!
//! Logins never stand in site.yaml. Who has written one anyway hears which key is unknown, and what is drawn and said of it
//! ends up in logs. So values of unknown keys are found in the text itself, whatever else is wrong with it.

use std::ops::Range;

/// The settings in which somebody may write a login, by all names that are understood, with the keys that there are.
const SETTINGS: [(&str, &[&str]); 5] = [
    ("publish", PUBLISH),
    ("deploy", PUBLISH),
    ("deployment", PUBLISH),
    ("upload", PUBLISH),
    ("signing", &["key", "jwt_key", "secret", "retired", "compromised", "email_hash", "verifier"]),
];
const PUBLISH: &[&str] = &["to", "record", "keep_assets"];
/// How addresses begin, which look like a key with a value.
const SCHEMES: [&str; 5] = ["s3", "gs", "az", "dir", "env"];

/// The bytes of site.yaml that no message may show.
pub fn secrets(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut known: Option<&[&str]> = None;
    // Below an unknown key all lines that are set in further are its value.
    let mut below: Option<usize> = None;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let (at, indent) = (start, line.len() - line.trim_start_matches([' ', '\t', '\u{feff}']).len());
        start += line.len();
        let rest = line.trim_start_matches('\u{feff}');
        let is_top = !rest.starts_with([' ', '\t', '#', '}', ']', '-', '\r', '\n']);
        if is_top {
            let name = rest.split([':', ' ']).next().unwrap_or_default().trim_matches(['"', '\'']);
            known = SETTINGS.iter().find(|(setting, _)| *setting == name).map(|(_, keys)| *keys);
            below = None;
        }
        let Some(known) = known else { continue };
        if below.is_some_and(|outer| indent > outer || line.trim().is_empty()) {
            found.push(at..at + line.trim_end().len());
            continue;
        }
        below = None;
        let first = if is_top { line.find(':').map_or(line.len(), |colon| colon + 1) } else { 0 };
        let mut hidden: Option<usize> = None;
        for (key, value) in keys(line).filter(|(key, _)| key.start >= first) {
            found.extend(hidden.take().map(|from| at + from..at + key.start));
            if !known.contains(&line.get(key).unwrap_or_default()) {
                hidden = Some(value);
            }
        }
        if let Some(from) = hidden {
            found.push(at + from..at + line.trim_end().len());
            below = Some(indent);
        }
        found.extend(logins(line).map(|login| at + login.start..at + login.end));
    }
    merged(found)
}

/// The keys of a line, each with where its value begins.
fn keys(line: &str) -> impl Iterator<Item = (Range<usize>, usize)> + '_ {
    line.match_indices(':').filter_map(|(colon, _)| {
        let before = line.get(..colon)?.trim_end();
        let inner = before.trim_end_matches(['"', '\'']);
        let is_name = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.');
        let name = inner.rsplit(|letter: char| !is_name(letter)).next().filter(|name| !name.is_empty())?;
        let from = inner.len() - name.len();
        // In an address or a time there is something else before or after.
        let opens = line.get(..from)?.trim_end_matches(['"', '\'']).trim_end();
        let is_first = opens.is_empty() || opens.ends_with(['{', ',', '-', ':', '#', '?']);
        let next = line.get(colon + 1..)?.chars().next();
        let is_address = next == Some('/') || SCHEMES.contains(&name);
        (is_first && !is_address).then_some((from..inner.len(), colon + 1))
    })
}

/// What stands before the `@` of addresses.
fn logins(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    text.match_indices("://").filter_map(|(at, slashes)| {
        let from = at + slashes.len();
        let host = text.get(from..)?;
        // A secret may have a slash in it; what ends an address does not stand in one.
        let host = host.split([' ', '\t', '"', '\'', ',', '}', '\n', '`']).next()?;
        let end = host.rfind('@').filter(|end| *end > 0)?;
        Some(from..from + end)
    })
}

fn merged(mut spans: Vec<Range<usize>>) -> Vec<Range<usize>> {
    spans.sort_by_key(|span| span.start);
    let mut merged: Vec<Range<usize>> = Vec::new();
    for span in spans.into_iter().filter(|span| !span.is_empty()) {
        match merged.last_mut().filter(|last| span.start <= last.end) {
            Some(last) => last.end = last.end.max(span.end),
            None => merged.push(span),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As it would be shown.
    fn shown(text: &str) -> String {
        let mut out = text.to_owned();
        for span in secrets(text).into_iter().rev() {
            let hidden = text[span.clone()].replace(char::is_alphanumeric, "*");
            out.replace_range(span, &hidden);
        }
        out
    }

    #[test]
    fn values_of_unknown_keys_are_not_shown_however_they_are_written() {
        for text in [
            "publish:\n  to: s3://site\n  secret_key: topsecret\n",
            "publish:\n  secret_key: topsecret\n  to: s3://site\n",
            "publish: {to: s3://site, secret_key: topsecret, record: 's3://record'}\n",
            "publish: {secret_key: topsecret, to: s3://site}\n",
            "publish: {\"secret_key\":\"topsecret\", \"to\":\"s3://site\"}\n",
            "publish: {secret_key:topsecret, to: s3://site}\n",
            "publish: {to: s3://site, secret_key:\n  topsecret}\n",
            "publish:\n  to: s3://site\n  login:\n    to: topsecret\n    user: topsecret\n",
            "publish:\n  to: s3://site\n  secret_key: |\n    topsecret\n\n    topsecret\n",
            "publish:\n  to: s3://site\n  secrets:\n    - topsecret\n",
            "publish:\n  to: \"s3://K:topsecret@site\"\n",
            "publish: {to: s3://K:top/topsecret@site, record: s3://record}\n",
            "deploy:\n  to: s3://site\n  password: topsecret # topsecret\n",
            "title: T\nsigning:\n  key: keys/a.jwk\n  passphrase: topsecret\nurl: https://h.example/\n",
            "\u{feff}publish:\n\tpassword: topsecret\n",
        ] {
            let shown = shown(text);
            assert!(!shown.contains("topsecret"), "{text} is shown as {shown}");
            assert!(shown.contains("s3://") || !text.contains("s3://"), "{shown}");
        }
    }

    #[test]
    fn all_else_is_shown() {
        for text in [
            "publish:\n  to: s3://site/below\n  record: s3://record\n  keep_assets: 7 days\n",
            "publish: {to: 'dir:/srv/www', record: 'dir:/srv/record'}\ntitle: Time 12:30\n",
            "signing:\n  key: env:BONAFIDE_KEY\n  secret: keys/secret # kept: elsewhere\n",
            "menu:\n  - {label: FAQ, to: faq/}\nissuer: {name: I, email: me@mail.example}\n",
        ] {
            let comment = text.replace("# kept: elsewhere", "# kept: *********");
            assert_eq!(shown(text), comment);
        }
    }

    #[test]
    fn any_text_is_gone_through_without_harm() {
        let letters =
            ["publish:", "\n", " ", "{", "}", ":", "//", "@", "é", "\"", "'", "-", "#", "key", "to", "\u{feff}", ","];
        let mut state = 1_u64;
        for _ in 0..5_000 {
            let mut text = String::new();
            for _ in 0..20 {
                state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
                text.push_str(letters[usize::try_from((state >> 33) % letters.len() as u64).unwrap()]);
            }
            shown(&text);
        }
    }
}
