//! The gateway, as long as nobody ends it.

use crate::{
    Screen, ServeArgs, Target,
    args::Access,
    explain::{Explain, Outcome},
    open::open,
};
use quadrille_core::redact;
use quadrille_gateway::{Gateway, Limits, Settings};
use std::{fs, io, path::Path, time::Duration};

const PASSWORD: &str = "QUADRILLE_GATEWAY_PASSWORD";

/// Serves a store until the process is interrupted or terminated.
pub(crate) async fn serve(args: &ServeArgs, target: &Target, screen: &mut Screen<'_>) -> Outcome {
    let settings = settings(args)?;
    let opened = open(target, Access::Append, Duration::ZERO).await?;
    let gateway = Gateway::new(opened.context.store.clone(), settings);
    let served = until_ended(gateway, args, target, screen).await;
    opened.close().await;
    served
}

async fn until_ended(
    gateway: Gateway,
    args: &ServeArgs,
    target: &Target,
    screen: &mut Screen<'_>,
) -> Outcome {
    // Whoever reads where it serves may end it at once.
    let told = told_to_end()?;
    let mut running = gateway.bind(args.listen).await?;
    let store = redact(target.store.as_deref().unwrap_or_default());
    let tls = if args.tls_cert.is_some() { "" } else { "?tls=false" };
    screen.line(&format!("serving {store} at esdb://{}{tls}", running.address()))?;
    screen.out.flush()?;
    tokio::select! {
        () = told => running.stop().await,
        () = running.ended() => return Err("go on serving: the gateway ended by itself".into()),
    }
    screen.line("stopped")?;
    Ok(())
}

fn settings(args: &ServeArgs) -> Outcome<Settings> {
    let limits = Limits {
        connections: args.connections,
        requests_per_connection: args.requests_per_connection,
        message_bytes: args.message_bytes,
        ..Limits::default()
    };
    let mut settings = Settings::default().framework_streams(args.framework_streams).limits(limits);
    if let Some((host, port)) = &args.advertise {
        settings = settings.advertised(host, *port);
    }
    if let (Some(certificates), Some(key)) = (&args.tls_cert, &args.tls_key) {
        settings = settings.tls(read(certificates)?, read(key)?);
    }
    if let Some(user) = &args.user {
        settings = settings.user(user, password(args)?);
    }
    Ok(settings)
}

fn password(args: &ServeArgs) -> Outcome<String> {
    let password = match &args.password_file {
        Some(file) => String::from_utf8(read(file)?)
            .explain(|| format!("read the password in {}", file.display()))?
            .trim_end_matches(['\r', '\n'])
            .to_owned(),
        None => std::env::var(PASSWORD).unwrap_or_default(),
    };
    if password.is_empty() {
        let where_from = "say --password-file FILE, or set QUADRILLE_GATEWAY_PASSWORD";
        return Err(format!("find the user's password: {where_from}").into());
    }
    Ok(password)
}

fn read(file: &Path) -> Outcome<Vec<u8>> {
    fs::read(file).explain(|| format!("read {}", file.display()))
}

/// Notices from now on when the process is interrupted or terminated.
#[cfg(unix)]
fn told_to_end() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {}
        }
    })
}

/// Notices from now on when the process is interrupted.
#[cfg(windows)]
fn told_to_end() -> io::Result<impl Future<Output = ()>> {
    let mut interrupted = tokio::signal::windows::ctrl_c()?;
    Ok(async move { drop(interrupted.recv().await) })
}
