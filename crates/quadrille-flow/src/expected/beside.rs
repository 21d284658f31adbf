use super::{
    align::Move,
    checker::{Checker, Seen, Verdict},
    deviation::Mention,
    specification::ExpectedFlow,
};
use crate::{text::printable, trace::duration};
use quadrille_core::Envelope;
use serde::Serialize;
use std::{
    fmt::{self, Display},
    sync::Arc,
};
use unicode_width::UnicodeWidthStr;

/// One flow beside the specification that it was held against.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FlowCheck {
    /// The specification's name.
    pub expected: String,
    /// How the flow did.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// Its events and the steps that are missing, in order.
    pub steps: Vec<Laid>,
}

/// An event, a step, or both.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Laid {
    /// The event's type, or the step's.
    pub event_type: String,
    /// Whether it is a step.
    pub is_step: bool,
    /// The event; `None` for a step that is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<Mention>,
    /// The component that wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub component: Option<String>,
    /// The time since the flow began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since_begin_micros: Option<u64>,
}

impl ExpectedFlow {
    /// Holds a flow against the specification that may go on: its events, in the order of the log.
    /// Whether something is overdue is judged by the time of the last one.
    pub fn check(&self, events: &[Envelope]) -> FlowCheck {
        self.beside(events, false)
    }

    /// Holds a flow against the specification that is over: what has not come is missing.
    pub fn check_whole(&self, events: &[Envelope]) -> FlowCheck {
        self.beside(events, true)
    }

    fn beside(&self, events: &[Envelope], over: bool) -> FlowCheck {
        let mut checker = Checker::new(Arc::new(self.clone()));
        let flow: Vec<Seen> = events.iter().filter_map(|event| checker.see(event)).collect();
        let now = flow.iter().map(|seen| seen.at).max().unwrap_or(0);
        let verdict = checker.judge(&flow, now, over);
        let steps = laid(&mut checker, &flow, over);
        FlowCheck { expected: self.name.clone(), verdict, steps }
    }
}

fn laid(checker: &mut Checker, flow: &[Seen], over: bool) -> Vec<Laid> {
    let begin = flow.first().map_or(0, |seen| seen.at);
    let event = |checker: &Checker, at: usize, is_step| {
        let seen = &flow[at];
        Laid {
            event_type: checker.types.name(seen.event_type).into(),
            is_step,
            event: Some(checker.mention(seen)),
            component: Some(checker.component(seen).into()),
            since_begin_micros: Some(seen.at.saturating_sub(begin).max(0).unsigned_abs()),
        }
    };
    let Some(alignment) = checker.laid(flow, over) else {
        return (0..flow.len()).map(|at| event(checker, at, true)).collect();
    };
    let one = |by: &Move| match *by {
        Move::Match { event: at, .. } => event(checker, at, true),
        Move::Extra { event: at } => event(checker, at, false),
        Move::Missing { step } => Laid {
            event_type: checker.expected.steps[step as usize].event_type.clone(),
            is_step: true,
            event: None,
            component: None,
            since_begin_micros: None,
        },
    };
    alignment.moves.iter().map(one).collect()
}

impl Display for FlowCheck {
    /// What differs, and the flow beside its specification: `+` stands in front of events that are
    /// too many, `-` in front of steps that are missing.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { expected, verdict, steps } = self;
        writeln!(f, "flow {}: fitness {:.2}", printable(expected), verdict.fitness)?;
        for deviation in &verdict.deviations {
            writeln!(f, "  {deviation}")?;
        }
        if !verdict.waits_for.is_empty() {
            let next: Vec<_> = verdict.waits_for.iter().map(|name| printable(name)).collect();
            writeln!(f, "  it is not over: next comes {}", next.join(" or "))?;
        }
        let width = |text: &str| text.width();
        let types = steps.iter().map(|laid| width(&laid.event_type)).max().unwrap_or(0);
        let writers = steps.iter().filter_map(|laid| laid.component.as_deref());
        let writers = writers.map(width).max().unwrap_or(0);
        for laid in steps {
            let sign = match (laid.is_step, &laid.event) {
                (true, Some(_)) => ' ',
                (true, None) => '-',
                (false, _) => '+',
            };
            let event_type = printable(&laid.event_type);
            let padding = " ".repeat(types - width(&event_type).min(types));
            let (Some(component), Some(micros)) = (&laid.component, laid.since_begin_micros) else {
                writeln!(f, "{sign} {event_type}")?;
                continue;
            };
            let component = printable(component);
            let behind = " ".repeat(writers - width(&component).min(writers));
            let time = duration(micros);
            writeln!(f, "{sign} {event_type}{padding}  {component}{behind}  {time}")?;
        }
        Ok(())
    }
}
