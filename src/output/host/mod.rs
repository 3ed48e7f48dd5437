//! Rooms for what hosts and crawlers read.
//!
//! These files are short, so what each depends on is what it says.

pub mod cname;
pub mod headers;
pub mod nojekyll;
pub mod redirects;
pub mod robots;

use crate::{output::View, source::record::Hosting};

/// Whether the site's host reads `_headers` and `_redirects`.
fn reads_rules(view: &View<'_>) -> bool {
    matches!(view.site.config.hosting, Hosting::Netlify | Hosting::Cloudflare)
}
