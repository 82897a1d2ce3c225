//! A client and a server whose datastore is a tree.

use ds_protocol::memory::MemoryStore;
use ds_protocol::{Content, ItemId, Place};

use super::{NAMES, USER, World};

/// One datastore pair, a tree on both sides.
pub(crate) fn grove() -> World {
    let mut world = World::new();
    world.client_config.requests.truncate(1);
    world.server_config.datastores.truncate(1);
    let request = &mut world.client_config.requests[0].datastore;
    *request = request.clone().with_hierarchical(true);
    let datastore = &mut world.server_config.datastores[0];
    *datastore = datastore.clone().with_hierarchical(true);
    world
}

/// An item of this name.
pub(crate) fn leaf(name: &str) -> Content {
    Content::new("text/vcard", format!("FN:{name}\n"))
}

fn name_of(content: &Content) -> String {
    let text = String::from_utf8_lossy(&content.data);
    text.trim_start_matches("FN:").trim().to_owned()
}

/// One side's tree.
pub(crate) struct Tree<'a> {
    store: &'a mut MemoryStore,
    datastore: &'static str,
}

impl World {
    pub(crate) fn mine(&mut self) -> Tree<'_> {
        Tree {
            store: &mut self.client,
            datastore: NAMES[0].0,
        }
    }

    pub(crate) fn theirs(&mut self) -> Tree<'_> {
        Tree {
            store: &mut self.server,
            datastore: NAMES[0].1,
        }
    }

    /// Both sides have this, each item as the path of names to it, and nothing is left to be told.
    pub(crate) fn assert_trees(&mut self, paths: &[&str]) {
        let mut wanted: Vec<_> = paths.iter().map(|path| (*path).to_owned()).collect();
        wanted.sort();
        assert_eq!(self.mine().paths(), wanted, "the client");
        assert_eq!(self.theirs().paths(), wanted, "the server");
    }
}

impl Tree<'_> {
    /// Adds an item by its path; what is above it is there.
    pub(crate) fn add(&mut self, path: &str) -> ItemId {
        let (above, name) = path.rsplit_once('/').unwrap_or(("", path));
        let place = self.place(above);
        let content = leaf(name).with_place(place);
        self.store.add(USER, self.datastore, content)
    }

    pub(crate) fn add_all(&mut self, paths: &[&str]) {
        for path in paths {
            self.add(path);
        }
    }

    fn place(&self, path: &str) -> Place {
        match path {
            "" => Place::Top,
            path => Place::under(self.id(path)),
        }
    }

    /// The item at a path.
    pub(crate) fn id(&self, path: &str) -> ItemId {
        let items: Vec<_> = self.store.items(USER, self.datastore).collect();
        let found = items.iter().find(|(id, _)| self.path(id) == path);
        let found = found.unwrap_or_else(|| panic!("no {path} in {:?}", self.paths()));
        found.0.clone()
    }

    fn path(&self, id: &ItemId) -> String {
        let content = self.store.get(USER, self.datastore, id);
        let content = content.unwrap_or_else(|| panic!("{id:?} is not there"));
        match content.place.parent() {
            Some(parent) => format!("{}/{}", self.path(parent), name_of(content)),
            None => name_of(content),
        }
    }

    /// Every item as a path.
    pub(crate) fn paths(&self) -> Vec<String> {
        let items = self.store.items(USER, self.datastore);
        let mut paths: Vec<_> = items.map(|(id, _)| self.path(id)).collect();
        paths.sort();
        paths
    }

    /// Puts an item under another one, or at the top.
    pub(crate) fn shift(&mut self, path: &str, under: &str) {
        let (id, place) = (self.id(path), self.place(under));
        let content = self.store.get(USER, self.datastore, &id).unwrap().clone();
        let moved = content.with_place(place);
        assert!(self.store.put(USER, self.datastore, id, moved));
    }

    /// Gives an item another name.
    pub(crate) fn rename(&mut self, path: &str, name: &str) {
        let id = self.id(path);
        assert!(self.store.put(USER, self.datastore, id, leaf(name)));
    }

    pub(crate) fn remove(&mut self, path: &str) {
        let id = self.id(path);
        assert!(self.store.remove(USER, self.datastore, &id));
    }
}
