//! What a build makes sure of before it signs: that what is said can stand in a credential, and that one award of each
//! badge is signed over the same bytes the short way and the full way.

use std::collections::{HashMap, HashSet};

use rayon::prelude::*;

use super::{Credentials, material::refused};
use crate::{
    credential::{
        bake,
        json::Json,
        ob3,
        rdf::{ALIKE, RdfFault},
        record::{Evidence, Record},
        strict, text,
    },
    diagnostic::{Alike, Diagnostic, Place, Step, has_errors},
    hash::Digest,
    shard::Shard,
    site::{Award, Badge, Site},
};

/// The credentials of which both ways to what is signed were found to agree.
#[derive(Debug, Default)]
pub struct Proved(HashSet<Digest>);

/// Everything that is wrong with what a share of a site would sign. What was found right once is kept in `proved`.
pub fn check(credentials: &Credentials, site: &Site<'_>, shard: Shard, proved: &mut Proved) -> Vec<Diagnostic> {
    let mut problems: Vec<Diagnostic> = site.badges.iter().filter_map(check_skills).collect();
    if credentials.is_baked() {
        problems.extend(site.badges.iter().filter_map(check_picture));
    }
    let own: Vec<(usize, &Award<'_>)> = site
        .awards
        .iter()
        .enumerate()
        .filter(|(_, award)| !award.is_private() && shard.has(&award.record.id))
        .collect();
    problems.par_extend(own.par_iter().flat_map_iter(|(_, award)| check_addresses(award)));
    problems.par_extend(own.par_iter().filter_map(|(_, award)| check_alike(award)));
    problems.extend(check_seen(site, &own));
    let too_large: Vec<(Option<usize>, Diagnostic)> = own
        .par_iter()
        .filter_map(|(index, award)| {
            let badge = site.badges.get(award.badge)?;
            let record = may_be_large(badge, award).then(|| credentials.record(site, *index)).flatten()?;
            check_size(badge, award, &record)
        })
        .collect();
    // What is wrong with a badge is told once, and not for each of its awards.
    let mut told = HashSet::new();
    let is_new = |(badge, _): &(Option<usize>, Diagnostic)| badge.is_none_or(|badge| told.insert(badge));
    problems.extend(too_large.into_iter().filter(is_new).map(|(_, problem)| problem));
    if !has_errors(&problems) {
        problems.extend(prove(credentials, site, &own, proved));
    }
    problems
}

/// Does one award of each badge the full way, too, and tells where that gives other bytes.
fn prove(
    credentials: &Credentials,
    site: &Site<'_>,
    own: &[(usize, &Award<'_>)],
    proved: &mut Proved,
) -> Vec<Diagnostic> {
    // The award with the most evidence has the most that could go wrong.
    let mut chosen: Vec<Option<(usize, usize)>> = vec![None; site.badges.len()];
    for (index, award) in own {
        let count = award.record.evidence.len();
        if let Some(best) = chosen.get_mut(award.badge)
            && best.is_none_or(|(_, most)| count > most)
        {
            *best = Some((*index, count));
        }
    }
    let digest = |index: usize| Digest::of(|hasher| credentials.hash_credential(site, index, hasher));
    let open: Vec<(usize, Digest)> = chosen
        .into_iter()
        .flatten()
        .map(|(index, _)| (index, digest(index)))
        .filter(|(_, digest)| !proved.0.contains(digest))
        .collect();
    let results: Vec<Result<Digest, Diagnostic>> = open
        .into_par_iter()
        .filter_map(|(index, digest)| {
            let record = credentials.record(site, index)?;
            Some(match credentials.signer.short_way_holds(&record) {
                Ok(true) => Ok(digest),
                Ok(false) => Err(Diagnostic::error(
                    "the signature of this award would not hold: the two ways to what is signed differ",
                )
                .at(place(site, index))
                .advice("this is a mistake in bonafide; please report it, with the texts of this badge and award")),
                Err(fault) => Err(refused(site, index, &fault)),
            })
        })
        .collect();
    let mut problems = Vec::new();
    for result in results {
        match result {
            Ok(digest) => drop(proved.0.insert(digest)),
            Err(problem) => problems.push(problem),
        }
    }
    problems
}

/// Where an award stands.
pub(super) fn place(site: &Site<'_>, index: usize) -> Place {
    site.awards.get(index).map_or_else(|| Place::file("site.yaml"), |award| award.origin.award([Step::Key("id")]))
}

fn check_skills(badge: &Badge<'_>) -> Option<Diagnostic> {
    text::sorts_differently(badge.record.skills.iter().map(|skill| &**skill)).then(|| {
        Diagnostic::warning(
            "a widespread program calls credentials with these skills altered, because it sorts them wrongly",
        )
        .at(badge.place("skills"))
        .advice("write the skill with a rare character, such as an emoji, in letters; other programs are not concerned")
    })
}

/// Each award has a copy of its badge's picture.
fn check_picture(badge: &Badge<'_>) -> Option<Diagnostic> {
    let (asset, _) = badge.picture?;
    let message = too_heavy(asset.bytes.len(), badge.awards)?;
    let advice = "make the picture smaller, or set `outputs: {baked_badge: false}` in site.yaml";
    Some(Diagnostic::warning(message).at(badge.place("image")).advice(advice))
}

/// What is wrong with so many copies of so many bytes.
fn too_heavy(bytes: usize, awards: usize) -> Option<String> {
    /// From here on copies are what most of a site is made of.
    const MUCH: usize = 1 << 30;
    let all = bytes.saturating_mul(awards);
    if awards > 0 && bytes.saturating_add(strict::LARGEST) > bake::LARGEST {
        Some("with a credential in it, this picture is larger than programs take (8 MiB)".to_owned())
    } else if all >= MUCH {
        Some(format!("each of {awards} awards has a copy of this picture with its credential in it: {} MB", all >> 20))
    } else {
        None
    }
}

fn check_addresses<'a>(award: &'a Award<'_>) -> impl Iterator<Item = Diagnostic> + 'a {
    award.record.evidence.iter().enumerate().filter_map(|(index, evidence)| {
        let fault = text::address(evidence.url.as_deref()?).err()?;
        Some(
            Diagnostic::error(format!("this cannot stand in a credential: {fault}"))
                .at(award.origin.award([Step::Key("evidence"), Step::Index(index), Step::Key("url")]))
                .advice("write the address as a browser shows it when it is copied"),
        )
    })
}

/// Texts of which nothing is left in a credential, such as a control character alone.
fn check_seen(site: &Site<'_>, own: &[(usize, &Award<'_>)]) -> Vec<Diagnostic> {
    let mut found = Alike::showing(3);
    let warning = |place: Place| {
        Diagnostic::warning("there is nothing to be seen in this text, so credentials leave it out")
            .at(place)
            .advice("write a text, or leave it out")
    };
    let is_nothing = |text: &str| super::material::told(text).is_none();
    for badge in &site.badges {
        badge
            .record
            .skills
            .iter()
            .filter(|skill| is_nothing(skill))
            .for_each(|_| found.add(|| warning(badge.place("skills"))));
        for (key, text) in [("name", &*badge.record.name), ("description", &*badge.record.description)] {
            if is_nothing(text) {
                found.add(|| warning(badge.place(key)));
            }
        }
    }
    let of_award = |award: &Award<'_>| {
        let name = if award.earner.preferred_name.is_some() { "preferred_name" } else { "name" };
        let mut places = Vec::new();
        if is_nothing(award.earner.public_name()) {
            places.push(award.origin.earner(name));
        }
        for (index, evidence) in award.record.evidence.iter().enumerate() {
            for (key, text) in [("name", evidence.name.as_deref()), ("narrative", evidence.narrative.as_deref())] {
                if text.is_some_and(|text| !text.is_empty() && is_nothing(text)) {
                    places.push(award.origin.award([Step::Key("evidence"), Step::Index(index), Step::Key(key)]));
                }
            }
        }
        places
    };
    let places: Vec<Vec<Place>> =
        own.par_iter().map(|(_, award)| of_award(award)).filter(|places| !places.is_empty()).collect();
    places.into_iter().flatten().for_each(|place| found.add(|| warning(place)));
    found.finish()
}

/// Evidence without an address is a blank node, and no verifier takes more than a few that say the same.
fn check_alike(award: &Award<'_>) -> Option<Diagnostic> {
    if award.record.evidence.len() <= ALIKE {
        return None;
    }
    let mut counts: HashMap<Evidence, usize> = HashMap::new();
    let index = award.record.evidence.iter().position(|record| {
        let evidence = super::material::evidence(record);
        let count = counts.entry(evidence).or_default();
        *count += 1;
        record.url.is_none() && *count > ALIKE
    })?;
    Some(
        Diagnostic::error(format!("this evidence is there more than {ALIKE} times, and no credential can hold that"))
            .at(award.origin.award([Step::Key("evidence"), Step::Index(index)]))
            .advice("list it once, or tell them apart with `name` or `url`"),
    )
}

/// Below this, in bytes of text and in evidence, nothing comes near the bounds of verifiers, however it is written.
const SMALL: (usize, usize) = (20_000, 200);

fn texts(award: &Award<'_>) -> usize {
    let of = |evidence: &crate::source::record::EvidenceRecord| {
        let lengths = [
            evidence.name.as_deref().map(str::len),
            evidence.url.as_deref().map(str::len),
            evidence.narrative.as_deref().map(str::len),
        ];
        lengths.into_iter().flatten().sum::<usize>()
    };
    award.record.evidence.iter().map(of).sum()
}

fn may_be_large(badge: &Badge<'_>, award: &Award<'_>) -> bool {
    let own: usize = badge.record.skills.iter().map(|skill| skill.len()).sum();
    let criteria = badge.record.criteria.as_deref().map_or(0, str::len) + badge.record.description.len();
    own + criteria + texts(award) > SMALL.0 || badge.record.skills.len() + award.record.evidence.len() > SMALL.1
}

/// What programs take, ours among them, as JSON in a picture and as a JWT; and how many statements. Given with the badge
/// where it is the badge that says too much.
fn check_size(badge: &Badge<'_>, award: &Award<'_>, record: &Record) -> Option<(Option<usize>, Diagnostic)> {
    /// What a proof, or the claims, header and signature of a JWT, add at most.
    const AROUND: usize = 4_096;
    let json = ob3::credential(record);
    let bytes = json.ascii().len().max(json.compact().len() / 3 * 4);
    let count = record.achievement.tags.len() + record.evidence.len();
    let message = if bytes + AROUND > strict::LARGEST {
        "with this, the credential is larger than programs take (256 KiB)".to_owned()
    } else if count > SMALL.1
        && let Err(fault @ RdfFault::Large) = statements(&json)
    {
        format!("this cannot stand in a credential: {fault}")
    } else {
        return None;
    };
    let criteria = badge.record.criteria.as_deref().map_or(0, str::len);
    let (is_badge, place) = if record.evidence.len() > SMALL.1 || texts(award) > criteria {
        (false, award.origin.award([Step::Key("evidence")]))
    } else if record.achievement.tags.len() > SMALL.1 {
        (true, badge.place("skills"))
    } else {
        (true, badge.place("criteria"))
    };
    let problem = Diagnostic::error(message).at(place);
    let problem = problem.advice("shorten it, or put it on a page of its own and give its address");
    Some((is_badge.then_some(award.badge), problem))
}

fn statements(json: &Json) -> Result<(), RdfFault> {
    let value = serde_json::from_str(&json.compact()).map_err(|error| RdfFault::JsonLd(error.to_string()))?;
    crate::credential::rdf::dataset(&value).map(|_| ())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::{
        credential::{
            keys::{JwtKey, Secret, SigningKey, SiteKeys},
            quads,
            sign::Short,
        },
        site::JoinOptions,
        source::{Reader, scan},
    };

    const RIGHT: Short = Short { credential: quads::credential, status: quads::status };

    /// What a check finds on a site of two badges, whose awards are signed over what `short` gives.
    fn found(short: Short, evidence: &str) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write(
            "site.yaml",
            "title: T\nbase_url: https://t.example/\nissuer: {name: I, url: 'https://i.example/'}\nsigning: {key: k, secret: s}\n",
        );
        write("content/b.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 9 9\"/>");
        write(
            "content/all.yaml",
            &format!(
                "badges:\n  - {{id: one, name: One, description: A \"quoted\" word., image: b.svg}}\n  \
                 - {{id: two, name: Two, description: None here., image: b.svg}}\nearners:\n  - id: e-1\n    name: Ann\n    awards:\n      \
                 - {{id: award-1, badge: one, issued: 2024-01-01}}\n      - {{id: award-2, badge: one, issued: 2024-01-01}}\n      \
                 - {{id: award-3, badge: two, issued: 2024-01-01, evidence: [{evidence}]}}\n"
            ),
        );
        let (snapshot, problems) = scan(folder.path());
        assert!(problems.is_empty(), "{problems:?}");
        let (documents, problems) = Reader::default().parse(&snapshot);
        assert!(problems.is_empty(), "{problems:?}");
        let documents = documents.unwrap();
        let (site, problems) = Site::join(&documents, JoinOptions { base_url: None, drafts: false });
        assert!(problems.is_empty(), "{problems:?}");
        let keys = SiteKeys {
            signing: SigningKey::new(&[1; 32]),
            jwt: Some(JwtKey::new(&[2; 32]).unwrap()),
            secret: Secret::new([3; 32]),
            retired: Vec::new(),
            compromised: Vec::new(),
        };
        let mut problems = Vec::new();
        let mut credentials = Credentials::new(&site, &keys, &mut problems).unwrap();
        credentials.signer = credentials.signer.with_short_way(short);
        let mut proved = Proved::default();
        problems.extend(check(&credentials, &site, Shard::WHOLE, &mut proved));
        let wrong = problems.iter().filter(|problem| problem.message.contains("the two ways")).count();
        // One award of each badge is proved, and what was wrong is looked at again.
        assert_eq!(proved.0.len() + wrong, if has_errors(&problems) && wrong == 0 { 0 } else { 2 });
        let mut said: Vec<String> =
            problems.into_iter().map(|problem| format!("{} {:?}", problem.message, problem.place)).collect();
        said.sort();
        said
    }

    #[test]
    fn pictures_that_weigh_too_much() {
        assert_eq!(too_heavy(100_000, 10_000), None);
        assert!(too_heavy(200_000, 10_000).unwrap().contains("1907 MB"));
        assert_eq!(too_heavy(8_000_000, 0), None);
        assert!(too_heavy(8_200_000, 1).unwrap().contains("8 MiB"));
        assert!(too_heavy(usize::MAX, usize::MAX).is_some());
    }

    #[test]
    fn the_two_ways_agree() {
        assert_eq!(found(RIGHT, ""), Vec::<String>::new());
    }

    #[test]
    fn a_short_way_that_forgets_to_escape_is_seen_where_it_matters() {
        let plain = |record: &Record| Some(quads::credential(record)?.replace("\\\"", "\""));
        let said = found(Short { credential: plain, ..RIGHT }, "");
        let [said] = said.as_slice() else { panic!("{said:?}") };
        assert!(said.contains("would not hold") && said.contains("Index(0)"), "{said}");
    }

    #[test]
    fn a_short_way_that_drops_a_line_is_seen_for_each_badge() {
        let less = |record: &Record| {
            let lines = quads::credential(record)?;
            Some(lines.lines().skip(1).fold(String::new(), |text, line| text + line + "\n"))
        };
        assert_eq!(found(Short { credential: less, ..RIGHT }, "").len(), 2);
        let swapped = |record: &Record, is_set: bool| quads::status(record, !is_set);
        assert_eq!(found(Short { status: swapped, ..RIGHT }, "").len(), 2);
    }

    #[test]
    fn what_no_credential_can_hold_is_told_where_it_stands() {
        let one = |text: &str| {
            let said = found(RIGHT, text);
            let [said] = said.as_slice() else { panic!("{said:?}") };
            said.clone()
        };
        let said = one("{name: A, url: 'https://a.example/?q={b}'}");
        assert!(said.contains("written with %") && said.contains("Key(\"url\")"), "{said}");
        let alike = |count: usize| vec!["{name: A, narrative: B}"; count].join(", ");
        assert_eq!(found(RIGHT, &alike(ALIKE)), Vec::<String>::new());
        let said = one(&alike(ALIKE + 1));
        assert!(said.contains("more than 5 times") && said.contains("Index(5)"), "{said}");
        let numbered = |count: usize| (0..count).map(|at| format!("{{name: A {at}}}")).collect::<Vec<_>>().join(", ");
        assert_eq!(found(RIGHT, &numbered(400)), Vec::<String>::new());
        let said = one(&numbered(800));
        assert!(said.contains("2,000 statements") && said.contains("Key(\"evidence\")"), "{said}");
        let long = |letter: &str| vec![format!("{{narrative: {}}}", letter.repeat(60_000)); 2].join(", ");
        assert_eq!(found(RIGHT, &long("a")), Vec::<String>::new());
        // As `\u00e4` in a picture.
        let said = one(&long("ä"));
        assert!(said.contains("256 KiB") && said.contains("Key(\"evidence\")"), "{said}");
    }
}
