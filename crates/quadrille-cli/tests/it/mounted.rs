use crate::{
    bench::{Bench, append},
    log::{placed, stream},
};
use async_trait::async_trait;
use quadrille_cli::{CommandLine, Context, Done, run};
use quadrille_core::{
    journal::{Operation, OperationError, Operations},
    read_model::ReadModels,
    state::ConsumerKind,
};
use std::{
    ffi::OsString,
    sync::{Arc, Mutex},
};

/// A program that carries operations out itself.
#[derive(Default)]
struct App {
    done: Mutex<Vec<(Operation, String)>>,
}

#[async_trait]
impl Operations for App {
    async fn perform(&self, operation: Operation, actor: &str) -> Result<(), OperationError> {
        self.done.lock().unwrap().push((operation, actor.to_owned()));
        Ok(())
    }
}

struct Program(Context);

impl CommandLine for Program {
    fn command_line(&self) -> Context {
        self.0.clone()
    }
}

#[tokio::test]
async fn a_program_mounts_the_commands_and_carries_operations_out_itself() {
    let bench = Bench::new();
    let store = bench.store().await;
    append(&store, &stream("order-o1"), vec![placed(1)]).await;
    let models = bench.models().await;
    models.open(ConsumerKind::RowProjector, "balance", 1).await.unwrap();
    let app = Arc::new(App::default());
    let program = Program(Context {
        app: None,
        store: Arc::new(store),
        state: Some(Arc::new(models.clone())),
        models: Some(Arc::new(models)),
        operations: Arc::clone(&app) as Arc<dyn Operations>,
    });
    let call = async |args: &str| {
        let mut out = Vec::new();
        let args = args.split(' ').map(OsString::from);
        let done = run(args, &program.command_line(), &mut out).await;
        (done, String::from_utf8(out).unwrap())
    };
    let (done, out) = call("bank projections rebuild balance --actor dave").await;
    assert_eq!((done, &*out), (Done::Well, "balance is rebuilt\n"));
    let rebuild = Operation::Rebuild { projection: "balance".into() };
    assert_eq!(*app.done.lock().unwrap(), [(rebuild, "dave".to_owned())]);
    assert!(call("bank streams").await.1.contains("order-o1"));
    assert_eq!(call("bank streams --store sqlite:x").await.0, Done::Failed);
    assert_eq!(call("bank trace order-nobody").await.0, Done::Failed);
}
