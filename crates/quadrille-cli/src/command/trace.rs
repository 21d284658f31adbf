use crate::{
    Context, Screen,
    args::{TraceArgs, TraceFormat},
    explain::Outcome,
};
use quadrille_flow::trace::{Load, TreeStyle, load};

pub(super) async fn run(args: &TraceArgs, context: &Context, screen: &mut Screen<'_>) -> Outcome {
    let limits = Load { flows: args.flows, ..Load::default() };
    let traces = load(&*context.store, context.state.as_deref(), &args.of, limits).await?;
    if args.format == TraceFormat::Json {
        return Ok(screen.json(&traces)?);
    }
    let style = TreeStyle { width: screen.width, colour: screen.colour };
    for (at, trace) in traces.iter().enumerate() {
        if at > 0 {
            screen.line("")?;
        }
        write!(screen.out, "{}", trace.tree(style))?;
    }
    Ok(())
}
