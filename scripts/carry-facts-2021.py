#!/usr/bin/env python3
"""Writes fixtures/universe/early-2021.toml: which packages and versions the RSP
had between September 2020 and March 2021, carried over from ../shared.

Versions are those of three real exports; who depends on whom is what later
records of the same packages say, reduced to names (repodata of early 2021 is
not at hand). What the story turns on is written by hand in early-2021-story.toml
and left out here. Needs PyYAML and zstandard.
"""
import json
import pathlib
import re

import yaml
import zstandard

ROOT = pathlib.Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
INPUTS = SHARED / "domain" / "inputs"
EXPORTS = {  # file: a day before the export was made
    "2020-09-23-prod.env-export.yaml": "2020-09-20",
    "2021-01-31-prod-rubin-env-0.2.1.env-export.yaml": "2021-01-28",
    "2021-03-09-prod.env-export.yaml": "2021-03-08",
}
MAIN = "2021-01-31-prod-rubin-env-0.2.1.env-export.yaml"
BY_HAND = {
    "rubin-env", "dask", "dask-core", "distributed", "dask-kubernetes", "mysqlclient",
    "jedi", "jupyterlab", "jupyterlab_server", "jupyterlab_iframe", "python", "python_abi",
    "dask_labextension", "pip", "parso",
}
LINUX = {"_libgcc_mutex", "_openmp_mutex", "libgcc-ng", "libstdcxx-ng", "libgomp", "libgfortran-ng"}


def entries(file):
    export = yaml.safe_load((INPUTS / "resolved" / file).read_text())
    return [line.split("=") for line in export["conda"]]


def version_key(version):
    return [(0, int(p)) if p.isdigit() else (1, p) for p in re.split(r"[._\-+!]", version)]


def main():
    main_entries = {name: (version, build) for name, version, build in entries(MAIN)}
    releases = {name: {} for name in main_entries}
    for file, day in EXPORTS.items():
        for name, version, _ in entries(file):
            if name in releases:
                releases[name].setdefault(version, day)

    records = {}
    for subdir in ("linux-64", "noarch"):
        path = SHARED / "channels" / "rsp-2026" / subdir / "repodata.json.zst"
        document = json.load(zstandard.ZstdDecompressor().stream_reader(path.open("rb")))
        for key in ("packages", "packages.conda"):
            for record in document[key].values():
                records.setdefault(record["name"], []).append(record)

    def subdirs_of(name):
        if name.endswith("linux-64") or name.endswith("_repodata_hack") or "_linux-64_" in name:
            return ["linux-64"]
        return ["linux-64", "linux-aarch64"] if name in LINUX else None

    def kind_of(name):
        build = main_entries[name][1]
        if re.match(r"py\d\d", build):
            return "python-builds"
        if build.startswith("py"):
            return "noarch-python"
        return "native"

    kinds = {name: kind_of(name) for name in main_entries}

    def depends_of(name):
        known = records.get(name)
        if not known:
            return []
        oldest = min(known, key=lambda r: (version_key(r["version"]), r["build"]))
        result = []
        for line in oldest["depends"]:
            other = line.split()[0]
            if other == name or other in ("python", "python_abi") or other not in main_entries:
                continue
            bound = ""
            if kinds[name] == "native" and kinds.get(other) == "native" and other not in BY_HAND:
                first = min(releases[other], key=version_key)
                bound = f" >={first}"
            limited = subdirs_of(other)
            if kinds[name] == "noarch-python" and limited:
                continue
            selector = ""
            if limited and subdirs_of(name) is None:
                selector = " # [linux-64]" if limited == ["linux-64"] else " # [linux]"
            line = f"{other}{bound}{selector}"
            if line not in result:
                result.append(line)
        return sorted(result)

    snapshot = yaml.safe_load((INPUTS / "snapshots" / "2021-02-02.yaml").read_text())
    recipe = yaml.safe_load((INPUTS / "rubin-env" / "builds" / "rubin-env-0.2.1-0.linux-64.yaml").read_text())
    wanted = [re.split(r"[ =<>!\[]", line)[0] for line in snapshot["conda_specs"]]
    wanted += [line.split()[0] for line in recipe["records"][0]["depends"]]
    wanted += ["dask", "dask-core", "distributed", "python", "python_abi", "pip"]
    # What the packages described by hand depend on.
    wanted += ["cloudpickle", "fsspec", "toolz", "partd", "pyyaml", "tornado", "click", "msgpack-python",
               "psutil", "sortedcontainers", "tblib", "zict", "bokeh", "jinja2", "pandas", "numpy",
               "python-kubernetes", "aiohttp", "parso", "ipython", "nbclassic", "jupyter_server",
               "notebook", "jupyter_core", "packaging", "jsonschema", "requests", "babel", "json5",
               "setuptools", "wheel", "openssl", "sqlite", "readline", "ncurses", "zlib", "tk", "xz",
               "libffi", "ca-certificates", "certifi", "kubernetes_asyncio", "mysql-connector-c",
               "mysql-libs", "jupyter-server-proxy", "simpervisor"]
    closure, queue = set(), [name for name in wanted if name in main_entries]
    while queue:
        name = queue.pop()
        if name in closure:
            continue
        closure.add(name)
        queue += [line.split()[0] for line in depends_of(name)]
    print("asked for, but in no export:", sorted(set(wanted) - set(main_entries) - BY_HAND))

    lines = [
        "# Made by scripts/carry-facts-2021.py: packages of the RSP's environments of 2020-09-23,",
        "# 2021-01-31 and 2021-03-09, each version dated a day or more before the export it was in.",
        'channel = "rsp-2021"',
        'about = "What the RSP was built of in early 2021"',
        'subdirs = ["linux-64", "linux-aarch64", "osx-64", "osx-arm64"]',
        'python = ["3.8"]',
        'archive = "tar.bz2"',
    ]
    for kind in ("native", "noarch-python", "python-builds"):
        for name in sorted(closure - BY_HAND):
            if kinds[name] != kind:
                continue
            key = name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else f'"{name}"'
            lines += ["", f"[{kind}.{key}]"]
            dated = sorted(releases[name].items(), key=lambda item: (item[1], version_key(item[0])))
            lines.append(f"releases = {json.dumps([f'{v} {day}' for v, day in dated])}")
            if limited := subdirs_of(name):
                lines.append(f"subdirs = {json.dumps(limited)}")
            if depends := depends_of(name):
                lines.append(f"depends = {json.dumps(depends)}")
    target = ROOT / "fixtures" / "universe" / "early-2021.toml"
    target.write_text("\n".join(lines) + "\n")
    print(f"{target.relative_to(ROOT)}: {len(closure - BY_HAND)} families")


if __name__ == "__main__":
    main()
