use super::{
    MemoryState,
    table::{self, MemoryTable},
};
use crate::{
    StoreError,
    read_model::{ModelInfo, ReadModels, Rows, Stage, Table},
    row::Value,
    state::{Change, Consumer, ConsumerKind, Epoch},
};
use async_trait::async_trait;
use std::collections::{BTreeMap, HashMap};

/// Read models in the namespaces of their consumers.
#[derive(Debug, Default)]
pub(super) struct Models(BTreeMap<Consumer, Model>);

#[derive(Debug)]
struct Model {
    stage: Stage,
    tables: HashMap<&'static str, MemoryTable>,
}

impl Models {
    fn open(&mut self, kind: ConsumerKind, name: &str, version: u32) -> Consumer {
        let wanted = Consumer { kind, name: name.into(), version, generation: 0 };
        let newest = |stage| self.generations(&wanted).filter(|(_, m)| m.stage == stage).last();
        let known = [Stage::Live, Stage::Retired, Stage::Building].into_iter().find_map(newest);
        let known = known.map(|(consumer, _)| consumer.clone());
        let consumer = known.unwrap_or_else(|| self.add(&wanted));
        if !self.has_live(name) {
            self.set_stage(&consumer, Stage::Live);
        }
        consumer
    }

    fn generations(&self, of: &Consumer) -> impl Iterator<Item = (&Consumer, &Model)> {
        let first = Consumer { generation: 0, ..of.clone() };
        let last = Consumer { generation: u32::MAX, ..of.clone() };
        self.0.range(first..=last)
    }

    fn add(&mut self, of: &Consumer) -> Consumer {
        let last = self.generations(of).last().map(|(consumer, _)| consumer.generation);
        let generation = last.map_or(0, |generation| generation + 1);
        let consumer = Consumer { generation, ..of.clone() };
        let model = Model { stage: Stage::Building, tables: HashMap::new() };
        self.0.insert(consumer.clone(), model);
        consumer
    }

    fn has_live(&self, name: &str) -> bool {
        let is_live = |(consumer, model): (&Consumer, &Model)| {
            consumer.name == name && model.stage == Stage::Live
        };
        self.0.iter().any(is_live)
    }

    fn set_stage(&mut self, consumer: &Consumer, stage: Stage) {
        if let Some(model) = self.0.get_mut(consumer) {
            model.stage = stage;
        }
    }

    fn go_live(&mut self, consumer: &Consumer) -> Result<(), StoreError> {
        self.model(consumer)?;
        for (other, model) in &mut self.0 {
            if other.name == consumer.name && model.stage == Stage::Live {
                model.stage = Stage::Retired;
            }
        }
        self.set_stage(consumer, Stage::Live);
        Ok(())
    }

    fn remove(&mut self, consumer: &Consumer) -> Result<(), StoreError> {
        if self.model(consumer)?.stage == Stage::Live {
            let problem = "queries see it; let another one go live first";
            return Err(StoreError::unusable(consumer.to_string(), problem));
        }
        self.0.remove(consumer);
        Ok(())
    }

    fn model(&mut self, consumer: &Consumer) -> Result<&mut Model, StoreError> {
        let problem = "there is no such read model; open it first";
        let missing = || StoreError::unusable(consumer.to_string(), problem);
        self.0.get_mut(consumer).ok_or_else(missing)
    }

    fn table(
        &mut self,
        consumer: &Consumer,
        table: &Table,
    ) -> Result<&mut MemoryTable, StoreError> {
        let what = || format!("table {} of {consumer}", table.name);
        let missing = || StoreError::unusable(what(), "it was not created");
        self.model(consumer)?.tables.get_mut(table.name).ok_or_else(missing)
    }
}

#[async_trait]
impl ReadModels for MemoryState {
    async fn open(
        &self,
        kind: ConsumerKind,
        name: &str,
        version: u32,
    ) -> Result<Consumer, StoreError> {
        Ok(self.with(|state| state.models.open(kind, name, version)))
    }

    async fn rebuild(&self, consumer: &Consumer) -> Result<Consumer, StoreError> {
        Ok(self.with(|state| state.models.add(consumer)))
    }

    async fn go_live(&self, consumer: &Consumer) -> Result<(), StoreError> {
        self.with(|state| state.models.go_live(consumer))
    }

    async fn models(&self) -> Result<Vec<ModelInfo>, StoreError> {
        let info = |(consumer, model): (&Consumer, &Model)| ModelInfo {
            consumer: consumer.clone(),
            stage: model.stage,
            location: "memory".into(),
        };
        let mut models: Vec<_> = self.with(|state| state.models.0.iter().map(info).collect());
        let order = |consumer: &Consumer| {
            (consumer.name.clone(), consumer.version, consumer.generation, consumer.kind)
        };
        models.sort_by_key(|model| order(&model.consumer));
        Ok(models)
    }

    async fn remove(&self, consumer: &Consumer) -> Result<(), StoreError> {
        self.with(|state| {
            state.models.remove(consumer)?;
            state.progress.remove(consumer);
            state.statuses.remove(consumer);
            Ok(())
        })
    }

    async fn create_table(&self, consumer: &Consumer, table: &Table) -> Result<(), StoreError> {
        table::check_keys(table)?;
        self.with(|state| {
            state.models.model(consumer)?.tables.entry(table.name).or_default();
            Ok(())
        })
    }

    async fn rows(
        &self,
        consumer: &Consumer,
        table: &Table,
        keys: &[Vec<Value>],
    ) -> Result<Vec<Vec<Value>>, StoreError> {
        self.with(|state| Ok(state.models.table(consumer, table)?.rows(keys)))
    }

    async fn all_rows(
        &self,
        consumer: &Consumer,
        table: &Table,
        after: Option<&[Value]>,
        limit: usize,
    ) -> Result<Vec<Vec<Value>>, StoreError> {
        self.with(|state| Ok(state.models.table(consumer, table)?.all(after, limit)))
    }

    async fn commit_rows(
        &self,
        consumer: &Consumer,
        epoch: Epoch,
        table: &Table,
        rows: Rows,
        change: Change,
    ) -> Result<(), StoreError> {
        self.with(|state| {
            state.check(consumer, epoch)?;
            table::check(table, &rows)?;
            state.models.table(consumer, table)?.write(table, rows);
            state.apply(consumer, change);
            Ok(())
        })
    }
}
