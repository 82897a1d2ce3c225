//! Anchors, peers, secrets and nonces.

use super::*;
use crate::peer::{PeerRecord, Secret};
use syncml_meta::Nonce;

rules! {
    Nothing: the_first_session_has_no_last, next_is_never_used_twice, last_is_what_was_committed,
        anchors_of_devices_are_apart, a_session_without_commit_keeps_last, peers_are_remembered,
        a_nonce_serves_once;
    Login: secrets_of_users, nonces_differ;
}

fn the_first_session_has_no_last<S: Subject>(b: &mut Bench<S>) -> Check {
    let opened = b.store.open(&link())?;
    same!(opened.last, None, "Last before any session");
    holds!(!opened.next.is_empty(), "Next is empty");
    Ok(())
}

fn a_nonce_serves_once<S: Subject>(b: &mut Bench<S>) -> Check {
    let nonce = |text: &'static [u8]| Nonce::new(text);
    let mut record = PeerRecord::default();
    (record.nonce, record.max_msg_size) = (Some(nonce(b"one")), Some(5_000));
    b.store.save_peer("device-1", record)?;
    let spend =
        |b: &mut Bench<S>, spent, next| b.store.spend_nonce("device-1", &nonce(spent), nonce(next));
    holds!(
        !spend(b, b"two", b"three")?,
        "a nonce that nobody was given"
    );
    holds!(spend(b, b"one", b"two")?, "the nonce that was given out");
    holds!(!spend(b, b"one", b"three")?, "the same once more");
    b.reopen();
    let kept = b.store.load_peer("device-1")?;
    same!(kept.nonce, Some(nonce(b"two")), "the next nonce");
    same!(kept.spent_nonce, Some(nonce(b"one")), "the one before");
    same!(kept.max_msg_size, Some(5_000), "the rest of the record");
    holds!(spend(b, b"two", b"three")?, "the next nonce");
    Ok(())
}

fn next_is_never_used_twice<S: Subject>(b: &mut Bench<S>) -> Check {
    let mut given = Vec::new();
    for round in 0..6 {
        let next = b.store.open(&link())?.next;
        holds!(!given.contains(&next), "Next {next} was given out before");
        given.push(next.clone());
        match round {
            1 => b.store.commit(&link(), &Anchors::new(next, "peer"))?,
            2 => b.store.begin(&link(), SyncType::Slow, false)?,
            3 => b.reopen(),
            _ => {}
        }
    }
    Ok(())
}

fn last_is_what_was_committed<S: Subject>(b: &mut Bench<S>) -> Check {
    for peer in ["20260101T000000Z", "17", "mixed Case \u{e9} & <"] {
        let next = b.store.open(&link())?.next;
        let anchors = Anchors::new(next, peer);
        b.store.begin(&link(), SyncType::TwoWay, false)?;
        b.store.commit(&link(), &anchors)?;
        b.store.commit(&link(), &anchors)?;
        same!(
            b.store.open(&link())?.last,
            Some(anchors.clone()),
            "Last after Commit"
        );
        b.reopen();
        same!(
            b.store.open(&link())?.last,
            Some(anchors),
            "Last after the store was closed and opened"
        );
    }
    Ok(())
}

fn anchors_of_devices_are_apart<S: Subject>(b: &mut Bench<S>) -> Check {
    b.commit(&link())?;
    same!(b.store.open(&other_link())?.last, None, "another device");
    let renamed = Link::new("alice", "device-1", "contacts", "card2");
    same!(
        b.store.open(&renamed)?.last,
        None,
        "another datastore of the same device"
    );
    let guest = Link::new("bob", "device-1", "contacts", "card");
    same!(
        b.store.open(&guest)?.last,
        None,
        "another user of the same device"
    );
    Ok(())
}

fn a_session_without_commit_keeps_last<S: Subject>(b: &mut Bench<S>) -> Check {
    b.commit(&link())?;
    let last = b.store.open(&link())?.last;
    b.user_adds(&card("Anna"));
    let changes = b.changes(&link())?;
    b.confirm(&link(), &changes, false)?;
    same!(
        b.store.open(&link())?.last,
        last,
        "Last after a session that was cut"
    );
    Ok(())
}

fn peers_are_remembered<S: Subject>(b: &mut Bench<S>) -> Check {
    same!(
        b.store.load_peer("device-1")?,
        PeerRecord::default(),
        "a peer nobody knows"
    );
    let record = PeerRecord {
        nonce: Some(Nonce::new(vec![1, 0, 255])),
        ..PeerRecord::default()
    };
    b.store.save_peer("device-1", record.clone())?;
    same!(
        b.store.load_peer("device-1")?,
        record,
        "a peer that was saved"
    );
    same!(
        b.store.load_peer("device-2")?,
        PeerRecord::default(),
        "another peer"
    );
    let newer = PeerRecord {
        dev_inf_sent: Some("abc".into()),
        ..PeerRecord::default()
    };
    b.store.save_peer("device-1", newer.clone())?;
    same!(
        b.store.load_peer("device-1")?,
        newer,
        "the whole record is replaced"
    );
    b.reopen();
    same!(
        b.store.load_peer("device-1")?,
        newer,
        "after the store was closed and opened"
    );
    Ok(())
}

fn secrets_of_users<S: Subject>(b: &mut Bench<S>) -> Check {
    let Some((user, secret)) = b.profile.login.clone() else {
        return Ok(());
    };
    same!(
        b.store
            .load_secret(&user)?
            // A store may keep no more of a password than its digest.
            .is_some_and(|found| found == secret || found == Secret::Digest(secret.digest(&user))),
        true,
        "the secret of {user}"
    );
    same!(
        b.store.load_secret("nobody at all")?,
        None,
        "the secret of a stranger"
    );
    Ok(())
}

fn nonces_differ<S: Subject>(b: &mut Bench<S>) -> Check {
    let mut given: Vec<Nonce> = Vec::new();
    for _ in 0..20 {
        let nonce = b.store.new_nonce()?;
        holds!(
            nonce.as_bytes().len() >= 16,
            "a nonce of {} octets, 128 bits are wanted",
            nonce.as_bytes().len()
        );
        holds!(!given.contains(&nonce), "a nonce was given out twice");
        given.push(nonce);
    }
    Ok(())
}
