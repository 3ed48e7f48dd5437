//! What a credential says, before it has a form: every file and every signature is made from this and nothing else.

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::keys::Secret;

/// Who issues.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Issuer {
    /// The issuer's DID: `did:web:…`.
    pub did: String,
    /// The address of issuer.json.
    pub id: String,
    /// The site's address.
    pub url: String,
    /// The association's name.
    pub name: String,
    /// What it does.
    pub description: Option<String>,
    /// Where it can be written to.
    pub email: Option<String>,
    /// The address of its logo.
    pub image: Option<String>,
}

/// What is awarded.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Achievement {
    /// The address of achievement.json.
    pub id: String,
    /// The address of badge.json.
    pub badge_class: String,
    /// Its name.
    pub name: String,
    /// What it is.
    pub description: String,
    /// What has to be done for it, in Markdown.
    pub criteria: String,
    /// The address of the PNG.
    pub image: String,
    /// One of the standard's types, or `ext:NAME` ([`achievement_type`]).
    pub achievement_type: String,
    /// Skills.
    pub tags: Vec<String>,
}

/// Whose it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Subject {
    /// A `urn:uuid:` of this award alone ([`subject_id`]).
    pub id: String,
    /// The name as it is public.
    pub name: String,
    /// The e-mail address, hashed.
    pub email: Option<HashedEmail>,
}

/// What shows that it was earned.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Evidence {
    /// Its address.
    pub url: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// What it tells.
    pub narrative: Option<String>,
}

/// An award as credentials tell it. Texts are as [`super::text::clean`] leaves them, addresses as
/// [`super::text::address`] gives them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Record {
    /// The address of credential.json.
    pub id: String,
    /// The address of assertion.json.
    pub assertion: String,
    /// The address of status.json.
    pub status: String,
    /// The credential's name.
    pub name: String,
    /// The first instant of the day it was issued.
    pub valid_from: Timestamp,
    /// The last second of the day it expires.
    pub valid_until: Option<Timestamp>,
    /// When it was awarded.
    pub awarded: Timestamp,
    /// Who issued it.
    pub issuer: Issuer,
    /// What was awarded.
    pub achievement: Achievement,
    /// To whom.
    pub subject: Subject,
    /// What for.
    pub evidence: Vec<Evidence>,
    /// What is told about this award (Open Badges 2.0 only).
    pub narrative: Option<String>,
}

/// An e-mail address that nobody can read, but whoever knows it can recognize.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HashedEmail {
    /// `sha256$` and 64 hexadecimal digits.
    pub hash: String,
    /// What was added to the address.
    pub salt: String,
}

impl HashedEmail {
    /// Of an address: SHA-256 of the trimmed address in lower case and the salt, which is the award's own.
    pub fn new(secret: &Secret, award: &str, email: &str) -> Self {
        let salt: String = hex(&secret.hmac("salt:", award)).chars().take(32).collect();
        let mut hash = Sha256::new();
        hash.update(email.trim().to_lowercase());
        hash.update(&salt);
        Self { hash: format!("sha256${}", hex(&hash.finalize())), salt }
    }
}

/// The id of an award's subject: a version 8 UUID (RFC 9562 section 5.8) of the first 16 bytes of an HMAC.
pub fn subject_id(secret: &Secret, award: &str) -> String {
    let mac = secret.hmac("subject:", award);
    let mut uuid = [0_u8; 16];
    for (byte, value) in uuid.iter_mut().zip(mac) {
        *byte = value;
    }
    uuid[6] = 0x80 | (uuid[6] & 0x0f);
    uuid[8] = 0x80 | (uuid[8] & 0x3f);
    let digits = hex(&uuid);
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    format!("urn:uuid:{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
}

/// Bytes as lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// An instant as credentials write it: whole seconds, UTC, with `Z`.
pub fn instant(at: Timestamp) -> String {
    let seconds = Timestamp::from_second(at.as_second()).unwrap_or(at);
    seconds.to_string()
}

/// The types of achievements that Open Badges 3.0 knows (`AchievementType`).
#[rustfmt::skip]
const TYPES: [&str; 31] = [
    "Achievement", "ApprenticeshipCertificate", "Assessment", "Assignment", "AssociateDegree", "Award",
    "Badge", "BachelorDegree", "Certificate", "CertificateOfCompletion", "Certification", "CommunityService",
    "Competency", "Course", "CoCurricular", "Degree", "Diploma", "DoctoralDegree", "Fieldwork",
    "GeneralEducationDevelopment", "JourneymanCertificate", "LearningProgram", "License", "Membership",
    "ProfessionalDoctorate", "QualityAssuranceCredential", "MasterCertificate", "MasterDegree",
    "MicroCredential", "ResearchDoctorate", "SecondarySchoolDiploma",
];

/// A type of achievement as the standard writes it: one of its own, or `ext:NAME`, of which its JSON schema asks for
/// `(ext:)[a-z|A-Z|0-9|.|-|_]+`.
pub fn achievement_type(name: &str) -> String {
    if TYPES.contains(&name) {
        return name.to_owned();
    }
    let plain = name.trim_start().strip_prefix("ext:").unwrap_or(name).chars();
    let plain: String = plain.filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')).collect();
    if plain.is_empty() { "Achievement".to_owned() } else { format!("ext:{plain}") }
}

#[cfg(test)]
pub(crate) mod samples {
    use super::*;

    /// An award with one of each.
    pub(crate) fn record() -> Record {
        let secret = Secret::new([9; 32]);
        Record {
            id: "https://badges.example/verify/anna/credential.json".to_owned(),
            assertion: "https://badges.example/verify/anna/assertion.json".to_owned(),
            status: "https://badges.example/verify/anna/status.json".to_owned(),
            name: "Bee Keeper".to_owned(),
            valid_from: "2026-01-01T23:00:00Z".parse().unwrap(),
            valid_until: Some("2028-01-01T22:59:59Z".parse().unwrap()),
            awarded: "2026-01-01T23:00:00Z".parse().unwrap(),
            issuer: Issuer {
                did: "did:web:badges.example".to_owned(),
                id: "https://badges.example/issuer.json".to_owned(),
                url: "https://badges.example/".to_owned(),
                name: "Bee Keepers’ Association".to_owned(),
                description: Some("Keeps \"bees\".".to_owned()),
                email: Some("office@badges.example".to_owned()),
                image: Some("https://badges.example/logo.png".to_owned()),
            },
            achievement: Achievement {
                id: "https://badges.example/badges/bee/achievement.json".to_owned(),
                badge_class: "https://badges.example/badges/bee/badge.json".to_owned(),
                name: "Bee Keeper".to_owned(),
                description: "Keeps bees.".to_owned(),
                criteria: "Keep *bees*\nfor a year.".to_owned(),
                image: "https://badges.example/badges/bee/badge.png".to_owned(),
                achievement_type: "Certification".to_owned(),
                tags: vec!["Bees".to_owned(), "Honey".to_owned()],
            },
            subject: Subject {
                id: subject_id(&secret, "anna"),
                name: "Anna Müller".to_owned(),
                email: Some(HashedEmail::new(&secret, "anna", " Anna@Mail.example ")),
            },
            evidence: vec![
                Evidence {
                    url: Some("https://badges.example/hive".to_owned()),
                    name: Some("The hive".to_owned()),
                    narrative: Some("It \\ hums.".to_owned()),
                },
                Evidence { url: None, name: None, narrative: Some("A talk.".to_owned()) },
            ],
            narrative: Some("Well done.".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_hashes_are_those_of_others() {
        // python3 -c 'import hmac,hashlib,uuid; k=bytes([9]*32); m=lambda t: hmac.new(k,t.encode(),"sha256");
        //   print(uuid.UUID(bytes=m("subject:anna").digest()[:16], version=8)) …'
        let secret = Secret::new([9; 32]);
        assert_eq!(subject_id(&secret, "anna"), "urn:uuid:a29bae8c-417a-8f98-b8fd-90fef7e9d725");
        let email = HashedEmail::new(&secret, "anna", " Anna@Mail.example ");
        assert_eq!(email.salt, "890d873b66320c45be0f4d1abc57b497");
        assert_eq!(email.hash, "sha256$461a59634f7a0b784577c68ea4e31a4f9445c8242dd3f608fe715f03aba7963e");
    }

    #[test]
    fn instants_have_whole_seconds() {
        assert_eq!(instant("2026-01-01T00:00:00.9+01:00".parse().unwrap()), "2025-12-31T23:00:00Z");
    }

    #[test]
    fn types_of_achievements() {
        assert_eq!(achievement_type("Certification"), "Certification");
        assert_eq!(achievement_type("Bee keeper’s mark"), "ext:Beekeepersmark");
        assert_eq!(achievement_type("ext:Mark"), "ext:Mark");
        assert_eq!(achievement_type("😀"), "Achievement");
        // What is written as the standard has it is held to that as well.
        assert_eq!(achievement_type("ext:Bee keeper"), "ext:Beekeeper");
        assert_eq!(achievement_type("ext:a b\u{7}"), "ext:ab");
        assert_eq!(achievement_type("ext:"), "Achievement");
        assert_eq!(achievement_type("ext: "), "Achievement");
        assert_eq!(achievement_type("ext:ext:a|b"), "ext:extab");
        assert_eq!(achievement_type("Certification\u{7}"), "ext:Certification");
    }
}
