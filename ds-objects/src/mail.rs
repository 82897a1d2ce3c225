//! What is in a message [RFC 5322], read by the crate mail-parser. Feature `mail`.

use mail_parser::{Address, MessageParser, MimeHeaders as _};

/// What lists of mail show, and what tells one message from another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// Its id, without brackets (`Message-ID`).
    pub message_id: Option<String>,
    /// Addresses of those who wrote it.
    pub from: Vec<String>,
    /// Addresses of those it is for.
    pub to: Vec<String>,
    /// What it is about.
    pub subject: Option<String>,
    /// When it was written, as ISO 8601.
    pub date: Option<String>,
    /// Octets of the header, with the empty line: to cut a message to its header, cut here.
    pub header_len: usize,
    /// What is attached.
    pub attachments: Vec<Attachment>,
}

/// Something attached to a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attachment {
    /// Name of the file.
    pub name: Option<String>,
    /// Media type.
    pub media_type: Option<String>,
    /// Octets, unpacked.
    pub size: usize,
}

/// Reads a message. None: there is nothing of one.
///
/// ```
/// let message = b"Message-ID: <1@x.example>\r\nFrom: Pat <p@x.example>\r\nSubject: Tea\r\n\r\nAt four.\r\n";
/// let mail = ds_objects::mail::summary(message).expect("a message");
/// assert_eq!((mail.message_id.as_deref(), mail.subject.as_deref()), (Some("1@x.example"), Some("Tea")));
/// assert_eq!((mail.from, &message[mail.header_len..]), (vec!["p@x.example".to_owned()], &b"At four.\r\n"[..]));
/// ```
#[must_use]
pub fn summary(message: &[u8]) -> Option<Summary> {
    let mail = MessageParser::default().parse(message)?;
    let addresses = |list: Option<&Address<'_>>| {
        let list = list.into_iter().flat_map(Address::iter);
        list.filter_map(|one| one.address().map(str::to_owned))
            .collect()
    };
    let attachments = mail.attachments().map(|part| Attachment {
        name: part.attachment_name().map(str::to_owned),
        media_type: part.content_type().map(|kind| match kind.subtype() {
            Some(subtype) => format!("{}/{subtype}", kind.ctype()),
            None => kind.ctype().to_owned(),
        }),
        size: part.contents().len(),
    });
    Some(Summary {
        message_id: mail.message_id().map(str::to_owned),
        from: addresses(mail.from()),
        to: addresses(mail.to()),
        subject: mail.subject().map(str::to_owned),
        date: mail.date().map(|date| date.to_rfc3339()),
        header_len: usize::try_from(mail.root_part().raw_body_offset()).ok()?,
        attachments: attachments.collect(),
    })
}

/// Where the first text of a message ends, in octets from its beginning. None: it has no attachments behind a text.
pub(crate) fn text_end(message: &[u8]) -> Option<usize> {
    let mail = MessageParser::default().parse(message)?;
    let first = mail.text_body.first()?;
    let part = mail.parts.get(usize::try_from(*first).ok()?)?;
    let end = usize::try_from(part.raw_end_offset()).ok()?;
    (mail.attachment_count() > 0).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attachments_are_told() {
        let message = b"From: a@x.example\r\nTo: b@x.example, c@x.example\r\nDate: Mon, 13 Jan 2025 09:00:00 +0100\r\n\
            MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=q\r\n\r\n--q\r\n\r\nHi\r\n--q\r\n\
            Content-Type: image/gif; name=\"t.gif\"\r\nContent-Disposition: attachment; filename=\"t.gif\"\r\n\
            Content-Transfer-Encoding: base64\r\n\r\nR0lGODlh\r\n--q--\r\n";
        let mail = summary(message).expect("a message");
        let gif = Attachment {
            name: Some("t.gif".into()),
            media_type: Some("image/gif".into()),
            size: 6,
        };
        assert_eq!(mail.attachments, [gif]);
        assert_eq!(
            (mail.to.len(), mail.date.as_deref()),
            (2, Some("2025-01-13T09:00:00+01:00"))
        );
    }

    #[test]
    fn anything_is_survived() {
        assert_eq!(summary(b""), None);
        for bytes in [
            &b"\0\xFF\xFE"[..],
            b"no header",
            b"Content-Type: multipart/mixed; boundary=\r\n\r\n--",
        ] {
            if let Some(mail) = summary(bytes) {
                assert!(mail.header_len <= bytes.len());
            }
        }
    }
}
