//! Listing streams.

use super::{Core, envelope::stream_id, read::statement};
use quadrille_core::{
    Category, Position, StoreError, StreamId, Version,
    store::{StreamFilter, StreamInfo},
};
use sqlx::{Error, Row, postgres::PgRow};

impl Core {
    /// Category by category, so that a prefix of ids is a range in each.
    pub(super) async fn list_streams(
        &self,
        filter: &StreamFilter,
        after: Option<&StreamId>,
        limit: usize,
    ) -> Result<Vec<StreamInfo>, StoreError> {
        let mut found = Vec::new();
        let from = after.map_or("", |stream| stream.category().as_str());
        let mut next = match &filter.category {
            Some(wanted) => (wanted.as_str() >= from).then(|| wanted.clone()),
            None => self.next_category(from, true).await?,
        };
        while let Some(category) = next.filter(|_| found.len() < limit) {
            if filter.category.is_some() || filter.framework || !category.is_framework() {
                let after = after.filter(|stream| *stream.category() == category);
                let after = after.map_or("", StreamId::id);
                let rest = limit - found.len();
                found.extend(self.in_category(&category, &filter.id_prefix, after, rest).await?);
            }
            next = match filter.category {
                Some(_) => None,
                None => self.next_category(category.as_str(), false).await?,
            };
        }
        Ok(found)
    }

    async fn next_category(
        &self,
        from: &str,
        inclusive: bool,
    ) -> Result<Option<Category>, StoreError> {
        let text = &self.statements.next_category;
        let rows =
            self.reads.fetch(|| statement(text).bind(from.to_owned()).bind(inclusive)).await?;
        let category = |row: &PgRow| {
            let name: String = row.try_get(0)?;
            Category::new(name).map_err(|error| Error::Decode(error.into()))
        };
        rows.first().map(category).transpose().map_err(|error| self.reads.error(error))
    }

    async fn in_category(
        &self,
        category: &Category,
        prefix: &str,
        after: &str,
        limit: usize,
    ) -> Result<Vec<StreamInfo>, StoreError> {
        let rows = self.reads.fetch(|| {
            statement(&self.statements.streams_of)
                .bind(category.as_str().to_owned())
                .bind(prefix.to_owned())
                .bind(after.to_owned())
                .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        });
        let rows = rows.await?;
        rows.iter().map(info).collect::<Result<_, _>>().map_err(|error| self.reads.error(error))
    }
}

fn info(row: &PgRow) -> Result<StreamInfo, Error> {
    Ok(StreamInfo {
        stream: stream_id(row, 0)?,
        version: Version(row.try_get::<i64, _>(2)? as u64),
        position: Position(row.try_get::<i64, _>(3)? as u64),
        recorded_at: row.try_get(4)?,
    })
}
