//! An award on other pages: a snippet to paste, and oEmbed for addresses that unfold.
//!
//! Neither has a script or asks anything of this site but a picture, which is the same
//! for all who hold the badge: nobody learns who looks at whose signature.

use serde::Serialize;

use super::{Press, card, object::Object};
use crate::{
    picture::fit,
    prose::escape,
    site::{Award, Badge, PictureFile},
};

/// The longer side of the picture in a snippet, in CSS pixels: half of the smallest size, sharp on most screens.
const SNIPPET_SIDE: u32 = 120;
/// How long, in seconds, other sites may keep what they were told. A day, as long as a status is right.
const CACHE_AGE: u32 = 86_400;

/// An answer of oEmbed 1.0, in the order of its specification.
#[derive(Serialize)]
struct Oembed<'a> {
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

impl Press<'_> {
    /// The path of an award's `oembed.json`.
    pub(super) fn oembed_path(award: &Award<'_>) -> String {
        format!("{}oembed.json", award.path())
    }

    /// What an earner can paste into a page or signature: `html`, and for a preview `image`, `width`, `height`, `alt`.
    pub(super) fn snippet(&self, award: &Award<'_>, badge: &Badge<'_>) -> Option<Object> {
        let made = *badge.renditions().first()?;
        let side = SNIPPET_SIDE.min(made.width.max(made.height));
        let (width, height) = fit(made.width, made.height, side);
        let path = badge.picture_path(made.size, PictureFile::Png);
        let alt = self.picture_words(award, badge);
        let config = &self.site.config;
        // Old mail programs draw a blue frame around a picture that is a link.
        let html = format!(
            "<a href=\"{}\"><img src=\"{}\" width=\"{width}\" height=\"{height}\" alt=\"{}\" style=\"border:0\"></a>",
            escape(&config.absolute(award.path())),
            escape(&config.absolute(&path)),
            escape(&alt),
        );
        Some(
            Object::new()
                .with("html", html)
                .with("image", config.rooted(&path))
                .with("width", width)
                .with("height", height)
                .with("alt", alt),
        )
    }

    /// Whose badge of whom, for those who do not see the picture.
    pub(super) fn picture_words(&self, award: &Award<'_>, badge: &Badge<'_>) -> String {
        let issuer = &*self.site.documents.config.issuer.name;
        let pairs = [("name", award.earner.public_name()), ("badge", &badge.record.name), ("issuer", issuer)];
        self.words.fill("image_alt_card", &pairs)
    }

    /// oEmbed 1.0 (oembed.com).
    ///
    /// A `photo`, because that is what most sites show of a provider they do not know: `WordPress`, for one, takes
    /// from strangers no `rich` that is not an `iframe`, but links a `photo` to the page. An award that does not count
    /// today is a plain `link`, without a picture that would advertise it. No status is told: what was unfolded once
    /// stays for years; the card has the dates, and the page the status.
    pub(super) fn oembed(&self, index: usize, counts: bool) -> Vec<u8> {
        let Some(award) = self.site.awards.get(index) else { return Vec::new() };
        let Some(badge) = self.site.badges.get(award.badge) else { return Vec::new() };
        let config = &self.site.config;
        let pairs = [("name", award.earner.public_name()), ("badge", &badge.record.name)];
        let photo = if counts { self.photo(award, badge) } else { None };
        let answer = Oembed {
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
        let picture = |size: u32| config.absolute(badge.picture_path(size, PictureFile::Png));
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
