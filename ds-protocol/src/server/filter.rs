//! The filter of an Alert: whether it can be followed `[DSPro §filtering]`.

use bytestring::ByteString;
use syncml_meta::same_essence;
use syncml_repr::{Item, StatusCode};

use super::access::Verdict;
use super::turn::Server;
use crate::filter::Filter;
use crate::link::Link;
use crate::notice::Notice;
use crate::session::filter;

impl Server {
    /// The filter that a sync is asked for with; the error is the Alert's answer.
    pub(super) async fn take_filter(
        &mut self,
        item: &Item,
        link: &Link,
    ) -> Result<Option<Filter>, Verdict> {
        let Some(target) = &item.target else {
            return Ok(None);
        };
        let tail = filter::tail(&target.loc_uri, self.talk.common.version);
        let (wanted, is_tail) = match (target.filter(), tail) {
            (Some(wire), _) => (filter::read(wire), false),
            (None, Some(tail)) => (Ok(Filter::cgi("", ByteString::from(tail))), true),
            (None, None) => return Ok(None),
        };
        let checked = match &wanted {
            Ok(wanted) => self.check_filter(wanted, link).await,
            Err(code) => Err((
                *code,
                "its parts are not in the grammars for items and for properties".to_owned(),
            )),
        };
        let (status, why) = match &checked {
            Ok(()) => (StatusCode::OK, String::new()),
            Err((code, why)) => (*code, why.clone()),
        };
        self.talk.port.notice(Notice::Filter {
            datastore: link.local.clone(),
            expression: wanted
                .as_ref()
                .map_or_else(|_| ByteString::new(), |wanted| wanted.to_string().into()),
            status,
            why,
            later: false,
        });
        match checked {
            Ok(()) => Ok(wanted.ok()),
            // Behind the name there may be anything (libsynthesis has options of its own there): it is echoed.
            Err(_) if is_tail => Ok(None),
            // Everything instead of a part is not what was asked for.
            Err((code, _)) => Err(code.into()),
        }
    }

    async fn check_filter(
        &mut self,
        wanted: &Filter,
        link: &Link,
    ) -> Result<(), (StatusCode, String)> {
        let mut datastores = self.config.datastores.iter();
        let offered =
            datastores.find(|datastore| datastore.name == link.local && datastore.filter.is_some());
        let Some(datastore) = offered else {
            let code = StatusCode::OPTIONAL_FEATURE_NOT_SUPPORTED;
            return Err((code, "the datastore has no filters".to_owned()));
        };
        let cuts = datastore.filter.as_ref().is_some_and(|caps| caps.fields);
        if !wanted.fields.is_empty() && !cuts {
            let code = StatusCode::OPTIONAL_FEATURE_NOT_SUPPORTED;
            return Err((
                code,
                "the datastore has no filters of properties".to_owned(),
            ));
        }
        let mut types = datastore.types.iter();
        if !wanted.media_type.is_empty()
            && !types.any(|known| same_essence(&known.ct_type, &wanted.media_type))
        {
            let code = StatusCode::UNSUPPORTED_MEDIA_TYPE;
            let why = format!("the datastore has no items of type {}", wanted.media_type);
            return Err((code, why));
        }
        let asked = self
            .talk
            .port
            .check_filter(link.clone(), Box::new(wanted.clone()));
        asked
            .await
            .map_err(|fault| (fault.status(), fault.to_string()))
    }
}
