//! Metadata in the conventions of EventStoreDB and KurrentDB, whose tools look for
//! `$correlationId` and `$causationId` in the JSON beside each event.
//!
//! The store on such a server and the gateway to any other store both speak it, so that an event
//! looks the same whichever way it went:
//!
//! ```json
//! {"$correlationId":"0193…","$causationId":"0193…","quadrille":{"schema_version":1,"component":"orders",…}}
//! ```

use crate::{
    CausationId, CorrelationId, EventId, Metadata,
    event::{CommandStamp, Tag, TraceContext},
    id,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize, de::IgnoredAny};
use uuid::Uuid;

/// The tag that keeps metadata which others wrote, as it was written.
pub const CUSTOM_METADATA: &str = "custom-metadata";

/// The component of events that were not written by Quadrille.
pub const EXTERNAL: &str = "external";

/// All of an event's metadata but the two ids that have names of their own.
#[derive(Serialize, Deserialize)]
struct Rest {
    schema_version: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    command: Option<CommandStamp>,
    component: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    actor: Option<String>,
    occurred_at: DateTime<Utc>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    trace: Option<TraceContext>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tags: Vec<Tag>,
}

#[derive(Serialize, Deserialize)]
struct Own {
    #[serde(rename = "$correlationId")]
    correlation: CorrelationId,
    #[serde(rename = "$causationId")]
    causation: CausationId,
    quadrille: Rest,
}

/// What others may have written.
#[derive(Default, Deserialize)]
struct Foreign {
    #[serde(rename = "$correlationId", default)]
    correlation: Option<serde_json::Value>,
    #[serde(rename = "$causationId", default)]
    causation: Option<serde_json::Value>,
    #[serde(default)]
    quadrille: Option<IgnoredAny>,
}

impl Foreign {
    fn read(json: &[u8]) -> Self {
        serde_json::from_slice(json).unwrap_or_default()
    }

    fn complete(self, json: &[u8], id: EventId, recorded_at: DateTime<Utc>) -> (u32, Metadata) {
        let flow = self.correlation.and_then(uuid_of).unwrap_or(id.0);
        let cause = self.causation.and_then(uuid_of).unwrap_or(flow);
        let mut metadata =
            Metadata::new(CorrelationId(flow), CausationId(cause), EXTERNAL, recorded_at);
        if let Some(text) = std::str::from_utf8(json).ok().filter(|text| !says_nothing(text)) {
            metadata.tags.push(Tag::new(CUSTOM_METADATA, text));
        }
        (1, metadata)
    }
}

/// An event's metadata and schema version as JSON. [`from_json`] gives back the same.
pub fn to_json(metadata: &Metadata, schema_version: u32) -> Vec<u8> {
    let Metadata { correlation, causation, command, component, actor, occurred_at, trace, tags } =
        metadata.clone();
    let rest = Rest { schema_version, command, component, actor, occurred_at, trace, tags };
    let own = Own { correlation, causation, quadrille: rest };
    serde_json::to_vec(&own).expect("its keys are text and its numbers finite")
}

/// The schema version and metadata that were written beside the event `id`.
///
/// What has no key `quadrille` was written by others. Such an event has schema version 1, component
/// [`EXTERNAL`], and occurred when the store recorded it. Its `$correlationId` and `$causationId`
/// are taken as they are where they are UUIDs; from other text an id is derived, always the same.
/// Without a correlation the event begins a flow that has its own id, and without a causation it
/// is the flow that led to it. Whatever text was there, if it says anything, is kept in the tag
/// [`CUSTOM_METADATA`]; bytes that are no text are not.
///
/// # Errors
/// When there is a key `quadrille`, and what it holds is not [`to_json`]'s.
pub fn from_json(
    json: &[u8],
    id: EventId,
    recorded_at: DateTime<Utc>,
) -> Result<(u32, Metadata), serde_json::Error> {
    let own = serde_json::from_slice(json);
    if let Ok(Own { correlation, causation, quadrille: rest }) = own {
        let Rest { schema_version, command, component, actor, occurred_at, trace, tags } = rest;
        let metadata = Metadata {
            correlation,
            causation,
            command,
            component,
            actor,
            occurred_at,
            trace,
            tags,
        };
        return Ok((schema_version, metadata));
    }
    let written = Foreign::read(json);
    match own {
        Err(error) if written.quadrille.is_some() => Err(error),
        _ => Ok(written.complete(json, id, recorded_at)),
    }
}

/// As [`from_json`], of metadata that is known to be of others, whatever keys it has.
pub fn foreign(json: &[u8], id: EventId, recorded_at: DateTime<Utc>) -> (u32, Metadata) {
    Foreign::read(json).complete(json, id, recorded_at)
}

fn says_nothing(text: &str) -> bool {
    matches!(text.trim(), "" | "{}" | "null")
}

/// The metadata that others wrote beside an event, as it was written; `None` where they wrote
/// nothing. Where there are several tags [`CUSTOM_METADATA`], the last has all of it.
pub fn custom(metadata: &Metadata) -> Option<&str> {
    let tag = metadata.tags.iter().rfind(|tag| tag.key == CUSTOM_METADATA)?;
    Some(&tag.value)
}

fn uuid_of(value: serde_json::Value) -> Option<Uuid> {
    let text = value.as_str().filter(|text| !text.is_empty())?;
    let derived = || id::derive(Uuid::nil(), &[b"foreign id", text.as_bytes()]);
    // Clients say "none" by an id of zeros.
    Some(text.parse().unwrap_or_else(|_| derived())).filter(|id: &Uuid| !id.is_nil())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CommandId;

    #[test]
    fn what_is_written_comes_back() {
        let at = "2026-05-01T10:00:00.123456Z".parse().unwrap();
        let mut metadata = Metadata::new(CorrelationId::new(), CommandId::new(), "orders", at);
        metadata.command = Some(CommandStamp::new(CommandId::new(), "order.place", b"{}"));
        metadata.actor = Some("søren".into());
        metadata.trace = Some(TraceContext { parent: "00-a-b-01".into(), state: None });
        metadata.tags = vec![Tag::new("customer", "4711"), Tag::new("a", "\"\n")];
        let json = to_json(&metadata, 3);
        assert!(json.starts_with(b"{\"$correlationId\":\""));
        let read = from_json(&json, EventId::new(), Utc::now()).unwrap();
        assert_eq!(read, (3, metadata));
    }

    #[test]
    fn metadata_of_our_own_that_cannot_be_read_is_not_taken_for_that_of_others() {
        let check = |json: &str| from_json(json.as_bytes(), EventId::new(), Utc::now()).is_err();
        assert!(check(r#"{"quadrille":{"schema_version":"one"}}"#));
        assert!(check(r#"{"$correlationId":"x","quadrille":{}}"#));
        assert!(!check(r#"{"quadrilles":{}}"#));
        let json = r#"{"quadrille":{}}"#;
        let (version, metadata) = foreign(json.as_bytes(), EventId::new(), Utc::now());
        assert_eq!((version, &*metadata.component, custom(&metadata)), (1, EXTERNAL, Some(json)));
    }

    /// Checks what becomes of metadata that others wrote: the flow, by default the event's own id,
    /// and the cause, by default the flow.
    fn check(json: &str, flow: Option<&str>, cause: Option<&str>) {
        let (id, at) = (EventId::new(), Utc::now());
        let (version, metadata) = from_json(json.as_bytes(), id, at).unwrap();
        let uuid = |text: &str| text.parse::<Uuid>().unwrap();
        let flow = flow.map_or(id.0, uuid);
        assert_eq!(metadata.correlation.0, flow, "{json}");
        assert_eq!(metadata.causation.0, cause.map_or(flow, uuid), "{json}");
        assert_eq!((version, metadata.component.as_str()), (1, EXTERNAL));
        assert_eq!(custom(&metadata), Some(json).filter(|json| !says_nothing(json)));
    }

    #[test]
    fn metadata_of_others_is_kept_and_joins_their_flow() {
        let (flow, cause) = (Uuid::now_v7().to_string(), Uuid::now_v7().to_string());
        check("", None, None);
        check("{}", None, None);
        check("not JSON", None, None);
        check("[1]", None, None);
        check(r#"{"$correlationId":null,"$causationId":4}"#, None, None);
        let zeros = Uuid::nil();
        check(&format!(r#"{{"$correlationId":"{zeros}","$causationId":"{zeros}"}}"#), None, None);
        check(&format!(r#"{{"$correlationId":"{flow}"}}"#), Some(&flow), None);
        check(
            &format!(r#"{{"x":{{"y":1}},"$correlationId":"{flow}","$causationId":"{cause}"}}"#),
            Some(&flow),
            Some(&cause),
        );
    }

    #[test]
    fn other_text_gives_an_id_that_is_always_the_same() {
        let flow = |text: &str| {
            let json = serde_json::json!({ "$correlationId": text }).to_string();
            from_json(json.as_bytes(), EventId::new(), Utc::now()).unwrap().1.correlation
        };
        assert_eq!(flow("order 17"), flow("order 17"));
        assert_ne!(flow("order 17"), flow("order 18"));
    }
}
