//! Servers that need time.

use ds_protocol::{Closed, Engine, Input, Output, Received, Side, Store, client, driver, server};
use syncml_repr::{Command, Encoding, Limits, Version};

use crate::common::NAMES;
use crate::partner::Scene;
use crate::{changed, compare, in_step};

/// DS-S-011, DS-C-011: the server's store is slow with package 3, so it says 101 and is asked again with Alert 221.
#[test]
fn busy() {
    let mut world = changed();
    let pair = world.pair();
    let mut client = client::Session::new(pair.client);
    let mut server = server::Session::new(pair.server);
    let mut said = Vec::new();
    let mut turn = driver::turn(&mut client, &mut world.client, None, &mut |_| ()).unwrap();
    while let Some(sent) = turn.transmit.take() {
        said.push((Side::Local, sent.bytes.clone()));
        let received = Received::decode(sent.bytes, Encoding::Xml, &Limits::default()).unwrap();
        let commands = &received.message.body.commands;
        let mut is_slow = commands
            .iter()
            .any(|command| matches!(command, Command::Sync(_)));
        server.handle(Input::Message(Box::new(received))).unwrap();
        let mut open = Vec::new();
        let answer = loop {
            match server.poll() {
                Output::Effect(id, effect) if is_slow => open.push((id, effect)),
                Output::Effect(id, effect) => {
                    let reply = world.server.perform(effect);
                    server.handle(Input::Reply(id, reply)).unwrap();
                }
                Output::Transmit(answer) if open.is_empty() => break answer,
                Output::Transmit(busy) => {
                    is_slow = false;
                    said.push((Side::Remote, busy.bytes.clone()));
                    let busy = Received::decode(busy.bytes, Encoding::Xml, &Limits::default());
                    let store = &mut world.client;
                    turn =
                        driver::turn(&mut client, store, Some(busy.unwrap()), &mut |_| ()).unwrap();
                    let asked = turn.transmit.take().expect("Alert 221").bytes;
                    said.push((Side::Local, asked.clone()));
                    let asked = Received::decode(asked, Encoding::Xml, &Limits::default());
                    server
                        .handle(Input::Message(Box::new(asked.unwrap())))
                        .unwrap();
                    for (id, effect) in std::mem::take(&mut open) {
                        let reply = world.server.perform(effect);
                        server.handle(Input::Reply(id, reply)).unwrap();
                    }
                }
                Output::Wait(_) if !open.is_empty() => server.handle(Input::Busy).unwrap(),
                Output::Wait(wait) => panic!("{wait:?}"),
                _ => {}
            }
        };
        said.push((Side::Remote, answer.bytes.clone()));
        let answer = Received::decode(answer.bytes, Encoding::Xml, &Limits::default());
        let store = &mut world.client;
        turn = driver::turn(&mut client, store, Some(answer.unwrap()), &mut |_| ()).unwrap();
    }
    assert_eq!(turn.closed, Some(Closed::Complete));
    world.assert_equal();
    compare("busy", Encoding::Xml, said.into_iter());
}

/// DS-C-040, Q-522: a server that only says that it lives, until it has an answer.
#[test]
fn keep_alive() {
    let mut world = in_step();
    world.add_client("Tanaka;Yui");
    let pair = world.pair();
    let mut scene = Scene::of_server(&world, (*pair.client).clone(), Version::V1_2);
    scene.partner.codes = vec![("SyncHdr", 212)];
    let (mine, theirs, _) = NAMES[0];
    let last = scene.last();
    let ends = format!(
        "<Target><LocURI>./{mine}</LocURI></Target><Source><LocURI>./{theirs}</LocURI></Source>"
    );
    scene.say(&format!(
        "<Alert><Data>200</Data><Item>{ends}<Meta><Anchor @><Last>{last}</Last><Next>{last}0</Next></Anchor></Meta></Item></Alert><Final/>"
    ));
    for _ in 0..2 {
        scene.partner.puts_off = true;
        let asked = scene.say("").expect("Alert 222");
        assert!(!asked.body.is_final);
    }
    let empty = format!("<Sync>{ends}<NumberOfChanges>0</NumberOfChanges></Sync><Final/>");
    scene.say(&empty).expect("package 5");
    assert_eq!(scene.say("<Final/>"), None);
    assert_eq!(scene.closed, Some(Closed::Complete));
    compare("keep-alive", Encoding::Xml, scene.said.into_iter());
}
