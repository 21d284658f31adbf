use super::{expected, looked::Looked};
use crate::{
    Screen,
    args::{CheckArgs, CheckFormat},
    explain::Outcome,
    mount::Done,
};
use quadrille_core::EventStore;
use quadrille_flow::{
    expected::FlowReport,
    lint::{self, Level, Report},
};
use serde::Serialize;

pub(super) async fn run(
    args: &CheckArgs,
    store: Option<&dyn EventStore>,
    screen: &mut Screen<'_>,
) -> Outcome<Done> {
    if args.follow && args.format == CheckFormat::Sarif {
        return Err("check the flow: SARIF cannot be followed; say --format json".into());
    }
    let looked = Looked::at(&args.look, args.most(), store, "check the flow").await?;
    let report = lint::check(looked.input(), &looked.config);
    write(args, &report, &looked.expected, screen)?;
    let fails = if args.deny_warnings { Level::Warn } else { Level::Deny };
    let mut found = report.reaches(fails);
    if let (true, Some(monitor), Some(store)) = (args.follow, looked.monitor, store) {
        found |= expected::follow(store, monitor, args.format, screen).await?;
    }
    Ok(if found { Done::Found } else { Done::Well })
}

fn write(
    args: &CheckArgs,
    report: &Report,
    expected: &[FlowReport],
    screen: &mut Screen<'_>,
) -> Outcome {
    match args.format {
        CheckFormat::Text => {
            expected::write(expected, args.most(), screen)?;
            Ok(write!(screen.out, "{report}")?)
        }
        CheckFormat::Json => Ok(screen.json(&Checked { report, expected })?),
        CheckFormat::Sarif => Ok(screen.json(&report.sarif())?),
    }
}

/// All that was found, in one object.
#[derive(Serialize)]
struct Checked<'a> {
    #[serde(flatten)]
    report: &'a Report,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    expected: &'a [FlowReport],
}
