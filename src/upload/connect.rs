//! From a target's address and the environment to a store.
//!
//! Logins come from where each host's own tools have them. Nothing of them is ever printed.

use std::{sync::Arc, time::Duration};

use object_store::{
    ClientOptions, ObjectStore, RetryConfig, aws::AmazonS3Builder, azure::MicrosoftAzureBuilder,
    gcp::GoogleCloudStorageBuilder, path::Path, prefix::PrefixStore,
};

use super::profile::Profile;
use crate::source::value::Service;

/// What a connection is made from.
pub struct Surroundings<'a> {
    /// The environment's variables.
    pub variables: &'a [(String, String)],
    /// Reads a file of the user's.
    pub read: &'a dyn Fn(&str) -> Option<String>,
}

impl Surroundings<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        self.variables.iter().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }
}

/// Why there is no connection: what is wrong, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoConnection {
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub advice: String,
}

impl NoConnection {
    fn new(message: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { message: message.into(), advice: advice.into() }
    }
}

/// A store for a bucket, or for what is below a prefix in it.
///
/// # Errors
/// If it cannot be told who is to log in, or where.
pub fn connect(
    service: Service,
    bucket: &str,
    prefix: &str,
    around: &Surroundings<'_>,
) -> Result<Arc<dyn ObjectStore>, NoConnection> {
    // All calls are tried again, timed and counted in one place: `store`.
    let retry = RetryConfig { max_retries: 0, ..RetryConfig::default() };
    let client =
        ClientOptions::new().with_timeout(Duration::from_hours(1)).with_connect_timeout(Duration::from_secs(10));
    let wrong = |error: &object_store::Error| {
        let words = error.to_string();
        // These errors may repeat what they could not read.
        let name = words.split([':', '\n']).next().unwrap_or_default().to_owned();
        NoConnection::new(
            format!("there is no way to log in to `{}://{bucket}`: {name}", service.scheme()),
            login(service),
        )
    };
    let prefix = Path::parse(prefix).map_err(|error| NoConnection::new(error.to_string(), "write another prefix"))?;
    let store: Arc<dyn ObjectStore> = match service {
        Service::S3 => {
            let builder = s3(around)?.with_bucket_name(bucket).with_retry(retry);
            let endpoint = around.get("AWS_ENDPOINT_URL_S3").or(around.get("AWS_ENDPOINT_URL"));
            let client = client.with_allow_http(endpoint.is_some_and(|endpoint| endpoint.starts_with("http://")));
            Arc::new(PrefixStore::new(
                builder.with_client_options(client).build().map_err(|error| wrong(&error))?,
                prefix,
            ))
        }
        Service::Gs => {
            let mut builder = GoogleCloudStorageBuilder::new();
            for (key, value) in around.variables.iter().filter(|(key, _)| key.starts_with("GOOGLE_")) {
                if let Ok(key) = key.to_ascii_lowercase().parse() {
                    builder = builder.with_config(key, value);
                }
            }
            let builder = builder.with_bucket_name(bucket).with_retry(retry).with_client_options(client);
            Arc::new(PrefixStore::new(builder.build().map_err(|error| wrong(&error))?, prefix))
        }
        Service::Az => {
            let mut builder = MicrosoftAzureBuilder::new();
            for (key, value) in around.variables.iter().filter(|(key, _)| key.starts_with("AZURE_")) {
                if let Ok(key) = key.to_ascii_lowercase().parse() {
                    builder = builder.with_config(key, value);
                }
            }
            let is_emulated = around.get("AZURE_STORAGE_USE_EMULATOR").is_some();
            let builder = builder.with_container_name(bucket).with_retry(retry);
            let builder = builder.with_client_options(client.with_allow_http(is_emulated));
            Arc::new(PrefixStore::new(builder.build().map_err(|error| wrong(&error))?, prefix))
        }
    };
    Ok(store)
}

fn login(service: Service) -> &'static str {
    match service {
        Service::S3 => {
            "set `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, or `AWS_PROFILE` for a profile of `~/.aws`"
        }
        Service::Gs => "set `GOOGLE_APPLICATION_CREDENTIALS` to the file of a service account",
        Service::Az => {
            "set `AZURE_STORAGE_ACCOUNT_NAME` and `AZURE_STORAGE_ACCOUNT_KEY`, or a token of `AZURE_STORAGE_SAS_TOKEN`"
        }
    }
}

/// What the environment says of S3: variables first, then a profile.
fn s3(around: &Surroundings<'_>) -> Result<AmazonS3Builder, NoConnection> {
    let mut builder = AmazonS3Builder::new();
    let has_key = around.get("AWS_ACCESS_KEY_ID").is_some();
    let has_identity = around.get("AWS_WEB_IDENTITY_TOKEN_FILE").is_some()
        || around.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI").is_some()
        || around.get("AWS_CONTAINER_CREDENTIALS_FULL_URI").is_some();
    let named = around.get("AWS_PROFILE").or(around.get("AWS_DEFAULT_PROFILE"));
    if named.is_some() || !has_key && !has_identity {
        let name = named.unwrap_or("default");
        match profile(name, around) {
            Some(profile) if !has_key => builder = with_profile(builder, name, &profile)?,
            // Keys of the environment win; where the profile's server is still counts.
            Some(profile) => builder = with_place(builder, &profile),
            None if named.is_some() && !has_key => {
                return Err(NoConnection::new(
                    format!("there is no profile `{name}` in `~/.aws/credentials` or `~/.aws/config`"),
                    "see `AWS_PROFILE`, or set `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`",
                ));
            }
            None => {}
        }
    }
    for (key, value) in around.variables.iter().filter(|(key, value)| key.starts_with("AWS_") && !value.is_empty()) {
        // The server for S3 alone, as AWS's own tools name it.
        let key = if key == "AWS_ENDPOINT_URL_S3" { "aws_endpoint_url".to_owned() } else { key.to_ascii_lowercase() };
        let is_overruled =
            key == "aws_endpoint_url" && around.get("AWS_ENDPOINT_URL_S3").is_some_and(|url| url != value);
        if let (Ok(key), false) = (key.parse(), is_overruled) {
            builder = builder.with_config(key, value);
        }
    }
    Ok(builder)
}

fn profile(name: &str, around: &Surroundings<'_>) -> Option<Profile> {
    let home = around.get("HOME").or(around.get("USERPROFILE")).unwrap_or_default();
    let read = |variable: &str, file: &str| {
        let path = around.get(variable).map_or_else(|| format!("{home}/.aws/{file}"), ToOwned::to_owned);
        (around.read)(&path).unwrap_or_default()
    };
    Profile::read(name, &read("AWS_SHARED_CREDENTIALS_FILE", "credentials"), &read("AWS_CONFIG_FILE", "config"))
}

fn with_place(mut builder: AmazonS3Builder, profile: &Profile) -> AmazonS3Builder {
    if let Some(region) = profile.get("region") {
        builder = builder.with_region(region);
    }
    if let Some(endpoint) = profile.get("endpoint_url") {
        builder = builder.with_endpoint(endpoint);
    }
    builder
}

fn with_profile(builder: AmazonS3Builder, name: &str, profile: &Profile) -> Result<AmazonS3Builder, NoConnection> {
    if let Some(way) = profile.elsewhere() {
        return Err(NoConnection::new(
            format!("the profile `{name}` has no keys of its own, but `{way}`"),
            format!("run `eval \"$(aws configure export-credentials --profile {name} --format env)\"` first"),
        ));
    }
    let mut builder = with_place(builder, profile);
    if let (Some(key), Some(secret)) = (profile.get("aws_access_key_id"), profile.get("aws_secret_access_key")) {
        builder = builder.with_access_key_id(key).with_secret_access_key(secret);
    }
    if let Some(token) = profile.get("aws_session_token") {
        builder = builder.with_token(token);
    }
    Ok(builder)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn keys_come_from_the_environment_or_from_a_profile() {
        use object_store::aws::AmazonS3ConfigKey as Key;
        let files = |path: &str| match path {
            "/h/.aws/credentials" => Some("[club]\naws_access_key_id=A\naws_secret_access_key=S\n".to_owned()),
            "/h/.aws/config" => Some("[profile club]\nregion=eu-west-1\n[profile sso]\nsso_session=x\n".to_owned()),
            _ => None,
        };
        let builder = |pairs: &[(&str, &str)]| {
            let variables = variables(pairs);
            s3(&Surroundings { variables: &variables, read: &files })
        };
        let club = builder(&[("HOME", "/h"), ("AWS_PROFILE", "club")]).unwrap();
        assert_eq!(club.get_config_value(&Key::AccessKeyId).as_deref(), Some("A"));
        assert_eq!(club.get_config_value(&Key::Region).as_deref(), Some("eu-west-1"));
        let own = builder(&[("HOME", "/h"), ("AWS_PROFILE", "club"), ("AWS_ACCESS_KEY_ID", "B"), ("AWS_REGION", "r")])
            .unwrap();
        assert_eq!(own.get_config_value(&Key::AccessKeyId).as_deref(), Some("B"));
        assert_eq!(own.get_config_value(&Key::Region).as_deref(), Some("r"));
        assert!(builder(&[("HOME", "/h"), ("AWS_PROFILE", "sso")]).unwrap_err().advice.contains("export-credentials"));
        assert!(builder(&[("HOME", "/h"), ("AWS_PROFILE", "none")]).is_err());
        let r2 = builder(&[("AWS_ENDPOINT_URL", "https://all.example"), ("AWS_ENDPOINT_URL_S3", "https://s3.example")])
            .unwrap();
        assert_eq!(r2.get_config_value(&Key::Endpoint).as_deref(), Some("https://s3.example"));
    }
}
