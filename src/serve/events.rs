//! The line that tells an open page of every change (server-sent events, HTML Standard 9.2).

use std::{sync::Arc, time::Duration};

use http_body_util::{Either, channel::Channel};
use hyper::{
    Response,
    body::Bytes,
    header::{CACHE_CONTROL, CONNECTION, CONTENT_TYPE, HeaderValue, X_CONTENT_TYPE_OPTIONS},
};
use tokio::{task, time};

use super::{
    live::{Live, News},
    server::Body,
};

/// How often an open page's line is tried when there is nothing to tell.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Opens a line. It is held until the page hangs up.
pub(super) fn open(live: Arc<Live>) -> Response<Body> {
    let (mut line, body) = Channel::new(1);
    task::spawn(async move {
        let mut changes = live.changes();
        let mut told: Option<News> = None;
        let mut text = "retry: 500\n\n".to_owned();
        // Who does not listen any more has hung up.
        while line.send_data(Bytes::from(text)).await.is_ok() {
            text = loop {
                if let Some(news) = live.news(told.as_ref()) {
                    let event = event(&live.run, &news);
                    told = Some(news);
                    break event;
                }
                match time::timeout(HEARTBEAT, changes.changed()).await {
                    Ok(Ok(())) => {}
                    Ok(Err(_)) => return,
                    Err(_) => break ":\n\n".to_owned(),
                }
            };
        }
    });
    let mut response = Response::new(Either::Right(body));
    let fields = [
        (CONTENT_TYPE, "text/event-stream"),
        (CACHE_CONTROL, "no-store"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (CONNECTION, "close"),
    ];
    for (name, value) in fields {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

fn event(run: &str, news: &News) -> String {
    let change = news.change.as_deref();
    let version = serde_json::Value::from(format!("{run}.{}", news.version));
    let files = serde_json::json!(change.and_then(|change| change.files.as_ref()));
    let made = serde_json::json!(change.map(|change| &change.made));
    let problems = &news.problems;
    format!("data: {{\"version\":{version},\"files\":{files},\"made\":{made},\"problems\":{problems}}}\n\n")
}
