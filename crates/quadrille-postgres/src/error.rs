//! What PostgreSQL's codes mean to callers.

use quadrille_core::StoreError;
use sqlx::{
    Error,
    error::DatabaseError,
    postgres::{PgDatabaseError, PgSeverity},
};
use std::sync::Arc;

/// Codes of our own, raised by our functions and triggers.
pub(crate) mod code {
    /// A transaction that sees the log as it was when it began.
    pub const ISOLATION: &str = "QD001";
    /// A server that only replays what another one wrote.
    pub const STANDBY: &str = "QD002";
    /// An attempt to change the log.
    pub const APPEND_ONLY: &str = "QD003";
}

/// Whether the server did not answer as servers do: the connection is of no more use, and what it
/// was asked for may have been done.
pub(crate) fn is_lost(error: &Error) -> bool {
    match error {
        Error::Io(_) | Error::Tls(_) | Error::Protocol(_) | Error::WorkerCrashed => true,
        Error::Database(error) => {
            let severity =
                error.try_downcast_ref::<PgDatabaseError>().map(PgDatabaseError::severity);
            let fatal = matches!(severity, Some(PgSeverity::Fatal | PgSeverity::Panic));
            let code = code_of(&**error);
            // One who is not let in has asked for nothing yet, and is not let in later either.
            let refused = code.starts_with("28") || code.starts_with("3D") || code == "42501";
            (fatal && !refused) || code.starts_with("08")
        }
        _ => false,
    }
}

/// Whether a prepared statement outlived the table that it was made for. It is of no more use on
/// this connection.
pub(crate) fn is_stale_plan(error: &Error) -> bool {
    let Error::Database(error) = error else { return false };
    let routine = error.try_downcast_ref::<PgDatabaseError>().and_then(PgDatabaseError::routine);
    code_of(&**error) == "0A000" && routine == Some("RevalidateCachedQuery")
}

/// Whether somebody else won a race, so that the same transaction may succeed when it is repeated.
pub(crate) fn lost_a_race(error: &Error) -> bool {
    let Error::Database(error) = error else { return false };
    // A unique key that is taken, a serialization failure, a deadlock.
    matches!(&*code_of(&**error), "23505" | "40001" | "40P01")
}

/// Whether the same call may succeed later, when nothing about the set-up changes.
pub(crate) fn is_passing(error: &Error) -> bool {
    match error {
        Error::PoolTimedOut | Error::PoolClosed => true,
        Error::Database(database) => {
            let code = code_of(&**database);
            let class = code.get(..2).unwrap_or_default();
            // Lost races, resources that ran out, operators at work, failing disks, and a server
            // that is read-only because another one takes its place.
            is_lost(error)
                || matches!(class, "40" | "53" | "57" | "58")
                || matches!(&*code, "25006" | "55P03" | code::STANDBY)
        }
        error => is_lost(error),
    }
}

/// Nothing was written: a statement failed, or the transaction was rolled back.
pub(crate) fn store_error(what: &str, error: impl Into<Arc<Error>>) -> StoreError {
    let error = error.into();
    if matches!(*error, Error::PoolTimedOut) {
        let what = format!("{what}, all of whose connections are busy");
        return StoreError::unavailable(what, error);
    }
    if is_passing(&error) {
        return StoreError::unavailable(what, error);
    }
    match &*error {
        Error::Database(database) => database_error(what, &**database),
        Error::ColumnDecode { .. }
        | Error::Decode(_)
        | Error::ColumnNotFound(_)
        | Error::ColumnIndexOutOfBounds { .. }
        | Error::TypeNotFound { .. }
        | Error::RowNotFound => StoreError::corrupt(
            what,
            format!("a row does not have the form that it was written in: {error}"),
        ),
        error => StoreError::unusable(what, format!("{error}; check its URL")),
    }
}

fn database_error(what: &str, error: &dyn DatabaseError) -> StoreError {
    let code = code_of(error);
    let message = error.message();
    let advice = match &*code {
        "28000" | "28P01" => "check the user and the password",
        "3D000" => "create the database, or name another one",
        "42501" => "grant this user the right, or open it as the owner of the schema",
        "3F000" | "42P01" | "42883" | "42703" => {
            "the schema is not as this release made it; migrate it, and restore what was removed"
        }
        code::ISOLATION => {
            "let transactions of this user be READ COMMITTED: ALTER ROLE … SET default_transaction_isolation = 'read committed'"
        }
        code::APPEND_ONLY => "append what corrects it",
        "26000" => {
            "a pooler lost the prepared statement; let it keep them, or use a pooler in session mode"
        }
        _ => "see the server's log",
    };
    let problem = format!("{message} ({code}); {advice}");
    match code.get(..2) {
        Some("XX") => StoreError::corrupt(what, problem),
        _ => StoreError::unusable(what, problem),
    }
}

fn code_of(error: &dyn DatabaseError) -> String {
    error.code().unwrap_or_default().into_owned()
}
