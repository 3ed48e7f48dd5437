//! Where a site is published to.

use std::fmt;

use super::{Fault, Value, shorten};
use crate::source::blot::without_logins;

/// A kind of bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Service {
    /// Amazon S3, and whatever speaks like it: R2, B2, `MinIO`, `SeaweedFS`.
    S3,
    /// Google Cloud Storage.
    Gs,
    /// Azure Blob Storage.
    Az,
}

impl Service {
    /// How its addresses begin.
    pub fn scheme(self) -> &'static str {
        match self {
            Self::S3 => "s3",
            Self::Gs => "gs",
            Self::Az => "az",
        }
    }
}

/// A folder or a bucket: `dir:/srv/www`, `s3://bucket/below/this`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Target {
    /// A folder of this machine.
    Dir(Box<str>),
    /// A bucket, or what lies below a prefix in it.
    Bucket {
        /// Of what kind.
        service: Service,
        /// Its name.
        bucket: Box<str>,
        /// Empty, or names with `/` between them.
        prefix: Box<str>,
    },
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dir(path) => write!(f, "dir:{path}"),
            Self::Bucket { service, bucket, prefix } if prefix.is_empty() => {
                write!(f, "{}://{bucket}", service.scheme())
            }
            Self::Bucket { service, bucket, prefix } => write!(f, "{}://{bucket}/{prefix}", service.scheme()),
        }
    }
}

/// What people write who mean something else, and what to write instead.
const OTHERS: [(&str, &str); 16] = [
    ("gcs://", "write `gs://bucket` for Google Cloud Storage"),
    ("azure://", "write `az://container` for Azure Blob Storage"),
    ("abfs://", "write `az://container` for Azure Blob Storage"),
    ("r2://", "R2 speaks as S3 does: write `s3://bucket` and set `AWS_ENDPOINT_URL`"),
    ("b2://", "B2 speaks as S3 does: write `s3://bucket` and set `AWS_ENDPOINT_URL`"),
    ("minio://", "MinIO speaks as S3 does: write `s3://bucket` and set `AWS_ENDPOINT_URL`"),
    ("dir://", "write `dir:/srv/www`, with the path right after the colon"),
    ("file:", "write `dir:/srv/www` for a folder of this machine"),
    ("rsync:", "write lists with `--plan` and hand them to rsync"),
    ("ssh:", "write lists with `--plan` and hand them to rsync"),
    ("sftp:", "write lists with `--plan` and hand them to rclone"),
    ("ftp:", "write lists with `--plan` and hand them to rclone"),
    ("netlify", "write lists with `--plan` and hand them to the host's own program"),
    ("cloudflare", "write lists with `--plan` and hand them to the host's own program"),
    ("https:", "name the bucket, as `s3://bucket`; the site's address stands in `base_url`"),
    ("http:", "name the bucket, as `s3://bucket`; its server goes into `AWS_ENDPOINT_URL`"),
];

impl Value for Target {
    fn parse(text: &str) -> Result<Self, Fault> {
        let text = text.trim();
        let fault = |advice: &str| {
            Fault::new(format!("`{}` is no place to publish to", shorten(&without_logins(text))), advice)
        };
        let general = "write `dir:/srv/www`, `s3://bucket`, `gs://bucket` or `az://container`";
        if text.contains(|letter: char| letter.is_control()) {
            return Err(Fault::new("there is a control character in it", general));
        }
        let lower = text.to_ascii_lowercase();
        if let Some((_, advice)) = OTHERS.iter().find(|(other, _)| lower.starts_with(other)) {
            return Err(fault(advice));
        }
        if let Some(path) = text.strip_prefix("dir:") {
            let is_fine = !path.is_empty() && !path.starts_with('~');
            return if is_fine {
                Ok(Self::Dir(path.into()))
            } else {
                Err(fault("write the path, such as `dir:/srv/www`"))
            };
        }
        let Some((scheme, rest)) = text.split_once("://") else {
            let is_path = text.starts_with(['/', '.', '~']);
            return Err(fault(if is_path { "write `dir:` before the path of a folder" } else { general }));
        };
        let service = match scheme {
            "s3" => Service::S3,
            "gs" => Service::Gs,
            "az" => Service::Az,
            _ => return Err(fault(general)),
        };
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        if bucket.contains(['@', ':']) {
            // A key may stand in it: it is not repeated.
            let advice = "logins come from the environment, never from an address";
            return Err(Fault::new("there is a login or a port in the address of the bucket", advice));
        }
        let is_name = |letter: char| letter.is_ascii_alphanumeric() || "-._".contains(letter);
        if bucket.is_empty() || !bucket.chars().all(is_name) {
            return Err(fault("the name of a bucket has letters, digits, `-` and `.`"));
        }
        let prefix = prefix.trim_matches('/');
        let is_part = |part: &str| !part.is_empty() && part != "." && part != "..";
        if !prefix.is_empty() && !prefix.split('/').all(is_part) || prefix.contains(['?', '#', '\\']) {
            return Err(fault("what comes after the bucket is a path such as `site/2026`, without `?`, `#` and `..`"));
        }
        Ok(Self::Bucket { service, bucket: bucket.into(), prefix: prefix.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_and_written_alike() {
        for text in ["dir:/srv/www", "dir:www", "s3://club-site", "gs://a.b/site", "az://c/x/y"] {
            assert_eq!(Target::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Target::parse("s3://b/x/").unwrap().to_string(), "s3://b/x");
    }

    #[test]
    fn what_is_meant_otherwise_is_told_how_to_write() {
        for (text, advice) in [
            ("r2://b", "AWS_ENDPOINT_URL"),
            ("/srv/www", "dir:"),
            ("https://b.s3.amazonaws.example/", "s3://"),
            ("sftp://h/", "--plan"),
            ("x://b", "gs://"),
            ("s3://", "letters"),
            ("s3://b/../c", ".."),
            ("dir:", "path"),
            ("S3://b", "s3://"),
        ] {
            assert!(Target::parse(text).unwrap_err().advice.contains(advice), "{text}");
        }
        let fault = Target::parse("s3://AKIAKEY:SECRET@b").unwrap_err();
        assert!(!fault.to_string().contains("SECRET"));
    }
}
