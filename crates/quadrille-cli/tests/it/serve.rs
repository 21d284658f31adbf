//! The gateway as a process.

use crate::bench::Bench;
use std::{
    io::{BufRead, BufReader, Read},
    net::TcpStream,
    process::{Child, Command, Stdio},
};

fn serve(bench: &Bench, args: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_quadrille"))
        .current_dir(bench.folder.path())
        .args(["--store", "sqlite:log.db", "serve"])
        .args(args)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

#[cfg(unix)]
#[tokio::test]
async fn it_says_where_it_serves_and_ends_when_it_is_told_to() {
    for signal in ["-INT", "-TERM"] {
        let bench = Bench::new();
        bench.store().await.close().await;
        let mut gateway = serve(&bench, &["--listen", "127.0.0.1:0"]);
        let mut out = BufReader::new(gateway.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        let address = line.strip_prefix("serving sqlite:log.db at esdb://").unwrap_or(&line);
        let address = address.trim_end().strip_suffix("?tls=false").unwrap_or(address);
        TcpStream::connect(address).unwrap();
        let told = Command::new("kill").args([signal, &gateway.id().to_string()]).status();
        assert!(told.unwrap().success());
        let mut rest = String::new();
        out.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "stopped\n");
        assert_eq!(gateway.wait().unwrap().code(), Some(0));
    }
}

#[tokio::test]
async fn it_does_not_serve_others_without_protection() {
    let bench = Bench::new();
    bench.store().await.close().await;
    let check = |args: &[&str], part: &str| {
        let error = bench.run(&[["serve"].as_slice(), args].concat()).error();
        assert!(error.contains(part), "{error}");
    };
    check(&["--listen", "0.0.0.0:0"], "others can reach it, so it needs TLS");
    check(&["--user", "shop"], "find the user's password");
    bench.write("password", "\n");
    check(&["--user", "shop", "--password-file", "password"], "find the user's password");
    check(&["--tls-cert", "cert.pem"], "--tls-key");
    check(&["--tls-cert", "no.pem", "--tls-key", "no.pem"], "failed to read no.pem");
    bench.write("no.pem", "none");
    check(&["--tls-cert", "no.pem", "--tls-key", "no.pem"], "they are not in PEM");
    check(&["--advertise", "here"], "it has no port");
    check(&["--protocol", "carrier-pigeon"], "possible values: kurrentdb");
}

#[test]
fn it_makes_no_store() {
    let error = Bench::new().run(&["serve"]).error();
    assert!(error.contains("there is no file log.db"), "{error}");
}
