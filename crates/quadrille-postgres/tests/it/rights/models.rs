use super::Done;
use chrono::Utc;
use quadrille_core::{
    CorrelationId, EngineState, EventId, Position, ReadDatabase, StoreId, Version,
    read_model::{ReadModels, Rows, Table},
    row::{Column, Kind, Value},
    state::{
        Activity, Change, Checkpoint, Consumer, ConsumerKind, ConsumerStatus, Consumers, Deadline,
        DeadlineFilter, Lease, ParkedEvent, RejectionRecord, Snapshot,
    },
    store::Place,
};
use quadrille_postgres::{Postgres, query_scalar};
use sqlx::AssertSqlSafe;
use std::{error::Error, time::Duration};
use uuid::Uuid;

const BALANCES: Table = Table {
    name: "balance",
    columns: &[
        Column { name: "account", kind: Kind::Text, key: true, nullable: false },
        Column { name: "cents", kind: Kind::Integer, key: false, nullable: false },
    ],
};

/// All that is done with read models and engine state.
pub async fn work(url: &str) -> Done {
    // Short enough to be the name of a schema.
    let unique = &Uuid::new_v4().simple().to_string()[..12];
    rows(url, unique).await?;
    let db = Postgres::open(url).await?;
    sql(&db, &format!("sql_{unique}")).await?;
    process(&db, unique).await?;
    records(&db).await?;
    db.close().await;
    Ok(())
}

/// A row projector's read model, from its making to its end.
pub async fn rows(url: &str, name: &str) -> Done {
    let db = Postgres::options(url).migrate(true).open().await?;
    let first = db.open(ConsumerKind::RowProjector, name, 1).await?;
    let epoch = db.lease(&first, &lease()).await?.expect("nobody else is there").epoch;
    db.create_table(&first, &BALANCES).await?;
    let row = vec![Value::Text("a".into()), Value::Integer(5)];
    let upsert = Rows { upsert: vec![row.clone()], delete: vec![] };
    let parked = parked();
    let park = Change { park: vec![parked.clone()], ..reached() };
    db.commit_rows(&first, epoch, &BALANCES, upsert, park).await?;
    assert_eq!(db.parked(&first).await?.len(), 1);
    assert_eq!(db.all_rows(&first, &BALANCES, None, 10).await?, [row]);
    assert_eq!(db.rows(&first, &BALANCES, &[vec![Value::Text("a".into())]]).await?.len(), 1);
    assert_eq!(cents(&db, &format!("quadrille_{name}.balance")).await?, 5);
    let delete = Rows { upsert: vec![], delete: vec![vec![Value::Text("a".into())]] };
    let unpark = Change { unpark: vec![parked.event], ..reached() };
    db.commit_rows(&first, epoch, &BALANCES, delete, unpark).await?;
    db.renew(&first, epoch, lease().time_to_live).await?;
    assert!(db.held(&first).await?.is_some() && db.progress(&first).await?.is_some());
    db.release(&first, epoch).await?;

    db.set_status(&status(first.clone())).await?;
    let next = db.rebuild(&first).await?;
    db.claim(&next).await?;
    db.create_table(&next, &BALANCES).await?;
    db.go_live(&next).await?;
    assert_eq!(db.live(name).await?, Some(next));
    db.remove(&first).await?;
    assert!(!db.models().await?.iter().any(|model| model.consumer == first));
    db.close().await;
    Ok(())
}

/// A projector that writes SQL.
async fn sql(db: &Postgres, name: &str) -> Done {
    let consumer = db.open(ConsumerKind::Projector, name, 1).await?;
    let epoch = db.claim(&consumer).await?.epoch;
    let mut tx = db.begin(&consumer).await?;
    assert!(!db.set_up(&mut tx, false).await?);
    tx.execute("CREATE TABLE revenue (cents bigint NOT NULL)").await?;
    db.set_up(&mut tx, true).await?;
    tx.execute("INSERT INTO revenue VALUES (5)").await?;
    db.commit_tx(tx, &consumer, epoch, reached()).await?;
    assert_eq!(cents(db, &format!("quadrille_{name}.revenue")).await?, 5);
    Ok(())
}

/// What queries see in a table of one row.
async fn cents(db: &Postgres, table: &str) -> Result<i64, Box<dyn Error + Send + Sync>> {
    let cents = AssertSqlSafe(format!("SELECT cents FROM {table}"));
    Ok(query_scalar(cents).fetch_one(&db.reader().await?).await?)
}

/// A process manager's deadlines.
async fn process(db: &Postgres, name: &str) -> Done {
    let consumer = Consumer::handler(ConsumerKind::Process, name);
    let epoch = db.claim(&consumer).await?.epoch;
    let deadline = Deadline {
        id: Uuid::now_v7(),
        process: name.into(),
        key: "a".into(),
        name: "PaymentOverdue".into(),
        is_command: false,
        due: Utc::now(),
        correlation: CorrelationId::new(),
    };
    let set = |deadlines| Change {
        deadlines: vec![(name.into(), "a".into(), deadlines)],
        ..Change::default()
    };
    db.commit(&consumer, epoch, set(vec![deadline])).await?;
    let of_process = DeadlineFilter { process: Some(name.into()), ..DeadlineFilter::default() };
    assert_eq!(db.deadlines(&of_process, 10).await?.len(), 1);
    db.commit(&consumer, epoch, set(vec![])).await?;
    Ok(())
}

/// What is kept for people and for speed.
async fn records(db: &Postgres) -> Done {
    let reaction = Consumer::handler(ConsumerKind::Reaction, "mail");
    db.set_status(&status(reaction)).await?;
    assert!(!db.statuses().await?.is_empty());
    let stream = "account-a".parse()?;
    let snapshot = Snapshot { aggregate_version: 1, version: Version(1), data: b"{}".to_vec() };
    db.set_snapshot(&stream, snapshot).await?;
    assert!(db.snapshot(&stream).await?.is_some());
    let rejection = RejectionRecord {
        command: Uuid::now_v7(),
        name: "Withdraw".into(),
        stream,
        correlation: CorrelationId::new(),
        code: "too_little".into(),
        message: "there is too little".into(),
        actor: None,
        occurred_at: Utc::now(),
    };
    db.record_rejection(&rejection, 1).await?;
    assert_eq!(db.rejections(None, 10).await?.len(), 1);
    Ok(())
}

fn lease() -> Lease {
    Lease { holder: "here".into(), time_to_live: Duration::from_secs(60) }
}

fn reached() -> Change {
    let place = Place { position: Position(1), event: EventId::new() };
    let checkpoint = Checkpoint { store: StoreId::new(), place };
    Change { checkpoint: Some(checkpoint), ..Change::default() }
}

fn parked() -> ParkedEvent {
    ParkedEvent {
        event: EventId::new(),
        position: Position(1),
        event_type: "account.opened".into(),
        stream: "account-a".parse().unwrap(),
        correlation: CorrelationId::new(),
        key: "account-a".into(),
        reason: "it cannot be read".into(),
        attempts: 1,
        subject: None,
        parked_at: Utc::now(),
    }
}

fn status(consumer: Consumer) -> ConsumerStatus {
    ConsumerStatus {
        consumer,
        component: "bank".into(),
        activity: Activity::Running,
        position: Position(1),
        rate: 1.0,
        handled: 1,
        unmatched: 0,
        parked: 0,
        last_error: None,
        updated_at: Utc::now(),
    }
}
