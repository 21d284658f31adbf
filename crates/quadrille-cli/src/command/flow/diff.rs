use super::source;
use crate::{
    Screen,
    args::{Format, ManifestDiffArgs, ManifestSource},
    explain::Outcome,
    mount::Done,
};
use quadrille_core::EventStore;
use quadrille_flow::declared::{self, Changed, differences};
use serde_json::json;

pub(super) async fn run(
    args: &ManifestDiffArgs,
    store: Option<&dyn EventStore>,
    screen: &mut Screen<'_>,
) -> Outcome<Done> {
    if (&args.old, &args.new) == (&ManifestSource::Input, &ManifestSource::Input) {
        return Err("compare manifests: only one of them can be on standard input".into());
    }
    let old = source::manifests(&args.old, store).await?;
    let new = source::manifests(&args.new, store).await?;
    let found = differences(&old, &new);
    let graph = declared::graph(&old).diff(&declared::graph(&new));
    if args.format == Format::Json {
        screen.json(&json!({ "differences": found, "graph": graph }))?;
    } else if found.is_empty() {
        screen.line("nothing changed")?;
    }
    if args.format == Format::Table {
        for difference in &found {
            let colour = match difference.changed {
                Changed::Added => "32",
                Changed::Removed => "31",
                Changed::Changed => "33",
            };
            let line = difference.to_string();
            let line = if screen.colour { format!("\x1b[{colour}m{line}\x1b[0m") } else { line };
            screen.line(&line)?;
        }
    }
    Ok(if args.exit_code && !found.is_empty() { Done::Found } else { Done::Well })
}
