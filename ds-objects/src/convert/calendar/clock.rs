//! Times on their way to vCalendar, which has one zone for all of an object.

use crate::civil::{Moment, Time};
use crate::convert::{Options, Times};
use crate::ledger::{Effect, Ledger, Reason};
use crate::model::{Field, Item, Value};
use crate::recur::End;
use crate::zone::{self, Zone};

/// Most years of daylight saving time that are told.
const YEARS: i32 = 10;

/// The zones that are known, and the one that times are written in.
pub(super) struct Clock {
    zones: Vec<Zone>,
    target: Target,
}

enum Target {
    /// The zone that the calendar states, once a time is in it.
    Stated(Option<Zone>),
    Utc,
    /// A zone that is not stated, because both sides know it.
    Local(Option<Zone>),
}

impl Clock {
    pub(super) fn of(calendar: &Item, options: &Options) -> Self {
        let mut zones = zone::of_calendar(calendar);
        zones.extend(options.zone.clone());
        let target = match options.times {
            Times::Utc => Target::Utc,
            Times::Local => Target::Local(options.zone.clone()),
            Times::WithZone => Target::Stated(None),
        };
        let mut clock = Self { zones, target };
        let first = zone::names(calendar).find_map(|id| clock.zone(id).cloned());
        if let Target::Stated(stated) = &mut clock.target {
            *stated = first;
        }
        clock
    }

    fn zone(&self, id: &str) -> Option<&Zone> {
        self.zones.iter().find(|zone| zone.id == id)
    }

    /// The zone to be stated in the calendar.
    pub(super) fn stated_zone(&self) -> Option<&Zone> {
        match &self.target {
            Target::Stated(zone) => zone.as_ref(),
            _ => None,
        }
    }

    /// The years in which the items take place.
    pub(super) fn years(&self, calendar: &Item) -> std::ops::Range<i32> {
        let (mut first, mut last) = (i32::MAX, i32::MIN);
        for item in calendar.items.iter().filter(|item| item.is_entry()) {
            for field in &item.fields {
                let year = match &field.value {
                    Value::Time(time) if field.param("TZID").is_some() => time.date().year(),
                    Value::Rule(rule) => match rule.end {
                        End::Until(time) => time.date().year(),
                        // Those who read it know no more than they are told.
                        _ => last.saturating_add(1),
                    },
                    _ => continue,
                };
                first = first.min(year);
                last = last.max(year);
            }
        }
        first..last.saturating_add(1).min(first.saturating_add(YEARS))
    }

    /// A time in the zone of the object; none: its own zone is not known.
    pub(super) fn told(&self, time: Moment, tzid: Option<&str>) -> Option<Moment> {
        let utc = match (time.is_utc(), tzid) {
            (true, _) => time,
            // Floating: the same figures wherever one is.
            (false, None) => return Some(time),
            (false, Some(id)) => {
                if matches!(self.stated_zone(), Some(zone) if zone.id == id) {
                    return Some(time);
                }
                self.zone(id)?.utc(time)?
            }
        };
        match &self.target {
            Target::Utc | Target::Local(None) => Some(utc),
            Target::Local(Some(zone)) => zone.local(utc),
            // What was in UTC stays, what was in another zone comes into this one.
            Target::Stated(Some(zone)) if !time.is_utc() => zone.local(utc),
            Target::Stated(_) => Some(utc),
        }
    }

    /// Puts all times of an item into the zone of the object.
    pub(super) fn write(&mut self, item: &mut Item, ledger: &mut Ledger) {
        let component = item.name.clone();
        for field in &mut item.fields {
            let id = field.take_param("TZID");
            let id = id.and_then(|id| id.values.into_iter().next());
            let Field { value, name, .. } = field;
            let mut tell = |time: &mut Time| {
                let Time::Moment(moment) = *time else { return };
                match self.told(moment, id.as_deref()) {
                    Some(told) => {
                        let same = told == moment;
                        *time = Time::Moment(told);
                        if !same {
                            let detail = id.clone().unwrap_or_default();
                            ledger.note(
                                (&component, name),
                                Effect::Converted,
                                Reason::OtherZone,
                                detail,
                            );
                        }
                    }
                    None => {
                        let detail = id.clone().unwrap_or_default();
                        ledger.note(
                            (&component, name),
                            Effect::Dropped,
                            Reason::UnknownZone,
                            detail,
                        );
                    }
                }
            };
            match value {
                Value::Time(time) => tell(time),
                Value::Times(times) => times.iter_mut().for_each(&mut tell),
                _ => {}
            }
        }
    }
}
