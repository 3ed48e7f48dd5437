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
    /// Whether what was said of where to connect to is wrong, before anybody was asked.
    pub is_usage: bool,
}

impl NoConnection {
    fn new(message: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { message: message.into(), advice: advice.into(), is_usage: false }
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
        let name = words.split([':', '\n']).next().filter(|name| !name.starts_with("Generic"));
        let name = name.map(|name| format!(": {name}")).unwrap_or_default();
        NoConnection::new(
            format!("there is no way to log in to `{}://{bucket}`{name}", service.scheme()),
            login(service),
        )
    };
    see_servers(service, around)?;
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
            see_credentials(around)?;
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

/// Sees that whatever the environment says of where servers are is an address: `object_store` takes it as it comes.
fn see_servers(service: Service, around: &Surroundings<'_>) -> Result<(), NoConnection> {
    let prefixes: &[&str] = match service {
        Service::S3 => &["AWS_"],
        Service::Gs => &["GOOGLE_"],
        Service::Az => &["AZURE_", "AZURITE_"],
    };
    let is_address = |name: &str| {
        let name = name.to_ascii_uppercase();
        let is_one = name.contains("ENDPOINT") || name.ends_with("BASE_URL") || name.ends_with("STORAGE_URL");
        is_one && !name.contains("USE_FABRIC") && prefixes.iter().any(|prefix| name.starts_with(prefix))
    };
    let named = around.variables.iter().filter(|(name, value)| is_address(name) && !value.is_empty());
    for (name, value) in named {
        see_server(&format!("`{name}`"), value)?;
    }
    Ok(())
}

fn see_server(what: &str, value: &str) -> Result<(), NoConnection> {
    let address = reqwest::Url::parse(value).ok();
    let is_server = |address: &reqwest::Url| {
        matches!(address.scheme(), "http" | "https")
            && address.host_str().is_some_and(|host| !host.is_empty())
            && address.username().is_empty()
            && address.password().is_none()
            && address.query().is_none()
            && address.fragment().is_none()
    };
    if address.as_ref().is_some_and(is_server) {
        return Ok(());
    }
    // It is not repeated: there may be a login in it.
    let message = format!("{what} is no address of a server");
    let advice = "write `https://` and the server's name, such as `https://s3.example`, without a login";
    Err(NoConnection { is_usage: true, ..NoConnection::new(message, advice) })
}

/// Sees that the files with a service account's key are there.
fn see_credentials(around: &Surroundings<'_>) -> Result<(), NoConnection> {
    for name in ["GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_SERVICE_ACCOUNT", "GOOGLE_SERVICE_ACCOUNT_PATH"] {
        let Some(path) = around.get(name) else { continue };
        let no = |what: &str| {
            let advice = "set it to the file of a service account, as Google's console gives it, in JSON";
            NoConnection::new(format!("`{name}` names `{path}`, {what}"), advice)
        };
        let Some(text) = (around.read)(path) else { return Err(no("and that file is not there or cannot be read")) };
        let Ok(json) = serde_json::from_str::<serde_json::Value>(&text) else {
            return Err(no("and that is no file of a service account"));
        };
        if let Some(server) = json.get("gcs_base_url").and_then(serde_json::Value::as_str) {
            see_server(&format!("`gcs_base_url` in `{path}`"), server)?;
        }
    }
    Ok(())
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
            Some(profile) => builder = with_place(builder, name, &profile)?,
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

fn with_place(mut builder: AmazonS3Builder, name: &str, profile: &Profile) -> Result<AmazonS3Builder, NoConnection> {
    if let Some(region) = profile.get("region") {
        builder = builder.with_region(region);
    }
    if let Some(endpoint) = profile.get("endpoint_url") {
        see_server(&format!("`endpoint_url` of the profile `{name}`"), endpoint)?;
        builder = builder.with_endpoint(endpoint);
    }
    Ok(builder)
}

fn with_profile(builder: AmazonS3Builder, name: &str, profile: &Profile) -> Result<AmazonS3Builder, NoConnection> {
    if let Some(way) = profile.elsewhere() {
        return Err(NoConnection::new(
            format!("the profile `{name}` has no keys of its own, but `{way}`"),
            format!("run `eval \"$(aws configure export-credentials --profile {name} --format env)\"` first"),
        ));
    }
    let mut builder = with_place(builder, name, profile)?;
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

    #[test]
    fn what_is_no_address_of_a_server_is_told_before_anybody_is_asked() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let credentials = |gcs: &str| format!(r#"{{"type": "service_account", "gcs_base_url": "{gcs}"}}"#);
        let read = |path: &str| match path {
            "/h/.aws/config" => Some("[profile club]\nendpoint_url = 127.0.0.1:1\n".to_owned()),
            "/gcs.json" => Some(credentials("nonsense")),
            "/no.json" => Some("K:topsecret".to_owned()),
            _ => None,
        };
        let connect = |service, pairs: &[(&str, &str)]| {
            let variables = variables(pairs);
            connect(service, "site", "", &Surroundings { variables: &variables, read: &read }).map(|_| ())
        };
        let keys = [("AWS_ACCESS_KEY_ID", "A"), ("AWS_SECRET_ACCESS_KEY", "S"), ("AWS_REGION", "r")];
        for wrong in [
            "nonsense",
            "http://",
            "https://",
            "127.0.0.1:18002",
            "localhost:1",
            "ftp://h",
            "https://K:topsecret@h",
            "//h",
            "http://[::1",
            "https://h?x",
        ] {
            for (service, name) in [
                (Service::S3, "AWS_ENDPOINT_URL"),
                (Service::S3, "AWS_ENDPOINT_URL_S3"),
                (Service::S3, "AWS_ENDPOINT"),
                (Service::S3, "AWS_ENDPOINT_URL_STS"),
                (Service::Gs, "GOOGLE_BASE_URL"),
                (Service::Az, "AZURE_STORAGE_ENDPOINT"),
                (Service::Az, "AZURE_ENDPOINT"),
                (Service::Az, "AZURITE_BLOB_STORAGE_URL"),
            ] {
                let told = connect(service, &[&keys[..], &[(name, wrong)]].concat()).unwrap_err();
                assert!(told.is_usage && told.message.contains(name), "{name}={wrong}: {told:?}");
                assert!(!format!("{told:?}").contains("topsecret"), "{told:?}");
            }
        }
        connect(Service::S3, &[&keys[..], &[("AWS_ENDPOINT_URL", "http://127.0.0.1:18002")]].concat()).unwrap();
        connect(Service::S3, &[&keys[..], &[("AWS_ENDPOINT_URL", "https://s3.example/below/")]].concat()).unwrap();
        let club = connect(Service::S3, &[("HOME", "/h"), ("AWS_PROFILE", "club")]).unwrap_err();
        assert!(club.is_usage && club.message.contains("profile `club`"), "{club:?}");
        let google = |path| connect(Service::Gs, &[("GOOGLE_APPLICATION_CREDENTIALS", path)]).unwrap_err();
        assert!(google("/gcs.json").is_usage);
        assert!(google("/nowhere.json").message.contains("`/nowhere.json`, and that file is not there"));
        let none = google("/no.json");
        assert!(none.message.contains("no file of a service account") && !format!("{none:?}").contains("topsecret"));
    }

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
