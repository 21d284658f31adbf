//! What travels to the owner of an aggregate.

use anyhow::{Result, anyhow};
use bench_harness::{AccountState, CommandError, Deposited};
use std::collections::HashMap;
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

/// Commands that share a commit at most.
pub const TOGETHER: usize = 512;
/// Aggregates whose state is kept at hand.
const KEPT: usize = 10_000;

pub const EVENT: &str = "account.deposited";
pub const NAME: &str = "account.deposit";
pub const COMPONENT: &str = "bare";
pub const ACTOR: &str = "clerk-17";

/// What became of a command: `false` when others wrote first.
type Answer = Result<bool, String>;

pub struct Command {
    pub id: Uuid,
    pub stream: String,
    pub deposits: Vec<Deposited>,
    answer: oneshot::Sender<Answer>,
}

impl Command {
    pub fn answer(self, answer: Answer) {
        // Whoever sent it may have gone meanwhile.
        let _ = self.answer.send(answer);
    }
}

pub async fn send(
    to: &mpsc::Sender<Command>,
    account: Uuid,
    deposits: Vec<Deposited>,
) -> Result<(), CommandError> {
    let (answer, answered) = oneshot::channel();
    to.send(Command { id: Uuid::now_v7(), stream: stream(account), deposits, answer }).await?;
    match answered.await? {
        Ok(true) => Ok(()),
        Ok(false) => Err(CommandError::Conflict),
        Err(error) => Err(CommandError::Other(anyhow!(error))),
    }
}

pub fn stream(account: Uuid) -> String {
    format!("account-{account}")
}

/// Events that have their place.
#[derive(Default)]
pub struct Rows {
    pub stream: Vec<String>,
    pub version: Vec<i64>,
    pub id: Vec<Uuid>,
    pub command: Vec<Uuid>,
    pub data: Vec<Vec<u8>>,
}

/// States by stream, and where each stands.
#[derive(Default)]
pub struct States(HashMap<String, (AccountState, i64)>);

impl States {
    /// Those of these streams that have to be loaded first.
    pub fn missing(&mut self, commands: &[Command]) -> Vec<String> {
        if self.0.len() > KEPT {
            self.0.clear();
        }
        let mut missing: Vec<String> = commands
            .iter()
            .filter(|command| !self.0.contains_key(&command.stream))
            .map(|command| command.stream.clone())
            .collect();
        missing.sort_unstable();
        missing.dedup();
        missing
    }

    pub fn forget(&mut self, commands: &[Command]) {
        for command in commands {
            self.0.remove(&command.stream);
        }
    }

    pub fn load(&mut self, stream: &str, version: i64, data: &[u8]) -> Result<()> {
        let state = self.0.entry(stream.to_owned()).or_default();
        state.0.apply(&serde_json::from_slice(data)?);
        state.1 = version;
        Ok(())
    }

    /// Carries commands out.
    pub fn decide(&mut self, commands: &[Command]) -> Result<Rows> {
        let mut rows = Rows::default();
        for command in commands {
            let state = self.0.entry(command.stream.clone()).or_default();
            for (ordinal, deposit) in command.deposits.iter().enumerate() {
                state.0.apply(deposit);
                state.1 += 1;
                rows.stream.push(command.stream.clone());
                rows.version.push(state.1);
                rows.id.push(Uuid::new_v5(&command.id, &ordinal.to_le_bytes()));
                rows.command.push(command.id);
                rows.data.push(serde_json::to_vec(deposit)?);
            }
        }
        Ok(rows)
    }
}
