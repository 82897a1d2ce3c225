//! Folders, and what is in them.

use ds_protocol::Side;
use syncml_wbxml::Encoding;

use super::common::grove::grove;
use super::record;

/// DS-C-014, DS-S-014, DS-B-026, DS-S-070: two trees come together; in the next session items move on both sides, one to
/// the top, a folder goes with what is in it, and one that the other side has put something new into comes back.
#[test]
fn hierarchy() {
    let mut world = grove().with_encoding(Encoding::Xml);
    world.server_config.sizes.max_sent = 20_000;
    world.mine().add_all(&[
        "Projects",
        "Projects/Boat",
        "Projects/Boat/Sail",
        "Projects/Shed",
        "Old",
        "Old/Letter",
    ]);
    world
        .theirs()
        .add_all(&["Family", "Family/Tree", "Family/Tree/Root"]);
    let first = world.sync();
    world.assert_trees(&[
        "Family",
        "Family/Tree",
        "Family/Tree/Root",
        "Old",
        "Old/Letter",
        "Projects",
        "Projects/Boat",
        "Projects/Boat/Sail",
        "Projects/Shed",
    ]);
    world.mine().shift("Projects/Boat/Sail", "Projects/Shed");
    world.mine().shift("Family/Tree", "");
    world.mine().remove("Old");
    world.theirs().shift("Projects/Boat", "Family");
    world.theirs().add("Projects/Plan");
    world.theirs().add("Old/Photo");
    let second = world.sync();
    world.assert_trees(&[
        "Family",
        "Family/Boat",
        "Old",
        "Old/Photo",
        "Projects",
        "Projects/Plan",
        "Projects/Shed",
        "Projects/Shed/Sail",
        "Tree",
        "Tree/Root",
    ]);
    for (side, what) in [
        (Side::Local, "SourceParent"),
        (Side::Remote, "TargetParent"),
    ] {
        let mut steps = second.steps.iter().filter(|step| step.side == side);
        let says = |step: &ds_protocol::testing::Step| {
            let message = step.message.as_deref().unwrap_or_default();
            let xml = String::from_utf8_lossy(message);
            xml.contains(what) && xml.contains("<Move>")
        };
        assert!(steps.any(says), "{second}");
    }
    record("hierarchy", &[first, second]);
}
