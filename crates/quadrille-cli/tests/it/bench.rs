//! A workbench: a folder with a store, and the binary to try on it.

use quadrille_core::{Append, EventStore, ExpectedVersion, NewEvent, StreamId};
use quadrille_sqlite::{Sqlite, SqliteStore};
use std::{
    io::Write,
    path::PathBuf,
    process::{Command, Output, Stdio},
};
use tempfile::TempDir;

pub struct Bench {
    pub folder: TempDir,
}

/// What the binary answered.
#[derive(Debug)]
pub struct Answer {
    pub out: String,
    pub err: String,
    pub code: i32,
}

impl Answer {
    fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        let code = output.status.code().expect("an exit code");
        Self { out: text(output.stdout), err: text(output.stderr), code }
    }

    /// Its result; an error fails the test.
    #[track_caller]
    pub fn out(self) -> String {
        assert_eq!((self.code, &*self.err), (0, ""), "{}", self.out);
        self.out
    }

    #[track_caller]
    pub fn json(self) -> serde_json::Value {
        serde_json::from_str(&self.out()).expect("one JSON document")
    }

    /// Its error.
    #[track_caller]
    pub fn error(self) -> String {
        assert_eq!(self.code, 2, "{self:?}");
        self.err
    }
}

impl Bench {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        std::fs::write(self.path(name), text).unwrap();
        name.to_owned()
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_quadrille"));
        command.args(args).current_dir(self.folder.path());
        command.env("QUADRILLE_STORE", "sqlite:log.db").env_remove("QUADRILLE_READ_MODELS");
        command
    }

    pub fn run(&self, args: &[&str]) -> Answer {
        Answer::of(self.command(args).output().unwrap())
    }

    pub fn run_with_input(&self, args: &[&str], input: &[u8]) -> Answer {
        let mut command = self.command(args);
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        Answer::of(child.wait_with_output().unwrap())
    }

    /// The store that the binary is tried on.
    pub async fn store(&self) -> SqliteStore {
        SqliteStore::open(self.path("log.db")).await.unwrap()
    }

    /// The state and the read models beside it.
    pub async fn models(&self) -> Sqlite {
        Sqlite::beside(self.path("log.db")).await.unwrap()
    }
}

pub async fn append(store: &dyn EventStore, stream: &StreamId, events: Vec<NewEvent>) {
    let (stream, expected) = (stream.clone(), ExpectedVersion::Any);
    store.append(Append { stream, expected, events }).await.unwrap();
}
