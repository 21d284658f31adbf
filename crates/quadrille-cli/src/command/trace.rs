use crate::{
    Context, Screen,
    args::{TraceArgs, TraceFormat},
    explain::Outcome,
};
use quadrille_flow::{
    draw::{self, Style},
    trace::{Load, Sources, Trace, TreeStyle, What},
};

pub(super) async fn run(args: &TraceArgs, context: &Context, screen: &mut Screen<'_>) -> Outcome {
    if let Some(problem) = args.unheeded() {
        return Err(format!("draw the flow: {problem}").into());
    }
    let limits = Load { flows: args.flows, ..Load::default() };
    let sources = Sources {
        store: &*context.store,
        state: context.state.as_deref(),
        models: context.models.as_deref(),
    };
    let mut traces = sources.load(&args.of, limits).await?;
    if !args.state {
        forget_changes(&mut traces);
    }
    let text = TreeStyle { width: screen.width, colour: screen.colour };
    let style = Style { theme: args.theme.unwrap_or_default().into(), ..Style::default() };
    match args.format {
        TraceFormat::Json => Ok(screen.json(&traces)?),
        TraceFormat::Tree if args.state => {
            write(&traces, |trace| trace.tree_with_states(text), screen)
        }
        TraceFormat::Tree => write(&traces, |trace| trace.tree(text), screen),
        TraceFormat::Sequence => write(&traces, |trace| trace.sequence(text), screen),
        TraceFormat::Timeline => write(&traces, |trace| trace.timeline(text), screen),
        TraceFormat::Svg => picture(&traces, |trace| draw::sequence::svg(trace, &style), screen),
        TraceFormat::Mermaid => {
            picture(&traces, |trace| draw::sequence::mermaid(trace, &style), screen)
        }
    }
}

/// What steps changed is said where somebody asks for it.
fn forget_changes(traces: &mut [Trace]) {
    for node in traces.iter_mut().flat_map(|trace| &mut trace.nodes) {
        if let What::Step(step) = &mut node.what {
            step.changes.clear();
        }
    }
}

/// One flow after the other.
fn write(traces: &[Trace], text: impl Fn(&Trace) -> String, screen: &mut Screen<'_>) -> Outcome {
    for (at, trace) in traces.iter().enumerate() {
        if at > 0 {
            screen.line("")?;
        }
        write!(screen.out, "{}", text(trace))?;
    }
    Ok(())
}

/// A file holds one picture, and a picture one flow.
fn picture(traces: &[Trace], draw: impl Fn(&Trace) -> String, screen: &mut Screen<'_>) -> Outcome {
    let [trace] = traces else {
        let flows: Vec<String> = traces.iter().map(|trace| trace.correlation.to_string()).collect();
        let problem = format!(
            "a picture shows one flow, and there are {}: name one of {}, or say --flows 1 for the newest",
            flows.len(),
            flows.join(", ")
        );
        return Err(format!("draw the flow: {problem}").into());
    };
    write!(screen.out, "{}", draw(trace))?;
    Ok(())
}
