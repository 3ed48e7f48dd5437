//! What crawlers are told of: the addresses of `sitemap.xml`, and how many files they take.
//!
//! The protocol (sitemaps.org, 0.9) allows 50,000 addresses and 50 MB a file. A site that has more gets an index at
//! the same address, which `robots.txt` and search engines know, and its parts beside it.

use std::ops::Range;

use super::{Award, Edition, Section, Site, people::Person};
use crate::{prose::escape, source::record::Visibility};

/// The most addresses that one file may have.
const ADDRESSES: usize = 50_000;
/// The most bytes that one file may have, with some left for its first and last lines.
const BYTES: usize = 50 * 1024 * 1024 - 4096;

/// Something that may be indexed.
pub struct Listed<'s> {
    edition: &'s Edition<'s>,
    what: What<'s>,
    /// When its text was last looked over.
    pub updated: Option<jiff::civil::Date>,
}

enum What<'s> {
    Path(&'s str),
    Made(String),
    Award(&'s Award<'s>),
    Person(&'s Person<'s>),
}

fn of<'s>(edition: &'s Edition<'s>, what: What<'s>, updated: Option<jiff::civil::Date>) -> Listed<'s> {
    Listed { edition, what, updated }
}

impl Listed<'_> {
    /// Its path on the site.
    pub fn path(&self) -> String {
        match &self.what {
            What::Path(path) => self.edition.at(path),
            What::Made(path) => self.edition.at(path),
            What::Award(award) => self.edition.at(&award.path()),
            What::Person(person) => self.edition.at(&person.path()),
        }
    }

    /// As a line of a sitemap.
    pub fn line(&self, site: &Site<'_>) -> String {
        let address = site.config.absolute(self.path());
        let updated = self.updated.map(|day| format!("<lastmod>{day}</lastmod>")).unwrap_or_default();
        format!("<url><loc>{}</loc>{updated}</url>\n", escape(&address))
    }
}

/// The awards whose pages search engines may index, if any.
pub fn indexed<'a>(site: &'a Site<'_>) -> impl Iterator<Item = &'a Award<'a>> + 'a {
    // An unlisted award's address must not be found in a list.
    site.awards.iter().filter(|award| award.earner.visibility() == Visibility::Public)
}

impl Site<'_> {
    /// Everything that may be indexed. Nothing of it is put together before it is asked for.
    pub fn listed(&self) -> impl Iterator<Item = Listed<'_>> {
        self.editions().flat_map(move |edition| {
            let updated = |section: Section| {
                let page = edition.page_in(section).and_then(|index| edition.pages.get(index));
                page.and_then(|page| page.doc.front.updated)
            };
            let mut first =
                vec![of(edition, What::Path(""), updated(Section::Home)), of(edition, What::Path("verify/"), None)];
            if edition.has_faq() {
                first.push(of(edition, What::Path("faq/"), updated(Section::FaqIndex)));
            }
            first.extend(self.badges.iter().map(|badge| of(edition, What::Made(badge.path()), None)));
            // What is not translated has its address in the original.
            let own = edition.pages.iter().filter(|page| !page.fallback);
            let pages = own.filter(|page| matches!(page.section, Section::Faq | Section::Other));
            first.extend(pages.map(|page| of(edition, What::Path(&page.path), page.doc.front.updated)));
            let people = if self.config.indexing { Some(self) } else { None }.into_iter().flat_map(move |site| {
                let lists =
                    site.directory.lists.iter().map(move |list| of(edition, What::Made(site.list_path(list)), None));
                let people = site.directory.people.iter().map(move |person| of(edition, What::Person(person), None));
                indexed(site).map(move |award| of(edition, What::Award(award), None)).chain(lists).chain(people)
            });
            first.into_iter().chain(people)
        })
    }

    /// The parts that the sitemap is cut into, as places among [`Self::listed`]; none if one file has room for all.
    pub(super) fn cut_sitemap(&self) -> Vec<Range<usize>> {
        let parts = cut(self.listed().map(|listed| listed.line(self).len()), ADDRESSES, BYTES);
        if parts.len() > 1 { parts } else { Vec::new() }
    }
}

/// The name of a part of the sitemap.
pub fn part_name(part: usize) -> String {
    format!("sitemap-{}.xml", part + 1)
}

/// Cuts lines of these lengths into files.
fn cut(lengths: impl Iterator<Item = usize>, most: usize, most_bytes: usize) -> Vec<Range<usize>> {
    let mut parts: Vec<Range<usize>> = Vec::new();
    let mut bytes = 0;
    for (place, length) in lengths.enumerate() {
        match parts.last_mut() {
            Some(part) if part.len() < most && bytes + length <= most_bytes => part.end = place + 1,
            _ => {
                parts.push(place..place + 1);
                bytes = 0;
            }
        }
        bytes += length;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_full_by_number_or_by_bytes_and_none_is_empty() {
        for (lengths, parts) in [
            (&[][..], &[][..]),
            (&[1, 1, 1], &[(0, 3)]),
            (&[1, 1, 1, 1], &[(0, 3), (3, 4)]),
            (&[5, 5, 1], &[(0, 2), (2, 3)]),
            (&[20, 20], &[(0, 1), (1, 2)]),
        ] {
            let cut: Vec<_> =
                cut(lengths.iter().copied(), 3, 10).into_iter().map(|part| (part.start, part.end)).collect();
            assert_eq!(cut, parts);
        }
    }
}
