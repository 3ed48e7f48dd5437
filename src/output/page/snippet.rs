//! An award on other pages: a snippet to paste.
//!
//! It has no script and asks nothing of this site but a picture, which is the same
//! for all who hold the badge: nobody learns who looks at whose signature.

use super::object::Object;
use crate::{
    output::Press,
    picture::fit,
    prose::escape,
    site::{Award, Badge},
};

/// The longer side of the picture in a snippet, in CSS pixels: half of the smallest size, sharp on most screens.
const SNIPPET_SIDE: u32 = 120;
impl Press<'_> {
    /// What an earner can paste into a page or signature: `html`, and for a preview `image`, `width`, `height`, `alt`.
    pub(super) fn snippet(&self, award: &Award<'_>, badge: &Badge<'_>) -> Option<Object> {
        let made = *badge.renditions().first()?;
        let side = SNIPPET_SIDE.min(made.width.max(made.height));
        let (width, height) = fit(made.width, made.height, side);
        let path = badge.picture_path(made.size);
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
}
