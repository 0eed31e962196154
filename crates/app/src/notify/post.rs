//! A message to a topic of ntfy, or as JSON to any address.

use std::sync::Arc;
use std::time::Duration;

use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::typestate::WithBody;
use ureq::{Agent, RequestBuilder};

use super::{Message, secrets::Secrets};

/// Whoever does not answer in this time is away.
const PATIENCE: Duration = Duration::from_secs(20);

/// Sends a message to a topic.
pub fn to_ntfy(address: &str, secrets: &Secrets, message: &Message) -> Result<(), String> {
    let request = agent().post(address).header("Title", &message.title);
    let request = request.header("Priority", if message.is_urgent() { "high" } else { "default" });
    let request = request.header("Tags", if message.is_urgent() { "warning" } else { "white_check_mark" });
    send(address, request, secrets.get("ntfy-token"), message.text.clone())
}

/// Sends a message as JSON. `text` holds all of it, as chats want it.
pub fn to_webhook(address: &str, secrets: &Secrets, message: &Message) -> Result<(), String> {
    let text = format!("{}. {}", message.title, message.text);
    let body = serde_json::json!({
        "source": "photobridge",
        "state": message.state,
        "title": message.title,
        "message": message.text,
        "text": text,
        "run": message.run,
    });
    let request = agent().post(address).header("Content-Type", "application/json");
    send(address, request, secrets.get("webhook-token"), body.to_string())
}

fn send(address: &str, request: RequestBuilder<WithBody>, token: Option<&str>, body: String) -> Result<(), String> {
    let request = match token {
        Some(token) => request.header("Authorization", format!("Bearer {token}")),
        None => request,
    };
    // The rest of an address may be a secret.
    let host = address.split("://").nth(1).and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or("the address");
    let host = host.rsplit('@').next().unwrap_or(host);
    match request.send(body) {
        Ok(answer) if answer.status().is_success() => Ok(()),
        Ok(answer) => Err(format!("{host} answered {}", answer.status())),
        Err(ureq::Error::BadUri(_) | ureq::Error::Http(_)) => Err("the address is not valid".into()),
        Err(error) => Err(format!("{host}: {error}")),
    }
}

fn agent() -> Agent {
    let believed: Vec<Certificate<'static>> = (rustls_native_certs::load_native_certs().certs.iter())
        .map(|certificate| Certificate::from_der(certificate).to_owned())
        .collect();
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::new_with_certs(&believed))
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .build();
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .timeout_global(Some(PATIENCE))
        .tls_config(tls)
        .user_agent(concat!("Photobridge/", env!("CARGO_PKG_VERSION")));
    config.build().into()
}
