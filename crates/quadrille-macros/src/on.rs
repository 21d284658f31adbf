use crate::reads::Reads;
use syn::{
    Error, Ident, LitStr, Path, Result, Token, parenthesized,
    parse::{Parse, ParseStream},
    punctuated::Punctuated,
};

/// What kind of input a variant is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    Event,
    Deadline,
    Rejection,
}

/// `#[on(…)]`: a trigger, and what may follow.
pub struct On {
    pub trigger: Trigger,
    pub reads: Reads,
    pub sends: Vec<Path>,
    pub sets: Vec<Ident>,
    pub starts: bool,
    pub completes: bool,
    pub compensates: bool,
    pub late: bool,
}

#[derive(Default)]
struct Words {
    reads: Reads,
    versions: Option<Ident>,
    deadline: Option<Ident>,
    rejected: Option<Ident>,
    starts: Option<Ident>,
    completes: Option<Ident>,
    compensates: Option<Ident>,
    late: Option<Ident>,
    sends: Vec<Path>,
    sets: Vec<Ident>,
}

impl Parse for On {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut words = Words::default();
        while !input.is_empty() {
            if input.peek(LitStr) {
                words.reads.event_type(input)?;
            } else {
                words.word(input)?;
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        let trigger = words.trigger(input)?;
        words.check(trigger)?;
        Ok(Self {
            trigger,
            reads: words.reads,
            sends: words.sends,
            sets: words.sets,
            starts: words.starts.is_some(),
            completes: words.completes.is_some(),
            compensates: words.compensates.is_some(),
            late: words.late.is_some(),
        })
    }
}

impl Words {
    fn word(&mut self, input: ParseStream<'_>) -> Result<()> {
        let word: Ident = input.parse()?;
        let flag = match word.to_string().as_str() {
            "deadline" => &mut self.deadline,
            "rejected" => &mut self.rejected,
            "starts" => &mut self.starts,
            "completes" => &mut self.completes,
            "compensates" => &mut self.compensates,
            "late" => &mut self.late,
            "sends" => {
                self.sends.extend(list::<Path>(input)?);
                return Ok(());
            }
            "sets" => {
                self.sets.extend(list::<Ident>(input)?);
                return Ok(());
            }
            _ if self.reads.versions(&word, input)? => &mut self.versions,
            _ => {
                return Err(Error::new(
                    word.span(),
                    "expected an event type in quotes, `deadline` or `rejected`, then `starts`, `sends(Aggregate::Command, …)`, `sets(Deadline, …)`, `compensates`, `completes`, `late` or `versions = 1..=2`",
                ));
            }
        };
        *flag = Some(word);
        Ok(())
    }

    fn trigger(&self, input: ParseStream<'_>) -> Result<Trigger> {
        match (&self.reads.types[..], &self.deadline, &self.rejected) {
            ([_, ..], None, None) => Ok(Trigger::Event),
            ([], Some(_), None) => Ok(Trigger::Deadline),
            ([], None, Some(_)) => Ok(Trigger::Rejection),
            ([], None, None) => {
                let problem = "say what it reacts to: `\"order.placed\"`, `deadline` or `rejected`";
                Err(Error::new(input.span(), problem))
            }
            (_, Some(word), _) | (_, _, Some(word)) => Err(Error::new(
                word.span(),
                "a variant is one thing: events, a deadline or a rejection",
            )),
        }
    }

    /// Words that mean nothing beside this trigger.
    fn check(&self, trigger: Trigger) -> Result<()> {
        let refuse = |word: &Option<Ident>, problem: &str| match word {
            Some(word) if trigger != Trigger::Event => Err(Error::new(word.span(), problem)),
            _ => Ok(()),
        };
        refuse(&self.starts, "only events start an instance")?;
        refuse(&self.versions, "only events have versions")?;
        refuse(
            &self.late,
            "only events come late: a completed instance has no deadlines, and refusals always reach it",
        )
    }
}

fn list<T: Parse>(input: ParseStream<'_>) -> Result<Punctuated<T, Token![,]>> {
    let content;
    parenthesized!(content in input);
    Punctuated::parse_terminated(&content)
}
