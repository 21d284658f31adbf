//! Pictures of one flow as a sequence diagram: lanes beside one another, and what passes between
//! them from the top to the bottom, in the order of the log.
//!
//! Components are lanes; callers and other flows are one lane, `outside`. A solid arrow is a command,
//! a dotted one leads from an event to a consumer that read it. Of a [`Style`] they heed the title,
//! the subtitle and the theme; without the first two they say which flow it is and what there is in
//! it. The same flow gives the same bytes.

use super::{Style, mermaid as charts, svg as pictures};
use crate::trace::Trace;

/// The flow as an SVG picture.
///
/// ```
/// use quadrille_flow::draw::{self, Style};
/// use quadrille_flow::trace::{Input, Trace};
///
/// # let flow = quadrille_core::CorrelationId::new();
/// let trace = Trace::build(&Input::new(flow, Vec::new()));
/// assert!(draw::sequence::svg(&trace, &Style::default()).starts_with("<svg"));
/// ```
pub fn svg(trace: &Trace, style: &Style) -> String {
    pictures::sequence::draw(trace, style)
}

/// The flow as a Mermaid sequence diagram, to be pasted into Markdown.
pub fn mermaid(trace: &Trace, style: &Style) -> String {
    charts::sequence::draw(trace, style)
}

/// What stands above the picture, and below that.
pub(super) fn titles(trace: &Trace, style: &Style) -> (String, String) {
    let title = style.title.clone().unwrap_or_else(|| format!("flow {}", trace.correlation));
    let mut facts = trace.facts();
    if trace.truncated {
        facts.push("only its beginning".to_owned());
    }
    (title, style.subtitle.clone().unwrap_or_else(|| facts.join(" · ")))
}
