use crate::settings;
use anyhow::{Context, Result};
use std::{fs, path::PathBuf};
use tokio_postgres::{Client, NoTls};

/// Where a subject keeps its data: a place of its own, empty when `fresh`.
#[derive(Clone, Debug)]
pub struct Target {
    /// Its database, or nothing where there is no server.
    pub url: String,
    /// Its folder.
    pub folder: PathBuf,
    /// Whether both are new.
    pub fresh: bool,
}

impl Target {
    /// The place of this subject for this purpose.
    ///
    /// # Errors
    /// When it cannot be made.
    pub async fn of(subject: &str, purpose: &str, fresh: bool) -> Result<Self> {
        let name: String = format!("{subject}_{purpose}")
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' })
            .collect();
        let folder = settings::data().join(&name);
        if fresh {
            let _ = fs::remove_dir_all(&folder);
            fs::create_dir_all(&folder)?;
        }
        let url = match settings::postgres() {
            None => String::new(),
            Some(_) if fresh => fresh_database(&name).await?,
            Some(server) => format!("{server}/bench_{name}"),
        };
        Ok(Self { url, folder, fresh })
    }
}

/// A new and empty database in the place of the old one.
///
/// # Errors
/// When there is no server, or it refuses.
pub async fn fresh_database(name: &str) -> Result<String> {
    let server = settings::postgres().context("BENCH_POSTGRES names no server")?;
    let admin = connect(&format!("{server}/postgres")).await?;
    let drop = format!("DROP DATABASE IF EXISTS bench_{name} WITH (FORCE)");
    admin.batch_execute(&drop).await?;
    let create = format!("CREATE DATABASE bench_{name} ENCODING 'UTF8' TEMPLATE template0");
    admin.batch_execute(&create).await?;
    // What was written for the last subject shall not be a burden on the next.
    admin.batch_execute("CHECKPOINT").await?;
    Ok(format!("{server}/bench_{name}"))
}

/// A connection, driven by a task of its own.
///
/// # Errors
/// When the server cannot be reached.
pub async fn connect(url: &str) -> Result<Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.context("connect")?;
    tokio::spawn(connection);
    Ok(client)
}
