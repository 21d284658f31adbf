use tokio::sync::watch;

/// How far a gateway's life has gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    Serving,
    /// Nothing new is taken on, and what waits is ended.
    Stopping,
    /// All connections are cut.
    Cut,
}

/// Tells whoever listens how far it has gone.
#[derive(Debug, Clone)]
pub(crate) struct Phases(watch::Receiver<Phase>);

impl Phases {
    pub fn new() -> (watch::Sender<Phase>, Self) {
        let (sender, receiver) = watch::channel(Phase::Serving);
        (sender, Self(receiver))
    }

    pub fn has_reached(&self, phase: Phase) -> bool {
        *self.0.borrow() >= phase
    }

    /// Waits until it has gone so far. Where nobody can say any more, it has.
    pub async fn reached(&self, phase: Phase) {
        let mut phases = self.0.clone();
        // The only error is that nobody is left to say more.
        let _ = phases.wait_for(|now| *now >= phase).await.map(drop);
    }
}
