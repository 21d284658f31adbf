use crate::{
    pattern::Pattern,
    proto::streams::read_req::options::{
        FilterOptions,
        filter_options::{Expression, Filter as On, Window},
    },
};
use quadrille_core::{Category, Envelope, Query};
use tonic::Status;

/// Bytes of a filter's pattern, or of all its prefixes, each with one more: every event is held
/// against them.
const FILTER_BYTES: usize = 8 << 10;

/// Which events of the log a client wants.
#[derive(Debug, Clone)]
pub(crate) struct Filter {
    on: Part,
    test: Test,
    /// After how many events looked at it hears how far that was.
    pub checkpoint_after: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Stream,
    Type,
}

#[derive(Debug, Clone)]
enum Test {
    Prefixes(Vec<String>),
    Pattern(Pattern),
}

impl Filter {
    /// # Errors
    /// When it makes no sense, or its pattern cannot be understood.
    pub fn new(options: FilterOptions) -> Result<Self, Status> {
        let (on, expression) = match options.filter {
            Some(On::StreamIdentifier(expression)) => (Part::Stream, expression),
            Some(On::EventType(expression)) => (Part::Type, expression),
            None => return Err(Status::invalid_argument("a filter says what it looks at")),
        };
        let window = match options.window {
            Some(Window::Max(0)) => {
                return Err(Status::invalid_argument("a filter's window must not be 0"));
            }
            Some(Window::Max(max)) => max,
            Some(Window::Count(())) | None => 1,
        };
        let multiplier = options.checkpoint_interval_multiplier.max(1);
        let checkpoint_after = u64::from(window) * u64::from(multiplier);
        Ok(Self { on, test: test(expression)?, checkpoint_after })
    }

    pub fn matches(&self, event: &Envelope) -> bool {
        match self.on {
            Part::Stream => self.test.holds(&event.stream.to_string()),
            Part::Type => self.test.holds(&event.event_type),
        }
    }

    /// What the store can select itself: no more than is needed, and not less than matches.
    pub fn narrow(&self, query: Query) -> Query {
        let Test::Prefixes(prefixes) = &self.test else { return query };
        if self.on == Part::Type {
            return query;
        }
        // A query that names the framework's category sees it, whatever else it is told.
        let seen = |category: &Category| query.framework || !category.is_framework();
        let category = |prefix: &String| category(prefix).filter(seen);
        let categories: Option<Vec<_>> = prefixes.iter().map(category).collect();
        categories.into_iter().flatten().fold(query, Query::category)
    }
}

/// The category of all streams whose names begin so, where there is only one.
fn category(prefix: &str) -> Option<Category> {
    let (category, _) = prefix.split_once('-')?;
    Category::new(category.to_owned()).ok()
}

fn test(expression: Expression) -> Result<Test, Status> {
    let prefixes: usize = expression.prefix.iter().map(|prefix| prefix.len() + 1).sum();
    if prefixes + expression.regex.len() > FILTER_BYTES {
        return Err(Status::invalid_argument(format!(
            "a filter has at most {FILTER_BYTES} bytes of text; ask for more events, and pass over those that you do not want"
        )));
    }
    if !expression.prefix.is_empty() {
        return Ok(Test::Prefixes(expression.prefix));
    }
    Pattern::new(&expression.regex).map(Test::Pattern)
}

impl Test {
    fn holds(&self, text: &str) -> bool {
        match self {
            Self::Prefixes(prefixes) => prefixes.iter().any(|prefix| text.starts_with(prefix)),
            Self::Pattern(pattern) => pattern.matches(text),
        }
    }
}
