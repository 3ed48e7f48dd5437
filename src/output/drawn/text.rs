//! What is written on a card or a certificate.

use std::borrow::Cow;

use tera::Context;

use super::legible;
use crate::fonts::Fonts;

/// The texts of one. What is empty or cannot be drawn is left out.
#[derive(Debug, Clone, Default)]
pub struct Text<'t> {
    /// The earner's public name; for the site's card, its title.
    pub name: Cow<'t, str>,
    /// The badge's full name.
    pub badge: Cow<'t, str>,
    /// A short word for the badge: abbreviation or kind.
    pub label: Cow<'t, str>,
    /// The issuer's name.
    pub issuer: Cow<'t, str>,
    /// One sentence.
    pub description: Cow<'t, str>,
    /// What stands before the name.
    pub lead: Cow<'t, str>,
    /// A word across the sheet, where the award does not count.
    pub mark: Cow<'t, str>,
    /// Where to check.
    pub place: Cow<'t, str>,
    /// What paper cannot do, in a sentence.
    pub hint: Cow<'t, str>,
    /// The address of the verification page.
    pub address: Cow<'t, str>,
    /// The same as people read it.
    pub address_text: Cow<'t, str>,
    /// What the badge's picture shows, in words.
    pub badge_alt: Cow<'t, str>,
    /// What the QR code is, in words.
    pub code_alt: Cow<'t, str>,
    /// Up to three lines of dates, or what has come in their place.
    pub dates: Vec<String>,
    /// The file's title.
    pub title: Cow<'t, str>,
    /// BCP 47.
    pub language: Cow<'t, str>,
}

impl Text<'_> {
    /// Texts to try a template with: all of them this word, or none.
    pub(super) fn sample(word: &'static str) -> Self {
        let [address, address_text] = ["https://badges.example/verify/000000/"; 2].map(Cow::Borrowed);
        let word = || Cow::Borrowed(word);
        Self {
            name: word(),
            badge: word(),
            label: word(),
            issuer: word(),
            description: word(),
            lead: word(),
            mark: word(),
            place: word(),
            hint: word(),
            address,
            address_text,
            badge_alt: word(),
            code_alt: word(),
            dates: vec![word().into_owned(); 3],
            title: word(),
            language: Cow::Borrowed("en"),
        }
    }

    /// Gives a template the texts that it knows.
    pub(super) fn insert(&self, names: &[&'static str], fonts: &Fonts, context: &mut Context) {
        for name in names {
            context.insert(*name, &self.value(name, fonts));
        }
        let dates = self.dates.iter().map(|date| legible(fonts, date)).filter(|date| !date.is_empty());
        context.insert("dates", &dates.collect::<Vec<_>>());
    }

    fn value(&self, name: &str, fonts: &Fonts) -> Cow<'_, str> {
        let drawn = match name {
            "name" => &self.name,
            "badge" => &self.badge,
            "label" => &self.label,
            "issuer" => &self.issuer,
            "description" => &self.description,
            "lead" => &self.lead,
            "mark" => &self.mark,
            "place" => &self.place,
            "hint" => &self.hint,
            "address_text" if fonts.undrawable(&self.address_text).is_empty() => return (&*self.address_text).into(),
            // The address that is sent can be drawn with any font.
            "address" | "address_text" => return (&*self.address).into(),
            // These are not drawn but told.
            "badge_alt" => return (&*self.badge_alt).into(),
            "code_alt" => return (&*self.code_alt).into(),
            _ => return "".into(),
        };
        legible(fonts, drawn).into()
    }
}
