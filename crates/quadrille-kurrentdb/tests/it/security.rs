//! TLS with an authority of one's own, and who may connect.

use super::support::{event, stream};
use quadrille::memory::MemoryStore;
use quadrille_core::{Append, EventStore, ExpectedVersion, StoreError, Version, store::Direction};
use quadrille_gateway::{Gateway, Settings};
use quadrille_kurrentdb::KurrentDbStore;
use std::{fs, path::Path, process::Command, sync::Arc};

fn openssl(folder: &Path, args: &str) {
    let made = Command::new("openssl").args(args.split(' ')).current_dir(folder).output();
    let made = made.expect("openssl, which makes the certificates of this test");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

/// Makes `ca.pem`, and `cert.pem` with `key.pem` for `localhost`.
fn certificates(folder: &Path) {
    let new = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2";
    openssl(folder, &format!("{new} -keyout ca-key.pem -out ca.pem -subj /CN=Authority"));
    let signed = "-CA ca.pem -CAkey ca-key.pem -addext basicConstraints=critical,CA:FALSE";
    let name = "-addext subjectAltName=DNS:localhost,IP:127.0.0.1";
    openssl(
        folder,
        &format!("{new} -keyout key.pem -out cert.pem -subj /CN=localhost {signed} {name}"),
    );
}

#[tokio::test]
async fn a_store_is_reached_by_tls_and_a_password_with_reserved_characters() {
    let folder = tempfile::tempdir().unwrap();
    certificates(folder.path());
    let read = |name: &str| fs::read(folder.path().join(name)).unwrap();
    let settings = Settings::default().framework_streams(true).user("søren", "p@ss/w?rd:1");
    let settings = settings.tls(read("cert.pem"), read("key.pem"));
    let gateway = Gateway::new(Arc::new(MemoryStore::new()), settings);
    let gateway = gateway.bind(([127, 0, 0, 1], 0).into()).await.unwrap();
    let place = format!("localhost:{}", gateway.address().port());
    let authority = format!("tlsCaFile={}", folder.path().join("ca.pem").display());

    let url = format!("esdb://s%C3%B8ren:p%40ss%2Fw%3Frd%3A1@{place}?{authority}");
    let store = KurrentDbStore::open(&url).await.unwrap();
    let (name, expected) = (stream("order-1"), ExpectedVersion::NoStream);
    let events = vec![event("order.placed")];
    store.append(Append { stream: name.clone(), expected, events }).await.unwrap();
    let found = store.read_stream(&name, Version::NONE, Direction::Forward, 9).await.unwrap();
    assert_eq!(found.len(), 1);
    let shown = format!("{store:?} {}", store.url());
    assert!(!shown.contains("p%40ss") && shown.contains("***"), "{shown}");

    let wrong = format!("esdb://s%C3%B8ren:s3cr3t@{place}?{authority}");
    let error = KurrentDbStore::open(&wrong).await.unwrap_err();
    assert!(matches!(error, StoreError::Unusable { .. }), "{error:?}");
    assert!(error.to_string().contains("refuses this user"), "{error}");
    assert!(!error.to_string().contains("s3cr3t"), "{error}");

    // Nobody trusts this authority unless it is named.
    let unknown = format!("esdb://s%C3%B8ren:p%40ss%2Fw%3Frd%3A1@{place}");
    let error = KurrentDbStore::open(&unknown).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error:?}");
}
