//! Writes the gateway's code for the protocol: see `protos/README.md`.

use std::{io, path::Path};

fn main() -> io::Result<()> {
    let protos = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let out = protos.join("../src/proto/generated");
    let files = ["streams.proto", "gossip.proto", "serverfeatures.proto"];
    tonic_build::configure()
        .build_client(false)
        .build_transport(false)
        .bytes(["."])
        .extern_path(".event_store.client.Empty", "()")
        .include_file("protocol.rs")
        .out_dir(&out)
        .compile_protos(&files.map(|file| protos.join(file)), &[protos])
}
