//! Where links in Markdown and in the menu lead.
//!
//! Editors link to files (`../guides/sharing.md#email`), because files are what they
//! see; readers get addresses. One function, [`resolve`], knows how the first become
//! the second. The check of links and the making of HTML both use it, so a link that
//! was checked is the link that is published.

use super::{Edition, MenuEntry, Page, Site};
use crate::{
    address::{Address, plain},
    diagnostic::{Diagnostic, Place, did_you_mean},
    source::markdown::Text,
    steps,
};

/// Where a link leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Out of the site; the whole address, as browsers send it.
    Elsewhere(String),
    /// A page or file of this site.
    Here(Address<'static>),
}

/// Why a link leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLink {
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub advice: String,
}

fn dead(message: impl Into<String>, advice: impl Into<String>) -> DeadLink {
    DeadLink { message: message.into(), advice: advice.into() }
}

/// The scheme of an address, if it has one.
fn scheme(to: &str) -> Option<&str> {
    let (scheme, _) = to.split_once(':')?;
    let first = scheme.bytes().next()?;
    (first.is_ascii_alphabetic() && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b)))
        .then_some(scheme)
}

/// `relative`, as seen from a file, as a path below `content/`. `None` if it leads out.
fn join(from: &str, relative: &str) -> Option<String> {
    let mut parts: Vec<&str> = if relative.starts_with('/') { Vec::new() } else { from.split('/').collect() };
    parts.pop();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    let mut path = parts.join("/");
    if !path.is_empty() && relative.ends_with(['/']) {
        path.push('/');
    }
    Some(path)
}

/// What to do with a file that readers should have and that a site does not publish.
pub(super) const OFFER: &str =
    "offer it as a PDF, a document or a ZIP archive, or put it elsewhere and link to it there";

/// Resolves a link that stands in the file `from` (a path below `content/`), for the pages of one language.
///
/// # Errors
/// Why it leads nowhere, and what to write instead.
pub fn resolve(site: &Site<'_>, edition: &Edition<'_>, from: &str, to: &str) -> Result<Target, DeadLink> {
    if let Some(scheme) = scheme(to) {
        return match scheme.to_ascii_lowercase().as_str() {
            "http" | "https" | "mailto" | "tel" => match url::Url::parse(to) {
                Ok(url) => Ok(Target::Elsewhere(url.into())),
                Err(error) => Err(dead(
                    format!("`{to}` is not an address: {error}"),
                    "write a whole address such as `https://www.cxpa.org/`",
                )),
            },
            other => Err(dead(
                format!("links to `{other}:` cannot be used"),
                "use an https: address, a mailto: link or a file of this site",
            )),
        };
    }
    if to.starts_with("//") {
        return Err(dead("this address has no scheme", format!("write `https:{to}`")));
    }
    let (path, fragment) = to.split_once('#').map_or((to, None), |(path, fragment)| (path, Some(fragment)));
    let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
    let (path, fragment) = (plain(path), fragment.map(plain));
    let wanted = if path.is_empty() { from.to_owned() } else { join(from, &path).ok_or_else(|| leads_out(to))? };
    let mut found = find(site, edition, &wanted, fragment.as_deref())
        .map_err(|dead| written_as_it_is(site, edition, from, to).unwrap_or(dead))?;
    // A page's title is no part of its text: whoever wants it wants the page.
    let page = page_at(edition, &wanted);
    let fragment = fragment.filter(|id| !page.is_some_and(|page| page.doc.content.is_title(id)));
    found.query = query.map(|query| query.to_owned().into());
    found.fragment = fragment.map(|fragment| fragment.into_owned().into());
    Ok(Target::Here(found))
}

/// Why a link leads nowhere that is a file's name as it is, with a `#`, `?` or `%` in it.
fn written_as_it_is(site: &Site<'_>, edition: &Edition<'_>, from: &str, to: &str) -> Option<DeadLink> {
    let path = join(from, to).filter(|_| to.contains(['#', '?', '%']))?;
    let is_there = page_at(edition, &path).is_some() || site.asset(&path).is_some();
    let sign = to.chars().find(|c| matches!(c, '#' | '?' | '%'))?;
    let written = to.replace('%', "%25").replace('#', "%23").replace('?', "%3F").replace(' ', "%20");
    is_there.then(|| {
        dead(format!("`{sign}` means something else in an address than in a file’s name"), format!("write `{written}`"))
    })
}

fn leads_out(to: &str) -> DeadLink {
    dead(format!("`{to}` leads out of `content/`"), "link to a file below `content/`")
}

/// The page of a file below `content/`, or at a path of the site.
fn page_at<'e, 'd>(edition: &'e Edition<'d>, wanted: &str) -> Option<&'e Page<'d>> {
    let found = edition.page_of(wanted).or_else(|| {
        let as_address =
            if wanted.is_empty() || wanted.ends_with('/') { wanted.to_owned() } else { format!("{wanted}/") };
        edition.pages.iter().position(|page| page.path == as_address)
    });
    edition.pages.get(found?)
}

/// The address of what is at a path below `content/`, or at a path of the site itself.
fn find(
    site: &Site<'_>,
    edition: &Edition<'_>,
    wanted: &str,
    fragment: Option<&str>,
) -> Result<Address<'static>, DeadLink> {
    let here = |path: &str| Ok(Address::of(path.to_owned()));
    if let Some(page) = page_at(edition, wanted) {
        if let Some(id) = fragment.filter(|id| !id.is_empty())
            && !page.has_id(id)
        {
            return Err(no_such_id(page.doc.path(), &page.doc.content, id));
        }
        return here(&edition.at(&page.path));
    }
    if site.asset(wanted).is_some() {
        return here(wanted);
    }
    if site.documents.may_be_there(&format!("content/{wanted}")) {
        return here(wanted);
    }
    if site.documents.left_out.contains(format!("content/{wanted}").as_str()) {
        return Err(dead(format!("`{wanted}` is not published: files of its kind are not part of a site"), OFFER));
    }
    let address = wanted.trim_end_matches('/');
    if matches!(address, "404.html" | "as-of.json") {
        return here(address);
    }
    // What could not be read may be what is there.
    let may_be_there = || {
        !site.documents.are_records_complete()
            && ["people", "badges/", "verify/"].iter().any(|start| address.starts_with(start))
    };
    let generated = matches!(address, "" | "verify")
        || may_be_there()
        || (address == "faq" && edition.has_faq())
        || (address == "guides" && edition.has_guides())
        || (address == "people" && site.has_people())
        || address.strip_prefix("people/").is_some_and(|rest| is_of_directory(site, rest))
        || address.strip_prefix("badges/").is_some_and(|id| site.badges.iter().any(|badge| &*badge.record.id == id))
        || address
            .strip_prefix("verify/")
            .and_then(|id| site.award(id))
            .and_then(|index| site.awards.get(index))
            .is_some_and(|award| !award.is_private());
    if generated {
        let slash = if address.is_empty() { "" } else { "/" };
        return here(&format!("{}{slash}", edition.at(address)));
    }
    if site.documents.pages.iter().any(|doc| doc.path() == wanted) {
        return Err(dead(
            format!("`{wanted}` is a draft, which is not published"),
            "finish the draft, or take the link out",
        ));
    }
    let folder = format!("{address}/");
    let mut in_folder = edition.pages.iter().map(|page| page.base).filter(|path| path.starts_with(&folder));
    if let Some(path) = in_folder.next() {
        return Err(dead(
            format!("`{address}` is a folder without a page of its own"),
            format!("link to a file in it, such as `/{path}`, or write `{folder}index.md`"),
        ));
    }
    let known = edition.pages.iter().map(|page| page.base).chain(site.documents.assets.iter().map(super::Asset::path));
    let advice = did_you_mean(wanted, known).unwrap_or_else(|| {
        let same_name = wanted.rsplit('/').next().unwrap_or(wanted);
        let elsewhere = site
            .documents
            .pages
            .iter()
            .map(|doc| doc.path())
            .chain(site.documents.assets.iter().map(super::Asset::path));
        match elsewhere.into_iter().find(|path| path.rsplit('/').next() == Some(same_name)) {
            Some(path) => format!("there is `/{path}`"),
            None => {
                "link to a file below `content/`, as seen from this file, or write a whole https: address".to_owned()
            }
        }
    });
    Err(dead(format!("there is no `{wanted}` in `content/`"), advice))
}

/// Why a link to a name on a page leads nowhere.
pub fn no_such_id(path: &str, text: &Text, id: &str) -> DeadLink {
    let advice = did_you_mean(id, text.ids()).unwrap_or_else(|| {
        let ids: Vec<_> = text.ids().take(8).map(|id| format!("#{id}")).collect();
        if ids.is_empty() {
            "it has no headings: take the `#` part out".to_owned()
        } else {
            format!("it has {}", ids.join(", "))
        }
    });
    dead(format!("`{path}` has no heading with the id `{id}`"), advice)
}

/// Whether a person's page or the list of a badge is at a path below `people/`.
fn is_of_directory(site: &Site<'_>, rest: &str) -> bool {
    let directory = &site.directory;
    directory.people.iter().any(|person| person.handle == rest)
        || rest.strip_prefix("badge/").is_some_and(|id| {
            let badge = site.badges.iter().position(|badge| &*badge.record.id == id);
            badge.is_some_and(|badge| directory.list_of(badge).is_some())
        })
}

impl Site<'_> {
    pub(super) fn join_menu(&mut self, diagnostics: &mut Vec<Diagnostic>) {
        self.original.menu = self.menu(&self.original, diagnostics);
        // What is wrong was said once.
        let menus: Vec<_> = self.translations.iter().map(|edition| self.menu(edition, &mut Vec::new())).collect();
        for (edition, menu) in self.translations.iter_mut().zip(menus) {
            edition.menu = menu;
        }
    }

    fn menu(&self, edition: &Edition<'_>, diagnostics: &mut Vec<Diagnostic>) -> Vec<MenuEntry> {
        let mut menu = Vec::new();
        for (index, entry) in self.documents.config.menu.iter().enumerate() {
            let label = entry.label.to_string();
            match resolve(self, edition, "", &entry.to) {
                Ok(Target::Elsewhere(url)) => menu.push(MenuEntry { label, url, leads_to: None }),
                Ok(Target::Here(address)) => {
                    let path = address.path.strip_prefix(edition.prefix.as_str());
                    let leads_to = path.filter(|_| address.fragment.is_none()).map(str::to_owned);
                    menu.push(MenuEntry { label, url: self.config.rooted(&address), leads_to });
                }
                Err(problem) => diagnostics.push(
                    Diagnostic::error(problem.message)
                        .at(Place::yaml("site.yaml", steps!["menu", index, "to"]))
                        .advice(problem.advice),
                ),
            }
        }
        menu
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_paths_are_joined_and_never_lead_out() {
        assert_eq!(join("faq/a.md", "../guides/b.md").as_deref(), Some("guides/b.md"));
        assert_eq!(join("faq/a.md", "b.md").as_deref(), Some("faq/b.md"));
        assert_eq!(join("faq/a.md", "/verify/").as_deref(), Some("verify/"));
        assert_eq!(join("a.md", "../../etc/passwd"), None);
    }

    #[test]
    fn only_an_address_has_a_scheme() {
        assert_eq!(scheme("javascript:alert(1)"), Some("javascript"));
        assert_eq!(scheme("guides/a:b.md"), None);
        assert_eq!(scheme("#a:b"), None);
    }
}
