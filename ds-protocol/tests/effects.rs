//! Effects that do not depend on one another are given out together, and may be answered in any order.

mod common;

use std::sync::Arc;

use common::World;
use ds_protocol::{Effect, EffectId, Engine, Input, Output, Store, Wait, client};

/// What a session asks for before it needs an answer.
fn asked(session: &mut client::Session) -> Vec<(EffectId, Effect)> {
    let mut asked = Vec::new();
    loop {
        match session.poll() {
            Output::Effect(id, effect) => asked.push((id, effect)),
            Output::Wait(Wait::Replies) => return asked,
            Output::Wait(_) => return Vec::new(),
            _ => {}
        }
    }
}

/// DS-B-020: the engine does nothing itself; what it asks of its caller for several datastores is open at a time.
#[test]
fn several_are_open_at_a_time() {
    let mut world = World::new();
    let pair = world.pair();
    let mut session = client::Session::new(Arc::clone(&pair.client));
    let mut most = 0;
    loop {
        let open = asked(&mut session);
        if open.is_empty() {
            break;
        }
        most = most.max(open.len());
        for (id, effect) in open.into_iter().rev() {
            let reply = world.client.perform(effect);
            session.handle(Input::Reply(id, reply)).unwrap();
        }
    }
    assert_eq!(most, pair.client.requests.len());
}
