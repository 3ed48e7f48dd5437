//! What shells and `man` are given. Whether it is right, the shells and readers of manual pages say themselves; those that
//! are not on this machine are left out with a word.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test stops at the first surprise, and says what it leaves out"
)]

mod common;

use std::{
    fs,
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};

use common::TestSite;

fn script(shell: &str) -> String {
    let run = TestSite::new().run(&["completions", shell]).ok();
    assert_eq!(run.stderr, "");
    run.stdout
}

/// Runs a program with text on its standard input, if it is there, and gives its status and all that it said.
fn fed(program: &str, args: &[&str], input: &str) -> Option<(bool, String)> {
    let mut command = Command::new(program);
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let Ok(mut child) = command.spawn() else {
        eprintln!("left out: there is no {program}");
        return None;
    };
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
    Some((output.status.success(), said))
}

#[test]
fn shells_accept_their_scripts() {
    for (shell, args) in [("bash", ["-n"]), ("zsh", ["-n"]), ("fish", ["--no-execute"])] {
        if let Some(answer) = fed(shell, &args, &script(shell)) {
            assert_eq!(answer, (true, String::new()), "{shell}");
        }
    }
    assert!(script("powershell").contains("Register-ArgumentCompleter"));
    assert!(script("elvish").contains("edit:completion:arg-completer"));
}

#[test]
fn bash_completes_commands_options_and_their_values() {
    let complete = |words: &str, last: &str| {
        let script = format!(
            "{}\nCOMP_WORDS=(bonafide {words} {last}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))\n_bonafide bonafide \
             '{last}' \"${{COMP_WORDS[COMP_CWORD - 1]}}\"\nprintf '%s\\n' \"${{COMPREPLY[@]}}\"\n",
            script("bash")
        );
        fed("bash", &["--norc"], &script).map(|(good, said)| {
            assert!(good, "{said}");
            said.lines().map(str::to_owned).collect::<Vec<_>>()
        })
    };
    let Some(commands) = complete("", "che") else { return };
    assert_eq!(commands, ["check"]);
    assert_eq!(complete("build", "--wat").unwrap(), ["--watch"]);
    assert_eq!(complete("check --format", "g").unwrap(), ["github"]);
}

#[test]
fn an_unknown_shell_is_wrong_usage() {
    assert_eq!(TestSite::new().run(&["completions", "tcsh"]).code, Some(2));
}

#[test]
fn manual_pages_have_what_the_help_has_and_readers_accept_them() {
    let site = TestSite::new();
    site.run(&["man", "share/man1"]).ok();
    let mut names: Vec<_> = fs::read_dir(site.at("share/man1")).unwrap().map(|e| e.unwrap().file_name()).collect();
    names.sort();
    let names: Vec<_> = names.iter().map(|name| name.to_str().unwrap()).collect();
    for name in ["bonafide.1", "bonafide-build.1", "bonafide-check.1", "bonafide-serve.1"] {
        assert!(names.contains(&name), "{names:?}");
    }
    assert!(!names.contains(&"bonafide-man.1"), "{names:?}");
    for name in names {
        let page = site.at("share/man1").join(name);
        read(&page);
        let text = fs::read_to_string(&page).unwrap();
        assert!(text.contains(r"\-\-base\-url"), "{name}");
        if name == "bonafide.1" {
            // The references lead to pages that are there.
            for part in text.split(r"bonafide\-").skip(1) {
                let command: String = part.chars().take_while(char::is_ascii_lowercase).collect();
                assert!(site.at(&format!("share/man1/bonafide-{command}.1")).exists(), "{command}");
            }
            assert!(text.contains("\n.SH EXIT STATUS\n"), "{text}");
        }
    }
}

/// Lets a page be read by what can read it here.
fn read(page: &Path) {
    let page = page.to_str().unwrap();
    if let Some((good, said)) = fed("mandoc", &["-T", "lint", "-W", "error", page], "") {
        assert!(good && said.is_empty(), "{said}");
    }
    if let Some((good, said)) = fed("groff", &["-man", "-ww", "-z", "-K", "utf8", page], "") {
        assert!(good && said.is_empty(), "{said}");
    }
}

#[test]
fn what_cannot_be_written_is_an_error() {
    let site = TestSite::new();
    let run = site.run(&["man", "site.yaml"]);
    assert_eq!(run.code, Some(1));
    assert!(run.stderr.starts_with("error: site.yaml: "), "{}", run.stderr);
}

#[test]
fn check_annotates_for_github() {
    let site = TestSite::new();
    let run = site.run(&["check", "--at", "2026-12-01", "--format", "github"]).ok();
    assert!(!run.stdout.contains("::error"), "{}", run.stdout);
    assert!(run.stdout.contains("nothing was written"), "{}", run.stdout);
    site.replace("content/earners/2026.yaml", "badge: ccxp", "badge: \"c,x::p%0A::stop-commands::x\"");
    let run = site.run(&["check", "--at", "2026-12-01", "--format", "github"]);
    assert_eq!(run.code, Some(1), "{}{}", run.stdout, run.stderr);
    let lines: Vec<_> = run.stdout.lines().filter(|line| line.starts_with("::error ")).collect();
    assert_eq!(lines.len(), 1, "{}", run.stdout);
    let place = "::error file=content/earners/2026.yaml,line=8,col=";
    assert!(lines[0].starts_with(place), "{}", lines[0]);
    assert!(lines[0].contains("%250A::stop-commands::x"), "{}", lines[0]);
    assert!(run.stdout.lines().all(|line| line.starts_with("::error ") || line.starts_with("::warning ")));
    assert!(run.stderr.contains("1 error"), "{}", run.stderr);
    assert!(!run.stderr.lines().any(|line| line.trim_start().starts_with("::")), "{}", run.stderr);
    // Where the site is a folder of the repository, GitHub still finds the file.
    let run = site.run(&["check", "--site", "./content/..", "--format", "github"]);
    assert!(run.stdout.contains("file=content/../content/earners/2026.yaml,"), "{}", run.stdout);
}

#[test]
fn help_and_manual_of_publish_name_its_exit_statuses() {
    let site = TestSite::new();
    site.run(&["man", "man"]).ok();
    let page = fs::read_to_string(site.at("man/bonafide-publish.1")).unwrap();
    let (_, page) = page.split_once("\n.SH EXIT STATUS\n").unwrap();
    let help = site.run(&["publish", "--help"]).ok().stdout;
    let (_, help) = help.split_once("Exit status: ").unwrap();
    for text in [help, page] {
        // Each of `Exit`, as a word of its own.
        let words: Vec<&str> = text.split(|letter: char| !letter.is_alphanumeric()).collect();
        for status in ["0", "1", "2", "3", "4", "75"] {
            assert!(words.contains(&status), "{status}: {text}");
        }
    }
}
