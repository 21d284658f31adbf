use super::limit_to_sql;
use crate::read_models::{
    Postgres,
    decode::{Decode, micros},
    writer::WriteTx,
};
use quadrille_core::{
    StoreError,
    state::{Deadline, DeadlineFilter},
};
use sqlx::{Row, postgres::PgRow, query};

impl Postgres {
    pub(super) async fn replace_deadlines(
        &self,
        tx: &mut WriteTx,
        instances: &[(String, String, Vec<Deadline>)],
    ) -> Result<(), StoreError> {
        for (process, instance, deadlines) in instances {
            let replaced = self.replace(tx, process, instance, deadlines).await;
            replaced.map_err(|error| tx.fail(error))?;
        }
        Ok(())
    }

    async fn replace(
        &self,
        tx: &mut WriteTx,
        process: &str,
        instance: &str,
        deadlines: &[Deadline],
    ) -> Result<(), sqlx::Error> {
        let delete =
            "DELETE FROM {schema}.quadrille_deadlines WHERE process = $1 AND instance = $2";
        tx.run(query(self.sql(delete)).bind(process).bind(instance)).await?;
        for deadline in deadlines {
            let insert = query(self.sql(include_str!("insert_deadline.sql")))
                .bind(process)
                .bind(instance)
                .bind(deadline.id)
                .bind(&deadline.name)
                .bind(deadline.is_command)
                .bind(micros(deadline.due))
                .bind(deadline.correlation.0);
            tx.run(insert).await?;
        }
        Ok(())
    }

    pub(super) async fn list_deadlines(
        &self,
        filter: &DeadlineFilter,
        limit: usize,
    ) -> Result<Vec<Deadline>, StoreError> {
        let text = include_str!("deadlines.sql");
        let rows = self.pool().fetch(|| {
            query(self.sql(text))
                .bind(filter.process.clone())
                .bind(filter.due_by.map_or(i64::MAX, micros))
                .bind(filter.correlation.map(|id| id.0))
                .bind(limit_to_sql(limit))
        });
        let rows = rows.await?;
        rows.iter().map(read).collect::<Result<_, _>>().map_err(|error| self.fail(error))
    }
}

fn read(row: &PgRow) -> Result<Deadline, sqlx::Error> {
    Ok(Deadline {
        id: row.id("id")?,
        process: row.text("process")?,
        key: row.text("instance")?,
        name: row.text("name")?,
        is_command: row.try_get("is_command")?,
        due: row.time("due_us")?,
        correlation: row.id("correlation")?,
    })
}
