use super::{
    SpecificationError,
    pattern::Pattern,
    specification::{ExpectedFlow, Ignored, Since, Step, TimeLimit, link},
    token::{Kind, Token, tokens},
};
use crate::text::parse_duration;
use std::{str::FromStr, time::Duration};

/// Blocks within blocks, at most.
const DEEPEST: usize = 32;
/// Rounds that may be asked for.
const MOST_ROUNDS: u32 = 1_000;

/// Words of the language. As names they stand in quotes.
const WORDS: [&str; 17] = [
    "flow", "for", "ignore", "ends", "after", "end", "either", "or", "all", "and", "optional",
    "repeat", "do", "unless", "by", "within", "of",
];

/// Reads the specifications of a text.
///
/// # Errors
/// When it is not written as it should be, or two flows have one name.
pub fn parse(text: &str) -> Result<Vec<ExpectedFlow>, SpecificationError> {
    let mut parser =
        Parser { tokens: tokens(text)?, at: 0, steps: Vec::new(), depth: 0, beside: 0 };
    let mut flows: Vec<ExpectedFlow> = Vec::new();
    while parser.kind() != Kind::End {
        let place = parser.at;
        let flow = parser.flow()?;
        if flows.iter().any(|known| known.name == flow.name) {
            return parser.wrong_at(place, format!("there is a flow {} already", flow.name));
        }
        flows.push(flow);
    }
    Ok(flows)
}

impl FromStr for ExpectedFlow {
    type Err = SpecificationError;

    /// Reads the one specification of a text.
    fn from_str(text: &str) -> Result<Self, SpecificationError> {
        match <[Self; 1]>::try_from(parse(text)?) {
            Ok([flow]) => Ok(flow),
            Err(flows) => {
                let problem = format!("there are {} flows here where one is wanted", flows.len());
                Err(SpecificationError::at(1, 1, problem))
            }
        }
    }
}

struct Parser<'a> {
    tokens: Vec<Token<'a>>,
    at: usize,
    steps: Vec<Step>,
    depth: usize,
    /// How many blocks lie around that run side by side with others or may be broken off.
    beside: usize,
}

type Parsed<T> = Result<T, SpecificationError>;

impl<'a> Parser<'a> {
    fn flow(&mut self) -> Parsed<ExpectedFlow> {
        let place = self.at;
        self.expect_word("flow")?;
        let name = self.name("the flow's name")?;
        let mut of = Vec::new();
        if self.word("for") {
            of = self.list(|parser| parser.name("an event type"))?;
        }
        let mut flow = ExpectedFlow {
            name: name.into(),
            steps: Vec::new(),
            pattern: Pattern::NOTHING,
            of: of.into_iter().map(str::to_owned).collect(),
            ignored: Vec::new(),
            silence: None,
        };
        self.sign('{')?;
        let mut parts = Vec::new();
        while !self.is_sign('}') {
            if self.word("ignore") {
                flow.ignored.extend(self.list(Self::ignored)?);
            } else if self.word("ends") {
                self.expect_word("after")?;
                flow.silence = Some(self.duration()?);
            } else {
                parts.push(self.item()?);
            }
        }
        self.sign('}')?;
        flow.pattern = sequence(parts);
        flow.steps = std::mem::take(&mut self.steps);
        match complete(&mut flow) {
            Some(problem) => self.wrong_at(place, problem),
            None => Ok(flow),
        }
    }

    fn item(&mut self) -> Parsed<Pattern> {
        if self.word("either") {
            let mut ways = vec![self.block()?];
            self.expect_word("or")?;
            ways.push(self.block()?);
            while self.word("or") {
                ways.push(self.block()?);
            }
            return Ok(Pattern::Either(ways));
        }
        if self.word("all") {
            self.beside += 1;
            let mut parts = vec![self.block()?];
            self.expect_word("and")?;
            parts.push(self.block()?);
            while self.word("and") {
                parts.push(self.block()?);
            }
            self.beside -= 1;
            return Ok(Pattern::All(parts));
        }
        if self.word("optional") {
            let body = Box::new(self.block()?);
            return Ok(Pattern::Repeat { body, least: 0, most: Some(1) });
        }
        if self.word("repeat") {
            let (least, most) = self.rounds()?;
            let body = Box::new(self.block()?);
            return Ok(Pattern::Repeat { body, least, most });
        }
        if self.word("do") {
            self.beside += 1;
            let body = Box::new(self.block()?);
            self.beside -= 1;
            self.expect_word("unless")?;
            let instead = Box::new(self.block()?);
            return Ok(Pattern::Unless { body, instead });
        }
        self.step()
    }

    fn block(&mut self) -> Parsed<Pattern> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return self.wrong(format!("blocks lie within blocks {DEEPEST} deep at most"));
        }
        self.sign('{')?;
        let mut parts = Vec::new();
        while !self.is_sign('}') {
            if self.kind() == Kind::Word("end") {
                parts.push(self.end(&parts)?);
                break;
            }
            parts.push(self.item()?);
        }
        self.sign('}')?;
        self.depth -= 1;
        Ok(sequence(parts))
    }

    /// The end of the flow, behind these parts of its block.
    fn end(&mut self, before: &[Pattern]) -> Parsed<Pattern> {
        if self.beside > 0 {
            let problem = "what runs beside others or may be broken off cannot end the flow: put \
                           `end` elsewhere";
            return self.wrong(problem.into());
        }
        if before.iter().all(Pattern::may_end) {
            return self.wrong("a step must come before `end`".into());
        }
        self.at += 1;
        Ok(Pattern::End)
    }

    fn step(&mut self) -> Parsed<Pattern> {
        let event_type = self.name("an event type, a block or a }")?.to_owned();
        let often = [('?', 0, Some(1)), ('*', 0, None), ('+', 1, None)];
        let joined = self.tokens[self.at].joined;
        let often = often.into_iter().find(|(sign, ..)| joined && self.kind() == Kind::Sign(*sign));
        self.at += usize::from(often.is_some());
        let mut by = Vec::new();
        if self.word("by") {
            by = self.list(|parser| Ok(parser.name("a component's name")?.to_owned()))?;
        }
        let limit = if self.word("within") { Some(self.limit()?) } else { None };
        let number = u32::try_from(self.steps.len()).expect("steps fit into memory");
        self.steps.push(Step { event_type, by, before: Vec::new(), limit });
        let step = Pattern::Step(number);
        Ok(match often {
            Some((_, least, most)) => Pattern::Repeat { body: Box::new(step), least, most },
            None => step,
        })
    }

    fn limit(&mut self) -> Parsed<TimeLimit> {
        let within = self.duration()?;
        let since = match self.word("of") {
            true => Since::Type(self.name("an event type")?.to_owned()),
            false => Since::Before,
        };
        Ok(TimeLimit { within, since })
    }

    fn rounds(&mut self) -> Parsed<(u32, Option<u32>)> {
        let Kind::Word(text) = self.kind() else { return Ok((1, None)) };
        let number = |text: &str| text.parse::<u32>().ok().filter(|rounds| *rounds <= MOST_ROUNDS);
        let rounds = match text.split_once("..") {
            Some((least, "")) => number(least).map(|least| (least, None)),
            Some((least, most)) => number(least).zip(number(most)).map(|(a, b)| (a, Some(b))),
            None => number(text).map(|rounds| (rounds, Some(rounds))),
        };
        match rounds {
            Some((least, most)) if most.is_none_or(|most| most >= least.max(1)) => {
                self.at += 1;
                Ok((least, most))
            }
            _ => self.wrong(format!(
                "write how often as 3, 0..3 or 2.., in numbers up to {MOST_ROUNDS}, instead of {text:?}"
            )),
        }
    }

    fn ignored(&mut self) -> Parsed<Ignored> {
        let name = self.name("an event type, or the beginning of one and a *")?.to_owned();
        if self.tokens[self.at].joined && self.is_sign('*') {
            self.at += 1;
            return Ok(Ignored::Begins(name));
        }
        Ok(Ignored::Type(name))
    }

    fn duration(&mut self) -> Parsed<Duration> {
        let Kind::Word(text) = self.kind() else {
            return self.wrong("a time is missing here, such as 90min or 30d".into());
        };
        match parse_duration(text) {
            Ok(duration) => {
                self.at += 1;
                Ok(duration)
            }
            Err(problem) => self.wrong(format!("{problem}, instead of {text:?}")),
        }
    }

    fn list<T>(&mut self, one: impl Fn(&mut Self) -> Parsed<T>) -> Parsed<Vec<T>> {
        let mut all = vec![one(self)?];
        while self.is_sign(',') {
            self.at += 1;
            all.push(one(self)?);
        }
        Ok(all)
    }

    fn name(&mut self, what: &str) -> Parsed<&'a str> {
        match self.kind() {
            Kind::Quoted(name) if !name.trim().is_empty() => {
                self.at += 1;
                Ok(name)
            }
            Kind::Word(name) if !WORDS.contains(&name) => {
                self.at += 1;
                Ok(name)
            }
            _ => self.wrong(format!("{what} is missing here")),
        }
    }

    fn expect_word(&mut self, word: &str) -> Parsed<()> {
        if self.word(word) { Ok(()) } else { self.wrong(format!("`{word}` is missing here")) }
    }

    /// Whether this word comes next, which is then taken.
    fn word(&mut self, word: &str) -> bool {
        let found = self.kind() == Kind::Word(word);
        self.at += usize::from(found);
        found
    }

    fn sign(&mut self, sign: char) -> Parsed<()> {
        if !self.is_sign(sign) {
            return self.wrong(format!("a {sign} is missing here"));
        }
        self.at += 1;
        Ok(())
    }

    fn is_sign(&self, sign: char) -> bool {
        self.kind() == Kind::Sign(sign)
    }

    fn kind(&self) -> Kind<'a> {
        self.tokens[self.at].kind
    }

    fn wrong<T>(&self, problem: String) -> Parsed<T> {
        self.wrong_at(self.at, problem)
    }

    fn wrong_at<T>(&self, place: usize, problem: String) -> Parsed<T> {
        let Token { line, column, .. } = self.tokens[place];
        Err(SpecificationError::at(line, column, problem))
    }
}

/// Fills in what follows from the rest, and tells what makes no sense together.
fn complete(flow: &mut ExpectedFlow) -> Option<String> {
    let name = &flow.name;
    if flow.pattern.may_end() {
        return Some(format!("the flow {name} may be nothing at all: name a step that it has"));
    }
    link(&flow.pattern, &[], &mut flow.steps);
    if flow.of.is_empty() {
        let first = flow.pattern.next();
        let names = first.iter().map(|(step, _)| &flow.steps[*step as usize].event_type);
        flow.of = names.cloned().collect();
    }
    flow.steps.iter().find_map(|step| contradiction(flow, step))
}

fn contradiction(flow: &ExpectedFlow, step: &Step) -> Option<String> {
    let name = &step.event_type;
    if flow.ignores(name) {
        return Some(format!("{name} is a step and is ignored: it can only be one of them"));
    }
    match &step.limit.as_ref()?.since {
        Since::Before if step.before.is_empty() => {
            Some(format!("nothing comes before {name}: say since when, as in `within 1h of TYPE`"))
        }
        Since::Type(since) if !flow.steps.iter().any(|step| step.event_type == *since) => {
            Some(format!("{name} is to be within a time of {since}, which is no step of the flow"))
        }
        _ => None,
    }
}

fn sequence(mut parts: Vec<Pattern>) -> Pattern {
    match parts.len() {
        1 => parts.swap_remove(0),
        _ => Pattern::Sequence(parts),
    }
}

#[cfg(test)]
mod tests {
    use super::{Pattern::*, *};

    fn flow(text: &str) -> ExpectedFlow {
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    fn check(text: &str, expected: &str) {
        let error = text.parse::<ExpectedFlow>().expect_err(text);
        assert_eq!(error.to_string(), expected, "{text}");
    }

    #[test]
    fn blocks_become_a_pattern() {
        let read = flow(
            "flow f { a either { b? } or { c* d } all { e } and { f+ g } optional { h }
               repeat 0..3 { i } do { j } unless { k } ignore l, m.* ends after 2d }",
        );
        let repeat = |step, least, most| Repeat { body: Box::new(Step(step)), least, most };
        let expected = Sequence(vec![
            Step(0),
            Either(vec![repeat(1, 0, Some(1)), Sequence(vec![repeat(2, 0, None), Step(3)])]),
            All(vec![Step(4), Sequence(vec![repeat(5, 1, None), Step(6)])]),
            repeat(7, 0, Some(1)),
            repeat(8, 0, Some(3)),
            Unless { body: Box::new(Step(9)), instead: Box::new(Step(10)) },
        ]);
        assert_eq!(read.pattern, expected);
        assert_eq!((read.name.as_str(), &read.of[..]), ("f", &["a".to_owned()][..]));
        assert_eq!(read.silence, Some(Duration::from_secs(2 * 86_400)));
        let ignored = ["l", "m.n", "m.", "m", "a"].map(|name| read.ignores(name));
        assert_eq!(ignored, [true, true, true, false, false]);
    }

    #[test]
    fn steps_say_who_and_within_which_time() {
        let read =
            flow("flow f for c, \"x y\" { a by sales b within 90min c by till within 5ms of a }");
        let limit = |within, since| Some(TimeLimit { within, since });
        let minutes = Duration::from_secs(90 * 60);
        assert_eq!(read.steps[0].by, ["sales"]);
        assert_eq!(read.steps[1].limit, limit(minutes, Since::Before));
        assert_eq!(read.steps[1].before, [0]);
        let since = Since::Type("a".into());
        assert_eq!(read.steps[2].limit, limit(Duration::from_millis(5), since));
        assert_eq!(read.of, ["c", "x y"]);
    }

    #[test]
    fn the_time_runs_from_whatever_may_come_right_before() {
        let since = |text: &str| {
            let read = flow(&format!("flow f {{ {text} }}"));
            let step = read.steps.iter().find(|step| step.limit.is_some()).unwrap();
            let mut steps = step.before.clone();
            steps.sort_unstable();
            steps.iter().map(|s| read.steps[*s as usize].event_type.clone()).collect::<String>()
        };
        assert_eq!(since("a b c within 1s"), "b");
        assert_eq!(since("a b? c within 1s"), "ab");
        assert_eq!(since("a all { b } and { c d } e within 1s"), "bd");
        assert_eq!(since("a either { b } or { } e within 1s"), "ab");
        assert_eq!(since("a repeat { b within 1s c }"), "ac");
        assert_eq!(since("a do { b c } unless { d within 1s }"), "abc");
        assert_eq!(since("a do { b c } unless { d } e within 1s"), "cd");
    }

    #[test]
    fn a_text_holds_several_flows() {
        let names: Vec<_> = parse("flow a { x } # one\nflow b { y }")
            .unwrap()
            .into_iter()
            .map(|f| f.name)
            .collect();
        assert_eq!(names, ["a", "b"]);
        check("flow a { x } flow b { y }", "1:1: there are 2 flows here where one is wanted");
        check("", "1:1: there are 0 flows here where one is wanted");
    }

    #[test]
    fn what_makes_no_sense_is_told_with_its_place() {
        check("flow a { x } flow a { y }", "1:14: there is a flow a already");
        check("flux a", "1:1: `flow` is missing here");
        check("flow { x }", "1:6: the flow's name is missing here");
        check("flow a { x", "1:11: an event type, a block or a } is missing here");
        check("flow a { either { x } }", "1:23: `or` is missing here");
        check("flow a { all { x } }", "1:20: `and` is missing here");
        check(
            "flow a { x all { end } and { y } }",
            "1:18: what runs beside others or may be broken off cannot end the flow: put `end` elsewhere",
        );
        check(
            "flow a { x do { y end } unless { z } }",
            "1:19: what runs beside others or may be broken off cannot end the flow: put `end` elsewhere",
        );
        check("flow a { x optional { end } }", "1:23: a step must come before `end`");
        check("flow a { x optional { y end z } }", "1:29: a } is missing here");
        check(
            "flow a { x? within 1h y }",
            "1:1: nothing comes before x: say since when, as in `within 1h of TYPE`",
        );
        check("flow a { do { x } y }", "1:19: `unless` is missing here");
        check("flow a { within 1h }", "1:10: an event type, a block or a } is missing here");
        check("flow a { x by }", "1:15: a component's name is missing here");
        check(
            "flow a { x y within soon }",
            "1:21: write a number and ms, s, min, h or d, such as 90min or 30d, instead of \"soon\"",
        );
        check("flow a { x y within }", "1:21: a time is missing here, such as 90min or 30d");
        check(
            "flow a { repeat 3..2 { x } }",
            "1:17: write how often as 3, 0..3 or 2.., in numbers up to 1000, instead of \"3..2\"",
        );
        check(
            "flow a { repeat 0 { x } }",
            "1:17: write how often as 3, 0..3 or 2.., in numbers up to 1000, instead of \"0\"",
        );
        check("flow a { }", "1:1: the flow a may be nothing at all: name a step that it has");
        check("flow a { x? }", "1:1: the flow a may be nothing at all: name a step that it has");
        check(
            "flow a { x within 1h }",
            "1:1: nothing comes before x: say since when, as in `within 1h of TYPE`",
        );
        check(
            "flow a { x y within 1h of z }",
            "1:1: y is to be within a time of z, which is no step of the flow",
        );
        check(
            "flow a { x.y ignore x.* }",
            "1:1: x.y is a step and is ignored: it can only be one of them",
        );
        // Nothing is looked at twice on each level.
        let nested = format!("flow a {{ x {} y {} }}", "optional { ".repeat(31), "}".repeat(31));
        assert_eq!(flow(&nested).steps[1].before, [0]);
        let deep = format!("flow a {{ {} x {} }}", "optional { ".repeat(40), "}".repeat(40));
        let error = deep.parse::<ExpectedFlow>().unwrap_err().to_string();
        assert!(error.ends_with("blocks lie within blocks 32 deep at most"), "{error}");
    }
}
