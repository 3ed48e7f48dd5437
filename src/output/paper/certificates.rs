//! Certificates of awards: what a certificate is as a file of the site.

use std::hash::Hash;

use crate::{
    diagnostic::Diagnostic,
    hash::DigestHasher,
    output::{Add, Item, Kind, Making, Of, Output, View},
    site::Award,
};

/// The certificate of an award.
pub struct Certificate;

impl Output for Certificate {
    fn name(&self) -> &'static str {
        "certificate"
    }

    fn kind(&self) -> Kind {
        Kind::Leaf
    }

    fn of(&self) -> Of {
        Of::Award
    }

    fn items(&self, view: &View<'_>, index: usize, add: Add<'_>) {
        if view.site.config.outputs.certificate_pdf && view.open_award(index).is_some() {
            add(Item::of(index));
        }
    }

    fn path(&self, view: &View<'_>, item: Item) -> String {
        format!("{}certificate.pdf", view.award(item.index).map(Award::path).unwrap_or_default())
    }

    fn depends(&self, view: &View<'_>, item: Item, on: &mut DigestHasher) {
        view.hash_drawn(on);
        view.theme.certificate.text.hash(on);
        let Some((award, badge)) = view.open_award(item.index) else { return };
        let status = view.status(item.index).on_paper();
        (award.earner.public_name(), award.record.issued, award.record.expires, status).hash(on);
        let picture = badge.picture.map(|(asset, _)| asset.digest);
        (&badge.record.name, badge.label(), picture).hash(on);
    }

    fn make(&self, making: &Making<'_>, item: Item) -> Result<Vec<u8>, Diagnostic> {
        making.certificates()?.award(item.index, making.view.status(item.index).on_paper())
    }
}
