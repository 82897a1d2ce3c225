//! TLS of the server.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{self, ServerConfig};

use crate::error::{Error, ErrorKind};

/// A server's certificate and its key. TLS 1.2 and 1.3; clients show no certificate.
#[derive(Clone)]
pub struct Tls(TlsAcceptor);

impl Tls {
    /// Reads a certificate, followed by those that lead to a known root, and its private key, both in PEM.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`] when a file cannot be read, [`ErrorKind::Config`] when it does not hold what it should, or when
    /// key and certificate do not belong together.
    pub fn from_pem_files(cert: &Path, key: &Path) -> Result<Self, Error> {
        let certs = certificates(cert)?;
        let key_der = PrivateKeyDer::from_pem_file(key).map_err(|error| unreadable(key, error))?;
        let config = config(certs, key_der).map_err(|error| {
            let (cert, key) = (cert.display(), key.display());
            Error::new(
                ErrorKind::Config,
                format!("{cert} and {key} cannot be used for TLS: {error}"),
            )
            .with_hint(
                "the first certificate of the file must be the server's own, and the key its key",
            )
            .with_source(error)
        })?;
        Ok(Self(TlsAcceptor::from(Arc::new(config))))
    }

    pub(super) fn acceptor(&self) -> &TlsAcceptor {
        &self.0
    }
}

/// The certificates in a PEM file; there is one at least.
pub(super) fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, Error> {
    let certs = CertificateDer::pem_file_iter(file)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| unreadable(file, error))?;
    if certs.is_empty() {
        return Err(unreadable(file, pem::Error::NoItemsFound));
    }
    Ok(certs)
}

fn config(
    certs: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<ServerConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(certs, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

fn unreadable(file: &Path, error: pem::Error) -> Error {
    let file = file.display();
    let (kind, what) = match &error {
        pem::Error::Io(error) => (ErrorKind::Io, error.to_string()),
        pem::Error::NoItemsFound => (ErrorKind::Config, "nothing of the kind is in it".to_owned()),
        // Nothing of what the file holds: it may be the key.
        _ => (ErrorKind::Config, "it is not in PEM".to_owned()),
    };
    Error::new(kind, format!("cannot read {file}: {what}"))
        .with_hint("certificate and key are PEM files, such as fullchain.pem and privkey.pem")
        .with_source(error)
}

impl fmt::Debug for Tls {
    /// Not the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tls(…)")
    }
}
