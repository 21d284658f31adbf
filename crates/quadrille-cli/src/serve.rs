//! The gateway, as long as nobody ends it.

use crate::{
    Screen, ServeArgs, Target,
    args::Access,
    explain::{Explain, Outcome},
    open::open,
};
use quadrille_core::redact;
use quadrille_gateway::{Gateway, Limits, Running, Settings};
use std::{fs, path::Path, time::Duration};

const PASSWORD: &str = "QUADRILLE_GATEWAY_PASSWORD";

/// Serves a store until the process is interrupted or terminated.
pub(crate) async fn serve(args: &ServeArgs, target: &Target, screen: &mut Screen<'_>) -> Outcome {
    let settings = settings(args)?;
    let opened = open(target, Access::Append, Duration::ZERO).await?;
    let gateway = Gateway::new(opened.context.store.clone(), settings);
    let served = match gateway.bind(args.listen).await {
        Ok(running) => until_ended(running, args, target, screen).await,
        Err(error) => Err(error.into()),
    };
    opened.close().await;
    served
}

async fn until_ended(
    running: Running,
    args: &ServeArgs,
    target: &Target,
    screen: &mut Screen<'_>,
) -> Outcome {
    let store = redact(target.store.as_deref().unwrap_or_default());
    let tls = if args.tls_cert.is_some() { "" } else { "?tls=false" };
    screen.line(&format!("serving {store} at esdb://{}{tls}", running.address()))?;
    screen.out.flush()?;
    ended().await?;
    running.stop().await;
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

/// Waits until the process is interrupted or terminated.
#[cfg(unix)]
async fn ended() -> Outcome {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminated = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted?,
        _ = terminated.recv() => {}
    }
    Ok(())
}

/// Waits until the process is interrupted.
#[cfg(not(unix))]
async fn ended() -> Outcome {
    Ok(tokio::signal::ctrl_c().await?)
}
