//! `syncml validate`: in what messages depart from the DTDs and the rules of usage.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde::Serialize;
use syncml_repr::validate::{Finding, Report, Rule, validate};
use syncml_wbxml::Encoding;

use super::decode::encoding;
use super::input::{limits, read};
use super::{Failure, Output, Table, output};

/// Say in what messages depart from the DTDs and the rules of usage.
///
/// One line for each departure: FILE:LINE:COLUMN in XML or FILE:BYTE in WBXML, the rule, the element,
/// what is wrong, and whether a tolerant reader puts it right. Ends with exit code 0 if there is
/// nothing to say, 1 if there is, and 2 if a message cannot be read.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Messages to look at; none or `-` is standard input.
    files: Vec<PathBuf>,
    /// Leave out what a reader puts right.
    #[arg(long)]
    repairs_ok: bool,
    /// List the rules instead.
    #[arg(long, conflicts_with_all = ["files", "repairs_ok"])]
    rules: bool,
}

/// The JSON object of `validate`.
#[derive(Serialize)]
struct Validated {
    files: Vec<File>,
}

#[derive(Serialize)]
struct File {
    file: String,
    encoding: Encoding,
    findings: Vec<FindingJson>,
    /// How many more findings there are.
    omitted: usize,
}

/// A finding as JSON.
#[derive(Serialize)]
pub(super) struct FindingJson {
    rule: &'static str,
    path: String,
    byte: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<u32>,
    repaired: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    detail: String,
}

impl From<&Finding> for FindingJson {
    fn from(finding: &Finding) -> Self {
        Self {
            rule: finding.rule.id(),
            path: finding.path.clone(),
            byte: finding.position.byte,
            line: finding.position.line,
            column: finding.position.column,
            repaired: finding.repaired,
            status: finding.status.map(|status| status.get()),
            detail: finding.detail.clone(),
        }
    }
}

/// The JSON object of `validate --rules`.
#[derive(Serialize)]
struct Rules {
    rules: Vec<RuleJson>,
}

#[derive(Serialize)]
struct RuleJson {
    rule: &'static str,
    meaning: &'static str,
    source: &'static str,
}

/// What is known about the files so far, from best to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    Clean,
    Found,
    Unreadable,
}

impl From<Verdict> for ExitCode {
    fn from(verdict: Verdict) -> Self {
        Self::from(verdict as u8)
    }
}

pub(super) fn run(args: Args, output: Output) -> Result<ExitCode, Failure> {
    if args.rules {
        return list_rules(output).map(|()| ExitCode::SUCCESS);
    }
    let mut files = args.files;
    if files.is_empty() {
        files.push("-".into());
    }
    let mut verdict = Verdict::Clean;
    let mut all = Validated { files: Vec::new() };
    for path in files {
        let (encoding, mut report) = match look_at(&path) {
            Ok(looked) => looked,
            // The other files are worth a look all the same.
            Err(Failure::Error(error)) => {
                output::complain(&error);
                verdict = Verdict::Unreadable;
                continue;
            }
            Err(failure) => return Err(failure),
        };
        if args.repairs_ok {
            report.findings.retain(|finding| !finding.repaired);
        }
        verdict = verdict.max(if !report.is_readable() {
            Verdict::Unreadable
        } else if report.is_clean() && report.omitted == 0 {
            Verdict::Clean
        } else {
            Verdict::Found
        });
        let file = path.display().to_string();
        for finding in &report.findings {
            output.line(&line(&file, finding))?;
        }
        if report.omitted > 0 {
            output.line(&format!("{file}: {} more", report.omitted))?;
        }
        all.files.push(File {
            file,
            encoding,
            findings: report.findings.iter().map(FindingJson::from).collect(),
            omitted: report.omitted,
        });
    }
    if output.is_json() {
        output.result(&all, String::new)?;
    }
    Ok(verdict.into())
}

fn look_at(path: &Path) -> Result<(Encoding, Report), Failure> {
    let bytes = read(Some(path))?;
    let encoding = encoding(&bytes)?;
    Ok((encoding, validate(&bytes, encoding, &limits())))
}

/// `FILE:line:column: RULE path: detail`.
fn line(file: &str, finding: &Finding) -> String {
    let place = match (finding.position.line, finding.position.column) {
        (Some(line), Some(column)) => format!("{line}:{column}"),
        _ => finding.position.byte.to_string(),
    };
    let repaired = if finding.repaired { " (repaired)" } else { "" };
    let status = finding
        .status
        .map_or(String::new(), |status| format!(" (status {status})"));
    format!("{file}:{place}: {finding}{status}{repaired}")
}

fn list_rules(output: Output) -> Result<(), Failure> {
    let rules = Rule::ALL.iter().map(|rule| RuleJson {
        rule: rule.id(),
        meaning: rule.meaning(),
        source: rule.source(),
    });
    let list = Rules {
        rules: rules.collect(),
    };
    output.result(&list, || {
        let mut table = Table::new(["rule", "says", "source"]);
        for rule in &list.rules {
            table.row([rule.rule, rule.meaning, rule.source].map(str::to_owned));
        }
        table.render()
    })
}
