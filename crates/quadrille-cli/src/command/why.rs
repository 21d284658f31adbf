use crate::{
    Context, Screen,
    args::{Format, WhyArgs},
    explain::Outcome,
    format::{counted, time},
};
use quadrille::app::LeftOut;
use quadrille_core::StreamId;
use quadrille_flow::{
    is_unsafe,
    why::{Because, Changes, Said, Told, why},
};
use std::io::{self, Write};

pub(super) async fn run(args: &WhyArgs, context: &Context, screen: &mut Screen<'_>) -> Outcome {
    let (said, left_out) = said(args, context).await?;
    if let Some((event, reason)) = &left_out.first {
        // To people, whoever reads the list.
        let many = counted(left_out.events, "event", "events");
        let warning = format!(
            "{many} of the read model's are left out, which this code cannot use or which lie behind such; the first is {event}: {reason}"
        );
        let _ = writeln!(io::stderr(), "{}", warning.replace(is_unsafe, "·"));
    }
    if args.format == Format::Json {
        return Ok(screen.json(&said)?);
    }
    for (at, said) in said.iter().enumerate() {
        if at > 0 {
            screen.line("")?;
        }
        tell(&args.field, said, screen)?;
    }
    Ok(())
}

async fn said(args: &WhyArgs, context: &Context) -> Outcome<(Vec<Said>, LeftOut)> {
    let WhyArgs { of, field, key, .. } = args;
    let (store, limit) = (&*context.store, args.limit.max(1));
    let mut changes = Changes::of(field, limit);
    if !key.is_empty() {
        let app = context.app("tell why a row is so")?;
        let left_out = app.row_history(of, key, &mut |event, row| changes.see(event, row)).await?;
        let row = format!("the row {} of {of}", key.join(", "));
        return Ok((changes.told(store, &row).await?, left_out));
    }
    let stream: StreamId = of.parse().map_err(|error| {
        format!("tell why: {error}; of a row of a read model it is told with --key")
    })?;
    if args.state {
        let app = context.app("tell why an aggregate's state is so")?;
        app.states(&stream, &mut |event, state| changes.see(event, state)).await?;
        let said = changes.told(store, &format!("the state of {stream}")).await?;
        return Ok((said, LeftOut::default()));
    }
    Ok((why(store, &stream, field, limit).await?, LeftOut::default()))
}

fn tell(field: &str, said: &Said, screen: &mut Screen<'_>) -> Outcome {
    let value = said.value.as_ref().map_or_else(|| "gone".to_owned(), ToString::to_string);
    line(&format!("{field} = {value}"), screen)?;
    line(&format!("  ● {}", event(&said.event)), screen)?;
    for because in &said.because {
        line(&format!("  ↑ {}", words(because)), screen)?;
    }
    Ok(())
}

fn line(text: &str, screen: &mut Screen<'_>) -> Outcome {
    Ok(screen.line(&text.replace(is_unsafe, "·"))?)
}

fn event(Told { event_type, stream, version, occurred_at, .. }: &Told) -> String {
    format!("{event_type}  {stream}#{version}  {}", time(*occurred_at))
}

fn words(because: &Because) -> String {
    match because {
        Because::Command { name, actor, from_outside, .. } => {
            let actor = actor.as_ref().map(|actor| format!("  by {actor}")).unwrap_or_default();
            let outside = if *from_outside { "  from outside" } else { "" };
            format!("▶ {name}{actor}{outside}")
        }
        Because::Event(told) => format!("● {}", event(told)),
        Because::Step { process, key, input, occurred_at } => {
            format!("◆ {process} {key}: {input}  {}", time(*occurred_at))
        }
        Because::Outcome { process, key, command, rejected } => {
            let how = match rejected {
                Some(code) => format!("was refused: {code}"),
                None => "was accepted".to_owned(),
            };
            format!("◆ {process} {key}: {command} {how}")
        }
        Because::Unknown { id } => format!("{id}, which this log does not hold"),
    }
}
