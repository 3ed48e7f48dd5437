//! An award on other pages: oEmbed, by which an address that is pasted somewhere unfolds.
//!
//! It has no script and asks nothing of this site but a picture.

use std::hash::Hash;

use serde::Serialize;

use crate::{
    diagnostic::Diagnostic,
    hash::DigestHasher,
    output::{Add, Item, Kind, Making, Of, Output, Press, View, picture::card},
    picture::Format,
    site::{Award, Badge},
};

/// What other sites show of an award's address.
pub struct Oembed;

impl Output for Oembed {
    fn name(&self) -> &'static str {
        "oEmbed"
    }

    fn kind(&self) -> Kind {
        Kind::Leaf
    }

    fn of(&self) -> Of {
        Of::Award
    }

    fn items(&self, view: &View<'_>, index: usize, add: Add<'_>) {
        if view.site.config.outputs.oembed && view.open_award(index).is_some() {
            add(Item::of(index));
        }
    }

    fn path(&self, view: &View<'_>, item: Item) -> String {
        view.award(item.index).map(path).unwrap_or_default()
    }

    fn depends(&self, view: &View<'_>, item: Item, on: &mut DigestHasher) {
        view.hash_drawn(on);
        let Some((award, badge)) = view.open_award(item.index) else { return };
        let sizes = badge.picture.map(|(_, picture)| (picture.format == Format::Svg, picture.width, picture.height));
        let counts = view.status(item.index).counts();
        (award.earner.public_name(), &badge.record.id, &badge.record.name, sizes, counts).hash(on);
        view.site.config.outputs.share_card.hash(on);
    }

    fn make(&self, making: &Making<'_>, item: Item) -> Result<Vec<u8>, Diagnostic> {
        let counts = making.view.status(item.index).counts();
        making.in_language(0, |press| Ok(press.oembed(item.index, counts)))
    }
}

/// How long, in seconds, other sites may keep what they were told. A day, as long as a status is right.
const CACHE_AGE: u32 = 86_400;

/// An answer of oEmbed 1.0, in the order of its specification.
#[derive(Serialize)]
struct Answer<'a> {
    version: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    title: String,
    provider_name: &'a str,
    provider_url: &'a str,
    cache_age: u32,
    #[serde(flatten)]
    photo: Option<Photo>,
}

#[derive(Serialize)]
struct Photo {
    url: String,
    width: u32,
    height: u32,
    thumbnail_url: String,
    thumbnail_width: u32,
    thumbnail_height: u32,
}

/// The path of an award's `oembed.json`.
pub fn path(award: &Award<'_>) -> String {
    format!("{}oembed.json", award.path())
}

impl Press<'_> {
    /// oEmbed 1.0 (oembed.com).
    ///
    /// A `photo`, because that is what most sites show of a provider they do not know: `WordPress`, for one, takes
    /// from strangers no `rich` that is not an `iframe`, but links a `photo` to the page. An award that does not count
    /// today is a plain `link`, without a picture that would advertise it. No status is told: what was unfolded once
    /// stays for years; the card has the dates, and the page the status.
    fn oembed(&self, index: usize, counts: bool) -> Vec<u8> {
        let Some(award) = self.site.awards.get(index) else { return Vec::new() };
        let Some(badge) = self.site.badges.get(award.badge) else { return Vec::new() };
        let config = &self.site.config;
        let pairs = [("name", award.earner.public_name()), ("badge", &badge.record.name)];
        let photo = if counts { self.photo(award, badge) } else { None };
        let answer = Answer {
            version: "1.0",
            kind: if photo.is_some() { "photo" } else { "link" },
            title: self.words.fill("title_award", &pairs),
            provider_name: &self.site.documents.config.issuer.name,
            provider_url: &config.base_url,
            cache_age: CACHE_AGE,
            photo,
        };
        // Texts and numbers: nothing in it can fail to be written.
        serde_json::to_vec(&answer).unwrap_or_default()
    }

    /// The share card, which has name and dates on it, or else the badge; the badge as thumbnail.
    fn photo(&self, award: &Award<'_>, badge: &Badge<'_>) -> Option<Photo> {
        let config = &self.site.config;
        let made = badge.renditions();
        let (small, large) = (*made.first()?, *made.last()?);
        let picture = |size: u32| config.absolute(badge.picture_path(size));
        let (url, width, height) = if config.outputs.share_card {
            (config.absolute(format!("{}card.png", award.path())), card::WIDTH, card::HEIGHT)
        } else {
            (picture(large.size), large.width, large.height)
        };
        Some(Photo {
            url,
            width,
            height,
            thumbnail_url: picture(small.size),
            thumbnail_width: small.width,
            thumbnail_height: small.height,
        })
    }
}
