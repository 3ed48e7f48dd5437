//! `~/.aws/credentials` and `~/.aws/config`, as far as they hold keys: `object_store` does not read them.
//!
//! The format is that of the AWS command line: sections `[name]`, in `config` `[profile name]`, lines `key = value`,
//! comments after `#` or `;` at the beginning of a line. Lines that are set in belong to the value above and hold
//! nothing that is needed here.

use std::collections::BTreeMap;

/// What a profile says.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Profile {
    values: BTreeMap<String, String>,
}

/// Its secrets are not for logs.
impl std::fmt::Debug for Profile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.values.keys()).finish()
    }
}

/// Where a profile's keys come from, of those ways that are not in the file itself.
const ELSEWHERE: [&str; 5] =
    ["sso_session", "sso_start_url", "credential_process", "role_arn", "web_identity_token_file"];

impl Profile {
    /// Reads a profile out of the two files; nothing if neither has it.
    pub fn read(name: &str, credentials: &str, config: &str) -> Option<Self> {
        let in_config = if name == "default" { "default".to_owned() } else { format!("profile {name}") };
        // What is in `credentials` wins, as in the AWS command line.
        let found = [section(config, &in_config), section(credentials, name)];
        found.iter().any(Option::is_some).then(|| Self { values: found.into_iter().flatten().flatten().collect() })
    }

    /// One of its values.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(String::as_str)
    }

    /// The way in which its keys would have to be fetched, if they are not there.
    pub fn elsewhere(&self) -> Option<&'static str> {
        let has_keys =
            self.values.contains_key("aws_access_key_id") && self.values.contains_key("aws_secret_access_key");
        ELSEWHERE.into_iter().find(|key| !has_keys && self.values.contains_key(*key))
    }
}

fn section(text: &str, name: &str) -> Option<BTreeMap<String, String>> {
    let mut found: Option<BTreeMap<String, String>> = None;
    let mut is_it = false;
    for line in text.lines() {
        if line.starts_with([' ', '\t', '#', ';']) {
            continue;
        }
        let line = line.trim();
        if let Some(header) = line.strip_prefix('[').and_then(|line| line.split(']').next()) {
            let header: Vec<&str> = header.split_whitespace().collect();
            is_it = header.join(" ") == name;
            if is_it {
                found.get_or_insert_default();
            }
        } else if let (true, Some((key, value)), Some(found)) = (is_it, line.split_once('='), &mut found) {
            found.insert(key.trim().to_ascii_lowercase(), value.trim().to_owned());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const CREDENTIALS: &str = "[default]\naws_access_key_id = AKIADEFAULT\naws_secret_access_key=a=b/c\n\n# [club]\n\
                               [club]\nAWS_ACCESS_KEY_ID=AKIACLUB\naws_secret_access_key = s\naws_session_token = t\n";
    const CONFIG: &str = "[default]\nregion = eu-central-1\n[profile club]\nregion=auto\ns3 =\n  region = nested\n\
                          endpoint_url = https://h.example\n[profile sso]\nsso_start_url = https://x.example\n[club]\nregion = no\n";

    #[test]
    fn a_profile_is_read_from_both_files() {
        let club = Profile::read("club", CREDENTIALS, CONFIG).unwrap();
        assert_eq!(club.get("aws_access_key_id"), Some("AKIACLUB"));
        assert_eq!(club.get("aws_session_token"), Some("t"));
        assert_eq!(club.get("region"), Some("auto"));
        assert_eq!(club.get("endpoint_url"), Some("https://h.example"));
        assert_eq!(club.elsewhere(), None);
        let default = Profile::read("default", CREDENTIALS, CONFIG).unwrap();
        assert_eq!(default.get("aws_secret_access_key"), Some("a=b/c"));
        assert_eq!(default.get("region"), Some("eu-central-1"));
        assert_eq!(Profile::read("sso", CREDENTIALS, CONFIG).unwrap().elsewhere(), Some("sso_start_url"));
        assert_eq!(Profile::read("other", CREDENTIALS, CONFIG), None);
    }

    #[test]
    fn secrets_are_not_shown() {
        let shown = format!("{:?}", Profile::read("club", CREDENTIALS, CONFIG).unwrap());
        assert!(!shown.contains("AKIA") && shown.contains("aws_session_token"), "{shown}");
    }
}
