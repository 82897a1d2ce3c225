//! Invariant: no panic; what is converted is read again, in the version wanted; an untouched echo of a fitted object
//! restores ours; a merge with itself changes nothing.
#![no_main]

use ds_objects::compare::merge;
use ds_objects::convert::{Options, Times, convert};
use ds_objects::fit::{Capability, Profile, PropertyCap};
use ds_objects::{Format, Object, parse, split};
use libfuzzer_sys::fuzz_target;

const FORMATS: [Format; 5] = [
    Format::VCard21,
    Format::VCard30,
    Format::VCard40,
    Format::VCalendar10,
    Format::ICalendar20,
];

fuzz_target!(|bytes: &[u8]| {
    for object in split(bytes) {
        for media_type in ["text/x-vcard", "text/x-vcalendar"] {
            if let Ok(object) = parse(media_type, object) {
                look_at(&object);
            }
        }
    }
});

fn look_at(object: &Object) {
    for to in FORMATS {
        for times in [Times::WithZone, Times::Utc, Times::Local] {
            let options = Options::default().with_times(times);
            let Some(converted) = convert(object, to, &options) else {
                continue;
            };
            if to != object.format() {
                let again = parse("", &converted.object.encode());
                assert_eq!(again.map(|object| object.format()), Ok(to));
            }
        }
        let caps = ["N", "TEL", "SUMMARY", "DTSTART", "RRULE"].map(PropertyCap::new);
        let small = caps.map(|cap| cap.with_max_occur(2).with_max_size(9));
        let profile = Profile::new(to).with_capability(Capability::new(small));
        if let Ok(shown) = profile.fit(object) {
            let _ = profile.restore(object, &shown.object);
        }
    }
    if let Some(merged) = merge(object, object) {
        assert!(!merged.is_news_to_ours);
    }
}
