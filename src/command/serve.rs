//! `bonafide serve` and `bonafide build --watch`: the same build, again and again.
//!
//! The story: wait until something may have changed, or until a status changes by itself; read
//! everything; if it is what it was, go back to waiting; otherwise build as `build` does, and tell
//! open pages. While the input is wrong nothing is published, so the last good site stays where it is.

mod changes;
mod desk;
mod keeper;
mod telling;

use super::{Environment, Exit, finish, vanished::Asked};
use crate::{
    cli::{Common, Format, Loss, Serve},
    diagnostic::Diagnostic,
    serve::{
        answer::Answers,
        server::{ListenError, Server},
    },
    source::scan,
};
use keeper::Keeper;
use telling::{say, tell};

/// Serves.
pub(super) fn run(common: &Common, environment: Environment, options: &Serve) -> Exit {
    let not_serving = |error: ListenError| {
        finish(common, environment, vec![Diagnostic::error(error.to_string())], None, "not serving")
    };
    let server = match Server::listen(&options.host, options.port) {
        Ok(server) => server,
        Err(error) => return not_serving(error),
    };
    if let Some(exit) = no_site(common, environment) {
        return exit;
    }
    let mut keeper = Keeper::new(common, environment, options.poll, Asked::Serve, options.loss);
    let origin = server.origin();
    keeper.rebuild();
    let answers = Answers {
        out: common.out(),
        live: keeper.live.clone(),
        preview: keeper.preview.clone(),
        bell: keeper.watch.bell(),
    };
    if let Err(error) = server.run(answers) {
        return not_serving(error);
    }
    let address = format!("{origin}{}", keeper.live.now().1.root);
    match common.format {
        Format::Json => say(&serde_json::json!({ "serving": address }).to_string()),
        Format::Human | Format::Github => say(&format!("serving {address} until you press Ctrl-C")),
    }
    if options.open {
        open(&address);
    }
    keeper.keep()
}

/// Builds whenever something changes.
pub(super) fn watch(common: &Common, environment: Environment, poll: bool, loss: Loss) -> Exit {
    if let Some(exit) = no_site(common, environment) {
        return exit;
    }
    let mut keeper = Keeper::new(common, environment, poll, Asked::Watch, loss);
    keeper.rebuild();
    if common.format != Format::Json && !common.quiet {
        say("watching until you press Ctrl-C");
    }
    keeper.keep()
}

/// A folder without a site is nothing to wait in.
fn no_site(common: &Common, environment: Environment) -> Option<Exit> {
    if common.site.join("site.yaml").exists() {
        return None;
    }
    Some(finish(common, environment, scan(&common.site).1, None, "there is nothing to watch"))
}

/// Opens a browser.
fn open(address: &str) {
    let (program, args): (&str, &[&str]) = if cfg!(target_os = "macos") {
        ("open", &[])
    } else if cfg!(windows) {
        ("cmd", &["/C", "start", ""])
    } else {
        ("xdg-open", &[])
    };
    let started = std::process::Command::new(program).args(args).arg(address).spawn();
    match started {
        Ok(mut child) => {
            // Waited for, so that it leaves nothing behind when it ends.
            std::thread::spawn(move || child.wait());
        }
        Err(_) => tell(&format!("note: no browser could be started; open {address}")),
    }
}
