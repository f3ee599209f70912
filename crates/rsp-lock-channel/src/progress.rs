//! Progress of downloads, carried from the gateway's tasks to the caller's reporter.

use std::{future::Future, pin::pin};

use rattler_redaction::Redact;
use rattler_repodata_gateway as gateway;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use url::Url;

/// Told about progress; every method does nothing unless implemented.
pub trait Reporter: Send + Sync {
    /// A file of a channel is being fetched: its URL (redacted) and its size if known.
    fn on_fetch_start(&self, _url: &str, _size: Option<u64>) {}
    /// So many bytes of it have come.
    fn on_fetch_progress(&self, _url: &str, _bytes: u64) {}
    /// The file is there, or will not come.
    fn on_fetch_done(&self, _url: &str) {}
}

/// A reporter that says nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Reporter for Silent {}

/// What happened to a download.
#[derive(Debug)]
pub(crate) enum Event {
    Start(Url),
    Progress(Url, u64),
    Done(Url),
}

/// The end that lives in the gateway's tasks. They outlive no call of ours, but the
/// gateway asks for `'static`, which the caller's reporter is not.
#[derive(Clone, Debug)]
pub(crate) struct Events(pub(crate) UnboundedSender<Event>);

impl Events {
    fn send(&self, event: Event) {
        // Nobody listens any more when the call was dropped: nothing to tell then.
        let _ = self.0.send(event);
    }
}

impl gateway::Reporter for Events {
    fn download_reporter(&self) -> Option<&dyn gateway::DownloadReporter> {
        Some(self)
    }
}

impl gateway::DownloadReporter for Events {
    fn on_download_start(&self, url: &Url) -> usize {
        self.send(Event::Start(url.clone()));
        0
    }

    fn on_download_progress(&self, url: &Url, _: usize, bytes: usize, _: Option<usize>) {
        self.send(Event::Progress(url.clone(), bytes as u64));
    }

    fn on_download_complete(&self, url: &Url, _: usize) {
        self.send(Event::Done(url.clone()));
    }
}

/// Runs some work and hands its events to the reporter meanwhile.
pub(crate) async fn reported<T>(
    work: impl Future<Output = T>,
    mut events: UnboundedReceiver<Event>,
    reporter: &dyn Reporter,
) -> T {
    let mut work = pin!(work);
    let outcome = loop {
        tokio::select! {
            biased;
            Some(event) = events.recv() => tell(reporter, event),
            outcome = &mut work => break outcome,
        }
    };
    while let Ok(event) = events.try_recv() {
        tell(reporter, event);
    }
    outcome
}

fn tell(reporter: &dyn Reporter, event: Event) {
    match event {
        Event::Start(url) => reporter.on_fetch_start(url.redact().as_str(), None),
        Event::Progress(url, bytes) => reporter.on_fetch_progress(url.redact().as_str(), bytes),
        Event::Done(url) => reporter.on_fetch_done(url.redact().as_str()),
    }
}
