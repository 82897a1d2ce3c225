//! Media types compare by essence: type and subtype, without parameters, without regard to case.

/// Media type of device information in XML.
pub const DEVINF_XML: &str = "application/vnd.syncml-devinf+xml";
/// Media type of device information in WBXML.
pub const DEVINF_WBXML: &str = "application/vnd.syncml-devinf+wbxml";

/// The `type/subtype` part of a media type, without parameters and white space.
///
/// ```
/// # use syncml_wbxml::essence;
/// assert_eq!(essence(" text/x-vcard; charset=UTF-8"), "text/x-vcard");
/// ```
#[must_use]
pub fn essence(media_type: &str) -> &str {
    media_type.split(';').next().unwrap_or_default().trim()
}

/// Whether two media types are the same but for parameters and case.
///
/// ```
/// # use syncml_wbxml::same_essence;
/// assert!(same_essence("text/X-vCard;charset=utf-8", "text/x-vcard"));
/// assert!(!same_essence("text/vcard", "text/x-vcard"));
/// ```
#[must_use]
pub fn same_essence(one: &str, other: &str) -> bool {
    essence(one).eq_ignore_ascii_case(essence(other))
}

/// The `charset` parameter of a media type. It rules the data when that arrives as octets.
///
/// ```
/// # use syncml_wbxml::charset;
/// assert_eq!(charset("text/x-vcard; Charset=\"ISO-8859-1\""), Some("ISO-8859-1"));
/// assert_eq!(charset("text/x-vcard"), None);
/// ```
#[must_use]
pub fn charset(media_type: &str) -> Option<&str> {
    media_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("charset")
            .then(|| value.trim().trim_matches('"'))
    })
}
