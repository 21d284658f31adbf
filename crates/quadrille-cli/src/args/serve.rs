use clap::{Args, ValueEnum};
use std::{net::SocketAddr, path::PathBuf};

/// `quadrille serve`
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
It serves until it is interrupted or terminated, and says on its first line where. Beyond this machine
it serves with TLS and a password only. The password is read from --password-file, or from the variable
QUADRILLE_GATEWAY_PASSWORD; there is no option for it, since others on a machine can read those.")]
pub struct ServeArgs {
    /// What it speaks
    #[arg(long, value_enum, default_value_t)]
    pub protocol: Protocol,
    /// Where it listens; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:2113")]
    pub listen: SocketAddr,
    /// What clients are told when they ask which nodes there are, unless they are told the name by
    /// which they called
    #[arg(long, value_name = "HOST:PORT", value_parser = advertised)]
    pub advertise: Option<(String, u16)>,
    /// A file with its certificate and the chain to a root, in PEM
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// A file with the certificate's private key, in PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// The one user who is served
    #[arg(long, value_name = "NAME")]
    pub user: Option<String>,
    /// A file with the user's password
    #[arg(long, value_name = "FILE", requires = "user")]
    pub password_file: Option<PathBuf>,
    /// Shows the streams in which Quadrille keeps its own facts: for Quadrille itself, when it runs
    /// over the gateway
    #[arg(long)]
    pub framework_streams: bool,
    /// At most so many connections at a time
    #[arg(long, value_name = "N", help_heading = "Limits", default_value_t = 256)]
    pub connections: usize,
    /// At most so many requests at a time on one connection, open subscriptions included
    #[arg(long, value_name = "N", help_heading = "Limits", default_value_t = 256)]
    pub requests_per_connection: u32,
    /// At most so many bytes in one message
    #[arg(long, value_name = "BYTES", help_heading = "Limits", default_value_t = 17 << 20)]
    pub message_bytes: usize,
}

/// What a gateway speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Protocol {
    /// The protocol of EventStoreDB and KurrentDB.
    #[default]
    #[value(alias = "eventstoredb")]
    Kurrentdb,
}

fn advertised(text: &str) -> Result<(String, u16), String> {
    let (host, port) = text.rsplit_once(':').ok_or("it has no port, as in events.shop:2113")?;
    let port = port.parse().map_err(|_| format!("{port:?} is no port"))?;
    Ok((host.trim_matches(['[', ']']).to_owned(), port))
}
