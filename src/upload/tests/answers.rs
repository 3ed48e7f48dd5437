//! What `object_store` itself makes of a server's answers: its errors' words are read, so they are held to what they are.

use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use object_store::{ClientOptions, RetryConfig, aws::AmazonS3Builder};

use super::super::{
    error::Stop,
    store::{Failure, Remote, Timing},
};

/// A server that gives each of these answers to one request and then the last of them for ever.
fn server(answers: Vec<(u16, &'static str)>) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let count = Arc::new(AtomicUsize::new(0));
    let counted = count.clone();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.set_read_timeout(Some(Duration::from_millis(200)));
            let mut buffer = [0; 16384];
            let _ = stream.read(&mut buffer);
            let at = counted.fetch_add(1, Ordering::Relaxed).min(answers.len() - 1);
            let (status, body) = answers[at];
            let head = format!(
                "HTTP/1.1 {status} Words\r\nETag: \"e\"\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes()));
        }
    });
    (port, count)
}

fn remote(port: u16) -> Remote {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let store = AmazonS3Builder::new()
        .with_bucket_name("b")
        .with_region("us-east-1")
        .with_access_key_id("KEY")
        .with_secret_access_key("SECRET")
        .with_endpoint(format!("http://127.0.0.1:{port}"))
        .with_client_options(ClientOptions::new().with_allow_http(true))
        .with_retry(RetryConfig { max_retries: 0, ..RetryConfig::default() })
        .build()
        .unwrap();
    let store = Arc::new(store);
    let timing = Timing { pause: Duration::from_millis(1), tries: 3, ..Timing::default() };
    Remote::new(store.clone(), store, timing)
}

fn put(answers: Vec<(u16, &'static str)>) -> (Result<(), Stop>, usize, usize) {
    let (port, count) = server(answers);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let remote = remote(port);
        let result = remote.put_site("k", b"bytes".to_vec(), "text/plain", "no-cache").await;
        (result, count.load(Ordering::Relaxed), remote.pace.limit())
    })
}

#[test]
fn what_passes_is_tried_again_and_slows_down() {
    for status in [429, 503] {
        let (result, tries, limit) = put(vec![(status, "<Error><Code>SlowDown</Code></Error>"), (200, "")]);
        assert!(result.is_ok(), "{status}: {result:?}");
        assert_eq!((tries, limit), (2, 16), "{status}");
    }
    let (result, tries, limit) = put(vec![(500, ""), (200, "")]);
    assert!(result.is_ok(), "{result:?}");
    assert_eq!((tries, limit), (2, 32));
    let (result, tries, _) = put(vec![(500, "<Error><Code>InternalError</Code></Error>")]);
    assert!(matches!(&result, Err(Stop::GaveUp { tries: 3, cause, .. }) if cause.contains("500")), "{result:?}");
    assert_eq!(tries, 3);
}

#[test]
fn what_does_not_pass_stops_at_once_and_says_why() {
    for (status, code) in [(400, "BadThing"), (401, "Who"), (403, "AccessDenied")] {
        let body = Box::leak(format!("<Error><Code>{code}</Code><Message>No.</Message></Error>").into_boxed_str());
        let (result, tries, _) = put(vec![(status, body)]);
        let Err(Stop::Denied { action: "putting", key, answer }) = &result else { panic!("{status}: {result:?}") };
        assert_eq!((key.as_str(), answer), ("k", &format!("{status}: {code}: No.")));
        assert_eq!(tries, 1, "{status}");
        assert!(!format!("{result:?}").contains("SECRET"));
    }
}

#[test]
fn a_condition_that_does_not_hold_is_known_from_other_answers() {
    let conditionally = |answers: Vec<(u16, &'static str)>| {
        let (port, _) = server(answers);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async { remote(port).put_if("k", b"mine", None).await })
    };
    // Somebody else's bytes are there.
    let error = "<Error><Code>PreconditionFailed</Code></Error>";
    assert!(matches!(conditionally(vec![(412, error), (200, "other")]), Err(Failure::Conflict)));
    // One's own are: the first try came through, and its answer did not.
    assert!(conditionally(vec![(503, ""), (412, error), (200, "mine")]).is_ok());
}

#[test]
fn a_bucket_that_is_not_there_is_no_empty_one_and_is_named() {
    let none = "<Error><Code>NoSuchBucket</Code><Message>The bucket does not exist</Message></Error>";
    let (port, _) = server(vec![(404, none)]);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let remote = Remote { names: ["s3://site".into(), "s3://record".into()], ..remote(port) };
        let read = remote.get("head.json").await;
        assert!(
            matches!(&read, Err(Stop::Denied { answer, .. }) if answer.starts_with("404: NoSuchBucket")),
            "{read:?}"
        );
        let listed = remote.names("runs").await;
        assert!(matches!(&listed, Err(Stop::Denied { key, .. }) if key == "s3://record"), "{listed:?}");
    });
    let (port, _) = server(vec![(404, "<Error><Code>NoSuchKey</Code></Error>")]);
    assert!(matches!(runtime.block_on(async { remote(port).get("head.json").await }), Ok(None)));
}
