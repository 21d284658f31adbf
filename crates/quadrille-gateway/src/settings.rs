use crate::{auth::Credentials, tls::Identity};
use std::time::Duration;

/// How a gateway serves.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    pub(crate) framework_streams: bool,
    pub(crate) advertised: Option<(String, u16)>,
    pub(crate) identity: Option<Identity>,
    pub(crate) credentials: Option<Credentials>,
    pub(crate) limits: Limits,
}

impl Settings {
    /// Whether the streams in which Quadrille keeps its own facts (`quadrille-…`) may be read and
    /// written by their names, and show in reads of the whole log. Quadrille needs it where it
    /// runs over the gateway itself; no other client does, and by default none has it.
    pub fn framework_streams(mut self, shown: bool) -> Self {
        self.framework_streams = shown;
        self
    }

    /// The host and port that clients are told when they ask which nodes there are. Unless it is
    /// said, they hear the name by which they called.
    pub fn advertised(mut self, host: impl Into<String>, port: u16) -> Self {
        self.advertised = Some((host.into(), port));
        self
    }

    /// Speaks TLS only, with this chain of certificates and this private key, both in PEM.
    pub fn tls(mut self, certificates: impl Into<Vec<u8>>, key: impl Into<Vec<u8>>) -> Self {
        self.identity = Some(Identity::new(certificates.into(), key.into()));
        self
    }

    /// Serves those only who say this name and this password.
    pub fn user(mut self, name: impl Into<String>, password: impl Into<String>) -> Self {
        self.credentials = Some(Credentials::new(name.into(), password.into()));
        self
    }

    /// The bounds of what clients may ask for.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }
}

/// The bounds of what clients may ask for. What one append may hold is up to the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Connections at a time: 256. One more is closed at once.
    pub connections: usize,
    /// How long a client may take from its connection to a request that is let through: 30 s. Then
    /// it is cut off. What everybody is told, such as server features, does not count.
    pub first_request: Duration,
    /// Requests at a time on one connection, open subscriptions and reads included: 256. Clients
    /// wait with the next.
    pub requests_per_connection: u32,
    /// Bytes of one message: 17 MiB, as the official clients have it.
    pub message_bytes: usize,
    /// Batches of one batch append that are on their way to the store at a time: 64. Clients wait
    /// with the next.
    pub batches: usize,
    /// How long an orderly stop waits for clients before it cuts them off: 5 s.
    pub grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 256,
            first_request: Duration::from_secs(30),
            requests_per_connection: 256,
            message_bytes: 17 << 20,
            batches: 64,
            grace: Duration::from_secs(5),
        }
    }
}
