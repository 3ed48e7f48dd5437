//! Names and words that cards and certificates cannot show.
//!
//! They are looked for before anything is made, because an editor should hear of them
//! even when no card is drawn anew: once for each script, as one font mends them all.

use std::collections::{BTreeMap, HashMap, HashSet};

use unicode_script::Script;

use crate::{
    diagnostic::{Diagnostic, Place},
    fonts::{Fonts, is_invisible, scripts},
    site::{Outputs, Site, languages},
    steps,
    theme::Locale,
};

/// What cannot be shown as it is, told once for each script. `locale` is the language that cards and certificates are
/// in, `words` are those of the theme that stand on them.
pub(in crate::output) fn check<'w>(
    site: &Site<'_>,
    locale: &Locale,
    words: impl Iterator<Item = &'w &'static str>,
    fonts: &Fonts,
) -> Vec<Diagnostic> {
    let outputs = site.config.outputs;
    let mut missing = Missing { fonts, known: HashMap::new(), scripts: BTreeMap::new() };
    let mut seen = HashSet::new();
    for award in site.awards.iter().filter(|award| !award.is_private()) {
        let name = award.earner.public_name();
        // Who holds several awards has one name.
        if !name.is_ascii() && seen.insert(std::ptr::from_ref(award.earner)) {
            let key = if award.earner.preferred_name.is_some() { "preferred_name" } else { "name" };
            missing.look(name, Kind::Name, || award.origin.earner(key));
        }
    }
    for badge in &site.badges {
        missing.look(&badge.record.name, Kind::Other, || badge.place("name"));
        if outputs.share_card {
            missing.look(&badge.record.description, Kind::Other, || badge.place("description"));
        }
    }
    let config = &site.documents.config;
    missing.look(&config.issuer.name, Kind::Other, || Place::yaml("site.yaml", steps!["issuer", "name"]));
    if outputs.share_card {
        missing.look(&config.title, Kind::Other, || Place::yaml("site.yaml", steps!["title"]));
        let description = config.description.as_deref().unwrap_or_default();
        missing.look(description, Kind::Other, || Place::yaml("site.yaml", steps!["description"]));
    }
    // A language whose letters no font has leaves cards and certificates without dates.
    let words = words.map(|key| locale.words.get(key).to_owned());
    let months = (1..=12).map(|month| locale.date(jiff::civil::date(2027, month, 28)));
    if let Some((_, place)) = languages(&site.documents.config).into_iter().next() {
        missing.look(&words.chain(months).collect::<String>(), Kind::Words, || place);
    }
    let names_fonts = !config.fonts.is_empty();
    let scripts = std::mem::take(&mut missing.scripts);
    scripts.into_values().map(|found| found.told(subject(outputs), &locale.language, names_fonts)).collect()
}

/// What a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A person's name.
    Name,
    /// The theme's words of the site's language.
    Words,
    /// Of a badge, of the issuer, of the site.
    Other,
}

/// What is missing of each script.
struct Missing<'a> {
    fonts: &'a Fonts,
    /// Whether a character can be drawn; asking the fonts takes longer.
    known: HashMap<char, bool>,
    scripts: BTreeMap<&'static str, Found>,
}

/// What is missing of one script.
struct Found {
    script: Script,
    names: usize,
    others: usize,
    words: bool,
    characters: Vec<char>,
    /// The first name, or else the first other text.
    example: Place,
}

impl Missing<'_> {
    fn look(&mut self, text: &str, kind: Kind, place: impl FnOnce() -> Place) {
        if text.is_ascii() {
            return;
        }
        let mut missing: BTreeMap<&'static str, (Script, Vec<char>)> = BTreeMap::new();
        for character in text.chars().filter(|character| !character.is_ascii() && !is_invisible(*character)) {
            if !*self.known.entry(character).or_insert_with(|| self.fonts.draws(character)) {
                let script = scripts::of(character);
                missing.entry(script.full_name()).or_insert((script, Vec::new())).1.push(character);
            }
        }
        if missing.is_empty() {
            return;
        }
        let place = place();
        for (name, (script, characters)) in missing {
            let found = self.scripts.entry(name).or_insert_with(|| Found {
                script,
                names: 0,
                others: 0,
                words: false,
                characters: Vec::new(),
                example: place.clone(),
            });
            match kind {
                Kind::Name => found.names += 1,
                Kind::Words => found.words = true,
                Kind::Other => found.others += 1,
            }
            for character in characters {
                if found.characters.len() <= SHOWN && !found.characters.contains(&character) {
                    found.characters.push(character);
                }
            }
        }
    }
}

impl Found {
    fn told(self, subject: &str, language: &str, names_fonts: bool) -> Diagnostic {
        let count = |number: usize, one: &str, more: &str| match number {
            0 => None,
            1 => Some(format!("1 {one}")),
            number => Some(format!("{number} {more}")),
        };
        let parts = [
            count(self.names, "name", "names"),
            count(self.others, "text of badges, issuer or site", "texts of badges, issuer or site"),
            self.words.then(|| format!("the words of `{language}`")),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        let what = scripts::called(self.script);
        let message = if self.script == Script::Common {
            format!(
                "no font here has some symbols of {}, so {subject} leave them out: {}",
                parts.join(" and "),
                self.list()
            )
        } else {
            format!("no font here has the {what} of {}, so {subject} lack them: {}", parts.join(" and "), self.list())
        };
        let line = if names_fonts { "add `system` to `fonts:`" } else { "write `fonts: [system]`" };
        let advice = match scripts::home(self.script) {
            Some(home) => format!(
                "install the Debian package `{}` and {line} in site.yaml; or put {} into `fonts/` and write `fonts: [fonts/]`",
                home.package(),
                home.file()
            ),
            None if self.script == Script::Common => {
                "take them out, or put a font with outlines that has them into `fonts/` and write `fonts: [fonts/]` in site.yaml"
                    .into()
            }
            None => "put a font that has them into `fonts/` and write `fonts: [fonts/]` in site.yaml".into(),
        };
        Diagnostic::warning(message).at(self.example).advice(advice)
    }

    /// Characters for a message: themselves and their code points, the first few of them.
    fn list(&self) -> String {
        let mut shown: Vec<_> =
            self.characters.iter().take(SHOWN).map(|c| format!("`{c}` (U+{:04X})", u32::from(*c))).collect();
        if self.characters.len() > SHOWN {
            shown.push("…".into());
        }
        shown.join(", ")
    }
}

/// How many characters a message names.
const SHOWN: usize = 3;

/// What the texts are missing from.
fn subject(outputs: Outputs) -> &'static str {
    match (outputs.share_card, outputs.certificate_pdf) {
        (true, true) => "share cards and certificates",
        (false, true) => "certificates",
        (_, false) => "share cards",
    }
}
