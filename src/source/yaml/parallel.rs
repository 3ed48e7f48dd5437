//! Reading one large export on all cores.
//!
//! An export is nearly always one long list under `earners:`, and the items of that
//! list can be read apart: a line that has just the indentation of the list and
//! starts with a dash begins an item, unless it lies inside a text in quotes or in
//! brackets that runs over several lines. That exception needs no watching for. The
//! text is cut at such lines, and if one of them was not a real beginning, then the
//! piece before it ends in an open quote or bracket and is refused as YAML; and if
//! anything at all is refused, the whole file is read in one go by the ordinary way,
//! which also finds the words for what is wrong. Block texts (`|`, `>`) and plain
//! texts of several lines cannot contain such a line: less indentation ends them.
//! What could tie pieces together is not split at all: anchors, document marks,
//! directives, unusual line ends (excluded by the caller), keys after the list.

use rayon::prelude::*;

use crate::source::record::{EarnerRecord, Export};

/// Below this many bytes it is not worth it.
const WORTH_BYTES: usize = 256 * 1024;
/// Pieces a core, so that one slow piece does not keep the others waiting.
const PIECES_A_CORE: usize = 4;

/// An export cut into pieces that can be read apart.
#[derive(Debug, PartialEq, Eq)]
pub struct Pieces<'t> {
    /// Everything up to and with the line `earners:`.
    pub head: &'t str,
    /// Lists of earners.
    pub lists: Vec<&'t str>,
}

/// Reads a large export on all cores; nothing if it is small, unusual or wrong.
pub fn read(text: &str) -> Option<Export> {
    let cores = rayon::current_num_threads();
    if cores < 2 || text.len() < WORTH_BYTES {
        return None;
    }
    read_pieces(&split(text, cores * PIECES_A_CORE)?)
}

/// Reads the pieces and puts them together; nothing if anything is wrong with one.
pub fn read_pieces(pieces: &Pieces<'_>) -> Option<Export> {
    let mut export: Export = serde_yaml::from_str(pieces.head).ok()?;
    let lists: Option<Vec<Vec<EarnerRecord>>> =
        pieces.lists.par_iter().map(|list| serde_yaml::from_str(list).ok()).collect();
    let lists = lists?;
    export.earners.reserve_exact(lists.iter().map(Vec::len).sum());
    for list in lists {
        export.earners.extend(list);
    }
    Some(export)
}

/// Cuts an export at items of `earners:`, into about `count` pieces of like size.
pub fn split(text: &str, count: usize) -> Option<Pieces<'_>> {
    let mark = "earners:";
    let line = text
        .match_indices(mark)
        .map(|(at, _)| at)
        .find(|at| *at == 0 || text.as_bytes().get(at - 1) == Some(&b'\n'))?;
    let after = text.get(line + mark.len()..)?;
    let end = after.find('\n')?;
    after.get(..end)?.trim_end().is_empty().then_some(())?;
    let (head, body) = text.split_at_checked(line + mark.len() + end + 1)?;

    let mut indent = None;
    let mut cuts = Vec::new();
    let piece = (body.len() / count.max(1)).max(1);
    let mut offset = 0;
    for line in body.split_inclusive('\n') {
        let content = line.trim_start_matches(' ');
        let spaces = line.len() - content.len();
        let item = content.starts_with("- ");
        let nothing = content.starts_with('#') || content.trim_end().is_empty();
        match indent {
            None if nothing => {}
            None if item => indent = Some(spaces),
            None => return None,
            Some(indent) if spaces == indent && item => {
                if offset >= (cuts.len() + 1) * piece {
                    cuts.push(offset);
                }
            }
            // Another key, a document mark or a directive.
            Some(_) if spaces == 0 && !nothing => return None,
            Some(_) => {}
        }
        offset += line.len();
    }
    let mut lists = Vec::with_capacity(cuts.len() + 1);
    let mut rest = body;
    let mut before = 0;
    for cut in cuts {
        let (list, next) = rest.split_at_checked(cut - before)?;
        lists.push(list);
        rest = next;
        before = cut;
    }
    lists.push(rest);
    Some(Pieces { head, lists })
}
