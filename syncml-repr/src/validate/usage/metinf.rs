use syncml_wbxml::Tag;
use syncml_wbxml::tag::metinf::*;
use syncml_wbxml::tag::syncml as s;

use crate::AlertCode;
use crate::validate::Rule;
use crate::validate::model;
use crate::validate::node::find;
use crate::validate::walk::Walker;

const HEADER: &[Tag] = &[EMI, MAX_MSG_SIZE, MAX_OBJ_SIZE];
const ALERT: &[Tag] = &[ANCHOR, EMI, MAX_OBJ_SIZE, MEM, TYPE];
const SYNC: &[Tag] = &[EMI, MAX_OBJ_SIZE, MEM];
const ITEM: &[Tag] = &[EMI, FORMAT, MARK, VERSION, SIZE, TYPE];
const REPLACE: &[Tag] = &[EMI, FORMAT, MARK, VERSION, SIZE, TYPE, FIELD_LEVEL];
const CRED: &[Tag] = &[FORMAT, TYPE];
const CHAL: &[Tag] = &[FORMAT, NEXT_NONCE, TYPE];
const FILTER: &[Tag] = &[TYPE];

impl Walker<'_> {
    /// Meta information has begun: does it mean anything here?
    pub(super) fn check_meta_place(&mut self, tag: Tag, byte: usize) {
        // The innermost element is the one that has begun.
        let mut around = self
            .frames
            .iter()
            .rev()
            .skip(1)
            .filter_map(|frame| frame.tag);
        let mut holder = around.next();
        if holder == Some(MET_INF) {
            holder = around.next();
        }
        if holder != Some(s::META) {
            return;
        }
        let Some(holder) = around.next() else { return };
        let allowed = match holder {
            s::SYNC_HDR => HEADER,
            s::SYNC => SYNC,
            s::CRED => CRED,
            s::CHAL => CHAL,
            s::FILTER => FILTER,
            s::ITEM => match around.next() {
                Some(s::ALERT) if self.is_sync_alert() => ALERT,
                Some(s::FIELD | s::RECORD) => FILTER,
                Some(command) => of_command(command),
                None => return,
            },
            command if model::is_command(command) => of_command(command),
            _ => return,
        };
        if !allowed.is_empty() && !allowed.contains(&tag) {
            let detail = format!("{tag} means nothing in the Meta of {holder}");
            self.add(Rule::UseMetaPlace, byte, true, detail);
        }
    }

    /// Whether the Alert around the innermost element is about a sync, not about a device.
    fn is_sync_alert(&self) -> bool {
        let code = self
            .command()
            .and_then(|(_, children)| find(children, s::DATA));
        let code = code.and_then(|data| AlertCode::parse(data.text().as_bytes()));
        code.is_some_and(|code| (200..1000).contains(&code.get()))
    }
}

/// What may stand in the Meta of a command or its items; nothing if that is not known.
const fn of_command(command: Tag) -> &'static [Tag] {
    match command {
        s::REPLACE => REPLACE,
        s::ADD | s::COPY | s::DELETE | s::MOVE | s::GET | s::PUT | s::RESULTS => ITEM,
        _ => &[],
    }
}
