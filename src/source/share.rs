//! What a share of a site keeps of the awards of others.
//!
//! Every share joins all exports: ids, addresses, replacements, lists and checks need all awards. What only an award's own
//! pages show is dropped as soon as it has been read. What its pages depend on was hashed before that.

use super::{
    markdown::needs_a_look,
    record::{AwardRecord, EarnerRecord},
};
use crate::shard::Shard;

/// Drops what a share does not need of an earner and the earner's awards.
pub(super) fn lighten(earner: &mut EarnerRecord, shard: Shard) {
    if shard.is_whole() {
        return;
    }
    let has_any = earner.awards.iter().any(|award| shard.has(&award.id));
    for award in earner.awards.iter_mut().filter(|award| !shard.has(&award.id)) {
        lighten_award(award, has_any);
    }
    // The person's own page is in the share of one of the awards. Lists show names alone.
    if !has_any {
        earner.company = None;
        earner.job_title = None;
    }
}

/// Of an award of another share; `may_have_person`: the page of its holder, which says of all the holder's awards how they
/// stand and why, may be in this one.
fn lighten_award(award: &mut AwardRecord, may_have_person: bool) {
    // Without a status it is warned of, by any share.
    if award.status.is_some() && !may_have_person {
        award.reason = None;
    }
    award.renewed = Vec::new();
    // What texts lead to is published, and they lead nowhere without links.
    if !award.evidence.iter().any(|evidence| evidence.narrative.as_deref().is_some_and(needs_a_look)) {
        award.evidence = Vec::new();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn earner() -> EarnerRecord {
        let text = "
id: e-1
name: Katherine Osei
preferred_name: Kate Osei
email: k.osei@mail.example
company: Acme
job_title: Head
handle: kate
awards:
  - {id: award-a, badge: b, issued: 2024-01-01, status: revoked, reason: Because, renewed: [2025-01-01], replaces: award-c,
     aliases: [old/1], evidence: [{name: Plain, url: 'https://work.example/'}]}
  - {id: award-c, badge: b, issued: 2024-01-01, expires: 2025-01-01, reason: Nothing,
     evidence: [{name: Linked, narrative: 'See [it](files/it.pdf)'}, {name: Other}]}
";
        serde_yaml::from_str(text).unwrap()
    }

    #[test]
    fn of_others_awards_only_their_own_texts_are_dropped() {
        let whole = earner();
        let mut other = whole.clone();
        // Neither award is in one of these; thousands of shares have none.
        let none = (1..=1000)
            .map(|number| Shard::parse(&format!("{number}/1000")).unwrap())
            .find(|shard| !shard.has("award-a") && !shard.has("award-c"))
            .unwrap();
        lighten(&mut other, none);
        let [a, c] = whole.awards.as_slice() else { panic!("two awards") };
        let expected = EarnerRecord {
            company: None,
            job_title: None,
            awards: vec![AwardRecord { reason: None, renewed: vec![], evidence: vec![], ..a.clone() }, c.clone()],
            ..whole.clone()
        };
        assert_eq!(other, expected);
    }

    #[test]
    fn who_has_an_award_in_the_share_is_kept_whole() {
        let whole = earner();
        let of_c = (1..=1000)
            .map(|number| Shard::parse(&format!("{number}/1000")).unwrap())
            .find(|s| s.has("award-c"))
            .unwrap();
        let mut kept = whole.clone();
        lighten(&mut kept, of_c);
        assert_eq!((&kept.company, &kept.job_title), (&whole.company, &whole.job_title));
        assert_eq!(kept.awards[1], whole.awards[1]);
        // The person's page may be in this share, and says why the other does not count.
        assert_eq!(kept.awards[0].reason, whole.awards[0].reason);
        assert!(kept.awards[0].evidence.is_empty());
        let mut same = whole.clone();
        lighten(&mut same, Shard::WHOLE);
        assert_eq!(same, whole);
    }
}
