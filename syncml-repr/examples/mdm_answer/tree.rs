//! The settings of the device.

use std::collections::BTreeMap;

use syncml_repr::{Command, Format, Item, Locator, MetInf, Modify, ModifyKind, StatusCode};

/// Leaves by their address.
#[derive(Clone)]
pub(crate) struct Tree(BTreeMap<String, String>);

impl Tree {
    pub(crate) fn new() -> Self {
        let leaves = [
            ("./DevDetail/SwV", "10.0.22631.4317"),
            ("./Vendor/MSFT/Policy/Config/Camera/AllowCamera", "1"),
            ("./Vendor/MSFT/Policy/Config/Wifi/AllowInternetSharing", "0"),
            ("./Vendor/MSFT/WiFi/Profile/Old", "WEP"),
        ];
        Self(leaves.map(|(uri, value)| (uri.into(), value.into())).into())
    }

    /// What a Get brings for one of its items: a value, or the names below a node.
    pub(crate) fn read(&self, wanted: &Item) -> Option<Item> {
        let uri = wanted.target_uri()?;
        let (format, value) = match self.0.get(uri) {
            Some(value) => (Format::Chr, value.clone()),
            None => (Format::Node, self.names_below(uri)?),
        };
        let meta = MetInf::default()
            .with_format(format)
            .with_type("text/plain");
        let item = Item::new().with_source(Locator::new(uri));
        Some(item.with_meta(meta).with_data(value))
    }

    fn names_below(&self, uri: &str) -> Option<String> {
        let below = self
            .0
            .keys()
            .filter_map(|leaf| leaf.strip_prefix(uri)?.strip_prefix('/'));
        let mut names: Vec<&str> = below.filter_map(|rest| rest.split('/').next()).collect();
        names.dedup();
        (!names.is_empty()).then(|| names.join("/"))
    }

    /// Does what an Add, Replace or Delete asks for, all of its items or none.
    pub(crate) fn apply(&mut self, command: &Modify) -> StatusCode {
        let before = self.clone();
        for item in &command.items {
            let code = self.apply_item(command.kind, item);
            if !code.is_success() {
                *self = before;
                return code;
            }
        }
        StatusCode::OK
    }

    fn apply_item(&mut self, kind: ModifyKind, item: &Item) -> StatusCode {
        let Some(uri) = item.target_uri() else {
            return StatusCode::INCOMPLETE_COMMAND;
        };
        if uri.starts_with("./DevDetail/") {
            return StatusCode::PERMISSION_DENIED;
        }
        let exists = self.0.contains_key(uri);
        match (kind, item.data.as_ref().and_then(|data| data.as_text())) {
            (ModifyKind::Delete, _) if exists => {
                self.0.remove(uri);
                StatusCode::OK
            }
            (ModifyKind::Add, _) if exists => StatusCode::ALREADY_EXISTS,
            (ModifyKind::Delete | ModifyKind::Replace, _) if !exists => StatusCode::NOT_FOUND,
            (ModifyKind::Add | ModifyKind::Replace, Some(value)) => {
                self.0.insert(uri.into(), value.into());
                StatusCode::OK
            }
            (ModifyKind::Add | ModifyKind::Replace, None) => StatusCode::INCOMPLETE_COMMAND,
            _ => StatusCode::OPTIONAL_FEATURE_NOT_SUPPORTED,
        }
    }

    /// Does all commands of an Atomic, or none: the outcome of the Atomic and of each of them.
    pub(crate) fn apply_all(&mut self, commands: &[Command]) -> (StatusCode, Vec<StatusCode>) {
        let before = self.clone();
        let mut codes = Vec::new();
        for command in commands {
            let code = match command {
                Command::Modify(modify) => self.apply(modify),
                _ => StatusCode::COMMAND_FAILED,
            };
            if !code.is_success() {
                *self = before;
                codes.fill(StatusCode::ATOMIC_ROLL_BACK_OK);
                codes.push(code);
                codes.resize(commands.len(), StatusCode::NOT_EXECUTED);
                return (StatusCode::ATOMIC_FAILED, codes);
            }
            codes.push(code);
        }
        (StatusCode::OK, codes)
    }
}
