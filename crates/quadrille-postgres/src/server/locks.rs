//! Waiting for locks that others hold.

use sqlx::{Connection, PgConnection, postgres::PgConnectOptions, query_scalar};
use std::time::Duration;

/// Who holds locks that a session waits for, if it waits. Asked on a connection of its own: those of
/// a pool may all be waiting.
pub(super) async fn who_holds_up(
    connect: &PgConnectOptions,
    patience: Duration,
    session: i32,
) -> Option<String> {
    let ask = async {
        let mut connection = PgConnection::connect_with(connect).await?;
        let ask = query_scalar(include_str!("locks/blockers.sql")).bind(session);
        let holders = ask.fetch_one(&mut connection).await;
        // Closed in good order, so that the server does not complain.
        connection.close().await?;
        holders
    };
    super::pool::in_time(patience, ask).await.unwrap_or_else(|error| {
        tracing::debug!(%error, "who holds a lock could not be found out");
        None
    })
}

/// What cannot be used because of them, and what to do about it.
pub(crate) fn held(shown: &str, holders: &str) -> String {
    format!(
        "{shown}, where a lock is held by {holders}: let it end what it does, or end it with pg_terminate_backend"
    )
}

/// A `lock_timeout`, of which zero would be none.
pub(crate) fn lock_timeout(patience: Duration) -> String {
    patience.as_millis().clamp(1, i32::MAX.unsigned_abs().into()).to_string()
}
