//! One template of the theme with fonts, ready to draw from: cards and certificates are its two uses.
//!
//! What awards of a badge share, the *ground*, is made once from the template's background; each award then only has
//! its texts set on it. A use ([`Drawing`]) says what differs: which texts there are, what a ground is made into, and
//! how bytes come out.

use resvg::usvg::{ImageHrefResolver, Tree, roxmltree::Document};
use tera::Context;

use super::{
    Colours, DrawError, Layer, Template, check_background,
    drawings::Drawings,
    layout::{self, Medium, Piece},
    room::Room,
    text::Text,
};
use crate::{
    fonts::Fonts,
    picture,
    site::{Award, Outputs, Status},
    theme::{Source, Theme},
};

/// A use of the mechanism: one kind of thing that is drawn.
pub trait Drawing: Sized + Send + Sync {
    /// What messages call it.
    const NAME: &'static str;
    /// Its template's name in the theme.
    const TEMPLATE: &'static str;
    /// What its text layer may have.
    const MEDIUM: Medium;
    /// What there are some of.
    const SUBJECTS: &'static [Subject] = &[Subject::Award];
    /// The texts that its templates know, besides `dates`.
    const TEXTS: &'static [&'static str];
    /// The theme's words that stand on it.
    const WORDS: &'static [&'static str];

    /// What a background is made into, to be drawn on any number of times.
    type Ground: Send + Sync;

    /// Whether a site has them.
    fn is_wanted(outputs: Outputs) -> bool;

    /// Its template.
    fn template(theme: &Theme) -> &Source;

    /// Sets up what is needed besides template and fonts.
    fn new(fonts: &Fonts) -> Result<Self, DrawError>;

    /// What a background's pictures are. If a use does not say, there are none.
    fn pictures(
        &self,
        _fonts: &Fonts,
        _document: &Document<'_>,
        _look: &Look<'_>,
    ) -> Result<ImageHrefResolver<'static>, DrawError> {
        Ok(ImageHrefResolver { resolve_data: Box::new(|_, _, _| None), resolve_string: Box::new(|_, _| None) })
    }

    /// Makes a background into a ground.
    fn ground(
        &self,
        fonts: &Fonts,
        background: (&Document<'_>, &Tree),
        look: &Look<'_>,
    ) -> Result<Self::Ground, DrawError>;

    /// Sets a text layer, as it was written and as it was read, on a ground.
    fn print(
        &self,
        fonts: &Fonts,
        ground: &Self::Ground,
        layer: (&str, &[Piece<'_>]),
        text: &Text<'_>,
    ) -> Result<Vec<u8>, DrawError>;

    /// Tries a template.
    fn try_out(press: &DrawingPress<Self>, look: &Look<'_>, text: &Text<'_>) -> Result<(), DrawError> {
        press.draw(&press.ground(look)?, text).map(drop)
    }

    /// Looks for texts without room on what is not an award's.
    fn check_others(_all: &Drawings<'_, Self>, _room: &mut Room<'_>) {}

    /// What an award's says. Name, badge, label and issuer are there already.
    fn of_award<'t>(all: &'t Drawings<'_, Self>, award: &Award<'_>, status: Status, text: Text<'t>) -> Text<'t>;
}

/// What something is drawn of; templates know it as `kind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    Award,
    Badge,
    Site,
}

impl Subject {
    fn word(self) -> &'static str {
        match self {
            Self::Award => "award",
            Self::Badge => "badge",
            Self::Site => "site",
        }
    }
}

/// All that a ground's bytes depend on, besides template and fonts.
#[derive(Debug, Clone, Copy)]
pub struct Look<'a> {
    pub subject: Subject,
    /// The issuer's colour, as CSS writes it: dark enough for text on paper.
    pub accent: &'a str,
    /// A colour for text on the accent.
    pub on_accent: &'a str,
    /// The picture of what is drawn: PNG, JPEG or SVG.
    pub picture: Option<&'a [u8]>,
    /// The issuer's picture.
    pub issuer: Option<&'a [u8]>,
}

impl Look<'_> {
    fn known(&self) -> Result<Known, DrawError> {
        Ok(Known {
            subject: self.subject,
            colours: Colours::new(self.accent, self.on_accent)?,
            pictures: [self.picture.is_some(), self.issuer.is_some()],
        })
    }
}

/// What both layers of a template know.
#[derive(Debug)]
struct Known {
    subject: Subject,
    colours: Colours,
    pictures: [bool; 2],
}

impl Known {
    fn context(&self, layer: Layer) -> Context {
        let mut context = Context::new();
        self.colours.insert(&mut context);
        context.insert("layer", layer.word());
        context.insert("kind", self.subject.word());
        let [picture, issuer] = self.pictures;
        context.insert("has_picture", &picture);
        context.insert("has_issuer_picture", &issuer);
        context
    }
}

/// What everything of one look is drawn on.
#[derive(Debug)]
pub struct Ground<G> {
    known: Known,
    pub own: G,
}

/// A template and fonts, ready to draw from any number of threads.
pub struct DrawingPress<D> {
    template: Template,
    fonts: Fonts,
    own: D,
}

impl<D> std::fmt::Debug for DrawingPress<D> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("DrawingPress").finish_non_exhaustive()
    }
}

impl<D: Drawing> DrawingPress<D> {
    /// Reads a template, and tries it with and without everything.
    ///
    /// # Errors
    ///
    /// What is wrong with the template, with its line, or with a font.
    pub fn new(template: &str, fonts: Fonts) -> Result<Self, DrawError> {
        let press = Self { own: D::new(&fonts)?, template: Template::new(D::TEMPLATE, template)?, fonts };
        for subject in D::SUBJECTS {
            let look = Look { subject: *subject, accent: "#000", on_accent: "#fff", picture: None, issuer: None };
            for text in [Text::sample("Word"), Text::sample("")] {
                D::try_out(&press, &look, &text)?;
            }
        }
        Ok(press)
    }

    /// Whether there is a font for every letter of a text.
    pub(super) fn draws(&self, text: &str) -> bool {
        self.fonts.undrawable(text).is_empty()
    }

    /// Makes a ground. This takes tens of milliseconds.
    ///
    /// # Errors
    ///
    /// A colour that is none, or a picture that [`crate::picture::inspect`] refuses.
    pub fn ground(&self, look: &Look<'_>) -> Result<Ground<D::Ground>, DrawError> {
        let own = self.background(look, |background| self.own.ground(&self.fonts, background, look))?;
        Ok(Ground { known: look.known()?, own })
    }

    /// Draws one, as the bytes of its file.
    ///
    /// # Errors
    ///
    /// Only what a template does with these texts and did not with others.
    pub fn draw(&self, ground: &Ground<D::Ground>, text: &Text<'_>) -> Result<Vec<u8>, DrawError> {
        let print = |svg: &str, pieces: &[Piece<'_>]| self.own.print(&self.fonts, &ground.own, (svg, pieces), text);
        self.texts(&ground.known, text, print)?
    }

    /// The texts that are not shown in full, as there is no room for them.
    ///
    /// # Errors
    ///
    /// As [`Self::draw`].
    pub fn wanting(&self, look: &Look<'_>, text: &Text<'_>) -> Result<Vec<String>, DrawError> {
        self.texts(&look.known()?, text, |_, pieces| layout::wanting(pieces, &self.fonts))
    }

    /// Tries a template's background and texts without drawing anything.
    pub fn read(&self, look: &Look<'_>, text: &Text<'_>) -> Result<(), DrawError> {
        self.background(look, |_| Ok(()))?;
        self.texts(&look.known()?, text, |_, _| ())
    }

    /// The background layer, read.
    fn background<T>(
        &self,
        look: &Look<'_>,
        then: impl FnOnce((&Document<'_>, &Tree)) -> Result<T, DrawError>,
    ) -> Result<T, DrawError> {
        let mut context = look.known()?.context(Layer::Background);
        // It knows none of the texts.
        Text::default().insert(D::TEXTS, &self.fonts, &mut context);
        let svg = self.template.render(Layer::Background, &context)?;
        let wrong = |line: u32, message: String| DrawError::Drawn { layer: Layer::Background, line, message };
        let document = Document::parse(&svg).map_err(|error| wrong(error.pos().row, error.to_string()))?;
        check_background(&document)?;
        let mut options = self.fonts.options();
        options.image_href_resolver = self.own.pictures(&self.fonts, &document, look)?;
        let tree = picture::caught(|| Tree::from_xmltree(&document, &options))
            .map_err(|error| wrong(1, error.to_string()))?
            .map_err(|error| wrong(1, error.to_string()))?;
        then((&document, &tree))
    }

    /// The text layer, read.
    fn texts<T>(
        &self,
        known: &Known,
        text: &Text<'_>,
        then: impl FnOnce(&str, &[Piece<'_>]) -> T,
    ) -> Result<T, DrawError> {
        let mut context = known.context(Layer::Text);
        text.insert(D::TEXTS, &self.fonts, &mut context);
        let svg = self.template.render(Layer::Text, &context)?;
        let document = layout::parse(&svg)?;
        let pieces = layout::read(&document, D::MEDIUM)?;
        Ok(then(&svg, &pieces))
    }
}
