//! The `quadrille` command.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    quadrille_cli::main(std::env::args_os()).await.into()
}
