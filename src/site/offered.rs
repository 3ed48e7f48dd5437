//! Documents and archives, which are published if a page leads to them.
//!
//! A picture is there to be shown. An archive, a document or a text may be a download, or somebody's notes, a backup, last
//! year's list; the difference is that a page leads to a download. What nothing leads to stays where it is, and is told of.

use std::collections::HashSet;

use super::{Site, Target, resolve};
use crate::{
    diagnostic::{Diagnostic, Place},
    source::markdown::needs_a_look,
};

impl Site<'_> {
    /// Finds the offered files that nothing leads to.
    pub(super) fn withhold(&mut self, diagnostics: &mut Vec<Diagnostic>) {
        let offered: Vec<_> = self.documents.assets.iter().filter(|asset| asset.is_offered()).collect();
        if offered.is_empty() {
            return;
        }
        let wanted = self.led_to();
        for asset in offered.into_iter().filter(|asset| !wanted.contains(asset.path())) {
            self.withheld.insert(asset.path());
            diagnostics.push(
                Diagnostic::warning("this file is not published, because no page leads to it")
                    .at(Place::file(asset.file.clone()))
                    .advice("link to it, or name it as a page's `download:`; if it is not for readers, move it out of `content/`"),
            );
        }
    }

    /// The paths below `content/` that links lead to, in pages, in texts of exports and in the menu.
    fn led_to(&self) -> HashSet<String> {
        let mut paths = HashSet::new();
        let mut follow = |edition, from: &str, to: &str| {
            if let Ok(Target::Here(path)) = resolve(self, edition, from, to) {
                paths.insert(path.path.into_owned());
            }
        };
        for edition in self.editions() {
            for page in &edition.pages {
                page.doc.content.links.iter().for_each(|link| follow(edition, page.base, &link.to));
            }
        }
        for entry in &self.documents.config.menu {
            follow(&self.original, "", &entry.to);
        }
        let criteria = self.badges.iter().filter_map(|badge| Some((badge.file, badge.record.criteria.as_deref()?)));
        let narratives = self.awards.iter().flat_map(|award| {
            award.record.evidence.iter().filter_map(|one| Some((award.origin.file, one.narrative.as_deref()?)))
        });
        for (file, text) in criteria.chain(narratives).filter(|(_, text)| needs_a_look(text)) {
            let from = file.strip_prefix("content/").unwrap_or(file);
            self.read_export(text).links.iter().for_each(|link| follow(&self.original, from, &link.to));
        }
        let pages = self.editions().flat_map(|edition| &edition.pages);
        paths.extend(pages.filter_map(|page| page.download).map(|asset| asset.path().to_owned()));
        paths
    }
}
