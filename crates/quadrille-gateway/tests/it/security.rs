//! Who may connect, and how.

use crate::support::*;
use eventstore::Error;
use quadrille::memory::MemoryStore;
use quadrille_gateway::{Gateway, GatewayError, Settings};
use std::{fs, path::Path, process::Command, sync::Arc};

fn openssl(folder: &Path, args: &[&str]) {
    let made = Command::new("openssl").args(args).current_dir(folder).output();
    let made = made.expect("openssl, which makes the certificates of this test");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

/// A certificate for `localhost` and the loopback address with its key, and beside them that of
/// their authority.
fn certificate(folder: &Path) -> (Vec<u8>, Vec<u8>) {
    let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
    let new = |args: &[&str]| openssl(folder, &[["req", "-x509"].as_slice(), &key, args].concat());
    new(&["-keyout", "ca-key.pem", "-out", "ca.pem", "-subj", "/CN=Authority"]);
    new(&[
        "-keyout",
        "key.pem",
        "-out",
        "cert.pem",
        "-subj",
        "/CN=localhost",
        "-CA",
        "ca.pem",
        "-CAkey",
        "ca-key.pem",
        "-addext",
        "basicConstraints=critical,CA:FALSE",
        "-addext",
        "subjectAltName=DNS:localhost,IP:127.0.0.1",
    ]);
    let read = |name: &str| fs::read(folder.join(name)).unwrap();
    (read("cert.pem"), read("key.pem"))
}

#[tokio::test]
async fn only_the_right_user_with_the_right_password_is_served() {
    let settings = Settings::default().user("shop", "s3cr3t");
    on_every_store_with(settings, async |served| {
        let address = served.gateway.address();
        let check = async |who: &str, may: bool| {
            let url = format!("esdb://{who}{address}?tls=false&discoveryInterval=5");
            let answer = connect_by(&url)
                .append_to_stream("order-1", &Default::default(), event("order.placed", 1))
                .await;
            match answer {
                Ok(_) => assert!(may, "{who} is served"),
                Err(Error::AccessDenied) => assert!(!may, "{who} is not served"),
                Err(error) => panic!("{who}: {error}"),
            }
        };
        check("", false).await;
        check("shop:s3cr3@", false).await;
        check("shop:s3cr3tt@", false).await;
        check("shop@", false).await;
        check("other:s3cr3t@", false).await;
        check("shop:s3cr3t@", true).await;
    })
    .await;
}

#[tokio::test]
async fn tls_is_spoken_with_those_who_trust_the_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let (cert, key) = certificate(folder.path());
    let settings = Settings::default().tls(cert, key).user("shop", "s3cr3t");
    let authority = folder.path().join("ca.pem");
    on_every_store_with(settings, async |served| {
        let port = served.gateway.address().port();
        let url = format!("esdb://shop:s3cr3t@localhost:{port}?discoveryInterval=5");
        let trusting = connect_by(&format!("{url}&tlsCaFile={}", authority.display()));
        let append = || event("order.placed", 1);
        trusting.append_to_stream("order-1", &Default::default(), append()).await.unwrap();
        for other in [url, format!("esdb://shop:s3cr3t@127.0.0.1:{port}?tls=false")] {
            let answer = connect_by(&format!("{other}&maxDiscoverAttempts=1"))
                .append_to_stream("order-1", &Default::default(), append())
                .await;
            assert!(answer.is_err(), "{other}");
        }
        assert_eq!(served.store.head().await.unwrap().iter().count(), 1);
    })
    .await;
}

#[tokio::test]
async fn an_open_address_needs_tls_and_a_password() {
    let folder = tempfile::tempdir().unwrap();
    let (cert, key) = certificate(folder.path());
    let bind = |settings: Settings| {
        let gateway = Gateway::new(Arc::new(MemoryStore::new()), settings);
        gateway.bind("0.0.0.0:0".parse().unwrap())
    };
    let tls = Settings::default().tls(cert, key);
    for settings in [Settings::default(), tls.clone(), Settings::default().user("a", "b")] {
        let refused = bind(settings).await.unwrap_err();
        assert!(matches!(refused, GatewayError::Exposed { .. }), "{refused:?}");
    }
    bind(tls.user("a", "b")).await.unwrap();
}

#[tokio::test]
async fn what_is_no_certificate_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (cert, key) = certificate(folder.path());
    let other = tempfile::tempdir().unwrap();
    let (_, other_key) = certificate(other.path());
    for (cert, key) in [(b"".to_vec(), key), (cert.clone(), b"?".to_vec()), (cert, other_key)] {
        let settings = Settings::default().tls(cert, key);
        let gateway = Gateway::new(Arc::new(MemoryStore::new()), settings);
        let refused = gateway.bind("127.0.0.1:0".parse().unwrap()).await.unwrap_err();
        assert!(matches!(refused, GatewayError::Tls(_)), "{refused:?}");
    }
}
