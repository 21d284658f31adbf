use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{
        CertificateDer, PrivateKeyDer,
        pem::{self, PemObject},
    },
};
use std::{fmt, sync::Arc};
use tokio_rustls::TlsAcceptor;

/// A chain of certificates and the private key of its first, in PEM.
#[derive(Clone)]
pub(crate) struct Identity {
    certificates: Vec<u8>,
    key: Vec<u8>,
}

impl Identity {
    pub fn new(certificates: Vec<u8>, key: Vec<u8>) -> Self {
        Self { certificates, key }
    }
}

/// Keys are never shown.
impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").finish_non_exhaustive()
    }
}

/// Why a certificate and its key cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// There is no certificate in PEM.
    #[error("read the certificates: they are not in PEM")]
    Certificates(#[source] pem::Error),
    /// There is no private key in PEM.
    #[error("read the private key: it is not in PEM")]
    Key(#[source] pem::Error),
    /// They do not fit one another, or are of a kind that is not supported.
    #[error("use them together")]
    Unusable(#[from] rustls::Error),
}

/// Accepts TLS. The provider of its cryptography is named here, so that it needs none that is
/// installed for the process, and does not install one that another library trips over.
pub(crate) fn acceptor(identity: &Identity) -> Result<TlsAcceptor, TlsError> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&identity.certificates).collect();
    let chain = chain.map_err(TlsError::Certificates)?;
    if chain.is_empty() {
        return Err(TlsError::Certificates(pem::Error::NoItemsFound));
    }
    let key = PrivateKeyDer::from_pem_slice(&identity.key).map_err(TlsError::Key)?;
    let provider = Arc::new(ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}
