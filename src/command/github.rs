//! Diagnostics as workflow commands, which GitHub Actions turns into annotations on the lines of a change.
//!
//! A command is a line of its own: `::error file=site.yaml,line=3,col=1,title=bonafide::what is wrong`. Whatever stands
//! in it comes from files of strangers, so every character that could end a part of the command, or begin another
//! command, is written as GitHub's own library writes it (`actions/toolkit`, `packages/core/src/command.ts`).

use std::{
    fmt::Write as _,
    path::{Component, Path},
};

use crate::diagnostic::{Report, Severity, Spot, safe};

/// One report as one line, without its end. `site` is the site's folder as it was named: GitHub wants paths relative to
/// the repository's root, and there the program was started.
pub(super) fn annotation(report: &Report, site: &Path) -> String {
    let command = match report.severity {
        Severity::Refusal | Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let mut out = format!("::{command} ");
    let mut text = String::new();
    if let Some(spot) = &report.spot {
        let file = path(site, &spot.file);
        let _ = write!(out, "file={},", property(&file));
        for (key, value) in [("line", spot.line), ("col", spot.column)] {
            if let Some(value) = value {
                let _ = write!(out, "{key}={value},");
            }
        }
        // The log shows the text alone.
        let _ = write!(text, "{}: ", place(spot, &file));
    }
    text.push_str(&safe(&report.message));
    if let Some(advice) = &report.advice {
        let _ = write!(text, "\n{}", safe(advice));
    }
    for related in &report.related {
        let _ = write!(text, "\n{}: {}", place(&related.spot, &path(site, &related.spot.file)), safe(&related.message));
    }
    let _ = write!(out, "title=bonafide::{}", data(&text));
    out
}

/// `site.yaml:3:1`.
fn place(spot: &Spot, file: &str) -> String {
    let mut out = safe(file);
    for number in [spot.line, spot.column].into_iter().flatten() {
        let _ = write!(out, ":{number}");
    }
    out
}

/// A path below the site's folder, as it is seen from where the program was started, with `/` between names.
fn path(site: &Path, file: &str) -> String {
    let path = site.join(file);
    let parts = path.components().filter(|part| *part != Component::CurDir);
    let path = parts.collect::<std::path::PathBuf>().to_string_lossy().into_owned();
    if cfg!(windows) { path.replace('\\', "/") } else { path }
}

/// Text behind the second `::`.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Text between the commas of the properties.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Related;

    fn spot(file: &str, line: Option<usize>, column: Option<usize>) -> Spot {
        Spot { file: file.into(), line, column, width: 4, text: "secret line".into(), cut: 0 }
    }

    fn report(message: &str, spot: Option<Spot>) -> Report {
        Report { severity: Severity::Error, message: message.into(), spot, advice: None, related: Vec::new() }
    }

    #[test]
    fn a_report_is_one_command_with_its_place() {
        let mut report = report("no badge has the id `cxcp`", Some(spot("content/earners/a.yaml", Some(48), Some(16))));
        report.advice = Some("did you mean `ccxp`?".into());
        let first = Related { message: "the first is here".into(), spot: spot("content/b.yaml", Some(2), None) };
        report.related = vec![first];
        assert_eq!(
            annotation(&report, Path::new(".")),
            "::error file=content/earners/a.yaml,line=48,col=16,title=bonafide::content/earners/a.yaml:48:16: no badge \
             has the id `cxcp`%0Adid you mean `ccxp`?%0Acontent/b.yaml:2: the first is here"
        );
        report.severity = Severity::Warning;
        assert!(annotation(&report, Path::new(".")).starts_with("::warning file="));
        report.severity = Severity::Refusal;
        assert!(annotation(&report, Path::new(".")).starts_with("::error file="));
    }

    #[test]
    fn a_report_without_a_place_and_one_of_a_whole_file() {
        assert_eq!(annotation(&report("no site", None), Path::new(".")), "::error title=bonafide::no site");
        assert_eq!(
            annotation(&report("empty", Some(spot("site.yaml", None, None))), Path::new("./badges/")),
            "::error file=badges/site.yaml,title=bonafide::badges/site.yaml: empty"
        );
    }

    /// What GitHub's runner makes of a line, by its own rules (`ActionCommand.TryParseV2`): properties end at the first
    /// `::`, are split at commas and at the first `=`, and are unescaped with `%25` last.
    fn read(line: &str) -> (String, Vec<(String, String)>, String) {
        let (head, data) = line.strip_prefix("::").unwrap().split_once("::").unwrap();
        let (command, properties) = head.split_once(' ').unwrap();
        let plain = |text: &str, codes: &[(&str, &str)]| {
            codes.iter().fold(text.to_owned(), |text, (code, plain)| text.replace(code, plain)).replace("%25", "%")
        };
        let data_codes = [("%0D", "\r"), ("%0A", "\n")];
        let codes = [("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ",")];
        let pairs = properties.split(',').map(|pair| pair.split_once('=').unwrap());
        let pairs = pairs.map(|(key, value)| (key.to_owned(), plain(value, &codes))).collect();
        (command.to_owned(), pairs, plain(data, &data_codes))
    }

    #[test]
    fn hostile_text_stays_text() {
        let file = "content/a,line=1::b%2C%0A\n::stop-commands::x.md";
        let message = "100 % `x`\r\n::add-mask::a\n##[add-mask]b %0A::error::c\u{1b}[31m\u{202e}";
        let line = annotation(&report(message, Some(spot(file, Some(7), Some(2)))), Path::new("."));
        assert!(!line.contains(['\n', '\r', '\u{1b}', '\u{202e}']), "{line}");
        let (command, properties, text) = read(&line);
        assert_eq!(command, "error");
        let of = |key: &str| properties.iter().find(|(k, _)| k == key).map(|(_, value)| value.as_str());
        assert_eq!((of("file"), of("line"), of("col")), (Some(file), Some("7"), Some("2")));
        assert_eq!(of("title"), Some("bonafide"));
        assert_eq!(properties.len(), 4);
        // One line in the log, in which line ends are shown as their code points.
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(
            text.ends_with("100 % `x`\\u{d}\\u{a}::add-mask::a\\u{a}##[add-mask]b %0A::error::c\\u{1b}[31m\\u{202e}")
        );
    }

    #[test]
    fn the_line_itself_is_not_shown() {
        let line = annotation(&report("x", Some(spot("a.yaml", Some(1), Some(1)))), Path::new("."));
        assert!(!line.contains("secret"));
    }
}
