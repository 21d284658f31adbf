use super::{Review, review::FORMAT};

/// What stands before and behind the data in a page.
const BEGIN: &str = "<script type=\"application/json\" id=\"quadrille-flow-report\">";
const END: &str = "</script>";

/// Why a page holds no review that can be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// It was not written by `quadrille flow report`, or somebody took the data out.
    #[error("find the data of a flow report: this is no page of `quadrille flow report`")]
    NoReport,
    /// The data is damaged.
    #[error("read the data of a flow report")]
    Damaged(#[from] serde_json::Error),
    /// A later release wrote it.
    #[error(
        "read a flow report of form {0}: this release reads form {FORMAT} at most; use a newer one"
    )]
    Newer(u32),
}

/// The review that a page holds.
///
/// # Errors
/// When there is none, or a newer release wrote it.
pub fn read(page: &str) -> Result<Review, ReadError> {
    let (_, rest) = page.split_once(BEGIN).ok_or(ReadError::NoReport)?;
    let (data, _) = rest.split_once(END).ok_or(ReadError::NoReport)?;
    #[derive(serde::Deserialize)]
    struct Form {
        format: u32,
    }
    let Form { format } = serde_json::from_str(data)?;
    if format > FORMAT {
        return Err(ReadError::Newer(format));
    }
    Ok(serde_json::from_str(data)?)
}

/// The review as an element of a page. Whatever a name holds, it ends no element.
pub(super) fn element(review: &Review) -> String {
    let data = serde_json::to_string(review).expect("a review is plain data");
    let data = data.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026");
    format!("{BEGIN}{data}{END}\n")
}
