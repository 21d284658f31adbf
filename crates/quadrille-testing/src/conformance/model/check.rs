use super::{
    schedule::{
        AppendStep, Content, EventsChoice, ExpectedChoice, Step, UnlessStep, VersionChoice,
    },
    simple::{Reason, SimpleLog, Verdict},
};
use crate::conformance::oracle::Oracle;
use proptest::{
    prelude::*,
    sample::Index,
    test_runner::{TestCaseError, TestCaseResult},
};
use quadrille_core::{
    Append, AppendError, Appended, CommandId, Envelope, EventId, EventStore, ExpectedVersion,
    NewEvent, Position, Query, StoreError, StreamId, Version,
    store::{AppendAll, Capabilities, Direction, StreamFilter, StreamInfo, Unless},
};
use std::collections::BTreeMap;

/// Takes every step, on the store and on the model.
pub(super) async fn check(store: &dyn EventStore, steps: Vec<Step>) -> TestCaseResult {
    let mut run = Run { store, model: SimpleLog::default() };
    for step in steps {
        match step {
            Step::Append(append) => run.append(append).await?,
            Step::AppendAll(appends, unless) => run.append_all(appends, unless).await?,
            Step::ReadStream(stream, from, direction, limit) => {
                run.read_stream(&stream, from, direction, limit).await?;
            }
            Step::Read(query, from, direction, limit) => {
                run.read(&query, from, direction, limit).await?;
            }
            Step::Streams(framework, category, id_prefix, after, limit) => {
                let filter = StreamFilter { category, id_prefix, framework };
                run.streams(&filter, after.as_ref(), limit).await?;
            }
            Step::Look(at) => run.look(at).await?,
            Step::OfCommand(stream, command) => run.of_command(&stream, command).await?,
        }
    }
    run.read(&Query::everything(), None, Direction::Forward, usize::MAX).await
}

fn fault(error: StoreError) -> TestCaseError {
    TestCaseError::fail(format!("{error:?}"))
}

struct Run<'a> {
    store: &'a dyn EventStore,
    model: SimpleLog,
}

impl Run<'_> {
    async fn append(&mut self, step: AppendStep) -> TestCaseResult {
        let append = self.fill_in(step);
        let verdict = self.model.judge_one(&append, self.store.limits());
        let result = self.store.append(append.clone()).await.map(|receipt| vec![receipt]);
        self.compare(&[append], result, verdict).await
    }

    async fn append_all(
        &mut self,
        steps: Vec<AppendStep>,
        unless: Vec<UnlessStep>,
    ) -> TestCaseResult {
        if self.store.capabilities() != Capabilities::ALL {
            return Ok(());
        }
        let appends = steps.into_iter().map(|step| self.fill_in(step)).collect();
        let unless = unless.into_iter().map(|step| Unless {
            types: step.types.into_iter().map(String::from).collect(),
            tags: vec![step.tag],
            after: self.position(step.after),
        });
        let all = AppendAll { appends, unless: unless.collect() };
        let verdict = self.model.judge_all(&all, self.store.limits());
        let result = self.store.append_all(all.clone()).await;
        self.compare(&all.appends, result, verdict).await
    }

    async fn compare(
        &mut self,
        appends: &[Append],
        result: Result<Vec<Appended>, AppendError>,
        verdict: Verdict,
    ) -> TestCaseResult {
        match (verdict, result) {
            (Verdict::Written, Ok(receipts)) => {
                prop_assert_eq!(receipts.len(), appends.len());
                for (append, receipt) in appends.iter().zip(receipts) {
                    self.take_over(append, &receipt).await?;
                }
            }
            (Verdict::Repeated(versions), Ok(receipts)) => {
                prop_assert_eq!(receipts.len(), versions.len());
                for ((append, (first, last)), receipt) in appends.iter().zip(versions).zip(receipts)
                {
                    let there = self.model.stream(&append.stream)[last.0 as usize - 1];
                    let position = there.position;
                    let expected = Appended {
                        first_version: first,
                        last_version: last,
                        position,
                        repeated: true,
                    };
                    prop_assert_eq!(receipt, expected);
                }
            }
            (Verdict::Refused(reasons), Err(error)) => {
                let reason = match &error {
                    AppendError::Invalid(_) => Some(Reason::Invalid),
                    AppendError::IdReused { .. } => Some(Reason::IdReused),
                    AppendError::Conflict { .. } => Some(Reason::Conflict),
                    AppendError::ConditionFailed { .. } => Some(Reason::Condition),
                    _ => None,
                };
                let is_right = reason.is_some_and(|reason| reasons.contains(&reason));
                prop_assert!(is_right, "refused with {error:?}, right would be {reasons:?}");
            }
            (verdict, result) => {
                prop_assert!(false, "{appends:?}\ncame to {result:?}, right would be {verdict:?}");
            }
        }
        Ok(())
    }

    /// Adds what was written to the model: positions and times are the store's to choose.
    async fn take_over(&mut self, append: &Append, receipt: &Appended) -> TestCaseResult {
        let before = self.model.version(&append.stream);
        let last = before.after(append.events.len());
        let versions = (receipt.first_version, receipt.last_version, receipt.repeated);
        prop_assert_eq!(versions, (before.next(), last, false));
        let found = self.store.read_stream(&append.stream, before, Direction::Forward, usize::MAX);
        let found = found.await.map_err(fault)?;
        prop_assert_eq!(found.len(), append.events.len());
        for (n, (found, new)) in found.into_iter().zip(&append.events).enumerate() {
            prop_assert!(found.position > self.model.head(), "positions do not rise");
            let expected = envelope(new, &append.stream, before.after(n + 1), &found);
            prop_assert_eq!(&found, &expected);
            self.model.events.push(found);
        }
        prop_assert_eq!(receipt.position, self.model.head());
        Ok(())
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        from: VersionChoice,
        direction: Direction,
        limit: usize,
    ) -> TestCaseResult {
        let last = self.model.version(stream);
        let from = match from {
            VersionChoice::Low(version) => Version(version),
            VersionChoice::BelowLast(by) => Version(last.0.saturating_sub(by)),
            VersionChoice::End => Version(u64::MAX),
        };
        let found = self.store.read_stream(stream, from, direction, limit).await.map_err(fault)?;
        let mut there = self.model.stream(stream);
        match direction {
            Direction::Forward => there.retain(|event| event.version > from),
            Direction::Backward => {
                there.retain(|event| event.version < from);
                there.reverse();
            }
        }
        there.truncate(limit);
        prop_assert_eq!(found.iter().collect::<Vec<_>>(), there);
        Ok(())
    }

    async fn read(
        &self,
        query: &Query,
        from: Option<Index>,
        direction: Direction,
        limit: usize,
    ) -> TestCaseResult {
        let from = match (from, direction) {
            (Some(at), _) => self.position(at),
            (None, Direction::Forward) => Position::START,
            (None, Direction::Backward) => Position::END,
        };
        let page = self.store.read(query, from, direction, limit).await.map_err(fault)?;
        let checked = Oracle(&self.model.events).check_page(query, from, direction, limit, &page);
        prop_assert_eq!(checked, Ok(()), "read {:?} {:?} from {}", query, direction, from);
        Ok(())
    }

    async fn streams(
        &self,
        filter: &StreamFilter,
        after: Option<&StreamId>,
        limit: usize,
    ) -> TestCaseResult {
        let found = self.store.streams(filter, after, limit).await.map_err(fault)?;
        let mut streams = BTreeMap::new();
        for event in &self.model.events {
            streams.insert(&event.stream, event);
        }
        let is_due =
            |stream: &StreamId| filter.matches(stream) && after.is_none_or(|after| stream > after);
        let due = streams.into_iter().filter(|(stream, _)| is_due(stream)).take(limit);
        let info = |(stream, last): (&StreamId, &Envelope)| StreamInfo {
            stream: stream.clone(),
            version: last.version,
            position: last.position,
            recorded_at: last.recorded_at,
        };
        prop_assert_eq!(found, due.map(info).collect::<Vec<_>>());
        Ok(())
    }

    /// One event by its place and by its id, and the head.
    async fn look(&self, at: Index) -> TestCaseResult {
        let head = self.store.head().await.map_err(fault)?;
        prop_assert_eq!(head, self.model.events.last().map(Into::into));
        if !self.model.events.is_empty() {
            let event = at.get(&self.model.events);
            let by_place = self.store.event_at(event.position).await.map_err(fault)?;
            prop_assert_eq!(by_place.as_ref(), Some(event));
            let by_id = self.store.event(event.id).await.map_err(fault)?;
            prop_assert_eq!(by_id.as_ref(), Some(event));
        }
        Ok(())
    }

    async fn of_command(&self, stream: &StreamId, command: CommandId) -> TestCaseResult {
        let found = self.store.events_of_command(stream, command).await.map_err(fault)?;
        let is_of = |event: &&Envelope| {
            event.metadata.command.as_ref().is_some_and(|stamp| stamp.id == command)
        };
        let there: Vec<_> = self.model.stream(stream).into_iter().filter(is_of).collect();
        prop_assert_eq!(found.iter().collect::<Vec<_>>(), there);
        Ok(())
    }

    /// A place in the log, its start and its end included.
    fn position(&self, at: Index) -> Position {
        let places = self.model.events.iter().map(|event| event.position);
        let places: Vec<_> = [Position::START].into_iter().chain(places).collect();
        *at.get(&places)
    }

    fn fill_in(&self, step: AppendStep) -> Append {
        let there = self.model.stream(&step.stream);
        let expected = match step.expected {
            ExpectedChoice::Plain(expected) => expected,
            ExpectedChoice::Current => ExpectedVersion::at(Version::NONE.after(there.len())),
        };
        let events = match step.events {
            EventsChoice::New(contents) => {
                contents.into_iter().map(|content| new_event(EventId::new(), content)).collect()
            }
            EventsChoice::Again(..) if there.is_empty() => Vec::new(),
            EventsChoice::Again(at, count) => {
                let from = at.index(there.len());
                there[from..].iter().take(count).map(|event| again(event)).collect()
            }
            EventsChoice::Mixed(choices) => {
                let mix = |(at, content): (Option<Index>, Content)| match at {
                    Some(at) if !there.is_empty() => new_event(at.get(&there).id, content),
                    _ => new_event(EventId::new(), content),
                };
                choices.into_iter().map(mix).collect()
            }
        };
        Append { stream: step.stream, expected, events }
    }
}

fn new_event(id: EventId, content: Content) -> NewEvent {
    NewEvent {
        id,
        event_type: content.event_type.to_owned(),
        schema_version: 1,
        data: content.data,
        metadata: content.metadata,
    }
}

fn again(event: &Envelope) -> NewEvent {
    NewEvent {
        id: event.id,
        event_type: event.event_type.clone(),
        schema_version: event.schema_version,
        data: event.data.clone(),
        metadata: event.metadata.clone(),
    }
}

fn envelope(new: &NewEvent, stream: &StreamId, version: Version, found: &Envelope) -> Envelope {
    let new = new.clone();
    Envelope {
        id: new.id,
        event_type: new.event_type,
        schema_version: new.schema_version,
        stream: stream.clone(),
        version,
        position: found.position,
        recorded_at: found.recorded_at,
        data: new.data,
        metadata: new.metadata,
    }
}
