//! What cards and certificates have in common: a template of the theme that is an SVG
//! in two layers, and texts that are set into boxes. They are two uses of one press
//! ([`press`]), which says what a use has to say ([`Drawing`]).
//!
//! Both are drawn from one file of the theme each, by the variable `layer`. The
//! *background* is ordinary SVG and serves all awards of a badge. The *text* layer is
//! what differs from award to award; it is set by our own setting ([`layout`],
//! [`typeset`]), which knows what SVG does not: to break lines, to shrink, to close up
//! where a text is missing.
//!
//! Neither shows what its fonts cannot: a text that has a letter without a glyph is
//! left out; emoji and symbols without a glyph are left out of their text
//! ([`legible`]). Whoever builds the site is warned (`check`).

mod check;
mod drawings;
pub(super) mod layout;
mod press;
mod room;
mod text;
pub(super) mod typeset;

use resvg::usvg::roxmltree::Document;
use tera::{Context, Tera};
use thiserror::Error;
use unicode_script::{Script, UnicodeScript};

use crate::{
    diagnostic::{Diagnostic, Place},
    fonts::{Fonts, is_invisible},
    picture::{self, PictureError},
    theme::Source,
};

pub(super) use check::check;
pub(super) use drawings::Drawings;
#[cfg(test)]
pub(super) use press::Ground;
pub(super) use press::{Drawing, DrawingPress, Look, Subject};
pub(super) use room::Room;
pub(super) use text::Text;

/// Red, green and blue.
pub(super) type Rgb = [u8; 3];

/// The layers a template is drawn in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layer {
    /// What all awards of a badge share.
    Background,
    /// What one award says.
    Text,
}

impl Layer {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Background => "background",
            Self::Text => "text",
        }
    }
}

impl std::fmt::Display for Layer {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.word())
    }
}

/// Why a card or a certificate cannot be drawn.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DrawError {
    /// The template is wrong as a template.
    #[error("line {line}, column {column}: {message}")]
    Template {
        /// Line in the template, from 1; 0 if unknown.
        line: usize,
        /// Column in the template, from 1.
        column: usize,
        /// What is wrong.
        message: String,
    },
    /// The template gives an SVG that cannot be drawn.
    #[error("line {line} of its {layer} layer as drawn: {message}")]
    Drawn {
        /// The layer.
        layer: Layer,
        /// Line in what the template gave, from 1.
        line: u32,
        /// What is wrong and what to do.
        message: String,
    },
    /// A colour that is none.
    #[error("`{value}` is not a colour; write one such as #1f5f8b")]
    Colour {
        /// The text that was given.
        value: String,
    },
    /// A picture cannot be used.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// The file could not be written.
    #[error("it could not be written: {message}")]
    Encoding {
        /// The encoder's message.
        message: String,
    },
    /// A font cannot be part of a PDF.
    #[error("the font “{family}” {why}")]
    Font {
        /// The font's family.
        family: String,
        /// Why not, and what to do.
        why: &'static str,
    },
}

/// A template of the theme, compiled.
#[derive(Debug)]
struct Template {
    tera: Tera,
    name: &'static str,
}

impl Template {
    fn new(name: &'static str, text: &str) -> Result<Self, DrawError> {
        let mut tera = Tera::default();
        tera.autoescape_on(vec![".svg"]);
        tera.set_escape_fn(escape_xml);
        tera.add_raw_template(name, text).map_err(|error| template_error(&error))?;
        Ok(Self { tera, name })
    }

    /// Renders a layer. What comes out is not too deep for what reads it.
    fn render(&self, layer: Layer, context: &Context) -> Result<String, DrawError> {
        let svg = self.tera.render(self.name, context).map_err(|error| template_error(&error))?;
        picture::check_depth(&svg).map_err(|error| too_deep(layer, &error))?;
        Ok(svg)
    }
}

fn template_error(error: &tera::Error) -> DrawError {
    use tera::ErrorKind::{RenderingError, SyntaxError};
    match error.kind() {
        SyntaxError(report) | RenderingError(report) => DrawError::Template {
            line: report.span().start_line,
            column: report.span().start_col + 1,
            message: report.message().to_owned(),
        },
        other => DrawError::Template { line: 0, column: 0, message: other.to_string() },
    }
}

/// What went wrong in drawing, told of the template: with the template's own line where that is known.
pub(super) fn problem(name: &str, template: &Source, error: &DrawError) -> Diagnostic {
    let (message, place) = match error {
        DrawError::Template { line, column, message } => {
            let before: usize = template.text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
            (message.clone(), Some(before + column.saturating_sub(1)))
        }
        DrawError::Font { .. } => {
            return Diagnostic::error(error.to_string()).at(Place::yaml("site.yaml", crate::steps!["fonts"]));
        }
        other => (other.to_string(), None),
    };
    let diagnostic = Diagnostic::error(format!("the template `{name}`: {message}"));
    match (&template.file, place) {
        (Some(file), Some(at)) => diagnostic.at(Place::bytes(file.clone(), at..at + 1)),
        (Some(file), None) => diagnostic.at(Place::file(file.clone())),
        (None, _) => diagnostic.advice("this is a template of the built-in theme: please report it"),
    }
}

fn too_deep(layer: Layer, error: &PictureError) -> DrawError {
    let line = error.at.map_or(1, |(line, _)| line);
    DrawError::Drawn { layer, line, message: format!("{}; {}", error.problem, error.advice) }
}

/// What a background must not have: texts that are set, and parts that refer to each other without end.
fn check_background(document: &Document<'_>) -> Result<(), DrawError> {
    picture::check_references(document).map_err(|error| too_deep(Layer::Background, &error))?;
    refuse_set_text(document)
}

/// A text that is set stands in the text layer only.
fn refuse_set_text(document: &Document<'_>) -> Result<(), DrawError> {
    match document.descendants().find(|node| node.has_attribute("data-fit")) {
        Some(text) => Err(DrawError::Drawn {
            layer: Layer::Background,
            line: document.text_pos_at(text.range().start).row,
            message: "a <text data-fit> stands in the text layer: {% if layer == \"text\" %}".into(),
        }),
        None => Ok(()),
    }
}

/// The issuer's colours as templates get them: `#rrggbb`.
#[derive(Debug, Clone)]
struct Colours {
    accent: String,
    on_accent: String,
}

impl Colours {
    fn new(accent: &str, on_accent: &str) -> Result<Self, DrawError> {
        let hex = |css: &str| match colour(css) {
            Some([r, g, b]) => Ok(format!("#{r:02x}{g:02x}{b:02x}")),
            None => Err(DrawError::Colour { value: css.into() }),
        };
        Ok(Self { accent: hex(accent)?, on_accent: hex(on_accent)? })
    }

    fn insert(&self, context: &mut Context) {
        context.insert("accent", &self.accent);
        context.insert("on_accent", &self.on_accent);
    }
}

/// A colour as CSS writes it; half-transparent ones are none.
pub(super) fn colour(css: &str) -> Option<Rgb> {
    let colour: svgtypes::Color = css.trim().parse().ok()?;
    (colour.alpha == 255).then_some([colour.red, colour.green, colour.blue])
}

/// What of a text can be drawn: all of it but for symbols that no font has, or
/// nothing, if that would take a letter, a digit or a mark out of it.
fn legible(fonts: &Fonts, text: &str) -> String {
    let text = typeset::tidy(text);
    let mut kept = String::with_capacity(text.len());
    for character in text.chars() {
        if fonts.draws(character) {
            kept.push(character);
        } else if character.is_alphanumeric() || character.script() != Script::Common {
            return String::new();
        }
    }
    // Spaces around what was left out, and a text of nothing but white space.
    if kept.len() < text.len() {
        kept = typeset::tidy(&kept);
    }
    if kept.chars().all(is_invisible) {
        kept.clear();
    }
    kept
}

/// Escapes text for XML, and leaves out what XML 1.0 cannot hold at all.
pub(super) fn escape_xml(text: &str, out: &mut dyn std::io::Write) -> std::io::Result<()> {
    for character in text.chars() {
        match character {
            '&' => out.write_all(b"&amp;")?,
            '<' => out.write_all(b"&lt;")?,
            '>' => out.write_all(b"&gt;")?,
            '"' => out.write_all(b"&quot;")?,
            '\'' => out.write_all(b"&#39;")?,
            '\t' | '\n' | '\r' => out.write_all(b" ")?,
            '\u{fffe}' | '\u{ffff}' => {}
            control if control.is_control() => {}
            other => out.write_all(other.encode_utf8(&mut [0; 4]).as_bytes())?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_that_no_font_draws_are_left_out_of_their_text() {
        let fonts = Fonts::new(&[]).unwrap();
        assert_eq!(legible(&fonts, "🪿 Zoë O’Brien 🪿🪿"), "Zoë O’Brien");
        assert_eq!(legible(&fonts, "🪿"), "");
        assert_eq!(legible(&fonts, "\u{200d}\u{202e} "), "");
        assert_eq!(legible(&fonts, "Zoë\u{302e}"), "", "a mark is part of a letter");
    }
}
