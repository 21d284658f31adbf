use crate::status;
use quadrille_core::StreamId;
use tonic::Status;

/// What stands before a stream's name to name its metadata.
const METADATA: &str = "$$";

/// What a client means by a stream's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// A stream.
    Events(StreamId),
    /// The metadata of a stream: `$$order-4711`.
    Metadata(StreamId),
}

impl Target {
    /// Understands a name.
    ///
    /// # Errors
    /// When Quadrille cannot have such a stream; the message says what to do instead.
    pub fn parse(name: &[u8]) -> Result<Self, Status> {
        let name = std::str::from_utf8(name)
            .map_err(|_| Status::invalid_argument("a stream's name must be UTF-8"))?;
        let Some(stream) = name.strip_prefix(METADATA) else {
            return parse(name).map(Self::Events);
        };
        if stream.starts_with(METADATA) {
            return Err(Status::invalid_argument(format!(
                "{}: the metadata of a stream has no metadata of its own",
                status::shortened(name)
            )));
        }
        parse(stream).map(Self::Metadata)
    }

    /// The stream that it is about.
    pub fn stream(&self) -> &StreamId {
        let (Self::Events(stream) | Self::Metadata(stream)) = self;
        stream
    }

    /// The name as clients write it.
    pub fn shown(&self) -> String {
        match self {
            Self::Events(stream) => stream.to_string(),
            Self::Metadata(stream) => format!("{METADATA}{stream}"),
        }
    }
}

fn parse(name: &str) -> Result<StreamId, Status> {
    if name.starts_with('$') {
        return Err(status::system_stream(name));
    }
    name.parse().map_err(|error| {
        Status::invalid_argument(format!(
            "{error}; the gateway's store has streams of a category and an id, such as order-4711"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, expected: Result<&str, &str>) {
        match (Target::parse(name.as_bytes()), expected) {
            (Ok(target), Ok(stream)) => {
                assert_eq!(target.stream().to_string(), stream);
                assert_eq!(target.shown(), name);
            }
            (Err(error), Err(part)) => assert!(error.message().contains(part), "{error}"),
            (target, expected) => panic!("{name}: {target:?}, expected {expected:?}"),
        }
    }

    #[test]
    fn names_are_those_of_quadrille_and_the_rest_is_told_what_to_do() {
        check("order-1-a", Ok("order-1-a"));
        check("$$order-1", Ok("order-1"));
        check("order", Err("such as order-4711"));
        check("$$order", Err("such as order-4711"));
        check("$$$$order-1", Err("no metadata of its own"));
        check("$ce-order", Err("the prefix `order-`"));
        check("$et-order.placed", Err("the event type `order.placed`"));
        check("$streams", Err("$all"));
        check("$all", Err("$all"));
    }
}
