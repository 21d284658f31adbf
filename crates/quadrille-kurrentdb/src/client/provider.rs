//! `eventstore` installs a `rustls` provider for the whole process when it first connects, and panics
//! where there is one already.

use super::official::INSTALLS_PROVIDER;
use rustls::crypto::CryptoProvider;
use std::sync::{Mutex, PoisonError};

static IS_OURS: Mutex<bool> = Mutex::new(false);

/// Whether the client may connect; what to do if not.
pub(super) fn claim() -> Result<(), &'static str> {
    let mut is_ours = IS_OURS.lock().unwrap_or_else(PoisonError::into_inner);
    if INSTALLS_PROVIDER && !*is_ours && CryptoProvider::get_default().is_some() {
        return Err(
            "this program has installed a rustls provider, and the client of the server insists on \
             installing its own; open the first store on KurrentDB before anything else uses rustls, or \
             turn on the feature `kurrentdb-client` of quadrille-kurrentdb",
        );
    }
    *is_ours = true;
    Ok(())
}
