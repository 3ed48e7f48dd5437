//! What shells and `man` know of the program, made from the same types as the command line itself.

use std::{
    fs,
    io::{self, Write},
    path::Path,
};

use clap::CommandFactory;
use clap_complete::Shell;

use super::Exit;
use crate::cli::Cli;

/// `bonafide completions SHELL`: the script, on standard output.
pub(super) fn completions(shell: Shell) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "bonafide", &mut script);
    match io::stdout().lock().write_all(&script) {
        // Whoever reads it may have had enough.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            failed(&format!("the script could not be written: {error}"))
        }
        _ => Exit::Done,
    }
}

/// `bonafide man DIR`: a page for the program and one for each command that is shown in its help.
pub(super) fn pages(dir: &Path) -> Exit {
    match fs::create_dir_all(dir).and_then(|()| write(dir)) {
        Ok(()) => Exit::Done,
        Err(error) => failed(&format!("{}: the manual could not be written: {error}", dir.display())),
    }
}

fn write(dir: &Path) -> io::Result<()> {
    let mut program = Cli::command().disable_help_subcommand(true);
    // Gives each command its full name and the options that all have.
    program.build();
    page(dir, &program)?;
    program.get_subcommands().filter(|command| !command.is_hide_set()).try_for_each(|command| page(dir, command))
}

fn page(dir: &Path, command: &clap::Command) -> io::Result<()> {
    let mut page = Vec::new();
    let man = clap_mangen::Man::new(command.clone());
    man.render(&mut page)?;
    // What stands below the help is how the program ends, which manuals have a heading for (man-pages(7)).
    let page = String::from_utf8_lossy(&page).replace("\n.SH EXTRA\n", "\n.SH EXIT STATUS\n");
    fs::write(dir.join(man.get_filename()), page)
}

#[expect(clippy::print_stderr, reason = "it is no site that is reported on")]
fn failed(message: &str) -> Exit {
    eprintln!("error: {message}");
    Exit::Errors
}
