use super::Run;
use futures_util::{FutureExt, future::BoxFuture};
use quadrille_core::{EventStore, store::Capabilities};
use std::{any::Any, fmt, future::Future, ops::Deref, sync::Arc, time::Duration};

type Reopen = Arc<dyn Fn() -> BoxFuture<'static, Arc<dyn EventStore>> + Send + Sync>;
type Disturb = Box<dyn Fn(Run) -> BoxFuture<'static, ()> + Send + Sync>;

/// A store under test, with what it needs to live. It derefs to the store.
pub struct Fixture {
    store: Arc<dyn EventStore>,
    reopen: Option<Reopen>,
    disturb: Option<Disturb>,
    patience: Duration,
    kept: Vec<Box<dyn Any + Send + Sync>>,
}

impl Fixture {
    /// A fresh, empty store.
    pub fn new(store: impl EventStore) -> Self {
        Self {
            store: Arc::new(store),
            reopen: None,
            disturb: None,
            patience: Duration::from_secs(30),
            kept: Vec::new(),
        }
    }

    /// Also says how the same store is opened again, while this one may still be open.
    pub fn reopened_by<S, F>(mut self, open: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        S: EventStore,
        F: Future<Output = S> + Send + 'static,
    {
        let shared = |store: S| Arc::new(store) as Arc<dyn EventStore>;
        self.reopen = Some(Arc::new(move || open().map(shared).boxed()));
        self
    }

    /// Also says what disturbs the store while [`proof`](super::proof) runs: sessions that are
    /// ended, locks and transactions of others, whatever it may meet where it is used. It goes on
    /// until [`Run::is_over`], and then takes back what would keep the store from recovering.
    pub fn disturbed_by<F>(mut self, disturb: impl Fn(Run) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.disturb = Some(Box::new(move |run| disturb(run).boxed()));
        self
    }

    /// Also keeps something alive as long as the store, such as a temporary directory.
    pub fn keep(mut self, thing: impl Any + Send + Sync) -> Self {
        self.kept.push(Box::new(thing));
        self
    }

    /// Also says when a call that does not return is given up as hanging; 30 seconds otherwise.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    pub(crate) fn handle(&self) -> Arc<dyn EventStore> {
        self.store.clone()
    }

    /// What disturbs the store during this run.
    pub(crate) fn disturbance(&self, run: Run) -> BoxFuture<'static, ()> {
        self.disturb.as_ref().map_or_else(|| std::future::ready(()).boxed(), |disturb| disturb(run))
    }

    pub(crate) fn patience_is(&self) -> Duration {
        self.patience
    }

    /// So many handles to the store: other ones where it can be opened again.
    pub(crate) async fn handles(&self, count: usize) -> Vec<Arc<dyn EventStore>> {
        let mut handles = vec![self.handle()];
        while handles.len() < count {
            handles.push(if self.can_reopen() { self.second().await } else { self.handle() });
        }
        handles
    }

    pub(crate) fn can_reopen(&self) -> bool {
        self.reopen.is_some()
    }

    pub(crate) fn has_all_capabilities(&self) -> bool {
        self.store.capabilities() == Capabilities::ALL
    }

    /// A second handle to the same store.
    pub(crate) async fn second(&self) -> Arc<dyn EventStore> {
        let open = self.reopen.as_ref().expect("the case said that it needs reopening");
        open().await
    }

    /// Closes the store and opens it again.
    pub(crate) async fn reopened(mut self) -> Self {
        let open = self.reopen.clone().expect("the case said that it needs reopening");
        drop(self.store);
        self.store = open().await;
        self
    }

    /// Fails instead of hanging.
    pub(crate) async fn in_time<T>(&self, what: &str, future: impl Future<Output = T>) -> T {
        let limited = tokio::time::timeout(self.patience, future).await;
        limited.unwrap_or_else(|_| panic!("{what}: nothing came within {:?}", self.patience))
    }
}

impl<S: EventStore> From<S> for Fixture {
    fn from(store: S) -> Self {
        Self::new(store)
    }
}

impl Deref for Fixture {
    type Target = dyn EventStore;
    fn deref(&self) -> &Self::Target {
        &*self.store
    }
}

impl fmt::Debug for Fixture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fixture").field("store", &self.store.id()).finish_non_exhaustive()
    }
}
