//! Addresses of web pages, as people write them.

use super::{Fault, Value, WebUrl, shorten, too_long};
use crate::source::yaml::is_invisible;

/// How long an address may be, in bytes; what browsers and QR codes still take.
const URL_MAX: usize = 2_000;

impl Value for WebUrl {
    fn parse(text: &str) -> Result<Self, Fault> {
        let text = text.trim();
        if text.len() > URL_MAX {
            return Err(too_long(text.len(), URL_MAX));
        }
        // Before it is made into the form that programs write: that would mend some of this without a word, and make an
        // address of it that nobody has written.
        let is_unseen = |c: char| c.is_whitespace() || c.is_control() || is_invisible(c);
        if let Some(c) = text.chars().find(|c| is_unseen(*c) || "\\<>\"".contains(*c)) {
            let (what, advice) = match c {
                ' ' => ("a space".to_owned(), "write %20 where the space is, or copy the address out of the browser"),
                '\t' => ("a tab".to_owned(), "take it out, or write %20 where it stands for a space"),
                '\n' | '\r' => ("a line end".to_owned(), "write the address on one line, and %20 for a space"),
                '\\' | '<' | '>' | '"' => (format!("a `{c}`"), "copy the address out of the browser's address bar"),
                _ => ("a character that nobody sees".to_owned(), "copy the address out of the browser's address bar"),
            };
            return Err(Fault::new(format!("there is {what} in this address"), advice));
        }
        let advice = "write a whole address such as `https://www.cxpa.org/`";
        let is_web = |scheme: &str| scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http");
        if let Some((scheme, rest)) = text.split_once(':').filter(|(scheme, _)| is_web(scheme))
            && !rest.strip_prefix("//").is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'))
        {
            return Err(Fault::new(
                format!("`{}` is not a whole address", shorten(text)),
                format!("write two slashes and the host behind `{scheme}:`, such as `https://www.cxpa.org/`"),
            ));
        }
        match url::Url::parse(text) {
            Ok(url) if !matches!(url.scheme(), "http" | "https") => Err(Fault::new(
                format!("`{}` is not an address of a web page", shorten(text)),
                "only addresses that start with https:// or http:// can be used here",
            )),
            Ok(url) if !url.username().is_empty() || url.password().is_some() => {
                Err(Fault::new("this address holds a user name or a password", "leave what stands before the `@` out"))
            }
            Ok(url) if url.host_str().is_some_and(|host| !host.is_empty()) => Ok(Self(url.as_str().into())),
            Ok(_) => Err(Fault::new(format!("`{}` names no host", shorten(text)), advice)),
            Err(url::ParseError::RelativeUrlWithoutBase) => Err(Fault::new(
                format!("`{}` is not a whole address", shorten(text)),
                "write it from https:// on, such as `https://www.cxpa.org/`",
            )),
            Err(error) => Err(Fault::new(format!("`{}` is not an address: {error}", shorten(text)), advice)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_refused_before_it_is_made_into_another() {
        for (wrong, advice) in [
            ("https://a.example/x y", "%20"),
            ("https://a.example/x\ty", "%20"),
            ("https://a.example/x\n  y", "one line"),
            ("ht\ntps://a.example/", "one line"),
            ("https://a.example/x\u{a0}y", "browser"),
            ("https://a.example/x\u{200b}", "browser"),
            ("https://a.example\\x", "browser"),
            ("https:/a.example/x", "two slashes"),
            ("https:a.example/x", "two slashes"),
            ("HTTP:///a.example/x", "two slashes"),
            ("https://", "two slashes"),
        ] {
            let fault = WebUrl::parse(wrong).unwrap_err();
            assert!(fault.advice.contains(advice), "{wrong:?}: {fault}");
        }
        // Letters of all scripts are addresses, and stand in credentials as programs write them.
        for (text, url) in [
            ("https://a.example/x%20y", "https://a.example/x%20y"),
            (" https://a.example ", "https://a.example/"),
            ("https://de.example/wiki/Müller", "https://de.example/wiki/M%C3%BCller"),
        ] {
            assert_eq!(&*WebUrl::parse(text).unwrap(), url);
        }
    }
}
