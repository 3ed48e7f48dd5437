//! The names of files in the output: relative, `/` between segments, UTF-8.
//!
//! They come from two places, the plan and the manifest of the build before. Both are checked
//! by the same rule, because both decide what is written and, worse, what is removed: a name
//! that climbs out of the folder must not get past here, whoever wrote it.
//!
//! Names are kept in one order everywhere, segment by segment. Plain byte order would put
//! `a-b` between `a` and `a/c`; in this order a folder's name is followed at once by what is
//! in the folder, so "is there both a file and a folder of this name" is a question to
//! neighbours, and two sorted lists can be compared in one walk.

pub(super) use crate::address::{order, rank};

/// The longest segment that common file systems take, in bytes.
const LONGEST_SEGMENT: usize = 255;

/// The longest whole name, in bytes. The system's limit of 4,096 includes the path of the output.
const LONGEST_NAME: usize = 2_048;

/// What is wrong with a name, in words that end the sentence "the file cannot be published: …".
pub(super) fn fault(path: &str) -> Option<&'static str> {
    if path.is_empty() {
        return Some("its name is empty");
    }
    if path.len() > LONGEST_NAME {
        return Some("its name is longer than 2,048 bytes");
    }
    // Control characters are all below the space, but for DEL and the C1 block.
    if path.bytes().any(|byte| byte < b' ' || byte == 0x7f) || path.contains(is_c1) {
        return Some("its name holds a control character");
    }
    for segment in path.split('/') {
        match segment {
            "" => return Some("its name has an empty segment or begins or ends with a slash"),
            "." | ".." => return Some("its name has a segment . or .."),
            _ if segment.len() > LONGEST_SEGMENT => {
                return Some("a segment of its name is longer than 255 bytes");
            }
            _ if segment.starts_with(".bonafide") => {
                return Some("names that begin with .bonafide are kept for bonafide itself");
            }
            _ => {}
        }
    }
    // On Windows these would be a drive or another separator; elsewhere they are plain letters.
    (cfg!(windows) && path.contains(['\\', ':'])).then_some("its name holds a backslash or a colon")
}

/// Whether this is one of the control characters above ASCII.
fn is_c1(letter: char) -> bool {
    ('\u{80}'..='\u{9f}').contains(&letter)
}

/// The folder a file or folder is in; the empty name is the output folder itself.
pub(super) fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// All folders a file is in, the nearest first, without the output folder itself.
pub(super) fn folders(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(parent(path)), |folder| Some(parent(folder))).take_while(|folder| !folder.is_empty())
}

/// Whether the file is somewhere below the folder.
pub(super) fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_leaves_the_folder_is_refused() {
        for name in ["", "/a", "../a", "a/../b", "a/..", "./a", "a//b", "a/", "a\nb", "a\0", "a\u{85}"] {
            assert!(fault(name).is_some(), "{name:?}");
        }
        assert!(fault(&"x".repeat(256)).is_some());
        assert!(fault(&"x/".repeat(2_000)).is_some());
        assert!(fault(".bonafide/x").is_some());
    }

    #[test]
    fn ordinary_and_foreign_names_are_fine() {
        for name in ["a", "_redirects", ".well-known/x", "a/..b/c..", "名/é.html", "a b/c"] {
            assert_eq!(fault(name), None, "{name:?}");
        }
    }

    #[test]
    fn folders_are_named_from_the_inside_out() {
        assert_eq!(folders("a/b/c").collect::<Vec<_>>(), ["a/b", "a"]);
        assert_eq!(folders("a").count(), 0);
        assert!(is_below("a/b", "a") && !is_below("ab", "a") && !is_below("a", "a"));
    }
}
