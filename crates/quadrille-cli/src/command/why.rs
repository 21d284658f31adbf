use crate::{
    Context, Screen,
    args::{Format, WhyArgs},
    explain::Outcome,
    format::time,
};
use quadrille_flow::{
    is_unsafe,
    why::{Because, Said, Told, why},
};

pub(super) async fn run(args: &WhyArgs, context: &Context, screen: &mut Screen<'_>) -> Outcome {
    let said = why(&*context.store, &args.stream, &args.field, args.limit.max(1)).await?;
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
