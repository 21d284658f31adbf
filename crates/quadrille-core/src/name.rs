//! Names that go into the log: categories, streams and event types, with their limits.

use serde::{Deserialize, Serialize};
use std::{borrow::Cow, fmt, str::FromStr};

/// Longest category, in bytes.
pub const MAX_CATEGORY_BYTES: usize = 64;
/// Longest id within a category, in bytes.
pub const MAX_ID_BYTES: usize = 400;
/// Longest event type, in bytes.
pub const MAX_EVENT_TYPE_BYTES: usize = 255;
/// The category of the framework's own streams. Ordinary queries do not see it.
pub const FRAMEWORK_CATEGORY: &str = "quadrille";

/// A name that cannot be kept, with the reason.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} {name:?} {problem}")]
pub struct InvalidName {
    /// What was named: `category`, `stream id`, `event type`.
    pub what: &'static str,
    /// The name as given, shortened to its first 80 characters.
    pub name: String,
    /// What is wrong with it and what would be right.
    pub problem: Cow<'static, str>,
}

impl InvalidName {
    fn new(what: &'static str, name: &str, problem: impl Into<Cow<'static, str>>) -> Self {
        Self { what, name: name.chars().take(80).collect(), problem: problem.into() }
    }
}

/// A kind of stream, such as `order`: the part of a stream's name before the first `-`.
///
/// 1 to [`MAX_CATEGORY_BYTES`] bytes of printable UTF-8 without white space or `-`, and no `$` in
/// front (KurrentDB reserves it).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Category(Cow<'static, str>);

impl Category {
    /// The framework's own category.
    pub const FRAMEWORK: Self = Self(Cow::Borrowed(FRAMEWORK_CATEGORY));

    /// Checks a category's name.
    ///
    /// # Errors
    /// When it is empty, too long, or holds a character that a category must not have.
    pub fn new(name: impl Into<Cow<'static, str>>) -> Result<Self, InvalidName> {
        let name = name.into();
        let bad = |problem: String| Err(InvalidName::new("category", &name, problem));
        if name.is_empty() {
            return bad("is empty: name the kind of stream, such as \"order\"".into());
        }
        if name.len() > MAX_CATEGORY_BYTES {
            return bad(format!("is {} bytes long, the limit is {MAX_CATEGORY_BYTES}", name.len()));
        }
        if name.starts_with('$') {
            return bad("starts with `$`, which KurrentDB reserves".into());
        }
        let forbidden = |c: &char| *c == '-' || c.is_control() || c.is_whitespace();
        if let Some(c) = name.chars().find(forbidden) {
            return bad(format!("holds {c:?}: use letters, digits, `_` and `.`"));
        }
        Ok(Self(name))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the framework keeps its own facts here.
    pub fn is_framework(&self) -> bool {
        self.0 == FRAMEWORK_CATEGORY
    }
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Category {
    type Error = InvalidName;
    fn try_from(name: String) -> Result<Self, InvalidName> {
        Self::new(name)
    }
}

impl From<Category> for String {
    fn from(category: Category) -> Self {
        category.0.into_owned()
    }
}

/// A stream's full name: a [`Category`] and an id within it, written `order-4711`.
///
/// The id is 1 to [`MAX_ID_BYTES`] bytes of any UTF-8 without control characters: `Case 1` and
/// `søren@example.org` are ids, and so is one that holds a `-`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct StreamId {
    category: Category,
    id: String,
}

impl StreamId {
    /// Joins a category and an id.
    ///
    /// # Errors
    /// When the id is empty, too long or holds a control character.
    pub fn new(category: Category, id: impl Into<String>) -> Result<Self, InvalidName> {
        let id = id.into();
        printable("stream id", &id, MAX_ID_BYTES)?;
        Ok(Self { category, id })
    }

    /// A stream of the framework's own: `quadrille-{id}`.
    ///
    /// # Errors
    /// As [`StreamId::new`].
    pub fn framework(id: impl Into<String>) -> Result<Self, InvalidName> {
        Self::new(Category::FRAMEWORK, id)
    }

    /// The kind of stream.
    pub fn category(&self) -> &Category {
        &self.category
    }

    /// The id within the category.
    pub fn id(&self) -> &str {
        &self.id
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.category, self.id)
    }
}

impl FromStr for StreamId {
    type Err = InvalidName;

    /// Splits at the first `-`.
    fn from_str(name: &str) -> Result<Self, InvalidName> {
        let (category, id) = name.split_once('-').ok_or_else(|| {
            InvalidName::new("stream", name, "has no `-` between its category and its id")
        })?;
        Self::new(Category::new(category.to_owned())?, id)
    }
}

impl TryFrom<String> for StreamId {
    type Error = InvalidName;
    fn try_from(name: String) -> Result<Self, InvalidName> {
        name.parse()
    }
}

impl From<StreamId> for String {
    fn from(stream: StreamId) -> Self {
        stream.to_string()
    }
}

/// Checks an event type: 1 to [`MAX_EVENT_TYPE_BYTES`] bytes of UTF-8 without control characters,
/// and no `$` in front.
///
/// # Errors
/// When one of these does not hold.
pub fn check_event_type(name: &str) -> Result<(), InvalidName> {
    printable("event type", name, MAX_EVENT_TYPE_BYTES)?;
    if name.starts_with('$') {
        return Err(InvalidName::new(
            "event type",
            name,
            "starts with `$`, which KurrentDB reserves",
        ));
    }
    Ok(())
}

fn printable(what: &'static str, name: &str, limit: usize) -> Result<(), InvalidName> {
    if name.is_empty() {
        return Err(InvalidName::new(what, name, "is empty"));
    }
    if name.len() > limit {
        let problem = format!("is {} bytes long, the limit is {limit}", name.len());
        return Err(InvalidName::new(what, name, problem));
    }
    if let Some((at, c)) = name.char_indices().find(|(_, c)| c.is_control()) {
        let problem = format!("holds the control character {c:?} at byte {at}");
        return Err(InvalidName::new(what, name, problem));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, expected: Result<(&str, &str), &str>) {
        let parsed = name.parse::<StreamId>();
        match (parsed, expected) {
            (Ok(stream), Ok((category, id))) => {
                assert_eq!((stream.category().as_str(), stream.id()), (category, id));
                assert_eq!(stream.to_string(), name);
            }
            (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{error}"),
            (parsed, expected) => panic!("{name:?}: {parsed:?}, expected {expected:?}"),
        }
    }

    #[test]
    fn a_stream_splits_at_its_first_hyphen() {
        check("order-4711", Ok(("order", "4711")));
        check("case-Case 1", Ok(("case", "Case 1")));
        check("account-søren-2", Ok(("account", "søren-2")));
    }

    #[test]
    fn bad_names_say_what_is_wrong() {
        check("order", Err("no `-`"));
        check("order-", Err("is empty"));
        check("$ce-x", Err("KurrentDB"));
        check("two words-x", Err("holds ' '"));
        check("order-a\nb", Err("control character '\\n' at byte 1"));
        check(&format!("order-{}", "x".repeat(401)), Err("401 bytes"));
        check(&format!("{}-x", "c".repeat(65)), Err("65 bytes"));
    }

    #[test]
    fn event_types_may_hold_spaces_and_accents() {
        assert_eq!(check_event_type("W_Completeren aanvraag é"), Ok(()));
        assert!(check_event_type("$metadata").is_err());
        assert!(check_event_type("").is_err());
    }
}
