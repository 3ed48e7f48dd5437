//! How many awards may be gone at once before somebody has to say that it is meant.

use crate::source::record::SiteRecord;

/// The awards of the contract.
const AWARDS: u32 = 5;
/// The share of the contract, in millionths.
const SHARE: u32 = 5_000;

/// What may vanish without a question. It decides whether a site is published and nothing about its pages, so it is no
/// part of their settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Vanish {
    awards: u32,
    /// In millionths of those that there were.
    share: u32,
}

impl Vanish {
    /// What a site allows.
    pub fn of(record: &SiteRecord) -> Self {
        let vanish = record.vanish.as_ref();
        Self {
            awards: vanish.and_then(|vanish| vanish.awards).unwrap_or(AWARDS),
            share: vanish.and_then(|vanish| vanish.share).map_or(SHARE, |share| share.millionths),
        }
    }

    /// Whether so many are more than may be gone of those that there were: more than the number, and more than the
    /// share.
    pub fn is_passed(self, gone: usize, of: usize) -> bool {
        let (gone, of) = (gone as u128, of as u128);
        gone > u128::from(self.awards) && gone * 1_000_000 > u128::from(self.share) * of
    }

    /// In words: `5 awards and 0.5 %`.
    pub fn words(self) -> String {
        let percent = format!("{}.{:04}", self.share / 10_000, self.share % 10_000);
        let percent = percent.trim_end_matches('0').trim_end_matches('.');
        let awards = if self.awards == 1 { "award" } else { "awards" };
        format!("{} {awards} and {percent} %", self.awards)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vanish(line: &str) -> Vanish {
        let text = format!(
            "{{title: T, base_url: 'https://t.example/', issuer: {{name: I, url: 'https://i.example/'}}{line}}}"
        );
        Vanish::of(&serde_yaml::from_str(&text).unwrap())
    }

    #[test]
    fn only_what_is_more_than_both_is_too_much() {
        let default = vanish("");
        assert_eq!(default.words(), "5 awards and 0.5 %");
        for (gone, of, is_passed) in [
            (5, 5, false),
            (6, 6, true),
            (6, 1_200, false),
            (6, 1_199, true),
            (500, 100_000, false),
            (501, 100_000, true),
        ] {
            assert_eq!(default.is_passed(gone, of), is_passed, "{gone} of {of}");
        }
    }

    #[test]
    fn each_of_the_two_can_be_set_alone() {
        assert!(vanish(", vanish: {awards: 0, share: 0}").is_passed(1, 1_000_000));
        assert!(!vanish(", vanish: {awards: 0}").is_passed(1, 1_000));
        assert!(!vanish(", vanish: {share: 0}").is_passed(5, 5));
        assert!(!vanish(", vanish: {share: 100 %}").is_passed(500, 500));
        assert_eq!(vanish(", vanish: {awards: 1, share: 12.05 %}").words(), "1 award and 12.05 %");
        assert_eq!(vanish(", vanish: {awards: 0, share: 100 %}").words(), "0 awards and 100 %");
    }
}
