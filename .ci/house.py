"""House rules that no other tool checks. Called by .ci/run.

usage: house.py rules                  dependency directions, files of each crate, lengths
       house.py msrv                   no dependency needs a newer Rust than its crate promises
       house.py versions               "CRATE RUST-VERSION" of each member, for building with it
       house.py features CRATE …       "CRATE [FEATURE]" a line, for checking each alone
"""

import json
import os
import re
import subprocess
import sys
import tomllib

# Who may depend on whom: one way only, from the sessions down to the bytes.
BELOW = {
    "syncml-wbxml": set(),
    "syncml-meta": {"syncml-wbxml"},
    "syncml-devinf": {"syncml-wbxml"},
    "syncml-repr": {"syncml-meta", "syncml-wbxml"},
    "ds-protocol": {"syncml-repr", "syncml-devinf", "syncml-meta", "syncml-wbxml", "san"},
    "ds-objects": set(),
    "san": {"syncml-wbxml"},
    "syncml-testdata": set(),
}
HOST = "ds-host"
LICENCES = ("LICENSE-MIT", "LICENSE-APACHE")
LONGEST = 800
# Folders of the workshop this project was begun in; users have none of them.
FOREIGN = re.compile(r"/work/(main|shared)|\.\./shared|\.library/")


def metadata(*more):
    output = subprocess.run(["cargo", "metadata", "--format-version", "1", "--locked", *more],
                            stdout=subprocess.PIPE, check=True).stdout
    return json.loads(output)


def members(meta):
    ids = set(meta["workspace_members"])
    return [package for package in meta["packages"] if package["id"] in ids]


def tracked():
    """Files git knows, or would take up: not what .gitignore names."""
    output = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
                            stdout=subprocess.PIPE, check=True).stdout
    return sorted(name for name in set(output.decode().split("\0")) if name and os.path.isfile(name))


def directions(packages):
    names = {package["name"] for package in packages}
    for package in packages:
        own = {dep["name"] for dep in package["dependencies"] if dep["kind"] != "dev" and dep["name"] in names}
        if package["name"] == HOST:
            continue
        if package["name"] not in BELOW:
            yield "%s: name its place in BELOW of .ci/house.py" % package["name"]
        for name in sorted(own - BELOW.get(package["name"], set())):
            yield "%s depends on %s: dependencies point from sessions to bytes only" % (package["name"], name)


def crate_files(packages):
    for package in packages:
        folder = os.path.relpath(os.path.dirname(package["manifest_path"]))
        for name in (*LICENCES, "README.md", "CHANGELOG.md"):
            if not os.path.isfile(os.path.join(folder, name)):
                yield "%s/%s is missing" % (folder, name)
        for name in LICENCES:
            path = os.path.join(folder, name)
            if os.path.isfile(path) and open(path, "rb").read() != open(name, "rb").read():
                yield "%s differs from the one at the root" % path
        if len(package["description"] or "") < 20:
            yield "%s/Cargo.toml: no description worth publishing" % folder
        with open(package["manifest_path"], "rb") as text:
            if not tomllib.load(text).get("lints", {}).get("workspace"):
                yield "%s/Cargo.toml: lints.workspace = true is missing" % folder


def lengths_and_paths(files):
    for path in files:
        with open(path, "rb") as data:
            content = data.read()
        if path.endswith(".rs") and content.count(b"\n") > LONGEST:
            yield "%s has %d lines, more than %d: find the second noun" % (path, content.count(b"\n"), LONGEST)
        if path.startswith(".ci/") or b"\0" in content:
            continue
        for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), 1):
            if FOREIGN.search(line):
                yield "%s:%d refers to a folder outside the project" % (path, number)


def rules():
    packages = members(metadata("--no-deps"))
    found = [*directions(packages), *crate_files(packages), *lengths_and_paths(tracked())]
    print("\n".join(found) or "%d crates, rules kept" % len(packages))
    return 1 if found else 0


def release(version):
    return tuple(int(part) for part in (version + ".0.0").split(".")[:3])


def msrv():
    """Walks what each member is built from, tests aside, on all platforms."""
    meta = metadata("--all-features")
    packages = {package["id"]: package for package in meta["packages"]}
    nodes = {node["id"]: node for node in meta["resolve"]["nodes"]}
    found = []
    for member in meta["workspace_members"]:
        promised = packages[member]["rust_version"]
        if not promised:
            found.append("%s promises no rust-version" % packages[member]["name"])
            continue
        seen, todo = {member}, [member]
        while todo:
            node = nodes[todo.pop()]
            for dep in node["deps"]:
                # Tests may need more than users do.
                if dep["pkg"] in seen or all(kind["kind"] == "dev" for kind in dep["dep_kinds"]):
                    continue
                seen.add(dep["pkg"])
                todo.append(dep["pkg"])
        for needed in sorted(seen, key=lambda one: packages[one]["name"]):
            package = packages[needed]
            if package["rust_version"] and release(package["rust_version"]) > release(promised):
                found.append("%s promises Rust %s, but %s %s needs %s" % (
                    packages[member]["name"], promised, package["name"], package["version"], package["rust_version"]))
        print("%s: Rust %s, %d packages" % (packages[member]["name"], promised, len(seen)))
    print("\n".join(found) or "rust-version of all members holds")
    return 1 if found else 0


def versions():
    for package in members(metadata("--no-deps")):
        if any("lib" in target["kind"] for target in package["targets"]):
            print(package["name"], ".".join((package["rust_version"] or "").split(".")[:2]))
    return 0


def features(names):
    known = {package["name"]: package for package in members(metadata("--no-deps"))}
    for name in names:
        if name not in known:
            continue
        print(name)
        for feature in sorted(known[name]["features"]):
            if feature != "default":
                print(name, feature)
    return 0


def main(words):
    commands = {"rules": rules, "msrv": msrv, "versions": versions}
    if words[:1] == ["features"]:
        return features(words[1:])
    if len(words) == 1 and words[0] in commands:
        return commands[words[0]]()
    print(__doc__.strip(), file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
