//! Sessions of the server's engine with a client that says what ours never says, and the other way round.

use ds_protocol::{Archiving, Closed, Effect, Outcome, Reply};
use syncml_repr::{Command, Encoding, Message, StatusCode};

use crate::common::hooked::Hook;
use crate::common::{NAMES, USER, card};
use crate::partner::Scene;
use crate::{compare, in_step};

/// `Cmd code` of every Status of a message.
fn codes(message: &Message) -> Vec<String> {
    let statuses = message.body.commands.iter();
    statuses
        .filter_map(|command| match command {
            Command::Status(status) => Some(format!("{} {}", status.cmd, status.code.get())),
            _ => None,
        })
        .collect()
}

fn add(luid: &str, name: &str) -> String {
    modify("Add", luid, name)
}

fn modify(kind: &str, luid: &str, name: &str) -> String {
    let data = String::from_utf8(card(name).data.to_vec()).unwrap();
    let data = [("&", "&amp;"), ("<", "&lt;"), ("\r", "&#13;")]
        .iter()
        .fold(data, |data, (octets, escaped)| {
            data.replace(octets, escaped)
        });
    format!(
        "<{kind}><Meta><Type @>text/vcard</Type></Meta><Item><Source><LocURI>{luid}</LocURI></Source><Data>{data}</Data></Item></{kind}>"
    )
}

fn delete(luid: &str, how: &str) -> String {
    format!("<Delete>{how}<Item><Source><LocURI>{luid}</LocURI></Source></Item></Delete>")
}

fn copy(from: &str, to: &str) -> String {
    format!(
        "<Copy><Item><Target><LocURI>{to}</LocURI></Target><Source><LocURI>{from}</LocURI></Source></Item></Copy>"
    )
}

fn sync(number: usize, children: &str) -> String {
    let (mine, theirs, _) = NAMES[0];
    format!(
        "<Sync><Target><LocURI>./{theirs}</LocURI></Target><Source><LocURI>./{mine}</LocURI></Source>\
         <NumberOfChanges>{number}</NumberOfChanges>{children}</Sync><Final/>"
    )
}

/// A two-way sync up to the answer to package 1.
fn begun(configure: impl FnOnce(&mut crate::World)) -> Scene<ds_protocol::server::Session> {
    let mut world = in_step();
    configure(&mut world);
    let mut scene = Scene::of_client(&world, "7");
    let alert = scene.alert(200);
    let answer = scene.say(&format!("{alert}<Final/>"));
    assert_eq!(codes(&answer), ["SyncHdr 212", "Alert 200"]);
    scene
}

/// DS-S-054, DS-B-027: all of an Atomic is done, or nothing of it.
#[test]
fn atomic() {
    let mut scene = begun(|world| world.server_config.datastores[0].atomic = true);
    let commands = [
        add("51", "Tanaka;Yui"),
        modify("Replace", "1", "Okafor;Chidi Emeka"),
        delete("2", ""),
    ];
    let answer = scene.say(&sync(3, &format!("<Atomic>{}</Atomic>", commands.concat())));
    assert_eq!(
        codes(&answer)[2..],
        ["Atomic 200", "Add 201", "Replace 200", "Delete 200"]
    );
    scene.say("<Final/>");
    compare("atomic", Encoding::Xml, scene.said.into_iter());
}

/// DS-S-054, DS-B-027: the third of four fails, so the first two are undone and the last is not tried; in the second
/// group the store cannot undo the first.
#[test]
fn atomic_rollback() {
    let mut scene = begun(|world| world.server_config.datastores[0].atomic = true);
    let commands = |luid: &str, third: &str| {
        let commands = [
            add(luid, "Tanaka;Yui"),
            modify("Replace", "1", "Okafor;Chidi Emeka"),
            third.to_owned(),
            delete("2", ""),
        ];
        format!("<Atomic>{}</Atomic>", commands.concat())
    };
    let picture = add("52", "Moreau;Luc").replace("text/vcard", "image/png");
    let whole = commands("51", &picture) + &commands("53", &add("54", "Moreau;Luc"));
    let hook: Hook<'_> = Box::new(|effect, _| {
        let outcomes = [516, 216, 510, 215].map(|code| Outcome::Refused(StatusCode::new(code)));
        matches!(effect, Effect::ApplyAtomic { .. }).then(|| Ok(Reply::Applied(outcomes.to_vec())))
    });
    let answer = scene.say_hooked(&sync(8, &whole), hook);
    assert_eq!(
        codes(&answer)[2..],
        [
            "Atomic 507",
            "Add 216",
            "Replace 216",
            "Add 415",
            "Delete 215",
            "Atomic 507",
            "Add 516",
            "Replace 216",
            "Add 510",
            "Delete 215",
        ]
    );
    scene.say("<Final/>");
    compare("atomic-rollback", Encoding::Xml, scene.said.into_iter());
}

/// DS-S-052, DS-S-053, DS-S-056: a copy, a soft Delete, a Delete that asks for an archive, and what there is none of.
#[test]
fn copy_and_soft_delete() {
    let mut scene = begun(|world| {
        world.server_config.datastores[0].archiving = Archiving::Archives;
    });
    let commands = [
        copy("1", "51"),
        copy("99", "52"),
        delete("1", "<SftDel/>"),
        delete("2", "<Archive/>"),
        delete("99", ""),
    ];
    let answer = scene.say(&sync(5, &commands.concat()));
    assert_eq!(
        codes(&answer)[2..],
        [
            "Copy 201",
            "Copy 404",
            "Delete 200",
            "Delete 200",
            "Delete 211"
        ]
    );
    scene.say("<Final/>");
    assert_eq!(scene.store.items(USER, NAMES[0].1).count(), 2);
    compare(
        "copy-and-soft-delete",
        Encoding::Xml,
        scene.said.into_iter(),
    );
}

/// DS-S-055: a Sequence inside a Sync, with an Atomic inside.
#[test]
fn sequence() {
    let mut scene = begun(|world| world.server_config.datastores[0].atomic = true);
    let inner = [modify("Replace", "51", "Tanaka;Yui Mei"), delete("1", "")];
    let children = format!(
        "<Sequence>{}<Atomic>{}</Atomic>{}</Sequence>",
        add("51", "Tanaka;Yui"),
        inner.concat(),
        add("52", "Moreau;Luc")
    );
    let answer = scene.say(&sync(4, &children));
    assert_eq!(
        codes(&answer)[2..],
        [
            "Sequence 200",
            "Add 201",
            "Atomic 200",
            "Replace 200",
            "Delete 200",
            "Add 201"
        ]
    );
    scene.say("<Final/>");
    compare("sequence", Encoding::Xml, scene.said.into_iter());
}

/// DS-S-057, DS-B-005, DS-S-023: what is not offered, and where it is not.
#[test]
fn refused_commands() {
    let mut world = in_step();
    let mut scene = Scene::of_client(&world, "7");
    let alert = scene.alert(200);
    let elsewhere = alert
        .replace("./contacts", "./recipes")
        .replace("./people", "./dishes");
    let search = "<Search><Source><LocURI>./contacts</LocURI></Source><Meta><Type @>text/x-query</Type></Meta>\
                  <Data>all</Data></Search>";
    let exec = "<Exec><Item><Target><LocURI>./reboot</LocURI></Target></Item></Exec>";
    let get = "<Get><Item><Target><LocURI>./weather</LocURI></Target></Item></Get>";
    let unknown = "<Alert><Data>999</Data></Alert>";
    let body = [&alert, &elsewhere, search, exec, get, unknown].concat();
    let answer = scene.say(&format!("{body}<Final/>"));
    assert_eq!(
        codes(&answer),
        [
            "SyncHdr 212",
            "Alert 200",
            "Alert 404",
            "Search 406",
            "Exec 406",
            "Get 404",
            "Alert 406"
        ]
    );
    world.server = scene.store.clone();
    scene.say(&sync(0, ""));
    scene.say("<Final/>");
    compare("refused-commands", Encoding::Xml, scene.said.into_iter());
}

/// DS-S-010, DS-S-062, DS-S-063, DS-B-022: objects that come to nothing. One is larger than the server takes (416), one
/// has no Size (411), one is broken off by another item (223), one is a byte too long (424).
#[test]
fn large_object_errors() {
    let mut scene = begun(|world| world.server_config.sizes.max_obj_size = 500);
    let chunk = |luid: &str, meta: &str, data: &str, more: &str| {
        format!(
            "<Add><Meta><Type @>text/vcard</Type>{meta}</Meta><Item><Source><LocURI>{luid}</LocURI></Source>\
             <Data>{data}</Data>{more}</Item></Add>"
        )
    };
    let first = |luid: &str, size: usize| {
        let meta = format!("<Size @>{size}</Size>");
        chunk(luid, &meta, "BEGIN:VCARD", "<MoreData/>")
    };
    let part = |child: &str| sync(5, child).replace("<Final/>", "");
    let next = |child: &str| part(child).replace("<NumberOfChanges>5</NumberOfChanges>", "");
    let said = [
        (part(&first("51", 501)), "Add 416"),
        (
            next(&chunk("52", "", "BEGIN:VCARD", "<MoreData/>")),
            "Add 411",
        ),
        (next(&first("53", 100)), "Add 213"),
        (next(&add("54", "Tanaka;Yui")), "Add 201"),
        (next(&first("55", 21)), "Add 213"),
        (
            next(&chunk("55", "", " and no more", "")) + "<Final/>",
            "Add 424",
        ),
    ];
    for (body, code) in said {
        let answer = scene.say(&body);
        assert_eq!(codes(&answer).last().map(String::as_str), Some(code));
    }
    scene.say("<Final/>");
    compare("large-object-errors", Encoding::Xml, scene.said.into_iter());
}

/// DS-C-038, DS-B-012: what wants no answer gets none: a command, and a whole message.
#[test]
fn no_resp() {
    let mut scene = begun(|_| ());
    let quiet = modify("Replace", "1", "Okafor;Chidi Emeka").replace("<Meta>", "<NoResp/><Meta>");
    let answer = scene.say(&sync(2, &(quiet + &add("51", "Tanaka;Yui"))));
    assert_eq!(codes(&answer)[1..], ["Sync 200", "Add 201"]);
    scene.partner.no_resp = true;
    let answer = scene.say("<Alert><Data>100</Data><Item><Data>done</Data></Item></Alert><Final/>");
    assert_eq!(codes(&answer), ["SyncHdr 200"]);
    compare("no-resp", Encoding::Xml, scene.said.into_iter());
}

/// DS-S-033, DS-B-014: a client that maps each new item at once, while the server has more to send.
#[test]
fn early_map() {
    let mut scene = begun(|world| {
        world.server_config.sizes.max_sent = 1_300;
        for number in 0..4 {
            world.add_server(&format!("Theirs;{number}"));
        }
    });
    let mut answer = scene.say(&sync(0, ""));
    let mut luid = 50;
    for _ in 0..20 {
        let commands = answer.body.commands.iter();
        let syncs = commands.filter_map(|command| match command {
            Command::Sync(sync) => Some(&sync.commands),
            _ => None,
        });
        let guids = syncs.flatten().filter_map(|command| match command {
            Command::Modify(modify) => modify.items[0].source_uri(),
            _ => None,
        });
        let pairs = guids.map(|guid| {
            luid += 1;
            format!(
                "<MapItem><Target><LocURI>{guid}</LocURI></Target><Source><LocURI>{luid}</LocURI></Source></MapItem>"
            )
        });
        let pairs: String = pairs.collect();
        if pairs.is_empty() {
            break;
        }
        let last = if answer.body.is_final { "<Final/>" } else { "" };
        answer = scene.say(&format!(
            "<Map><Target><LocURI>./contacts</LocURI></Target><Source><LocURI>./people</LocURI></Source>{pairs}</Map>{last}"
        ));
    }
    assert_eq!(luid, 54);
    assert_eq!(scene.closed, Some(Closed::Complete));
    compare("early-map", Encoding::Xml, scene.said.into_iter());
}
