//! A connection that does not wait for ever for whoever is at its other end.
//!
//! hyper limits how long a request may take to come in, but not how long a client may take to read the answer, and it
//! closes a connection at once. Both are added here, below it.

use std::{
    io::{self, ErrorKind, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Sleep, sleep},
};

/// How long a client may take to read a piece of what it asked for.
const READING: Duration = Duration::from_secs(10);
/// How long what a client still sends is listened to, so that it gets to read why it was refused: closing a connection
/// with something unread would cut off what was said (RFC 9112, 9.6).
const FAREWELL: Duration = Duration::from_millis(300);

/// A connection to a client.
pub(super) struct Wire<S> {
    stream: S,
    /// Runs while the client does not read.
    stalled: Option<Pin<Box<Sleep>>>,
    /// Runs once all is said.
    leaving: Option<Pin<Box<Sleep>>>,
}

impl<S> Wire<S> {
    pub(super) fn new(stream: S) -> Self {
        Self { stream, stalled: None, leaving: None }
    }

    /// What came of writing, or that it has taken too long.
    fn in_time<T>(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(READING)));
        stalled.as_mut().poll(cx).map(|()| Err(ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Wire<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Wire<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.in_time(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, pieces);
        self.in_time(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self { stream, leaving, .. } = &mut *self;
        if leaving.is_none() {
            ready!(Pin::new(&mut *stream).poll_shutdown(cx))?;
        }
        let leaving = leaving.get_or_insert_with(|| Box::pin(sleep(FAREWELL)));
        let mut unread = [0; 4096];
        loop {
            if leaving.as_mut().poll(cx).is_ready() {
                return Poll::Ready(Ok(()));
            }
            let mut buffer = ReadBuf::new(&mut unread);
            match ready!(Pin::new(&mut *stream).poll_read(cx, &mut buffer)) {
                Ok(()) if !buffer.filled().is_empty() => {}
                // The client has closed it, too.
                _ => return Poll::Ready(Ok(())),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _, duplex},
        runtime,
        time::Instant,
    };

    /// Runs with a clock that goes on by itself when there is nothing to do but to wait.
    fn in_no_time<T>(future: impl Future<Output = T>) -> T {
        runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(future)
    }

    #[test]
    fn who_does_not_read_is_given_up_and_who_reads_slowly_is_not() {
        in_no_time(async {
            let (near, mut far) = duplex(10);
            let mut wire = Wire::new(near);
            let reading = async {
                let mut bytes = [0; 10];
                for _ in 0..9 {
                    sleep(READING * 9 / 10).await;
                    far.read_exact(&mut bytes).await.unwrap();
                }
            };
            let (written, ()) = tokio::join!(wire.write_all(&[0; 100]), reading);
            written.unwrap();
            let start = Instant::now();
            assert_eq!(wire.write_all(&[0; 100]).await.unwrap_err().kind(), ErrorKind::TimedOut);
            assert!(start.elapsed() >= READING);
        });
    }

    #[test]
    fn a_connection_is_closed_when_the_other_end_is_or_after_a_while() {
        in_no_time(async {
            for (hangs_up, least, most) in [(true, Duration::ZERO, FAREWELL / 2), (false, FAREWELL, FAREWELL * 2)] {
                let (near, mut far) = duplex(10_000);
                let mut wire = Wire::new(near);
                far.write_all(&[0; 9_000]).await.unwrap();
                if hangs_up {
                    far.shutdown().await.unwrap();
                }
                let start = Instant::now();
                wire.shutdown().await.unwrap();
                assert!((least..=most).contains(&start.elapsed()), "{:?}", start.elapsed());
                assert_eq!(far.read(&mut [0; 1]).await.unwrap(), 0, "it is told at once");
            }
        });
    }
}
