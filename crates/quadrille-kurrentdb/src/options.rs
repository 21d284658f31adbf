use crate::{
    client::{Server, Settings},
    store::KurrentDbStore,
};
use quadrille_core::{StoreError, store::Limits};
use std::time::Duration;

/// How a [`KurrentDbStore`] is opened.
#[derive(Clone)]
pub struct KurrentDbOptions {
    pub(crate) url: String,
    pub(crate) create: bool,
    pub(crate) limits: Limits,
    pub(crate) append_bytes: usize,
    pub(crate) remembered: usize,
    pub(crate) patience: Duration,
}

impl KurrentDbOptions {
    pub(crate) fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            create: true,
            // The server takes 1 MiB at once, with all that goes with the payloads.
            limits: Limits {
                event_bytes: 512 << 10,
                events_per_append: 500,
                append_bytes: 512 << 10,
                ..Limits::default()
            },
            append_bytes: 1 << 20,
            remembered: 200_000,
            patience: Duration::from_secs(10),
        }
    }

    /// Whether a server that holds no store yet is made one, which takes one event. It is, unless
    /// this says otherwise.
    pub fn create(mut self, create: bool) -> Self {
        self.create = create;
        self
    }

    /// What an append may hold: 500 events, and 512 KiB of payloads in one or all of them.
    ///
    /// A server refuses what is larger than its setting `MaxAppendSize`, metadata included, so
    /// raise both, and [`KurrentDbOptions::append_bytes`].
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// How many bytes the server takes in one append, payloads, metadata and types together: 1 MiB,
    /// the server's own default.
    pub fn append_bytes(mut self, bytes: usize) -> Self {
        self.append_bytes = bytes;
        self
    }

    /// Of how many events the ids are kept in memory, over all streams that are appended to:
    /// 200,000, some 20 MB. A stream that was forgotten is read once more before the next append.
    /// The ids of one stream are kept or forgotten together, so a stream longer than this is kept
    /// while it is in use.
    pub fn remembered(mut self, events: usize) -> Self {
        self.remembered = events.max(1);
        self
    }

    /// How long a call tries to reach the server, and to learn what became of an append, before it
    /// gives up: 10 seconds.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Connects, and finds or makes the store.
    ///
    /// # Errors
    /// [`StoreError::Unusable`] when the URL, a certificate file or what the server holds is not
    /// right, when the server refuses the user, or, without the feature `kurrentdb-client`, when
    /// another part of this program has installed a `rustls` provider before;
    /// [`StoreError::Unavailable`] when no server is reached.
    pub async fn open(self) -> Result<KurrentDbStore, StoreError> {
        let settings = Settings::parse(&self.url, self.patience)?;
        let server = Server::connect(settings).await?;
        KurrentDbStore::begin(server, self).await
    }
}

/// Without secrets.
impl std::fmt::Debug for KurrentDbOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("KurrentDbOptions").field(&quadrille_core::redact(&self.url)).finish()
    }
}
