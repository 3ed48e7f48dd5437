//! “Check a badge”: how anybody finds out whether a badge is real.

use std::hash::Hash;

use jiff::Timestamp;
use tera::Context;

use super::{dates, frame::Page, object::Object};
use crate::{
    diagnostic::Diagnostic,
    hash::DigestHasher,
    output::{Add, Item, Kind, Making, Output, Press, View},
};

/// “Check a badge”.
pub struct CheckABadge;

impl Output for CheckABadge {
    fn name(&self) -> &'static str {
        "check a badge"
    }

    fn kind(&self) -> Kind {
        Kind::Page
    }

    fn items(&self, view: &View<'_>, _index: usize, add: Add<'_>) {
        view.editions().for_each(|(language, _)| add(Item::default().in_language(language)));
    }

    fn path(&self, view: &View<'_>, item: Item) -> String {
        view.page_file("verify/", item.language)
    }

    fn depends(&self, view: &View<'_>, item: Item, on: &mut DigestHasher) {
        view.hash_page(item.language, on);
        (view.site.exported_at, view.site.config.stale_after).hash(on);
        if let Some(credentials) = &view.credentials {
            credentials.hash_offer(on);
        }
    }

    fn make(&self, making: &Making<'_>, item: Item) -> Result<Vec<u8>, Diagnostic> {
        making.in_language(item.language, Press::verify)
    }
}

impl Press<'_> {
    fn verify(&self) -> Result<Vec<u8>, Diagnostic> {
        let words = self.words;
        let issuer = &*self.site.documents.config.issuer.name;
        let frame = Page {
            kind: "verify",
            title: words.get("title_verify").to_owned(),
            heading: words.get("title_verify").to_owned(),
            description: words.fill("description_verify", &[("issuer", issuer)]),
            path: "verify/".to_owned(),
            ..Page::default()
        };
        let zone = self.site.config.zone();
        let exported = self.site.exported_at.map(|at: Timestamp| {
            let day = at.to_zoned_datetime(zone.clone()).date();
            Object::new().with("iso", dates::instant(at)).with("text", self.locale.date(day))
        });
        let stale_after = self.site.config.stale_after.map(|seconds| self.age(seconds));
        let mut context = Context::new();
        if exported.is_some() || stale_after.is_some() {
            let data = Object::new().maybe("exported_at", exported).maybe("stale_after", stale_after);
            context.insert_value("data", data.into());
        }
        self.offer_signing(&mut context);
        self.page("verify.html", frame, context)
    }

    /// A length of time in words.
    fn age(&self, seconds: i64) -> String {
        let (number, unit) = match seconds {
            s if s % 86_400 == 0 => (s / 86_400, "days"),
            s if s % 3_600 == 0 => (s / 3_600, "hours"),
            s => (s / 60, "minutes"),
        };
        self.locale.count(unit, number.unsigned_abs())
    }
}
