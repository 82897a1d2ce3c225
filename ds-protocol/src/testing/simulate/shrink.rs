//! A failing plan, cut down to what it needs to fail.

use syncml_devinf::Version;
use syncml_wbxml::Encoding;

use super::plan::{NotifyPlan, Plan, SessionPlan, Step};

/// Attempts that a search for a smaller plan may cost.
const ATTEMPTS: usize = 3_000;

impl Plan {
    /// The smallest plan found that fails, where this one does.
    #[must_use]
    pub fn shrunk(&self) -> Self {
        let mut best = self.clone();
        let Err(broken) = self.play() else {
            return best;
        };
        let how = kind(&broken.what);
        let mut left = ATTEMPTS;
        loop {
            let before = best.clone();
            cut_steps(&mut best, &how, &mut left);
            cut_parts(&mut best, &how, &mut left);
            if best == before || left == 0 {
                return best;
            }
        }
    }

    /// Whether it fails in the same way.
    fn fails(&self, (how, left): (&str, &mut usize)) -> bool {
        let Some(rest) = left.checked_sub(1) else {
            return false;
        };
        *left = rest;
        self.play().is_err_and(|broken| kind(&broken.what) == how)
    }
}

/// What is wrong, without the numbers in it.
fn kind(what: &str) -> String {
    what.chars()
        .filter(|letter| letter.is_alphabetic())
        .take(60)
        .collect()
}

/// Leaves out steps, many at a time first.
fn cut_steps(best: &mut Plan, how: &str, left: &mut usize) {
    let mut size = best.steps.len().div_ceil(2).max(1);
    loop {
        let mut at = 0;
        while at < best.steps.len() {
            let mut smaller = best.clone();
            let to = (at + size).min(smaller.steps.len());
            smaller.steps.drain(at..to);
            if smaller.fails((how, left)) {
                *best = smaller;
            } else {
                at += size;
            }
        }
        if size == 1 {
            return;
        }
        size = size.div_ceil(2);
    }
}

/// Makes what is left plainer.
fn cut_parts(best: &mut Plan, how: &str, left: &mut usize) {
    for smaller in plainer(best) {
        if smaller != *best && smaller.fails((how, left)) {
            *best = smaller;
            return cut_parts(best, how, left);
        }
    }
}

fn plainer(plan: &Plan) -> Vec<Plan> {
    let mut found = Vec::new();
    let mut with = |change: &dyn Fn(&mut Plan)| {
        let mut other = plan.clone();
        change(&mut other);
        found.push(other);
    };
    with(&|plan| {
        let devices = plan.setting.devices.len();
        plan.setting.devices.truncate(devices.max(2) - 1);
    });
    with(&|plan| {
        plan.setting
            .stores
            .truncate(plan.setting.stores.len().max(2) - 1)
    });
    for device in 0..plan.setting.devices.len() {
        with(&|plan| plan.setting.devices[device].encoding = Encoding::Xml);
        with(&|plan| plan.setting.devices[device].version = Version::V1_2);
        with(&|plan| plan.setting.devices[device].combined = false);
        with(&|plan| plan.setting.devices[device].resume = false);
        with(&|plan| plan.setting.devices[device].colour = None);
        with(&|plan| plan.setting.devices[device].stands = None);
        with(&|plan| plan.setting.devices[device].sizes.max_msg_size = 65_536);
        with(&|plan| plan.setting.devices[device].sizes.max_obj_size = 1 << 20);
    }
    with(&|plan| plan.setting.server.max_msg_size = 65_536);
    with(&|plan| plan.setting.server.max_obj_size = 1 << 20);
    for store in 0..plan.setting.stores.len() {
        with(&|plan| plan.setting.stores[store].policy = Default::default());
        with(&|plan| plan.setting.stores[store].tree = false);
    }
    for at in 0..plan.steps.len() {
        for smaller in plainer_steps(&plan.steps[at]) {
            with(&|plan| plan.steps[at] = smaller.clone());
        }
    }
    found
}

fn plainer_steps(step: &Step) -> Vec<Step> {
    match step {
        Step::Session(session) => plainer_sessions(session)
            .into_iter()
            .map(Step::Session)
            .collect(),
        Step::Overlap { first, second, at } => {
            let mut found = vec![Step::Session(first.clone()), Step::Session(second.clone())];
            for first in plainer_sessions(first) {
                let (second, at) = (second.clone(), *at);
                found.push(Step::Overlap { first, second, at });
            }
            for second in plainer_sessions(second) {
                let (first, at) = (first.clone(), *at);
                found.push(Step::Overlap { first, second, at });
            }
            found
        }
        Step::Notify(notify) => plainer_sessions(&notify.session)
            .into_iter()
            .map(|session| {
                let notify = notify.clone();
                Step::Notify(NotifyPlan { session, ..notify })
            })
            .collect(),
        _ => Vec::new(),
    }
}

fn plainer_sessions(session: &SessionPlan) -> Vec<SessionPlan> {
    let mut found = Vec::new();
    for at in 0..session.faults.len() {
        let mut other = session.clone();
        other.faults.remove(at);
        found.push(other);
    }
    let mut other = session.clone();
    other.patience = 0;
    found.push(other);
    let mut other = session.clone();
    other.sync_type = crate::sync_type::SyncType::TwoWay;
    found.push(other);
    found
}
