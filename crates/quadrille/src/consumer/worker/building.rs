//! Building a read model beside the one that is queried, and putting it in its place.

use super::Worker;
use crate::{
    app::{OperateError, chain},
    consumer::{Failure, Handle, Request, RequestKind},
};
use std::sync::{Arc, PoisonError, atomic::Ordering};
use tokio::sync::oneshot;

impl Worker {
    /// Lets queries see what was built, and ends the worker that they saw until now.
    pub(super) async fn go_live(&mut self) -> Result<(), Failure> {
        self.behaviour.go_live(&self.engine, &self.consumer).await?;
        self.serve().await;
        Ok(())
    }

    /// Serves the read model in place of those workers that did until now.
    pub(super) async fn serve(&self) {
        self.handle.building.store(false, Ordering::SeqCst);
        let mut old = Vec::new();
        self.engine.handles.lock().unwrap_or_else(PoisonError::into_inner).retain(|handle| {
            let replaced = handle.name() == self.handle.name()
                && handle.behaviour.kind() == self.behaviour.kind()
                && !Arc::ptr_eq(handle, &self.handle);
            if replaced {
                old.push(handle.clone());
            }
            !replaced
        });
        for handle in old {
            let (answer, _) = oneshot::channel();
            // One that has ended needs not be told.
            let _ = handle.requests.send(Request { kind: RequestKind::Retire, answer }).await;
        }
    }

    /// Builds the read model again in a new generation, which takes its place when it has caught
    /// up. Until then this worker goes on.
    pub(in crate::consumer) async fn rebuild(&mut self) -> Result<(), OperateError> {
        let same = |handle: &Arc<Handle>| {
            handle.name() == self.handle.name()
                && handle.behaviour.kind() == self.behaviour.kind()
                && handle.is_building()
        };
        if self.engine.handles().iter().any(same) {
            let why = format!("{} is being built already", self.consumer);
            return Err(OperateError::Refused(why));
        }
        let next = self.behaviour.rebuild(&self.engine, &self.consumer).await?;
        let Some(next) = next else {
            let why = format!("{} is no read model", self.consumer);
            return Err(OperateError::Refused(why));
        };
        let worker = Self::of(self.engine.clone(), self.behaviour.clone(), next).await;
        let worker = worker.map_err(|error| OperateError::Refused(chain(&error)))?;
        self.engine.keep_task(tokio::spawn(worker.boxed()));
        Ok(())
    }
}
