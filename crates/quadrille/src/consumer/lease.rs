//! Leases: each consumer is worked by one process at a time.

use super::{Handle, Request, RequestKind};
use crate::{
    StoreError,
    app::{Engine, chain},
    state::{Claim, Consumer, Consumers},
};
use futures_util::future::join_all;
use std::{env, fs, sync::Arc, time::Duration};
use tokio::sync::oneshot;

/// A lease is renewed this often before it runs out.
const RENEWALS: u32 = 3;
/// No lease is looked after more often than this.
const SHORTEST: Duration = Duration::from_millis(10);

/// How long to wait before leases are renewed, or asked for, again.
pub(super) fn interval(engine: &Engine) -> Duration {
    (engine.lease.time_to_live / RENEWALS).max(SHORTEST)
}

/// A name for this app in this process, for people: host, process and a part that is new each time.
pub(crate) fn holder_name() -> String {
    let variable = || ["HOSTNAME", "COMPUTERNAME"].into_iter().find_map(|name| env::var(name).ok());
    let host = fs::read_to_string("/etc/hostname").ok().or_else(variable);
    let host = host.map(|host| host.trim().to_owned()).filter(|host| !host.is_empty());
    let host = host.unwrap_or_else(|| "localhost".into());
    format!("{host}:{}:{:08x}", std::process::id(), fastrand::u32(..))
}

/// Gives a consumer back that cannot be worked here: somebody else may be able to.
pub(super) async fn give_back(
    consumers: &(impl Consumers + ?Sized),
    consumer: &Consumer,
    claim: Claim,
) {
    if let Err(error) = consumers.release(consumer, claim.epoch).await {
        tracing::debug!(error = %chain(&error), "a lease was left to run out");
    }
}

/// Renews the leases of all consumers that this process works, until the app stops; a handler may
/// take as long as it likes.
pub(crate) async fn renew_leases(engine: Arc<Engine>) {
    let mut stop = engine.stop.subscribe();
    let renew = async {
        loop {
            tokio::time::sleep(interval(&engine)).await;
            let handles = engine.handles();
            join_all(handles.iter().map(|handle| renew(&engine, handle))).await;
        }
    };
    tokio::select! {
        _ = stop.wait_for(|stop| *stop) => {}
        () = renew => {}
    }
}

async fn renew(engine: &Engine, handle: &Handle) {
    let Some(epoch) = handle.epoch() else { return };
    let consumers = handle.behaviour.consumers(engine);
    match consumers.renew(&handle.consumer, epoch, engine.lease.time_to_live).await {
        Ok(()) => {}
        Err(StoreError::Fenced { .. }) => {
            if handle.epoch() == Some(epoch) {
                let (answer, _) = oneshot::channel();
                // A worker with so many requests finds out when it commits.
                let _ = handle.requests.try_send(Request { kind: RequestKind::StandBy, answer });
            }
        }
        Err(error) => {
            let (consumer, error) = (&handle.consumer, chain(&error));
            tracing::warn!(%consumer, error, "a lease could not be renewed");
        }
    }
}
