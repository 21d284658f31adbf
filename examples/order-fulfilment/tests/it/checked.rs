//! The order flow, checked as it is declared.

use quadrille_cli::Done;
use std::{ffi::OsString, process::Command};

async fn check(store: &str, args: &[&str]) -> Done {
    let args = [&["quadrille", "--store", store, "flow", "check"], args].concat();
    quadrille_cli::main(args.into_iter().map(OsString::from)).await
}

#[tokio::test]
async fn nothing_is_found_in_the_flow_but_what_is_meant() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut command = Command::new(env!("CARGO_BIN_EXE_order-fulfilment"));
    let output = command.args(["--orders", "100"]).current_dir(folder.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let store = format!("sqlite:{}", folder.path().join("orders.db").display());
    let settings = concat!(env!("CARGO_MANIFEST_DIR"), "/flow.toml");
    let expected = concat!(env!("CARGO_MANIFEST_DIR"), "/order.flow");
    let strict = ["--deny-warnings", "--config", settings, "--expect", expected];
    assert_eq!(check(&store, &strict).await, Done::Well);
    // Without its settings, the bank is found that never completes.
    assert_eq!(check(&store, &[]).await, Done::Found);
}
