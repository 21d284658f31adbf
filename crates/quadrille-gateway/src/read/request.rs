use super::{log, stream};
use crate::{
    context::Context,
    event::{IdForm, answer},
    expected::{required, version},
    filter::Filter,
    name::Target,
    proto::{
        StreamIdentifier,
        streams::{
            ReadReq, ReadResp,
            read_req::{
                Options,
                options::{
                    AllOptions, CountOption, FilterOption, ReadDirection, StreamOption,
                    StreamOptions, all_options::AllOption, stream_options::RevisionOption,
                    uuid_option,
                },
            },
            read_resp::{Content, StreamNotFound},
        },
    },
};
use bytes::Bytes;
use quadrille_core::{Position, Query, Version, store::Direction};
use tonic::Status;

/// What a client wants to read.
pub(super) enum ReadRequest {
    Stream(stream::Reading),
    FollowStream(stream::Following),
    Log(log::Reading),
    FollowLog(log::Following),
    /// There cannot be such a stream.
    NotFound(ReadResp),
}

/// Where to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum From<T> {
    Start,
    At(T),
    End,
}

/// What reads of all kinds have in common.
pub(super) struct Common {
    pub context: Context,
    pub form: IdForm,
}

enum Extent {
    Events(u64),
    Subscription,
}

impl ReadRequest {
    pub fn parse(context: Context, request: ReadReq) -> Result<Self, Status> {
        let options = required(request.options, "what to read")?;
        let direction = match options.read_direction() {
            ReadDirection::Forwards => Direction::Forward,
            ReadDirection::Backwards => Direction::Backward,
        };
        let extent = match required(options.count_option, "how much to read")? {
            CountOption::Count(count) => Extent::Events(count),
            CountOption::Subscription(_) if direction == Direction::Forward => Extent::Subscription,
            CountOption::Subscription(_) => {
                return Err(Status::invalid_argument("a subscription goes forwards"));
            }
        };
        let common = Common { context, form: form(&options) };
        let tells_last = options.control_option.is_some_and(|control| control.compatibility >= 1);
        match required(options.stream_option, "which stream to read, or all")? {
            StreamOption::Stream(stream) => {
                of_stream(common, stream, direction, extent, tells_last)
            }
            StreamOption::All(all) => {
                let filter = match options.filter_option {
                    Some(FilterOption::Filter(filter)) => Some(Filter::new(filter)?),
                    _ => None,
                };
                Ok(of_log(common, all, direction, extent, filter))
            }
        }
    }
}

fn form(options: &Options) -> IdForm {
    match options.uuid_option.and_then(|option| option.content) {
        Some(uuid_option::Content::String(())) => IdForm::Text,
        _ => IdForm::Structured,
    }
}

fn of_stream(
    common: Common,
    options: StreamOptions,
    direction: Direction,
    extent: Extent,
    tells_last: bool,
) -> Result<ReadRequest, Status> {
    let name = required(options.stream_identifier, "which stream to read")?.stream_name;
    let target = match Target::parse(&name) {
        Ok(target) => target,
        // What cannot be there is not there; only names with another meaning are refused.
        Err(_) if !name.starts_with(b"$") && matches!(extent, Extent::Events(_)) => {
            return Ok(ReadRequest::NotFound(not_found(name)));
        }
        Err(error) => return Err(error),
    };
    common.context.allow(&target)?;
    let from = match options.revision_option {
        Some(RevisionOption::Revision(revision)) => From::At(version(revision)),
        Some(RevisionOption::End(())) => From::End,
        Some(RevisionOption::Start(())) | None => From::Start,
    };
    Ok(match extent {
        Extent::Subscription => {
            ReadRequest::FollowStream(stream::Following::new(common, target, from))
        }
        Extent::Events(count) => {
            let from = match (direction, from) {
                (Direction::Forward, From::Start) => Version::NONE,
                (Direction::Forward, From::At(version)) => Version(version.0 - 1),
                (Direction::Forward, From::End) => Version(i64::MAX as u64),
                (Direction::Backward, From::Start) => Version(2),
                (Direction::Backward, From::At(version)) => Version(version.0.saturating_add(1)),
                (Direction::Backward, From::End) => Version(u64::MAX),
            };
            let reading = stream::Reading::new(common, target, direction, from, count, tells_last);
            ReadRequest::Stream(reading)
        }
    })
}

/// The answer when there is no such stream.
pub(super) fn not_found(name: impl Into<Bytes>) -> ReadResp {
    let stream_identifier = Some(StreamIdentifier { stream_name: name.into() });
    answer(Content::StreamNotFound(StreamNotFound { stream_identifier }))
}

fn of_log(
    common: Common,
    options: AllOptions,
    direction: Direction,
    extent: Extent,
    filter: Option<Filter>,
) -> ReadRequest {
    let from = match options.all_option {
        Some(AllOption::Position(at)) => From::At(at.commit_position.min(Position::END.0)),
        Some(AllOption::End(())) => From::End,
        Some(AllOption::Start(())) | None => From::Start,
    };
    let query = if common.context.framework { Query::everything() } else { Query::all() };
    let query = filter.iter().fold(query, |query, filter| filter.narrow(query));
    let chosen = log::Chosen { common, query, filter };
    match extent {
        Extent::Subscription => ReadRequest::FollowLog(log::Following::new(chosen, from)),
        Extent::Events(count) => {
            // A position itself is read forwards, and not backwards, as the official server has it.
            let from = match (direction, from) {
                (Direction::Forward, From::At(at)) => Position(at.saturating_sub(1)),
                (Direction::Backward, From::At(at)) => Position(at),
                (_, From::Start) => Position::START,
                (_, From::End) => Position::END,
            };
            ReadRequest::Log(log::Reading::new(chosen, direction, from, count))
        }
    }
}
