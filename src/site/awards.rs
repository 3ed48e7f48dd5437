//! Badges, earners and awards, joined by their ids.

use std::collections::HashMap;

use rayon::prelude::*;

use super::{Award, Badge, Origin, Site, Timeline, names};
use crate::{
    diagnostic::{Diagnostic, Place, Step, did_you_mean},
    hash::Table,
    source::record::EarnerRecord,
    steps,
};

impl Site<'_> {
    pub(super) fn join_badges(&mut self, diagnostics: &mut Vec<Diagnostic>) {
        let mut seen: HashMap<&str, Place> = HashMap::new();
        for doc in &self.documents.exports {
            let folder = doc.file.rfind('/').map_or("", |at| &doc.file[..=at]);
            for (index, record) in doc.export.badges.iter().enumerate() {
                let index = doc.badge_at(index);
                let place = Place::yaml(doc.file.clone(), steps!["badges", index, "id"]);
                if let Some(first) = seen.get(&*record.id) {
                    diagnostics.push(
                        Diagnostic::error(format!("two badges have the id `{}`", record.id))
                            .at(place)
                            .advice("give one of them another id, or take it out")
                            .also("the other one is here", first.clone()),
                    );
                    continue;
                }
                seen.insert(&record.id, place);
                let path = format!("{folder}{}", record.image);
                let asset = self.asset(path.strip_prefix("content/").unwrap_or(&path));
                let picture = asset.and_then(|asset| asset.picture.map(|picture| (asset, picture)));
                // A picture that cannot be read was reported when it was read.
                if asset.is_none_or(|asset| asset.picture.is_none()) && !self.documents.may_be_there(&path) {
                    let names = self.documents.assets.iter().filter_map(|a| a.file.strip_prefix(folder));
                    diagnostics.push(
                        Diagnostic::error(format!("the picture `{}` is missing", record.image))
                            .at(Place::yaml(doc.file.clone(), steps!["badges", index, "image"]))
                            .advice(
                                did_you_mean(&record.image, names)
                                    .unwrap_or_else(|| format!("put a PNG or SVG file at `{path}`")),
                            ),
                    );
                }
                self.badges.push(Badge { record, file: &doc.file, index, picture, awards: 0 });
            }
        }
        if let Some(image) = &self.documents.config.issuer.image {
            let picture = self.asset(image).and_then(|asset| Some((asset, asset.picture?)));
            if picture.is_none() && !self.documents.may_be_there(&format!("content/{image}")) {
                diagnostics.push(
                    Diagnostic::error(format!("the issuer's picture `{image}` is missing"))
                        .at(Place::yaml("site.yaml", steps!["issuer", "image"]))
                        .advice(format!("put it at `content/{image}`, or take this line out")),
                );
            }
            self.issuer_picture = picture;
        }
    }

    pub(super) fn join_awards(&mut self, diagnostics: &mut Vec<Diagnostic>) {
        let badges: HashMap<&str, usize> =
            self.badges.iter().enumerate().map(|(index, badge)| (&*badge.record.id, index)).collect();
        let all: usize = self.documents.exports.iter().map(|doc| doc.digests.len()).sum();
        self.awards.reserve_exact(all);
        self.award_index.reserve(all);
        let mut known = Known::default();
        // What a file that cannot be read would have defined is not called missing, unless it looks like a slip.
        let mut all_known = self.documents.are_records_complete();
        // What takes longest and depends on nothing else comes first, on all cores.
        let made = self.timelines();
        let mut made = made.into_iter().flatten();
        self.check_names(diagnostics);
        for doc in &self.documents.exports {
            let mut digests = doc.digests.iter().copied();
            for (earner_index, earner) in doc.export.earners.iter().enumerate() {
                let origin = Origin { file: &doc.file, earner: doc.earner_at(earner_index), award: 0 };
                known.add(earner, origin, diagnostics);
                let first = self.awards.len();
                let own = earner.awards.iter().zip(made.by_ref().zip(digests.by_ref()));
                for (award_index, (record, (timeline, digest))) in own.enumerate() {
                    let origin = Origin { award: doc.award_at(earner_index, award_index), ..origin };
                    let at = |key: &'static str| origin.award([Step::Key(key)]);
                    if timeline.valid_until.is_some_and(|until| until <= timeline.valid_from) {
                        diagnostics.push(
                            Diagnostic::error("this award expires before it is issued")
                                .at(at("expires"))
                                .advice("mend `issued` or `expires`")
                                .also("issued here", at("issued")),
                        );
                    }
                    let Some(&badge) = badges.get(&*record.badge) else {
                        all_known = false;
                        let guess = did_you_mean(&record.badge, badges.keys().copied());
                        let may_be_there = guess.is_none() && self.documents.is_broken("yaml");
                        if !may_be_there && !self.documents.is_unread(&record.badge) {
                            let advice = "define the badge below `badges:` in an export, or mend this id";
                            diagnostics.push(
                                Diagnostic::error(format!("no badge has the id `{}`", record.badge))
                                    .at(at("badge"))
                                    .advice(guess.unwrap_or_else(|| advice.to_owned())),
                            );
                        }
                        continue;
                    };
                    let index = self.awards.len();
                    if let Some(other) = self.award_index.get(&*record.id).and_then(|&other| self.awards.get(other)) {
                        diagnostics.push(
                            Diagnostic::error(format!("two awards have the id `{}`", record.id))
                                .at(at("id"))
                                .advice("an award's id is its address: give each its own")
                                .also("the other one is here", other.origin.award([Step::Key("id")])),
                        );
                        continue;
                    }
                    if let (Some(_), None) = (&record.reason, record.status) {
                        diagnostics.push(
                            Diagnostic::warning(
                                "this `reason` is not shown: the award is neither revoked nor suspended",
                            )
                            .at(at("reason"))
                            .advice("add `status: revoked` or `status: suspended`, or take the reason out"),
                        );
                    }
                    self.award_index.insert(&record.id, index);
                    if let Some(badge) = self.badges.get_mut(badge) {
                        badge.awards += 1;
                    }
                    self.awards.push(Award {
                        record,
                        earner,
                        badge,
                        timeline,
                        newer: None,
                        person: None,
                        digest,
                        origin,
                    });
                }
                self.join_replacements(first, diagnostics);
            }
        }
        // While an award names a badge that nobody knows, it may well be one of these.
        for badge in self.badges.iter().filter(|badge| all_known && badge.awards == 0) {
            diagnostics.push(
                Diagnostic::warning(format!("nobody holds the badge `{}`", badge.record.id))
                    .at(badge.place("id"))
                    .advice("take it out if it is not in use; otherwise this is fine"),
            );
        }
    }

    /// Looks at the names of all earners.
    fn check_names(&self, diagnostics: &mut Vec<Diagnostic>) {
        for doc in &self.documents.exports {
            let earners = doc.export.earners.par_iter().with_min_len(256).enumerate();
            let found = earners.flat_map_iter(|(index, earner)| {
                doubts(earner, Origin { file: &doc.file, earner: doc.earner_at(index), award: 0 })
            });
            diagnostics.par_extend(found);
        }
    }

    /// The timeline of every award, export by export.
    fn timelines(&self) -> Vec<Vec<Timeline>> {
        let (notice, zone) = (self.config.longest_notice(), self.config.zone());
        let exports = self.documents.exports.par_iter();
        exports
            .map(|doc| {
                let awards = doc.export.earners.iter().flat_map(|earner| &earner.awards);
                awards.map(|record| Timeline::new(record, false, notice, zone)).collect()
            })
            .collect()
    }

    /// Joins the awards of one earner, which start at `first`, with those that they replace.
    fn join_replacements(&mut self, first: usize, diagnostics: &mut Vec<Diagnostic>) {
        for index in first..self.awards.len() {
            let Some(newer) = self.awards.get(index) else { continue };
            let Some(replaced) = &newer.record.replaces else { continue };
            let at = newer.origin.award([Step::Key("replaces")]);
            let mut fail = |message: String, advice: &str| {
                diagnostics.push(Diagnostic::error(message).at(at.clone()).advice(advice));
            };
            if *replaced == newer.record.id {
                fail("this award replaces itself".to_owned(), "name the older award here, or take this line out");
                continue;
            }
            let own = newer.earner.awards.iter().map(|award| &*award.id);
            let older = self.award_index.get(&**replaced).copied().filter(|older| *older >= first);
            let Some(older) = older else {
                let elsewhere = newer.earner.awards.iter().all(|award| award.id != *replaced);
                if elsewhere && !self.documents.is_unread(replaced) {
                    let advice = did_you_mean(replaced, own.filter(|id| *id != &*newer.record.id))
                        .unwrap_or_else(|| "name another award of the same earner, or take this line out".to_owned());
                    fail(format!("this earner has no award `{replaced}`"), &advice);
                }
                continue;
            };
            // Follow the chain from the older one: if it comes back here, awards replace each other.
            let mut at_award = Some(older);
            let mut steps = 0;
            while let Some(current) = at_award {
                if current == index || steps > self.awards.len() - first {
                    break;
                }
                steps += 1;
                at_award = self
                    .awards
                    .get(current)
                    .and_then(|award| award.record.replaces.as_ref())
                    .and_then(|id| self.award_index.get(&**id).copied())
                    .filter(|next| *next >= first && *next != current);
            }
            if at_award == Some(index) {
                fail(
                    format!("this award and `{replaced}` replace each other"),
                    "only the newer award names the older one: take one of the lines out",
                );
                continue;
            }
            let issued = |award: usize| self.awards.get(award).map(|award| award.timeline.valid_from);
            let wins =
                self.awards.get(older).and_then(|older| older.newer).is_none_or(|other| issued(other) < issued(index));
            let (notice, zone) = (self.config.longest_notice(), self.config.zone().clone());
            if let Some(award) = self.awards.get_mut(older) {
                award.timeline = Timeline::new(award.record, true, notice, &zone);
                if wins {
                    award.newer = Some(index);
                }
            }
        }
    }
}

/// Where the ids and handles of earners stand first. There are many, so no [`Place`] is made before it is needed.
#[derive(Default)]
struct Known<'d> {
    ids: Table<&'d str, Origin<'d>>,
    handles: Table<&'d str, Origin<'d>>,
}

impl<'d> Known<'d> {
    fn add(&mut self, earner: &'d EarnerRecord, origin: Origin<'d>, diagnostics: &mut Vec<Diagnostic>) {
        // Where two earners collide the message does not repeat the id: messages reach logs, and ids do not.
        if let Some(first) = self.ids.insert(&earner.id, origin) {
            diagnostics.push(
                Diagnostic::error("two earners have this id")
                    .at(origin.earner("id"))
                    .advice("put the awards of one person below one entry; give different people different ids")
                    .also("the other one is here", first.earner("id")),
            );
        }
        if let Some(handle) = &earner.handle
            && let Some(first) = self.handles.insert(handle, origin)
        {
            diagnostics.push(
                Diagnostic::error(format!("two earners have the handle `{handle}`"))
                    .at(origin.earner("handle"))
                    .advice("a handle is an address: give each their own")
                    .also("the other one is here", first.earner("handle")),
            );
        }
    }
}

/// What is doubtful about an earner's names.
fn doubts(earner: &EarnerRecord, origin: Origin<'_>) -> impl Iterator<Item = Diagnostic> {
    let named = [("name", Some(&earner.name)), ("preferred_name", earner.preferred_name.as_ref())];
    named.into_iter().filter_map(move |(key, name)| {
        let doubt = names::doubt(name?)?;
        let problem = Diagnostic::warning(format!("this name has {doubt}")).at(origin.earner(key));
        Some(problem.advice("type the name again; if it is meant so, leave it"))
    })
}
