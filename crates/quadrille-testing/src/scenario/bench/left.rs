use super::Bench;
use crate::scenario::{effects::sent, show};
use chrono::{DateTime, Utc};
use quadrille_core::{
    Input, ProcessManager,
    journal::{Instance, UndoEntry},
    process::StepDeclaration,
};
use std::time::Duration;

impl<P> Clone for Bench<P> {
    fn clone(&self) -> Self {
        Self {
            instance: self.instance.clone(),
            refuses: self.refuses.clone(),
            sent: self.sent.clone(),
            key: self.key.clone(),
            ..*self
        }
    }
}

impl<P: ProcessManager> Bench<P> {
    /// What has come of it so far, in lines whose order says nothing.
    pub fn left(&self) -> Vec<String> {
        let Instance { state, open, deadlines, undo, compensated, completed, .. } = &self.instance;
        let mut left = self.sent.clone();
        let wait =
            |due: DateTime<Utc>| show::duration((due - self.now).to_std().unwrap_or_default());
        left.extend(open.iter().filter_map(|open| {
            Some(format!("{} in {}", sent(&open.issued), wait(open.issued.due?)))
        }));
        left.extend(deadlines.iter().map(|(deadline, ..)| {
            let data = show::json(deadline.data.get().as_bytes());
            format!("deadline {} {data} in {}", deadline.name, wait(deadline.due))
        }));
        let late = |may: fn(&StepDeclaration) -> bool| {
            !completed || P::Input::steps().iter().any(|step| step.late && may(step))
        };
        let undo = undo.iter().filter(|_| late(|step| step.compensates));
        left.extend(undo.map(|UndoEntry { undo, .. }| {
            let data = undo.data.get().as_bytes();
            let send =
                show::send(undo.to.category(), undo.to.id(), &undo.command, data, Duration::ZERO);
            format!("to undo: {send}")
        }));
        left.extend(compensated.iter().map(|reason| format!("compensated: {reason}")));
        left.extend(completed.then(|| "completed".to_owned()));
        match state {
            // Nobody sees the state of an instance that takes nothing any more.
            Some((_, state)) if late(|_| true) => {
                left.push(format!("state {}", show::json(state.get().as_bytes())));
            }
            Some(_) => {}
            None => left.push("not started".into()),
        }
        left.sort();
        left
    }
}
