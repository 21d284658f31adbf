//! A process of its own, because what it tries can be done once in each.

use quadrille_core::StoreError;
use quadrille_kurrentdb::KurrentDbStore;

#[tokio::test]
async fn a_provider_that_was_installed_before_is_an_error_or_taken_and_no_panic() {
    rustls::crypto::ring::default_provider().install_default().unwrap();
    let error = KurrentDbStore::open("esdb://127.0.0.1:1?tls=false").await.unwrap_err();
    if cfg!(feature = "kurrentdb-client") {
        assert!(error.is_retryable(), "nobody listens there: {error:?}");
    } else {
        assert!(matches!(error, StoreError::Unusable { .. }), "{error:?}");
        assert!(error.to_string().contains("open the first store on KurrentDB before"), "{error}");
    }
}
