use crate::{
    Context, Screen,
    args::{Format, StreamsArgs},
    explain::Outcome,
    format::{count, time},
    table::{Align, Table},
};
use quadrille_core::{
    StreamId,
    store::{StreamFilter, StreamInfo},
};
use serde_json::json;

const PAGE: usize = 500;

pub(super) async fn run(args: &StreamsArgs, context: &Context, screen: &mut Screen<'_>) -> Outcome {
    let filter = StreamFilter {
        category: args.category.clone(),
        id_prefix: args.prefix.clone(),
        framework: args.framework,
    };
    let mut left = args.limit.unwrap_or(usize::MAX);
    let mut after: Option<StreamId> = None;
    let mut listing = Listing::new(args.format);
    while left > 0 {
        let page = context.store.streams(&filter, after.as_ref(), left.min(PAGE)).await?;
        let Some(last) = page.last() else { break };
        left -= page.len().min(left);
        after = Some(last.stream.clone());
        listing.page(&page, screen)?;
    }
    listing.end(screen)
}

/// Pages as they come: a table grows downwards, and so does an array.
enum Listing {
    Table(Table),
    Json { any: bool },
}

impl Listing {
    fn new(format: Format) -> Self {
        let headings =
            [("stream", Align::Left), ("events", Align::Right), ("last recorded", Align::Left)];
        match format {
            Format::Table => Self::Table(Table::new(&headings)),
            Format::Json => Self::Json { any: false },
        }
    }

    fn page(&mut self, page: &[StreamInfo], screen: &mut Screen<'_>) -> Outcome {
        match self {
            Self::Table(table) => {
                for info in page {
                    let (events, recorded) = (count(info.version.0), time(info.recorded_at));
                    table.row([info.stream.to_string(), events, recorded]);
                }
                table.write(screen)?;
            }
            Self::Json { any } => {
                for info in page {
                    let object = json!({
                        "stream": info.stream,
                        "version": info.version,
                        "position": info.position,
                        "recorded_at": info.recorded_at,
                    });
                    let joint = if std::mem::replace(any, true) { ",\n  " } else { "[\n  " };
                    write!(screen.out, "{joint}{object}")?;
                }
            }
        }
        Ok(())
    }

    fn end(self, screen: &mut Screen<'_>) -> Outcome {
        let text = match self {
            Self::Table(table) if table.is_empty() => "there are no such streams",
            Self::Table(_) => return Ok(()),
            Self::Json { any: true } => "\n]",
            Self::Json { any: false } => "[]",
        };
        Ok(screen.line(text)?)
    }
}
