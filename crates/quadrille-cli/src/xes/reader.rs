use super::{
    Attribute, Case, CaseEvent, Place, Problem, Value, XesError,
    attribute::repeated,
    token::{Element, Token, Tokens},
};
use std::io::Read;

/// How deep attributes may lie within one another.
const DEEPEST: usize = 64;

/// The cases of a log, one after the other. It ends behind the first error.
pub struct Reader<R: Read> {
    tokens: Tokens<R>,
    state: State,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Before,
    Within,
    Behind,
}

impl<R: Read> Reader<R> {
    /// Reads a log from its text; [`open`](super::open) reads it from a file.
    pub fn new(source: R) -> Self {
        Self { tokens: Tokens::new(source), state: State::Before }
    }

    fn next_case(&mut self) -> Result<Option<Case>, XesError> {
        if self.state == State::Before {
            self.enter_log()?;
        }
        loop {
            match self.tokens.next()? {
                Token::Start(tag) if tag.name == "trace" => return self.case(tag.place).map(Some),
                Token::Start(tag) if tag.name == "event" => {
                    return Err(not_xes(
                        "an <event> outside of any <trace> has no case",
                        tag.place,
                    ));
                }
                Token::Start(_) => self.skip()?,
                Token::End => return self.leave_log(),
                Token::Eof(place) => return Err(ends_within("log", place)),
            }
        }
    }

    fn enter_log(&mut self) -> Result<(), XesError> {
        match self.tokens.next()? {
            Token::Start(tag) if tag.name == "log" => {
                self.state = State::Within;
                Ok(())
            }
            Token::Start(tag) => {
                Err(not_xes(format!("the root is <{}>, not <log>", tag.name), tag.place))
            }
            Token::Eof(place) => Err(not_xes("there is no <log>", place)),
            Token::End => Err(not_xes("there is an end without a start", Place::START)),
        }
    }

    fn leave_log(&mut self) -> Result<Option<Case>, XesError> {
        self.state = State::Behind;
        match self.tokens.next()? {
            Token::Start(tag) => Err(not_xes("there is more behind </log>", tag.place)),
            Token::Eof(_) | Token::End => Ok(None),
        }
    }

    fn case(&mut self, place: Place) -> Result<Case, XesError> {
        let mut case = Case { place, attributes: Vec::new(), events: Vec::new() };
        loop {
            match self.tokens.next()? {
                Token::Start(tag) if tag.name == "event" => {
                    let attributes = self.event()?;
                    case.events.push(CaseEvent { place: tag.place, attributes });
                }
                Token::Start(tag) => case.attributes.push(self.attribute(tag)?),
                Token::End => {
                    check_keys(&case.attributes)?;
                    return Ok(case);
                }
                Token::Eof(place) => return Err(ends_within("trace", place)),
            }
        }
    }

    fn event(&mut self) -> Result<Vec<Attribute>, XesError> {
        let mut attributes = Vec::new();
        loop {
            match self.tokens.next()? {
                Token::Start(tag) => attributes.push(self.attribute(tag)?),
                Token::End => {
                    check_keys(&attributes)?;
                    return Ok(attributes);
                }
                Token::Eof(place) => return Err(ends_within("event", place)),
            }
        }
    }

    fn attribute(&mut self, tag: Element) -> Result<Attribute, XesError> {
        let mut open = vec![begin(tag)?];
        loop {
            match self.tokens.next()? {
                // Version 2 of the standard wraps a list's items.
                Token::Start(tag) if tag.name == "values" && tag.key.is_none() => {
                    open.push(begin_values(tag.place));
                }
                Token::Start(tag) if open.len() == DEEPEST => {
                    let problem = format!("attributes lie more than {DEEPEST} deep");
                    return Err(not_xes(problem, tag.place));
                }
                Token::Start(tag) => open.push(begin(tag)?),
                Token::End => {
                    let done = open.pop().expect("the end of what was started");
                    if done.value != Value::List {
                        check_keys(&done.nested)?;
                    }
                    match open.last_mut() {
                        None => return Ok(done),
                        Some(list) if done.key.is_empty() && done.value == Value::List => {
                            list.nested.extend(done.nested);
                        }
                        Some(outer) => outer.nested.push(done),
                    }
                }
                Token::Eof(place) => return Err(ends_within("event", place)),
            }
        }
    }

    /// Passes over the rest of an element, whatever lies in it.
    fn skip(&mut self) -> Result<(), XesError> {
        let mut depth = 1_u64;
        while depth > 0 {
            match self.tokens.next()? {
                Token::Start(_) => depth += 1,
                Token::End => depth -= 1,
                Token::Eof(place) => return Err(ends_within("log", place)),
            }
        }
        Ok(())
    }
}

impl<R: Read> Iterator for Reader<R> {
    type Item = Result<Case, XesError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.state == State::Behind {
            return None;
        }
        let case = self.next_case();
        if case.is_err() {
            self.state = State::Behind;
        }
        case.transpose()
    }
}

fn begin(tag: Element) -> Result<Attribute, XesError> {
    let Some(key) = tag.key else {
        let problem = format!("<{}> is no attribute: it has no `key`", tag.name);
        return Err(not_xes(problem, tag.place));
    };
    let value = Value::parse(&tag.name, &key, tag.value)
        .ok_or_else(|| not_xes(format!("<{}> is not known in a case", tag.name), tag.place))?
        .map_err(|problem| problem.at(tag.place))?;
    Ok(Attribute { key, value, nested: Vec::new(), place: tag.place })
}

fn begin_values(place: Place) -> Attribute {
    Attribute { key: String::new(), value: Value::List, nested: Vec::new(), place }
}

fn check_keys(attributes: &[Attribute]) -> Result<(), XesError> {
    repeated(attributes).map_or(Ok(()), |attribute| {
        let problem = format!("the attribute `{}` is there twice", attribute.key);
        Err(not_xes(problem, attribute.place))
    })
}

fn not_xes(problem: impl Into<String>, place: Place) -> XesError {
    Problem::NotXes(problem.into()).at(place)
}

fn ends_within(tag: &str, place: Place) -> XesError {
    not_xes(format!("the text ends within a <{tag}>"), place)
}
