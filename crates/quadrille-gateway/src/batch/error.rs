//! Errors of single batches: `google.rpc.Status`, with details by whose type clients know them.

use crate::{
    expected::revision,
    proto::{
        AccessDenied, BadRequest, MaximumAppendSizeExceeded, StreamDeleted, StreamIdentifier,
        Timeout, Unknown, WrongExpectedVersion, rpc,
        wrong_expected_version::{CurrentStreamRevisionOption, ExpectedStreamPositionOption},
    },
    status::{self, MAXIMUM_APPEND_SIZE},
};
use bytes::Bytes;
use prost::Message;
use prost_types::Any;
use quadrille_core::{ExpectedVersion, Version};
use tonic::{Code, Status};

/// The stream is not in the version that was expected.
pub(super) fn wrong_version(
    stream: &[u8],
    expected: ExpectedVersion,
    actual: Version,
) -> rpc::Status {
    let told = status::wrong_version(&String::from_utf8_lossy(stream), expected, actual);
    let details = WrongExpectedVersion {
        current_stream_revision_option: Some(match revision(actual) {
            Some(at) => CurrentStreamRevisionOption::CurrentStreamRevision(at),
            None => CurrentStreamRevisionOption::CurrentNoStream(()),
        }),
        expected_stream_position_option: Some(match expected {
            ExpectedVersion::Exact(version) => {
                ExpectedStreamPositionOption::ExpectedStreamPosition(version.0.saturating_sub(1))
            }
            ExpectedVersion::Any => ExpectedStreamPositionOption::ExpectedAny(()),
            ExpectedVersion::Exists => ExpectedStreamPositionOption::ExpectedStreamExists(()),
            ExpectedVersion::NoStream => ExpectedStreamPositionOption::ExpectedNoStream(()),
        }),
    };
    with_details(&told, "WrongExpectedVersion", &details)
}

/// Any other error.
pub(super) fn of_status(error: &Status, stream: &Bytes) -> rpc::Status {
    let trailer = |key: &str| error.metadata().get(key)?.to_str().ok();
    match (trailer("exception"), error.code()) {
        (Some("stream-deleted"), _) => {
            let stream_identifier = Some(StreamIdentifier { stream_name: stream.clone() });
            with_details(error, "StreamDeleted", &StreamDeleted { stream_identifier })
        }
        (Some("maximum-append-size-exceeded"), _) => {
            let limit = trailer(MAXIMUM_APPEND_SIZE).and_then(|limit| limit.parse().ok());
            let details = MaximumAppendSizeExceeded { max_append_size: limit.unwrap_or_default() };
            with_details(error, "MaximumAppendSizeExceeded", &details)
        }
        (_, Code::PermissionDenied) => with_details(error, "AccessDenied", &AccessDenied {}),
        (_, Code::InvalidArgument) => {
            let message = error.message().to_owned();
            with_details(error, "BadRequest", &BadRequest { message })
        }
        (_, Code::DeadlineExceeded) => with_details(error, "Timeout", &Timeout {}),
        _ => with_details(error, "Unknown", &Unknown {}),
    }
}

fn with_details(error: &Status, name: &str, details: &impl Message) -> rpc::Status {
    let type_url = format!("type.googleapis.com/event_store.client.{name}");
    rpc::Status {
        code: error.code() as i32,
        message: error.message().to_owned(),
        details: Some(Any { type_url, value: details.encode_to_vec() }),
    }
}
