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

/// A world in which no promise can be kept: the server takes no message that says anything. What is kept of it is smaller, and
/// fails in the same way.
#[test]
fn what_fails_is_kept() {
    let folder = tempdir().unwrap();
    let [file, kept, again] = ["plan.json", "kept.json", "again.json"].map(|name| {
        let path = folder.path().join(name);
        path.to_str().unwrap().to_owned()
    });
    let parsed = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
    let mut plan = parsed(&Plan::of(5, None).to_json());
    plan["setting"]["server"]["max_msg_size"] = 100.into();
    fs::write(&file, plan.to_string()).unwrap();
    let first = failure(run(["simulate", "--plan", &file, "--save", &kept]), 1);
    assert!(
        first.contains(&format!("hint: syncml simulate --plan {kept}")),
        "{first}"
    );
    let small = parsed(&fs::read_to_string(&kept).unwrap());
    let steps = |plan: &serde_json::Value| plan["steps"].as_array().unwrap().len();
    assert!(steps(&small) < steps(&plan), "{small}");
    // Played again it fails as it did, and cannot be made smaller.
    let second = failure(run(["simulate", "--plan", &kept, "--save", &again]), 1);
    let why = |told: &str| told.lines().next().unwrap_or_default().to_owned();
    assert_eq!(why(&second), why(&first));
    assert_eq!(parsed(&fs::read_to_string(&again).unwrap()), small);
    // What cannot be written is said.
    let nowhere = folder.path().join("missing").join("kept.json");
    let nowhere = nowhere.to_str().unwrap();
    let told = failure(run(["simulate", "--plan", &kept, "--save", nowhere]), 1);
    assert!(told.contains("missing"), "{told}");
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
