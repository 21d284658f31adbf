//! Reads and subscriptions. Nobody holds more than a page: the next is read when the last has
//! been handed over.

mod log;
mod pages;
mod request;
mod stream;

use crate::{
    context::Context,
    proto::streams::{ReadReq, ReadResp},
};
use futures_util::{TryStreamExt, stream as streams};
use request::ReadRequest;
use std::pin::Pin;
use tokio_stream::Stream;
use tonic::{Status, async_trait};

type Answers = Pin<Box<dyn Stream<Item = Result<ReadResp, Status>> + Send>>;

/// Where answers come from, some at a time.
#[async_trait]
trait Source: Send + 'static {
    /// The next answers; `None` at the end.
    async fn next(&mut self) -> Result<Option<Vec<ReadResp>>, Status>;
}

/// The answers to a read.
///
/// # Errors
/// When the request makes no sense, or asks for what may not be seen.
pub(crate) fn read(context: Context, request: ReadReq) -> Result<Answers, Status> {
    Ok(match ReadRequest::parse(context, request)? {
        ReadRequest::Stream(source) => answers(source),
        ReadRequest::FollowStream(source) => answers(source),
        ReadRequest::Log(source) => answers(source),
        ReadRequest::FollowLog(source) => answers(source),
        ReadRequest::NotFound(answer) => Box::pin(streams::once(std::future::ready(Ok(answer)))),
    })
}

fn answers(source: impl Source) -> Answers {
    let pages = streams::try_unfold(source, |mut source| async move {
        let page = source.next().await?;
        Ok::<_, Status>(page.map(|page| (page, source)))
    });
    Box::pin(
        pages.map_ok(|page| streams::iter(page.into_iter().map(Ok::<_, Status>))).try_flatten(),
    )
}
