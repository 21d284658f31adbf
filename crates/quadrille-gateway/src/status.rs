//! Errors as the official server tells them: a code, and trailers by which clients know which
//! error it is.

use quadrille_core::{ExpectedVersion, StoreError, StreamId, Version};
use tonic::{
    Code, Status,
    metadata::{Ascii, MetadataMap, MetadataValue},
};

fn with_trailers<const N: usize>(
    code: Code,
    message: impl Into<String>,
    trailers: [(&'static str, &str); N],
) -> Status {
    let mut metadata = MetadataMap::new();
    for (key, value) in trailers {
        // A header holds visible ASCII only: whoever has such a name reads it in the message.
        if let Ok(value) = value.parse::<MetadataValue<Ascii>>() {
            metadata.insert(key, value);
        }
    }
    Status::with_metadata(code, message, metadata)
}

/// What a client wrote, as far as a message shows it: a header holds only so much.
pub(crate) fn shortened(text: &str) -> &str {
    text.char_indices().nth(80).map_or(text, |(end, _)| &text[..end])
}

/// The stream was deleted for ever.
pub(crate) fn stream_deleted(stream: &str) -> Status {
    let message = format!("Event stream '{stream}' is deleted.");
    let trailers = [("exception", "stream-deleted"), ("stream-name", stream)];
    with_trailers(Code::FailedPrecondition, message, trailers)
}

/// Others write facts about the stream all the time.
pub(crate) fn metadata_contended(stream: &StreamId) -> Status {
    Status::aborted(format!("{stream}: others write its metadata all the time; try again"))
}

/// The stream is not in the version that was expected, where there is no answer to say so in.
pub(crate) fn wrong_version(stream: &str, expected: ExpectedVersion, actual: Version) -> Status {
    let expected = match expected {
        ExpectedVersion::Exact(version) => version.0 as i64 - 1,
        ExpectedVersion::NoStream => -1,
        ExpectedVersion::Any => -2,
        ExpectedVersion::Exists => -4,
    };
    let (expected, actual) = (expected.to_string(), (actual.0 as i64 - 1).to_string());
    let message = format!(
        "Append failed due to WrongExpectedVersion. Stream: {stream}, Expected version: {expected}, Actual version: {actual}"
    );
    let trailers = [
        ("exception", "wrong-expected-version"),
        ("stream-name", stream),
        ("expected-version", &expected),
        ("actual-version", &actual),
    ];
    with_trailers(Code::FailedPrecondition, message, trailers)
}

/// The key that says how large an append may be.
pub(crate) const MAXIMUM_APPEND_SIZE: &str = "maximum-append-size";

/// An append of more than the store takes.
pub(crate) fn append_too_large(message: String, limit: usize) -> Status {
    let trailers =
        [("exception", "maximum-append-size-exceeded"), (MAXIMUM_APPEND_SIZE, &limit.to_string())];
    with_trailers(Code::InvalidArgument, message, trailers)
}

/// The framework's own streams are not shown.
pub(crate) fn framework_hidden(stream: &StreamId) -> Status {
    let message = format!(
        "{stream}: Quadrille keeps its own facts in streams of this category; the gateway serves them only when it is started to (`quadrille serve --framework-streams`)"
    );
    with_trailers(Code::PermissionDenied, message, [("exception", "access-denied")])
}

/// A name that the official server gives a meaning of its own.
pub(crate) fn system_stream(name: &str) -> Status {
    let name = shortened(name);
    let instead = if let Some(category) = name.strip_prefix("$ce-") {
        format!("read $all with a filter on stream names by the prefix `{category}-`")
    } else if let Some(event_type) = name.strip_prefix("$et-") {
        format!("read $all with a filter on the event type `{event_type}`")
    } else {
        "read $all, with a filter where you want less".to_owned()
    };
    Status::invalid_argument(format!("{name}: the gateway has no system streams; {instead}"))
}

/// The gateway stops.
pub(crate) fn stopping() -> Status {
    Status::unavailable("the gateway stops; connect again and go on from where you were")
}

/// A problem of the store.
pub(crate) fn of_store(error: &StoreError) -> Status {
    let message = told(error);
    match error {
        StoreError::Unavailable { .. } => Status::unavailable(message),
        // As the official server says when it does not know whether a write was committed.
        StoreError::OutcomeUnknown { .. } => Status::deadline_exceeded(message),
        StoreError::Corrupt { .. } => Status::data_loss(message),
        StoreError::Unsupported { .. } => Status::unimplemented(message),
        _ => Status::internal(message),
    }
}

/// An error with all that led to it.
pub(crate) fn told(error: &dyn std::error::Error) -> String {
    let mut message = format!("failed to {error}");
    let mut source = error.source();
    while let Some(error) = source {
        message.push_str(": ");
        message.push_str(&error.to_string());
        source = error.source();
    }
    message
}
