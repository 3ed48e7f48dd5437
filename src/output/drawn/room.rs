//! Texts for which a card or a certificate has no room.
//!
//! Setting a text takes much longer than looking at it, and nearly all texts fit. So only
//! those are tried that are longer than most: of each badge the longest name, and every
//! name longer than [`LONG`].

use std::collections::HashSet;

use super::typeset::tidy;
use crate::{
    diagnostic::{Diagnostic, Place},
    site::{Award, Badge, Site},
    steps,
};

/// The built-in templates have room for many more letters than that in every script.
const LONG: usize = 60;

/// What is found not to fit, each text once.
pub(in crate::output) struct Room<'a> {
    site: &'a Site<'a>,
    paper: &'static str,
    template: &'static str,
    seen: HashSet<String>,
    problems: Vec<Diagnostic>,
}

impl<'a> Room<'a> {
    /// Nothing is found yet. `paper` is what the texts stand on, `template` the file that it is drawn from.
    pub(in crate::output) fn new(site: &'a Site<'a>, paper: &'static str, template: &'static str) -> Self {
        Self { site, paper, template, seen: HashSet::new(), problems: Vec::new() }
    }

    /// The awards that are worth a try.
    pub(in crate::output) fn awards_to_try(&self) -> Vec<&'a Award<'a>> {
        let letters = |award: &Award<'_>| award.earner.public_name().chars().count();
        let mut longest: Vec<Option<(usize, &Award<'_>)>> = vec![None; self.site.badges.len()];
        let mut chosen = Vec::new();
        for award in self.site.awards.iter().filter(|award| !award.is_private()) {
            let length = letters(award);
            if length > LONG {
                chosen.push(award);
            } else if let Some(longest) = longest.get_mut(award.badge)
                && longest.is_none_or(|(most, _)| length > most)
            {
                *longest = Some((length, award));
            }
        }
        chosen.extend(longest.into_iter().flatten().map(|(_, award)| award));
        chosen
    }

    /// Takes in what an award's paper does not show in full.
    pub(in crate::output) fn tell(&mut self, award: &Award<'_>, badge: &Badge<'_>, wanting: &[String]) {
        let key = if award.earner.preferred_name.is_some() { "preferred_name" } else { "name" };
        // What is in none of the site's files is still told of this person's paper.
        let places = [
            (&*badge.record.name, badge.place("name")),
            (&*self.site.documents.config.issuer.name, Place::yaml("site.yaml", steps!["issuer", "name"])),
            (award.earner.public_name(), award.origin.earner(key)),
        ];
        self.tell_of(&format!("award `{}`", award.record.id), &places, wanting);
    }

    /// Takes in what the paper of something does not show in full. `places` says where its texts come from; the last is
    /// for those that are not among them.
    pub(in crate::output) fn tell_of(&mut self, what: &str, places: &[(&str, Place)], wanting: &[String]) {
        for text in wanting {
            if !self.seen.insert(text.clone()) {
                continue;
            }
            let shown: String = text.chars().take(40).collect();
            let dots = if shown.len() < text.len() { "…" } else { "" };
            let own = places.iter().find(|(own, _)| tidy(own) == *text).or(places.last());
            let Some((_, place)) = own else { continue };
            let problem = format!("the {} of {what} has no room for all of “{shown}{dots}”", self.paper);
            self.problems.push(Diagnostic::warning(problem).at(place.clone()).advice(format!(
                "make it shorter, or give it more room in `{}` of a theme of your own",
                self.template
            )));
        }
    }

    /// All that was found.
    pub(in crate::output) fn told(self) -> Vec<Diagnostic> {
        self.problems
    }
}
