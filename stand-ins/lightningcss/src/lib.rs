//! What `minify-html` names of the crate `lightningcss`. It is never called here: see `../README.md`.

/// Style sheets and `style` attributes.
pub mod stylesheet {
    /// Says that nothing was done.
    #[derive(Debug)]
    pub struct Refused;

    /// How it would be read.
    #[derive(Debug, Default)]
    pub struct ParserOptions;

    /// How it would be made smaller.
    #[derive(Debug, Default)]
    pub struct MinifyOptions;

    /// How it would be written.
    #[derive(Debug, Default)]
    pub struct PrinterOptions {
        /// Without white space.
        pub minify: bool,
    }

    /// What would be written.
    #[derive(Debug)]
    pub struct ToCssResult {
        /// The text.
        pub code: String,
    }

    /// A style sheet; there are none.
    #[derive(Debug)]
    pub enum StyleSheet {}

    impl StyleSheet {
        /// Refuses.
        pub fn parse(_: &str, _: ParserOptions) -> Result<Self, Refused> {
            Err(Refused)
        }

        /// Not to be reached.
        pub fn minify(&mut self, _: MinifyOptions) -> Result<(), Refused> {
            match *self {}
        }

        /// Not to be reached.
        pub fn to_css(&self, _: PrinterOptions) -> Result<ToCssResult, Refused> {
            match *self {}
        }
    }

    /// A `style` attribute; there are none.
    #[derive(Debug)]
    pub enum StyleAttribute {}

    impl StyleAttribute {
        /// Refuses.
        pub fn parse(_: &str, _: ParserOptions) -> Result<Self, Refused> {
            Err(Refused)
        }

        /// Not to be reached.
        pub fn minify(&mut self, _: MinifyOptions) {
            match *self {}
        }

        /// Not to be reached.
        pub fn to_css(&self, _: PrinterOptions) -> Result<ToCssResult, Refused> {
            match *self {}
        }
    }
}
