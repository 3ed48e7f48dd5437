//! What a host is told in its own files, and what it will not take.

use super::{Site, alias_path};
use crate::{
    diagnostic::{Diagnostic, Place},
    source::record::Hosting,
    steps,
};

/// How many rules Cloudflare Pages reads of `_redirects`; what comes after them it leaves out without a word.
const CLOUDFLARE: usize = 2_000;
/// From how many rules on Netlify advises against them, because the upload may fail.
const NETLIFY: usize = 10_000;

/// What a host says of long files of redirects, in words before the number, and the number.
fn limit(hosting: Hosting) -> Option<(&'static str, usize)> {
    match hosting {
        Hosting::Cloudflare => Some(("Cloudflare Pages reads only the first", CLOUDFLARE)),
        Hosting::Netlify => Some(("Netlify advises against more than", NETLIFY)),
        Hosting::None | Hosting::Github => None,
    }
}

impl Site<'_> {
    /// The rules of `_redirects`: the old path as the host sees it, and the award it leads to.
    ///
    /// A host reads the file at the top of what it was given, so that is what its paths are seen from, wherever
    /// `base_url` says that the world sees it.
    pub fn redirects(&self) -> Vec<(String, usize)> {
        let awards = self.awards.iter().enumerate().filter(|(_, award)| !award.is_private());
        let aliases = awards.flat_map(|(index, award)| award.record.aliases.iter().map(move |alias| (alias, index)));
        let rules: Vec<_> = aliases.map(|(alias, award)| (format!("/{}", alias_path(alias)), award)).collect();
        // Hosts lead from one spelling to the other by themselves: the second rule of each pair only saves a step.
        if limit(self.config.hosting).is_none_or(|(_, most)| rules.len() * 2 > most) {
            return rules;
        }
        let both = |(path, award): (String, usize)| [(path.trim_end_matches('/').to_owned(), award), (path, award)];
        rules.into_iter().flat_map(both).collect()
    }

    pub(super) fn check_hosting(&self, diagnostics: &mut Vec<Diagnostic>) {
        let Some((host, most)) = limit(self.config.hosting) else { return };
        let rules = self.redirects().len();
        if rules > most {
            diagnostics.push(
                Diagnostic::warning(format!("`_redirects` has {rules} rules, but {host} {most}"))
                    .at(Place::yaml("site.yaml", steps!["hosting"]))
                    .advice(
                        "old addresses beyond that still lead on, by a page of their own; take out aliases that \
                         nobody uses any more, or set up redirects for them with the host itself",
                    ),
            );
        }
    }
}
