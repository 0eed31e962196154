//! A message by mail.

use std::time::Duration;

use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{Message as Mail, SmtpTransport, Transport};

use super::{Message, secrets::Secrets};
use crate::settings::NotifySettings;

/// Whoever does not answer in this time is away.
const PATIENCE: Duration = Duration::from_secs(20);

/// Sends it.
pub fn send(settings: &NotifySettings, secrets: &Secrets, message: &Message) -> Result<(), String> {
    let mailbox = |text: &str, what: &str| {
        text.parse::<Mailbox>().map_err(|error| format!("{what} {text:?} is not an email address: {error}"))
    };
    let from = if settings.mail_from.is_empty() { &settings.mail } else { &settings.mail_from };
    let mail = Mail::builder()
        .from(mailbox(from, "mail_from")?)
        .to(mailbox(&settings.mail, "mail")?)
        .subject(&message.title)
        .header(ContentType::TEXT_PLAIN)
        .body(format!("{}\n", message.text))
        .map_err(|error| format!("the mail could not be written: {error}"))?;
    let transport = transport(settings, secrets)?;
    transport.send(&mail).map(drop).map_err(|error| format!("{}: {error}", settings.mail_server))
}

/// The way to the server: `smtps://` is encrypted from the start, `smtp://` as soon as the server can, and before anything
/// secret is said.
fn transport(settings: &NotifySettings, secrets: &Secrets) -> Result<SmtpTransport, String> {
    let server = settings.mail_server.as_str();
    let (scheme, rest) = server.split_once("://").unwrap_or(("smtps", server));
    let (host, port) = match rest.trim_end_matches('/').rsplit_once(':') {
        Some((host, port)) => (host, Some(port.parse::<u16>().map_err(|_| wrong(server))?)),
        None => (rest.trim_end_matches('/'), None),
    };
    if host.is_empty() {
        return Err("name the mail server: `photobridge config notify.mail_server smtps://smtp.example.org`".into());
    }
    let credentials = secrets.get("mail-user").zip(secrets.get("mail-password"));
    let parameters = || TlsParameters::new(host.to_owned()).map_err(|error| error.to_string());
    let (tls, standard) = match (scheme, credentials) {
        ("smtps", _) => (Tls::Wrapper(parameters()?), 465),
        ("smtp", Some(_)) => (Tls::Required(parameters()?), 587),
        ("smtp", None) => (Tls::Opportunistic(parameters()?), 25),
        _ => return Err(wrong(server)),
    };
    let transport =
        SmtpTransport::builder_dangerous(host).port(port.unwrap_or(standard)).tls(tls).timeout(Some(PATIENCE));
    let transport = match credentials {
        Some((user, password)) => transport.credentials(Credentials::new(user.to_owned(), password.to_owned())),
        None => transport,
    };
    Ok(transport.build())
}

fn wrong(server: &str) -> String {
    format!("{server:?} is no mail server. Write smtps://smtp.example.org, or smtp://smtp.example.org:587")
}
