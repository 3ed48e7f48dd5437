//! Drawing, so that what goes wrong in it stays there.
//!
//! No code of ours panics. What reads and draws SVGs is by others (resvg, usvg, tiny-skia), takes numbers from
//! whoever drew the picture, and asserts what it believes of them. What is known to break it is refused before
//! ([`super::svg`], [`super::cost`]); this is for what is not known. A panic in there becomes an error about the picture,
//! so that a build says which one it is, and a preview stays up.
//!
//! What is drawn into is thrown away after a panic, and nothing else is changed while drawing, so nothing is left
//! half done (`AssertUnwindSafe`).

use std::{
    cell::Cell,
    panic::{self, AssertUnwindSafe},
    sync::Once,
};

use super::PictureError;

thread_local! {
    static DRAWING: Cell<bool> = const { Cell::new(false) };
}

/// Runs what draws; if that panics, it is an error.
///
/// # Errors
/// A panic, in words, with advice.
pub fn caught<T>(draw: impl FnOnce() -> T) -> Result<T, PictureError> {
    static QUIET: Once = Once::new();
    // The hook runs before anything is caught. It is process-wide, and changes nothing where nothing is drawn.
    QUIET.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if !DRAWING.get() {
                usual(panic);
            }
        }));
    });
    let before = DRAWING.replace(true);
    let drawn = panic::catch_unwind(AssertUnwindSafe(draw));
    DRAWING.set(before);
    drawn.map_err(|_| {
        PictureError::new(
            "the SVG cannot be drawn: it breaks the program that draws it",
            "take its filters, masks and very large numbers out, or give the picture as a PNG",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::caught;

    #[test]
    fn a_panic_while_drawing_is_an_error_with_advice() {
        let numbers: Vec<u8> = Vec::new();
        let error = caught(|| numbers.iter().copied().max().unwrap()).unwrap_err();
        assert!(error.problem.contains("cannot be drawn"), "{error}");
        assert!(error.advice.contains("PNG"));
        assert_eq!(caught(|| 5), Ok(5));
    }
}
