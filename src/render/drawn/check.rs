//! Names and words that cards and certificates cannot show.
//!
//! They are looked for before anything is made, because an editor should hear of them
//! even when no card is drawn anew.

use crate::{
    diagnostic::{Diagnostic, Place},
    fonts::Fonts,
    site::{Outputs, Site, languages},
    steps,
    theme::Locale,
};

/// The theme's words on cards.
const ON_CARDS: [&str; 4] = ["card_issued", "card_until", "card_no_end", "card_check"];
/// The theme's words on certificates.
const ON_CERTIFICATES: [&str; 15] = [
    "certificate_lead",
    "certificate_issued",
    "certificate_begins",
    "certificate_expired",
    "card_until",
    "card_no_end",
    "only_place",
    "print_status",
    "word_expired",
    "word_suspended",
    "word_revoked",
    "word_superseded",
    "status_suspended",
    "status_revoked",
    "status_superseded",
];

/// Names and words that cannot be shown as they are, each once, with the characters in question. `locale` is the
/// language that cards and certificates are in.
pub fn check(site: &Site<'_>, locale: &Locale, fonts: &Fonts) -> Vec<Diagnostic> {
    let subject = Subject::of(site.config.outputs);
    let mut problems = Vec::new();
    problems.extend(check_words(site, locale, fonts, &subject));
    for award in site.awards.iter().filter(|award| !award.is_private()) {
        let name = award.earner.public_name();
        if name.is_ascii() {
            continue;
        }
        let missing = fonts.undrawable(name);
        if missing.is_empty() {
            continue;
        }
        let key = if award.earner.preferred_name.is_some() { "preferred_name" } else { "name" };
        problems.push(
            Diagnostic::warning(format!(
                "the {} of award `{}` cannot show {}",
                subject.one,
                award.record.id,
                list(&missing)
            ))
            .at(award.origin.earner(key))
            .advice(format!(
                "name a font that has them under `fonts:` in site.yaml; until then {} the rest",
                subject.one_shows
            )),
        );
    }
    for (index, badge) in site.badges.iter().enumerate() {
        let missing = fonts.undrawable(&badge.record.name);
        if !missing.is_empty() {
            problems.push(
                Diagnostic::warning(format!(
                    "the {} of badge `{}` cannot show {}",
                    subject.many,
                    badge.record.id,
                    list(&missing)
                ))
                .at(Place::yaml(badge.file.clone(), steps!["badges", index, "name"]))
                .advice(format!(
                    "name a font that has them under `fonts:` in site.yaml; until then {} the rest",
                    subject.many_show
                )),
            );
        }
    }
    problems
}

/// A language whose letters no font has leaves cards and certificates without dates.
fn check_words(site: &Site<'_>, locale: &Locale, fonts: &Fonts, subject: &Subject) -> Option<Diagnostic> {
    let outputs = site.config.outputs;
    let cards = ON_CARDS.into_iter().filter(|_| outputs.share_card);
    let certificates = ON_CERTIFICATES.into_iter().filter(|_| outputs.certificate_pdf);
    let words = cards.chain(certificates).map(|key| locale.words.get(key).to_owned());
    let months = (1..=12).map(|month| locale.date(jiff::civil::date(2027, month, 28)));
    let missing = fonts.undrawable(&words.chain(months).collect::<String>());
    let (_, place) = languages(&site.documents.config).into_iter().next()?;
    (!missing.is_empty()).then(|| {
        let message =
            format!("the {} cannot show the words of `{}`: {}", subject.many, locale.language, list(&missing));
        Diagnostic::warning(message)
            .at(place)
            .advice("name a font that has them under `fonts:` in site.yaml; until then such lines are left out")
    })
}

/// What the names are missing from.
struct Subject {
    one: &'static str,
    one_shows: &'static str,
    many: &'static str,
    many_show: &'static str,
}

impl Subject {
    fn of(outputs: Outputs) -> Self {
        match (outputs.share_card, outputs.certificate_pdf) {
            (true, true) => Self {
                one: "share card and certificate",
                one_shows: "they show",
                many: "share cards and certificates",
                many_show: "they show",
            },
            (false, true) => Self {
                one: "certificate",
                one_shows: "the certificate shows",
                many: "certificates",
                many_show: "certificates show",
            },
            (_, false) => {
                Self { one: "share card", one_shows: "the card shows", many: "share cards", many_show: "cards show" }
            }
        }
    }
}

/// Characters for a message: themselves and their code points, the first few of them.
fn list(characters: &[char]) -> String {
    const SHOWN: usize = 6;
    let mut shown: Vec<_> = characters.iter().take(SHOWN).map(|c| format!("`{c}` (U+{:04X})", u32::from(*c))).collect();
    if characters.len() > SHOWN {
        shown.push(format!("{} more", characters.len() - SHOWN));
    }
    shown.join(", ")
}
