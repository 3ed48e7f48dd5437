//! The badge's picture with the credential in it, for each award.

use std::hash::Hash;

use super::beside;
use crate::{
    credential::bake,
    diagnostic::{Diagnostic, Place},
    hash::DigestHasher,
    output::{Add, Item, Kind, Making, Of, Output, View, picture::badges},
    picture::Format,
    site::{Badge, PictureFile},
};

/// The picture that an earner can keep and hand on: badge.png, or badge.svg where the badge is an SVG. Of a PNG not a pixel
/// is touched; any other picture is made a PNG first.
pub struct BakedBadge;

impl Output for BakedBadge {
    fn name(&self) -> &'static str {
        "baked badge"
    }

    fn kind(&self) -> Kind {
        Kind::Leaf
    }

    fn of(&self) -> Of {
        Of::Award
    }

    fn items(&self, view: &View<'_>, index: usize, add: Add<'_>) {
        if view.open_award(index).is_some_and(|(_, badge)| name(view, badge).is_some()) {
            add(Item::of(index));
        }
    }

    fn path(&self, view: &View<'_>, item: Item) -> String {
        let name = view.open_award(item.index).and_then(|(_, badge)| name(view, badge));
        beside(view, item.index, name.unwrap_or_default())
    }

    fn depends(&self, view: &View<'_>, item: Item, on: &mut DigestHasher) {
        let (Some(credentials), Some((award, badge))) = (&view.credentials, view.open_award(item.index)) else {
            return;
        };
        credentials.hash_credential(view.site, item.index, on);
        (badge.picture.map(|(asset, _)| asset.digest), credentials.has_assertion(award)).hash(on);
    }

    fn make(&self, making: &Making<'_>, item: Item) -> Result<Vec<u8>, Diagnostic> {
        let view = making.view;
        let (Some(credentials), Some((award, badge))) = (&view.credentials, view.open_award(item.index)) else {
            return Ok(Vec::new());
        };
        let (Some((asset, picture)), Some(json)) = (badge.picture, credentials.credential(view.site, item.index))
        else {
            return Ok(Vec::new());
        };
        let credential = json?.ascii();
        let address = || view.site.config.absolute(beside(view, item.index, "assertion.json"));
        let assertion = credentials.has_assertion(award).then(address);
        let baked = match picture.format {
            Format::Svg => bake::svg::bake(&asset.bytes, &credential, assertion.as_deref()),
            Format::Png => bake::png::bake(&asset.bytes, &credential, assertion.as_deref()),
            Format::Jpeg => {
                let size = badge.lasting().last().map_or(0, |made| made.size);
                let png =
                    badges::make(&asset.bytes, size, PictureFile::Png, making.fonts).map_err(Diagnostic::error)?;
                bake::png::bake(&png, &credential, assertion.as_deref())
            }
        };
        baked.map_err(|fault| {
            Diagnostic::error(format!("no credential can be put into this picture: {fault}"))
                .at(Place::file(asset.file.clone()))
                .advice("save it again with another program, or set `outputs: {baked_badge: false}` in site.yaml")
        })
    }
}

/// What the picture of an award of this badge is called, where there are such pictures.
pub fn name(view: &View<'_>, badge: &Badge<'_>) -> Option<&'static str> {
    view.credentials.as_ref()?.baked_name(badge)
}
