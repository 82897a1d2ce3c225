//! Values of options that more than one subcommand takes.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use ds_protocol::{Credentials, Datastore};
use syncml_devinf::ContentType;

use super::Failure;

/// Environment variable with the password of `--user NAME`.
const PASSWORD: &str = "SYNCML_PASSWORD";

/// `NAME:PASSWORD`, or `NAME` with the password in the environment.
#[derive(Clone)]
pub(crate) struct User {
    pub(crate) name: String,
    password: Option<String>,
}

impl FromStr for User {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, password) = match text.split_once(':') {
            Some((name, password)) => (name, Some(password.to_owned())),
            None => (text, None),
        };
        if name.is_empty() {
            return Err("the name is empty: write NAME:PASSWORD".to_owned());
        }
        Ok(Self {
            name: name.to_owned(),
            password,
        })
    }
}

impl User {
    /// The password, from the option or from the environment.
    pub(crate) fn password(&self) -> Result<String, Failure> {
        self.password
            .clone()
            .or_else(|| std::env::var(PASSWORD).ok())
            .ok_or_else(|| {
                Failure::Usage(format!(
                    "no password for {}: write --user NAME:PASSWORD or set {PASSWORD}",
                    self.name
                ))
            })
    }
}

impl User {
    /// The name and the password.
    pub(crate) fn credentials(&self) -> Result<Credentials, Failure> {
        Ok(Credentials::new(self.name.as_str(), self.password()?))
    }
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// `NAME=MEDIA-TYPE[,MEDIA-TYPE…][,hierarchical]`.
#[derive(Clone, Debug)]
pub(crate) struct DatastoreTypes {
    pub(crate) name: String,
    pub(crate) types: Vec<String>,
    /// Items stand under others.
    pub(crate) hierarchical: bool,
}

impl FromStr for DatastoreTypes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, types) = text
            .split_once('=')
            .ok_or("write NAME=MEDIA-TYPE, such as contacts=text/vcard")?;
        let mut types = types
            .split(',')
            .map(|media_type| media_type.trim().to_ascii_lowercase())
            .collect::<Vec<_>>();
        let said = types.len();
        types.retain(|word| word != HIERARCHICAL);
        let hierarchical = types.len() < said;
        if types.is_empty() {
            return Err("write NAME=MEDIA-TYPE,hierarchical".to_owned());
        }
        let is_type = |text: &String| {
            text.split_once('/')
                .is_some_and(|(kind, sub)| !kind.is_empty() && !sub.is_empty())
                && text.chars().all(|c| c.is_ascii_graphic() && c != ';')
        };
        if let Some(bad) = types.iter().find(|media_type| !is_type(media_type)) {
            return Err(format!("{bad:?} is not a media type such as text/vcard"));
        }
        Ok(Self {
            name: datastore(name)?,
            types,
            hierarchical,
        })
    }
}

/// The word for a datastore whose items stand under others.
const HIERARCHICAL: &str = "hierarchical";

impl DatastoreTypes {
    /// The datastores of these options; the same name given again adds types to it.
    pub(crate) fn gather(options: &[Self]) -> Vec<Datastore> {
        let mut gathered = Vec::<Datastore>::new();
        for option in options {
            let types = option
                .types
                .iter()
                .map(|media_type| content_type(media_type));
            match gathered
                .iter_mut()
                .find(|datastore| *datastore.name == *option.name)
            {
                Some(datastore) => {
                    datastore.types.extend(types);
                    datastore.hierarchical |= option.hierarchical;
                }
                None => {
                    let datastore = Datastore::new(option.name.as_str(), types);
                    gathered.push(datastore.with_hierarchical(option.hierarchical));
                }
            }
        }
        gathered
    }
}

/// A media type with the version that goes with it.
pub(crate) fn content_type(media_type: &str) -> ContentType {
    use ds_objects::media_type::{ICALENDAR, VCALENDAR, VCARD, VCARD_OLD};
    let version = match media_type {
        VCARD_OLD => "2.1",
        VCARD => "3.0",
        VCALENDAR => "1.0",
        ICALENDAR => "2.0",
        _ => "",
    };
    ContentType::new(media_type, version)
}

/// A datastore's name, without `./`.
pub(crate) fn datastore(text: &str) -> Result<String, String> {
    let name = text.trim().trim_start_matches("./").trim_matches('/');
    if name.is_empty()
        || name.contains(|c: char| c.is_control() || c.is_whitespace() || matches!(c, '?' | '='))
    {
        return Err(format!("{text:?} is not the name of a datastore"));
    }
    Ok(name.to_owned())
}

/// A device's identity.
pub(crate) fn device_id(text: &str) -> Result<String, String> {
    if text.is_empty()
        || text.len() > 255
        || text.contains(|c: char| c.is_control() || c.is_whitespace())
    {
        return Err(
            "an identity is 1 to 255 characters without blanks, such as IMEI:490154203237518"
                .to_owned(),
        );
    }
    Ok(text.to_owned())
}

/// `sqlite:FILE`.
#[derive(Clone, Debug)]
pub(crate) struct StoreFile(pub(crate) PathBuf);

impl FromStr for StoreFile {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.strip_prefix("sqlite:") {
            Some(file) if !file.is_empty() => Ok(Self(file.into())),
            _ => Err("write sqlite:FILE; SQLite is the store there is".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_never_shows_the_password() {
        let user = "ann:se:cret".parse::<User>().unwrap();
        assert_eq!(user.name, "ann");
        assert_eq!(user.password().unwrap(), "se:cret");
        assert!(!format!("{user:?}").contains("cret"));
        assert!(":x".parse::<User>().is_err());
    }

    #[test]
    fn pairs() {
        let types = "notes=text/x-vnote, text/PLAIN"
            .parse::<DatastoreTypes>()
            .unwrap();
        assert_eq!(
            (&*types.name, types.types),
            (
                "notes",
                vec!["text/x-vnote".to_owned(), "text/plain".to_owned()]
            )
        );
        let tree = "files=hierarchical,text/plain".parse::<DatastoreTypes>();
        let tree = DatastoreTypes::gather(&[tree.unwrap()]);
        assert!(tree[0].hierarchical && tree[0].types.len() == 1);
        assert!("files=hierarchical".parse::<DatastoreTypes>().is_err());
        assert!("notes=plain".parse::<DatastoreTypes>().is_err());
        assert!("notes".parse::<DatastoreTypes>().is_err());

        assert_eq!(
            "sqlite:a:b".parse::<StoreFile>().unwrap().0.to_str(),
            Some("a:b")
        );
        assert!("postgres:x".parse::<StoreFile>().is_err());
    }
}
