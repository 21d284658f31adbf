//! A batch as the database function takes it, and its answer.

use super::queue::{Answer, Request};
use chrono::{DateTime, Utc};
use quadrille_core::{
    Append, AppendError, Appended, EventId, ExpectedVersion, InvalidName, Metadata, NewEvent,
    Position, Tag, Version,
    store::{AppendAll, InvalidAppend},
};
use sqlx::{
    AssertSqlSafe, Error, Postgres, Row,
    postgres::{PgArguments, PgRow},
    query::Query,
};
use std::sync::Arc;
use uuid::Uuid;

/// The arguments of `append`, column by column.
#[derive(Debug, Default)]
pub(super) struct Columns {
    /// Which unit and which of its appends each row of the answer is about.
    places: Vec<(usize, usize)>,
    append_unit: Vec<i32>,
    append_rank: Vec<i32>,
    append_category: Vec<String>,
    append_stream: Vec<String>,
    append_expected: Vec<i64>,
    event_append: Vec<i32>,
    event_ordinal: Vec<i32>,
    event_id: Vec<Uuid>,
    event_type: Vec<String>,
    event_schema_version: Vec<i64>,
    event_tags: Vec<Option<String>>,
    event_data: Vec<Vec<u8>>,
    event_origin: Vec<i32>,
    event_run: Vec<Option<i32>>,
    origin_correlation: Vec<Uuid>,
    origin_causation: Vec<Uuid>,
    origin_command: Vec<Option<Uuid>>,
    origin_command_name: Vec<Option<String>>,
    origin_fingerprint: Vec<Option<Uuid>>,
    origin_component: Vec<String>,
    origin_actor: Vec<Option<String>>,
    origin_occurred_at: Vec<DateTime<Utc>>,
    origin_trace_parent: Vec<Option<String>>,
    origin_trace_state: Vec<Option<String>>,
    condition_unit: Vec<i32>,
    condition_tags: Vec<String>,
    condition_types: Vec<Option<String>>,
    condition_after: Vec<i64>,
}

impl Columns {
    pub(super) fn of(batch: &[Request]) -> Self {
        let mut columns = Self::default();
        for (unit, request) in batch.iter().enumerate() {
            for (index, append) in request.appends.appends.iter().enumerate() {
                columns.places.push((unit, index));
                columns.push(unit, append);
            }
            for unless in &request.appends.unless {
                columns.condition_unit.push(unit as i32);
                columns.condition_tags.push(tags_json(&unless.tags));
                columns.condition_types.push(list_json(&unless.types));
                columns.condition_after.push(int(unless.after.0));
            }
        }
        columns.rank();
        columns
    }

    /// Where each append's stream comes in the order of their names.
    fn rank(&mut self) {
        let name = |at: &usize| (&self.append_category[*at], &self.append_stream[*at]);
        let mut sorted: Vec<usize> = (0..self.append_unit.len()).collect();
        sorted.sort_unstable_by(|one, other| name(one).cmp(&name(other)));
        self.append_rank = vec![0; sorted.len()];
        for (rank, append) in sorted.into_iter().enumerate() {
            self.append_rank[append] = rank as i32;
        }
    }

    fn push(&mut self, unit: usize, append: &Append) {
        self.append_unit.push(unit as i32);
        self.append_category.push(append.stream.category().as_str().to_owned());
        self.append_stream.push(append.stream.id().to_owned());
        self.append_expected.push(match append.expected {
            ExpectedVersion::Any => -1,
            ExpectedVersion::Exists => -2,
            ExpectedVersion::NoStream => 0,
            ExpectedVersion::Exact(version) => int(version.0),
        });
        let number = self.append_unit.len() as i32;
        let mut shared = 0;
        for (ordinal, event) in append.events.iter().enumerate() {
            let run = (shared == 0).then(|| run(&append.events[ordinal..]));
            if let Some(run) = run {
                shared = run;
                self.push_origin(&event.metadata);
            }
            shared -= 1;
            self.event_append.push(number);
            self.event_ordinal.push(ordinal as i32 + 1);
            self.event_id.push(event.id.0);
            self.event_type.push(event.event_type.clone());
            self.event_schema_version.push(event.schema_version.into());
            let tags = &event.metadata.tags;
            self.event_tags.push((!tags.is_empty()).then(|| tags_json(tags)));
            self.event_data.push(event.data.clone());
            self.event_origin.push(self.origin_component.len() as i32);
            self.event_run.push(run.map(|run| run as i32));
        }
    }

    fn push_origin(&mut self, metadata: &Metadata) {
        let (command, trace) = (metadata.command.as_ref(), metadata.trace.as_ref());
        self.origin_correlation.push(metadata.correlation.0);
        self.origin_causation.push(metadata.causation.0);
        self.origin_command.push(command.map(|command| command.id.0));
        self.origin_command_name.push(command.map(|command| command.name.clone()));
        self.origin_fingerprint.push(command.map(|command| command.fingerprint));
        self.origin_component.push(metadata.component.clone());
        self.origin_actor.push(metadata.actor.clone());
        self.origin_occurred_at.push(metadata.occurred_at);
        self.origin_trace_parent.push(trace.map(|trace| trace.parent.clone()));
        self.origin_trace_state.push(trace.and_then(|trace| trace.state.clone()));
    }

    pub(super) fn query(&self, statement: &Arc<str>) -> Query<'_, Postgres, PgArguments> {
        let tagged = self.event_tags.iter().any(Option::is_some);
        let conditions = !self.condition_unit.is_empty();
        sqlx::query(AssertSqlSafe(Arc::clone(statement)))
            .bind(&self.append_unit)
            .bind(&self.append_rank)
            .bind(&self.append_category)
            .bind(&self.append_stream)
            .bind(&self.append_expected)
            .bind(&self.event_append)
            .bind(&self.event_ordinal)
            .bind(&self.event_id)
            .bind(&self.event_type)
            .bind(&self.event_schema_version)
            .bind(tagged.then_some(&self.event_tags))
            .bind(&self.event_data)
            .bind(&self.event_origin)
            .bind(&self.event_run)
            .bind(&self.origin_correlation)
            .bind(&self.origin_causation)
            .bind(&self.origin_command)
            .bind(&self.origin_command_name)
            .bind(&self.origin_fingerprint)
            .bind(&self.origin_component)
            .bind(&self.origin_actor)
            .bind(&self.origin_occurred_at)
            .bind(&self.origin_trace_parent)
            .bind(&self.origin_trace_state)
            .bind(conditions.then_some(&self.condition_unit))
            .bind(conditions.then_some(&self.condition_tags))
            .bind(conditions.then_some(&self.condition_types))
            .bind(conditions.then_some(&self.condition_after))
    }

    /// What the database said, for each unit.
    pub(super) fn answers(&self, batch: &[Request], rows: &[PgRow]) -> Result<Vec<Answer>, Error> {
        let mut said: Vec<Vec<Option<Said>>> = batch
            .iter()
            .map(|request| request.appends.appends.iter().map(|_| None).collect())
            .collect();
        for row in rows {
            let number: i32 = row.try_get(0)?;
            let place = usize::try_from(number - 1).ok().and_then(|at| self.places.get(at));
            let (unit, index) = place.ok_or(Error::RowNotFound)?;
            said[*unit][*index] = Some(Said::of(row)?);
        }
        batch
            .iter()
            .zip(said)
            .map(|(request, said)| {
                let said: Option<Vec<Said>> = said.into_iter().collect();
                answer(&request.appends, &said.ok_or(Error::RowNotFound)?)
            })
            .collect()
    }
}

/// A row of the answer.
struct Said {
    outcome: String,
    version: i64,
    found: Option<i64>,
    event: Option<Uuid>,
}

impl Said {
    fn of(row: &PgRow) -> Result<Self, Error> {
        Ok(Self {
            outcome: row.try_get(1)?,
            version: row.try_get(2)?,
            found: row.try_get(3)?,
            event: row.try_get(4)?,
        })
    }

    fn position(&self) -> Result<Position, Error> {
        self.found.map(|found| Position(found as u64)).ok_or(Error::RowNotFound)
    }
}

fn answer(all: &AppendAll, said: &[Said]) -> Result<Answer, Error> {
    let refused = |outcome: &str| said.iter().position(|said| said.outcome == outcome);
    if let Some(at) = refused("taken") {
        let append = &all.appends[at];
        let event = said[at].event.map_or(append.events[0].id, EventId);
        return Ok(Err(AppendError::IdReused { stream: append.stream.clone(), event }));
    }
    if let Some(at) = refused("conflict") {
        let Append { stream, expected, .. } = &all.appends[at];
        let actual = Version(said[at].version as u64);
        return Ok(Err(AppendError::Conflict {
            stream: stream.clone(),
            expected: *expected,
            actual,
        }));
    }
    if let Some(at) = refused("condition") {
        return Ok(Err(AppendError::ConditionFailed { found: said[at].position()? }));
    }
    let receipts = all.appends.iter().zip(said).map(|(append, said)| {
        let before = Version(said.version as u64);
        Ok(Appended {
            first_version: before.next(),
            last_version: before.after(append.events.len()),
            position: said.position()?,
            repeated: said.outcome == "repeated",
        })
    });
    Ok(Ok(receipts.collect::<Result<_, Error>>()?))
}

/// Refuses what PostgreSQL cannot keep: text with a NUL in it.
pub(super) fn check_text(all: &AppendAll) -> Result<(), InvalidAppend> {
    for event in all.appends.iter().flat_map(|append| &append.events) {
        let Metadata { command, component, actor, trace, tags, .. } = &event.metadata;
        let trace_state = trace.as_ref().and_then(|trace| trace.state.as_deref());
        let words = [
            ("component", Some(component.as_str())),
            ("actor", actor.as_deref()),
            ("command name", command.as_ref().map(|command| command.name.as_str())),
            ("trace parent", trace.as_ref().map(|trace| trace.parent.as_str())),
            ("trace state", trace_state),
        ];
        let words = words.into_iter().filter_map(|(what, text)| Some((what, text?)));
        let tags = tags.iter().flat_map(|tag| [("tag", &*tag.key), ("tag", &*tag.value)]);
        if let Some((what, text)) = words.chain(tags).find(|(_, text)| text.contains('\0')) {
            return Err(InvalidName {
                what,
                name: text.chars().take(80).collect(),
                problem: "holds a NUL character, which PostgreSQL cannot keep: leave it out".into(),
            }
            .into());
        }
    }
    Ok(())
}

/// How many events from the first on have the same metadata, but for their tags.
fn run(events: &[NewEvent]) -> usize {
    let (first, rest) = events.split_first().expect("an append has events");
    1 + rest.iter().take_while(|event| alike(&first.metadata, &event.metadata)).count()
}

fn alike(one: &Metadata, other: &Metadata) -> bool {
    // Taken apart, so that a field that is added later is not forgotten here.
    let Metadata { correlation, causation, command, component, actor, occurred_at, trace, tags: _ } =
        one;
    *correlation == other.correlation
        && *causation == other.causation
        && *command == other.command
        && *component == other.component
        && *actor == other.actor
        && occurred_at.timestamp_micros() == other.occurred_at.timestamp_micros()
        && *trace == other.trace
}

pub(super) fn tags_json(tags: &[Tag]) -> String {
    let pairs: Vec<_> = tags.iter().map(|tag| (&tag.key, &tag.value)).collect();
    serde_json::to_string(&pairs).expect("text has a JSON form")
}

fn list_json(list: &[String]) -> Option<String> {
    (!list.is_empty()).then(|| serde_json::to_string(list).expect("text has a JSON form"))
}

/// As PostgreSQL keeps it; what is larger means the end.
pub(super) fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use quadrille_core::{CorrelationId, StreamId};

    #[test]
    fn text_that_cannot_be_kept_is_named() {
        let flow = CorrelationId::new();
        let mut metadata = Metadata::new(flow, flow.0, "shop", Utc::now());
        metadata.actor = Some("al\0ice".into());
        let event = NewEvent::new(EventId::new(), "order.placed", "{}", metadata).unwrap();
        let stream: StreamId = "order-1".parse().unwrap();
        let append = Append { stream, expected: ExpectedVersion::Any, events: vec![event] };
        let all = AppendAll { appends: vec![append], unless: vec![] };
        let error = check_text(&all).unwrap_err().to_string();
        assert!(error.contains("actor \"al\\0ice\" holds a NUL character"), "{error}");
    }
}
