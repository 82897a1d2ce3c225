//! `syncml simulate`: seeds, and plans that were kept.

mod common;

use std::fs;

use common::{failure, json, run, success};
use ds_protocol::testing::simulate::Plan;
use tempfile::tempdir;

#[test]
fn a_plan_is_played_as_its_seed_is() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("plan.json");
    fs::write(&file, Plan::of(5, None).to_json()).unwrap();
    let file = file.to_str().unwrap();
    let played = |args: &[&str]| json(success(run(args)).as_bytes());
    let planned = played(&["simulate", "--plan", file, "--json"]);
    let seeded = played(&["simulate", "--seed", "5", "--json"]);
    assert_eq!(planned, seeded);
    assert!(planned["messages"].as_u64().unwrap() > 0, "{planned}");
}

#[test]
fn what_is_no_plan() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("plan.json");
    fs::write(&file, "{}").unwrap();
    for name in [file.to_str().unwrap(), "missing.json"] {
        let error = failure(run(["simulate", "--plan", name]), 1);
        assert!(
            error.contains("plan.json") || error.contains("missing.json"),
            "{error}"
        );
    }
}
