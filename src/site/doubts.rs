//! Records that are legal and most likely not what was meant.
//!
//! Each of these comes out of another system thousands of times or not at all, for one reason. So of each kind and
//! file a few are shown, with how many more there are ([`Alike`]).

use jiff::{civil::Date, tz::TimeZone};
use rayon::prelude::*;

use super::{Origin, Site, encoding, guessable};
use crate::{
    diagnostic::{Alike, Diagnostic, Place, Step},
    source::{
        Documents, ExportDoc,
        record::{AwardRecord, EarnerRecord, Visibility},
        value::{Edge, Said, When},
    },
    steps,
};

/// How many texts that went through one conversion too many are shown of a file.
const TEXTS_SHOWN: usize = 3;

/// What is doubtful about the records of all exports, each on its own.
pub(super) fn of_records(documents: &Documents, zone: &TimeZone) -> Vec<Diagnostic> {
    let exports = documents.exports.par_iter();
    let found = exports.map(|doc| {
        let mut doubts = Doubts::new(zone);
        doubts.badges(doc);
        for (index, earner) in doc.export.earners.iter().enumerate() {
            let origin = Origin { file: &doc.file, earner: doc.earner_at(index), award: 0 };
            doubts.earner(earner, &origin);
            for (award, record) in earner.awards.iter().enumerate() {
                doubts.award(earner, record, &Origin { award: doc.award_at(index, award), ..origin });
            }
        }
        doubts.finish()
    });
    found.collect::<Vec<_>>().into_iter().flatten().collect()
}

impl Site<'_> {
    /// Texts of site.yaml and of front matter.
    pub(super) fn check_words(&self, diagnostics: &mut Vec<Diagnostic>) {
        let config = &self.documents.config;
        let mut texts = Alike::showing(TEXTS_SHOWN);
        let at = |steps: Vec<Step>| Place::yaml("site.yaml", steps);
        let issuer = &config.issuer;
        let of_site = [
            ("title", Some(&config.title), steps!["title"]),
            ("description", config.description.as_ref(), steps!["description"]),
            ("name", Some(&issuer.name), steps!["issuer", "name"]),
            ("description", issuer.description.as_ref(), steps!["issuer", "description"]),
        ];
        for (key, text, steps) in of_site {
            if let Some(text) = text {
                check(&mut texts, key, text, || at(steps));
            }
        }
        for (index, entry) in config.menu.iter().enumerate() {
            check(&mut texts, "label", &entry.label, || at(steps!["menu", index, "label"]));
        }
        diagnostics.extend(texts.finish());
        for page in &self.documents.pages {
            let mut texts = Alike::showing(TEXTS_SHOWN);
            for (key, text) in [("title", &page.front.title), ("description", &page.front.description)] {
                let place = || Place::yaml(page.file.clone(), vec![Step::Key(key)]);
                text.iter().for_each(|text| check(&mut texts, key, text, place));
            }
            diagnostics.extend(texts.finish());
        }
    }
}

/// What is doubtful about one export.
struct Doubts<'z> {
    zone: &'z TimeZone,
    texts: Alike,
    dates: [(&'static str, Alike); 3],
    aliases: Alike,
    ids: Alike,
}

impl<'z> Doubts<'z> {
    fn new(zone: &'z TimeZone) -> Self {
        Self {
            zone,
            texts: Alike::showing(TEXTS_SHOWN),
            dates: ["issued", "expires", "renewed"].map(|key| (key, Alike::showing(1))),
            aliases: Alike::showing(1),
            ids: Alike::showing(1),
        }
    }

    fn finish(self) -> Vec<Diagnostic> {
        let mut all = self.texts.finish();
        for (_, dates) in self.dates {
            all.extend(dates.finish());
        }
        all.extend(self.aliases.finish());
        all.extend(self.ids.finish());
        all
    }

    fn badges(&mut self, doc: &ExportDoc) {
        for (index, badge) in doc.export.badges.iter().enumerate() {
            let index = doc.badge_at(index);
            let at = |key: &'static str| Place::yaml(doc.file.clone(), steps!["badges", index, key]);
            let texts = [
                ("name", Some(&badge.name)),
                ("abbreviation", badge.abbreviation.as_ref()),
                ("kind", badge.kind.as_ref()),
                ("description", Some(&badge.description)),
                ("validity", badge.validity.as_ref()),
            ];
            for (key, text) in texts {
                text.into_iter().for_each(|text| check(&mut self.texts, key, text, || at(key)));
            }
            for (number, skill) in badge.skills.iter().enumerate() {
                let place = || Place::yaml(doc.file.clone(), steps!["badges", index, "skills", number]);
                check(&mut self.texts, "skills", skill, place);
            }
        }
    }

    /// Texts that are shown of a person. What is never shown is not repeated here, either.
    fn earner(&mut self, earner: &EarnerRecord, origin: &Origin<'_>) {
        if earner.visibility() == Visibility::Private {
            return;
        }
        let name = if earner.preferred_name.is_some() { "preferred_name" } else { "name" };
        let texts = [
            (name, Some(earner.public_name())),
            ("company", earner.company.as_deref()),
            ("job_title", earner.job_title.as_deref()),
        ];
        for (key, text) in texts {
            text.into_iter().for_each(|text| check(&mut self.texts, key, text, || origin.earner(key)));
        }
    }

    fn award(&mut self, earner: &EarnerRecord, award: &AwardRecord, origin: &Origin<'_>) {
        let zone = self.zone;
        let [issued, expires, renewed] = &mut self.dates;
        let at = |steps: Vec<Step>| origin.award(steps);
        elsewhere(issued, award.issued, zone, &|| at(steps!["issued"]));
        if let Some(when) = award.expires {
            elsewhere(expires, when, zone, &|| at(steps!["expires"]));
        }
        for (index, when) in award.renewed.iter().enumerate() {
            elsewhere(renewed, *when, zone, &|| at(steps!["renewed", index]));
        }
        if earner.visibility() != Visibility::Private {
            if let Some(reason) = &award.reason {
                check(&mut self.texts, "reason", reason, || at(steps!["reason"]));
            }
            for (index, evidence) in award.evidence.iter().enumerate() {
                let place = || at(steps!["evidence", index, "name"]);
                evidence.name.iter().for_each(|name| check(&mut self.texts, "name", name, place));
            }
        }
        // Who is listed is found anyway, and a private award's page tells nobody whose it is.
        if earner.visibility() != Visibility::Unlisted {
            return;
        }
        if let Some(way) = guessable::id(&award.id) {
            self.ids.add(|| {
                Diagnostic::warning(format!("the award id `{}` {}", award.id, way.words())).at(at(steps!["id"])).advice(
                    "give it an id that cannot be guessed, such as `9ed52e43b74e`, if its address is not in use yet",
                )
            });
        }
        for (index, alias) in award.aliases.iter().enumerate() {
            let names = earner.preferred_name.iter().chain([&earner.name]).map(|name| &**name);
            if let Some(way) = guessable::alias(alias, names) {
                self.aliases.add(|| {
                    Diagnostic::warning(format!("the alias `{alias}` {}", way.words()))
                        .at(at(steps!["aliases", index]))
                        .advice(
                            "take it out if no paper and no link needs it; one that cannot be guessed is `s3kJd9aQ`",
                        )
                });
            }
        }
    }
}

/// A text that went through one conversion too many.
fn check(texts: &mut Alike, key: &str, text: &str, place: impl FnOnce() -> Place) {
    if let Some(mended) = encoding::mended(text) {
        texts.add(|| {
            Diagnostic::warning(format!("`{key}` {}", mended.what))
                .at(place())
                .advice(format!("write `{}`", mended.text))
        });
    }
}

/// A day that was written as its first or last second by a clock elsewhere.
fn elsewhere((key, dates): &mut (&'static str, Alike), when: When, zone: &TimeZone, place: &dyn Fn() -> Place) {
    let When::Instant(instant) = when else { return };
    let Some(edge) = instant.edge else { return };
    let there = instant.at.to_zoned_datetime(zone.clone());
    let (is, day): (_, Date) = match edge {
        Edge::Start(day) if there.start_of_day().is_ok_and(|start| start == there) && there.date() == day => return,
        Edge::Start(day) => ("midnight", day),
        // Only of an end the last second is the day.
        Edge::End(_) if *key != "expires" || matches!(when.as_end(zone), Said::Day(_)) => return,
        Edge::End(day) => ("the end of a day", day),
    };
    dates.add(|| {
        let name = zone.iana_name().unwrap_or("UTC");
        let clock = there.strftime(if there.second() == 0 { "%F %H:%M" } else { "%F %T" });
        let message = format!("`{key}` is {is} by a clock elsewhere; in this site’s time zone ({name}) it is {clock}");
        let advice = match *key {
            "renewed" => format!("write `{day}` if that day is meant"),
            key => format!("write `{key}: {day}` if that day is meant"),
        };
        Diagnostic::warning(message).at(place()).advice(advice)
    });
}
