#!/usr/bin/env python3
"""Writes fixtures/universe/rsp-2026-*.toml and lsstts.toml: the names, versions and
dependencies of the closure of rubin-env-rsp 13.1.0, carried over from ../shared.

Which packages: what `rsp-lock` finds for rubin-env-rsp 13.1.0 on ../shared/channels/rsp-2026
(build it first: `cargo build -p rsp-lock-cli`). Each of them comes with its two versions
before and the newest one. There are records of linux-64 only, so the other platforms are
derived: a line on a package that only Linux has is for Linux only, `x_linux-64` is
`x_linux-aarch64` there, and what rubin-env asks for on macOS is taken from
../shared/channels/conda-forge-sample. Hashes in build texts become `*`; a line on a name
outside of the closure is dropped. Needs PyYAML and zstandard.
"""
import collections
import json
import pathlib
import re
import subprocess
import time

import yaml
import zstandard

ROOT = pathlib.Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
UNIVERSE = ROOT / "fixtures" / "universe"
RECIPES = SHARED / "domain" / "inputs" / "rubin-env" / "builds"
OSX = ("osx-64", "osx-arm64")
SUBDIRS = ["linux-64", "linux-aarch64", *OSX]
PYTHONS = ["3.12", "3.13"]
METAPACKAGES = ("rubin-env-nosysroot", "rubin-env", "rubin-env-rsp")
OLDER = 2

LINUX = set("""
alsa-lib at-spi2-atk at-spi2-core attr binutils conda-gcc-specs elfutils gcc gxx gfortran keyutils
libcap libcups libdrm libegl libegl-devel libgcc libgcc-ng libgfortran-ng libgl libgl-devel libglvnd
libglx libglx-devel libgomp libnl libnsl libpciaccess libsanitizer libstdcxx libstdcxx-ng libsystemd0
libudev1 libunwind liburing libva libxkbcommon munge prmon pulseaudio-client rdma-core secretstorage
ucc ucx wayland wayland-protocols xclip xkeyboard-config xsel libgbm libnuma
""".split())
X86_LINUX = set("""
cassandra-driver intel-gmmlib intel-media-driver level-zero libopenvino-intel-gpu-plugin
libopenvino-intel-npu-plugin libvpl ocl-icd
""".split())
LINUX_PATTERN = re.compile(r"(xcb-util.*|xorg-libx(composite|cursor|damage|inerama|scrnsaver|tst|xf86vm))$")
PER_MACHINE = re.compile(r"(_linux-64|x86_64-unknown-linux-gnu)$")
DROPPED = {"_x86_64-microarch-level"}
# Families of which more than one build of a release is carried over.
VARIANTS = {
    name: {"openblas": "openblas$", "mkl": "mkl$"}
    for name in ("libblas", "libcblas", "liblapack", "liblapacke")
} | {"libopenblas": {"openmp": "^openmp", "pthreads": "^pthreads"}}
BY_ABI = {"python", "python_abi", "libpython", "cpython"}
BUNDLES = {
    "c": ["__glibc >=2.17,<3.0.a0 # [linux]", "__osx >=11.0 # [osx]", "libgcc >=14 # [linux]"],
    "cxx": ["libcxx >=19 # [osx]", "libstdcxx >=14 # [linux]"],
}
BUNDLED = {"__glibc": "c", "libgcc": "c", "libstdcxx": "cxx"}


def read_channel(channel, subdirs):
    records = collections.defaultdict(list)
    for subdir in subdirs:
        path = SHARED / "channels" / channel / subdir / "repodata.json.zst"
        document = json.load(zstandard.ZstdDecompressor().stream_reader(path.open("rb")))
        for key in ("packages", "packages.conda"):
            for file, record in document.get(key, {}).items():
                records[record["name"]].append(record | {"file": file, "subdir": subdir})
    return records


def solved():
    """File names of the answer for linux-64."""
    command = [ROOT / "target/debug/rsp-lock", "solve", "--fresh", "-q", "-c",
               SHARED / "channels/rsp-2026", "rubin-env-rsp ==13.1.0", "-p", "linux-64", "-o", "-"]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return {re.split("[#/]", line.split("#")[0])[-1] for line in text.splitlines() if "://" in line}


def version_key(version):
    epoch, _, rest = version.rpartition("!")
    parts = re.findall(r"\d+|[a-z]+", rest.lower())
    return (int(epoch or 0), [(1, int(p)) if p.isdigit() else (2 if p == "post" else 0, p) for p in parts])


def plain(build):
    return re.sub(r"h[0-9a-f]{6,7}(?=_|$)", "h*", build)


def template(record, kind):
    """The build text with places for python, hash and number; None where it is the usual one."""
    build = plain(record["build"]).replace("h*", "h{hash}")
    build = re.sub(r"(^|_)%d(?=_|$)" % record["build_number"], r"\1{n}", build)
    if kind == "python-builds":
        build = re.sub(r"py3\d\d", "py{py}", build)
    usual = {"native": "h{hash}_{n}", "noarch": "h{hash}_{n}", "noarch-python": "pyh{hash}_{n}",
             "python-builds": "py{py}h{hash}_{n}"}[kind]
    return None if build == usual else build


def kind_of(record):
    if record.get("noarch") == "python":
        return "noarch-python"
    if record["subdir"] == "noarch":
        return "noarch"
    per_python = any(line.split()[0] == "python_abi" for line in record["depends"])
    return "python-builds" if per_python and re.search(r"py3\d\d", record["build"]) else "native"


def limited(name):
    """The selector of a name that not every platform has."""
    if name in X86_LINUX or PER_MACHINE.search(name):
        return "linux-64"
    return "linux" if name in LINUX or LINUX_PATTERN.match(name) else ""


def on_arm(text):
    return text.replace("linux-64", "linux-aarch64").replace("x86_64-unknown", "aarch64-unknown")


class Universe:
    def __init__(self):
        self.records = read_channel("rsp-2026", ["linux-64", "noarch"])
        files = solved()
        self.anchors = {record["name"]: record for group in self.records.values()
                        for record in group if record["file"] in files and record["name"] not in DROPPED}
        # The other BLAS, and what it needs, so that variants are a choice.
        queue = ["mkl"]
        while queue:
            name = queue.pop()
            if name in self.anchors or name not in self.records or name.startswith("__"):
                continue
            self.anchors[name] = max(self.records[name], key=lambda r: version_key(r["version"]))
            queue += [line.split()[0] for line in self.anchors[name]["depends"]]
        self.osx = self.osx_names()
        self.names = set(self.anchors) | set(self.osx)

    def osx_names(self):
        """What macOS needs beyond the closure of Linux: name -> (subdirs, records)."""
        found = {}
        for subdir in OSX:
            sample = read_channel("conda-forge-sample", [subdir, "noarch"])
            queue = [line.split()[0] for lines in self.recipe(subdir).values() for line in lines]
            queue += ["libcxx", f"rust-std-{'x86_64' if subdir == 'osx-64' else 'aarch64'}-apple-darwin"]
            while queue:
                name = queue.pop()
                if name in self.anchors or name in found and subdir in found[name][0] or name not in sample:
                    continue
                subdirs, records = found.setdefault(name, (set(), []))
                subdirs.add(subdir)
                newest = sorted(sample[name], key=lambda r: version_key(r["version"]))
                picked = {record["version"]: record for record in newest}
                records += list(picked.values())[-2:]
                queue += [line.split()[0] for line in newest[-1]["depends"] if not line.startswith("__")]
        return found

    def recipe(self, subdir):
        document = yaml.safe_load((RECIPES / f"rubin-env-13.0.1-6.{subdir}.yaml").read_text())
        return {r["name"]: r["depends"] for r in document["records"] if r["name"] in METAPACKAGES}

    def releases_of(self, name):
        """The locked record, the newest one and some before; oldest first."""
        anchor = self.anchors[name]
        kind = kind_of(anchor)
        alike = [r for r in self.records[name] if kind_of(r) == kind]
        if name in METAPACKAGES:
            newest = {}
            for record in alike:
                newest[record["version"], record["build_number"]] = record
            keys = sorted(newest, key=lambda key: (version_key(key[0]), key[1]))
            return [newest[key] for key in keys if key[0] == "13.1.0" or key[0] in ("13.0.0", "13.0.1") and
                    key[1] == max(n for v, n in keys if v == key[0])]
        if name in BY_ABI:
            older = [r for r in alike if r["version"].startswith("3.12") and "cp313" not in r["build"]]
            newest = max(older, key=lambda r: (version_key(r["version"]), r["build_number"]), default=None)
            return [newest, anchor] if newest else [anchor]
        shape = re.sub(r"\d+", "0", plain(anchor["build"]))
        by_version = {}
        for record in alike:
            if re.sub(r"\d+", "0", plain(record["build"])) != shape:
                continue
            rank = ("py313" in record["build"], record["build_number"])
            known = by_version.get(record["version"])
            if known is None or rank >= ("py313" in known["build"], known["build_number"]):
                by_version[record["version"]] = record
        by_version[anchor["version"]] = anchor
        versions = sorted(by_version, key=version_key)
        at = versions.index(anchor["version"])
        kept = versions[max(0, at - OLDER):at + 1] + (versions[at + 1:][-1:])
        return [by_version[version] for version in kept]

    def line(self, text, record, kind):
        """One dependency as (text, selector) pairs; none where it is dropped."""
        words = text.split()
        name = words[0]
        if name.startswith("__"):
            if name == "__glibc":
                return [] if "2.17" in text or kind.startswith("noarch") else [(text, "linux")]
            return [(text, "")] if name in ("__unix",) else []
        if name not in self.names or name == record["name"]:
            return []
        if kind == "python-builds" and name in ("python", "python_abi", "cpython"):
            return []
        if kind in ("native", "python-builds") and name in BUNDLED:
            return []
        if len(words) == 3:
            words[2] = plain(words[2])
        text = " ".join(words)
        own, selector = limited(record["name"]), limited(name)
        if record["subdir"] == "noarch" and selector and not own:
            return []
        if selector == own or own == "linux-64":
            selector = ""
        pairs = [(text, selector)]
        if PER_MACHINE.search(name) and not PER_MACHINE.search(record["name"]):
            pairs.append((on_arm(text), "linux-aarch64"))
        if kind == "python-builds" and re.search("[pc]y?p?313", text):
            pairs = [(text.replace("313", py).replace("3.13.", f"3.{py[1:]}."),
                      f"{s} py{py}".strip()) for text, s in pairs for py in ("312", "313")]
        return pairs

    def lines(self, releases, field, kind):
        """All lines of some releases, those of some releases only with a selector."""
        versions = [r["version"] for r in releases]
        twice = len(set(versions)) < len(versions)
        marks = [f"{r['version']}#{r['build_number']}" if twice else r["version"] for r in releases]
        where = collections.defaultdict(set)
        for at, record in enumerate(releases):
            for text in record.get(field) or []:
                if field == "constrains":
                    words = text.split()
                    if "[" in text or limited(words[0]):
                        continue
                    pairs = [(" ".join([*words[:2], *map(plain, words[2:])]), "")]
                else:
                    pairs = self.line(text, record, kind)
                for pair in pairs:
                    where[pair].add(at)
        result = []
        for (text, selector), at in sorted(where.items()):
            first, last = min(at), max(at)
            if len(at) == len(marks):
                mark = ""
            elif len(at) == last - first + 1 and last == len(marks) - 1:
                mark = f">={marks[first]}"
            elif len(at) == last - first + 1 and first == 0:
                mark = f"<={marks[last]}"
            else:
                mark = "|".join(f"=={marks[i]}" for i in sorted(at))
            both = f"{selector} {mark}".strip()
            result.append(f"{text} # [{both}]" if both else text)
        return result

    def family(self, name):
        """(kind, name, keys) of one family."""
        anchor, kind = self.anchors[name], kind_of(self.anchors[name])
        releases = self.releases_of(name)
        keys = {"releases": [release(r) for r in releases]}
        build = template(anchor, kind)
        if kind in ("native", "python-builds"):
            uses = {BUNDLED[l.split()[0]] for l in anchor["depends"] if l.split()[0] in BUNDLED}
            if uses and name not in BUNDLED and not name.startswith("libgcc"):
                keys["uses"] = sorted(uses)
            if limited(name):
                keys["subdirs"] = ["linux-64"] if limited(name) == "linux-64" else SUBDIRS[:2]
        if kind == "python-builds":
            pythons = [p for p in PYTHONS if p == "3.13" or any("py312" in r["build"] for r in self.records[name])]
            if name in METAPACKAGES:
                pythons = ["3.13"]
            if pythons != PYTHONS:
                keys["python"] = pythons
        if name in BY_ABI:
            abis = ["cp312", "cp313"][-len(releases):]
            keys["releases"] = [f"{text} # [{abi}]" for text, abi in zip(keys["releases"], abis)]
            keys["variants"] = {abi: {"build": template(r, kind)} for abi, r in zip(abis, releases)}
            build = None
        elif name in VARIANTS:
            keys["variants"] = self.variants(name, releases, kind)
            build = None
        elif kind.startswith("noarch") and "__linux" in anchor["depends"]:
            text = build or ("py" if kind == "noarch-python" else "") + "h{hash}_{n}"
            keys["variants"] = {v: {"build": text, "depends": [f"__{v}"]} for v in ("linux", "osx")}
            build = None
        if name in VARIANTS:
            keys.pop("uses", None)
        else:
            for field in ("depends", "constrains"):
                keys[field] = self.lines(releases, field, kind)
        if name in METAPACKAGES:
            self.metapackage(name, keys)
        if kind == "noarch-python" and keys["depends"] == ["python"]:
            keys["depends"] = []
        keys |= {"build": build, "track_features": anchor.get("track_features") if "variants" not in keys else None}
        return kind, name, keys

    def variants(self, name, releases, kind):
        """What the builds of one release differ in. Where such builds are of other versions than
        the locked one, only the names that they need are carried over."""
        result = {}
        for variant, pattern in VARIANTS[name].items():
            mine = []
            for record in releases:
                same = [r for r in self.records[name] if re.search(pattern, r["build"])]
                exact = [r for r in same if r["version"] == record["version"]] or same
                mine.append(max(exact, key=lambda r: (version_key(r["version"]), r["build_number"]))
                            | {"version": record["version"]})
            if releases[-1]["file"] in {r["file"] for r in mine}:
                mine = releases
            keys = {"build": template(mine[-1], kind)}
            for field in ("depends", "constrains"):
                lines = self.lines(mine, field, kind)
                if mine is not releases:  # of other versions: only what holds for all
                    lines = [l if l.startswith("mkl ") else l.split()[0] for l in lines]
                    lines = [f"{l} * *_{variant}" if l.startswith(("libblas", "libcblas", "liblapack")) else l
                             for l in lines]
                    lines = sorted(set(lines)) if field == "depends" else []
                keys[field] = lines
            if variant == "mkl":
                keys |= {"subdirs": ["linux-64"], "track_features": "blas_mkl"}
            features = {r.get("track_features") for r in mine} - {None, ""}
            if features:
                keys["track_features"] = sorted(features)[0]
            result[variant] = keys
        return result

    def metapackage(self, name, keys):
        """The coupling by exact build, and what macOS needs in addition."""
        before = dict(zip(METAPACKAGES[1:], METAPACKAGES)).get(name)
        if before:
            keys["exact"] = [before]
            keys["depends"] = [l for l in keys["depends"] if l.split()[0] != before]
        common = set(self.recipe("linux-64")[name])
        for subdir in OSX:
            for line in self.recipe(subdir)[name]:
                other = line.split()[0]
                if line not in common and other in self.osx:
                    # The sample has other versions of compilers than rubin-env asks for.
                    keys["depends"].append(f"{other} # [{subdir}]")

    def osx_family(self, name):
        subdirs, records = self.osx[name]
        by_version = {}
        for record in records:
            by_version.setdefault(record["version"], record)
        versions = sorted(by_version, key=version_key)[-3:]
        newest = by_version[versions[-1]]
        kind = kind_of(newest)
        if kind == "python-builds":
            return None
        names = sorted({line.split()[0] for line in newest["depends"]})
        depends = [n for n in names if n != name and n in self.names and not limited(n)
                   and (n not in self.osx or subdirs <= self.osx[n][0] or kind == "native")]
        depends = [n if n not in self.osx or subdirs <= self.osx[n][0]
                   else f"{n} # [{'|'.join(sorted(self.osx[n][0]))}]" for n in depends]
        keys = {"releases": [release(by_version[v]) for v in versions], "depends": depends}
        if kind == "native":
            keys["depends"] = ["__osx >=11.0", *depends]
            keys["subdirs"] = sorted(subdirs)
        return kind, name, keys

    def families(self):
        names = [n for n in self.osx if self.osx_family(n) is None]
        self.names -= set(names)
        for name in names:
            del self.osx[name]
        for name in sorted(self.anchors):
            kind, _, keys = family = self.family(name)
            yield family
            if PER_MACHINE.search(name):
                text = on_arm(json.dumps(keys))
                yield kind, on_arm(name), json.loads(text)
        for name in sorted(self.osx):
            yield self.osx_family(name)


def release(record):
    stamp = record.get("timestamp")
    day = time.strftime("%Y-%m-%d", time.gmtime(stamp / (1000 if stamp > 1e11 else 1))) if stamp else "-"
    number = f" #{record['build_number']}" if record["build_number"] else ""
    return f"{record['version']} {day}{number}"


def key(name):
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else f'"{name}"'


def toml(keys):
    """Inline for short lists, a line an item for long ones."""
    lines = []
    for field, value in keys.items():
        if not value:
            continue
        if field == "variants":
            for variant, own in value.items():
                inner = ", ".join(f"{k} = {json.dumps(v)}" for k, v in own.items() if v)
                lines.append(f"variants.{variant} = {{ {inner} }}")
        elif isinstance(value, list) and len(json.dumps(value)) > 100:
            lines += [f"{field} = [", *(f"    {json.dumps(item)}," for item in value), "]"]
        else:
            lines.append(f"{field} = {json.dumps(value)}")
    return lines


LSSTTS = """\
# Made by scripts/carry-facts-2026.py after ../shared/channels/lsstts: the telescope and site
# packages, and a numpy of their own that is newer than any of rsp-2026.
channel = "lsstts"
about = "A second channel, for channel priority and for what a package needs of another python"
subdirs = ["linux-64", "linux-aarch64", "osx-64", "osx-arm64"]
python = ["3.12", "3.13"]
beside = ["rsp-2026"]
"""


def lsstts(universe):
    records = read_channel("lsstts", ["linux-64", "noarch"])
    lines = [LSSTTS.rstrip()]
    only_312 = {"ts-ofc", "ts-m1m3-utils"}
    known = universe.names | set(records)
    for name in sorted(records):
        picked = {}
        for record in sorted(records[name], key=lambda r: (version_key(r["version"]), r["build_number"], r["build"])):
            picked[record["version"]] = record
        releases = list(picked.values())
        kind = kind_of(releases[-1])
        saved, universe.names = universe.names, known
        keys = {"releases": [release(r) for r in releases], "depends": universe.lines(releases, "depends", kind)}
        universe.names = saved
        if name in only_312:
            keys["python"] = ["3.12"]
        if kind == "python-builds":
            keys["depends"] = [l for l in keys["depends"] if l.split()[0] not in BUNDLED]
        lines += ["", f"[{kind}.{key(name)}]", *toml(keys)]
    (UNIVERSE / "lsstts.toml").write_text("\n".join(lines) + "\n")


def main():
    universe = Universe()
    by_kind = collections.defaultdict(list)
    for kind, name, keys in universe.families():
        by_kind[kind].append((name, keys))
    for part, kinds in {"native": ["native"], "noarch": ["noarch", "noarch-python"],
                        "python": ["python-builds"]}.items():
        lines = [
            "# Made by scripts/carry-facts-2026.py: the closure of rubin-env-rsp 13.1.0.",
            'channel = "rsp-2026"',
            f'about = "The RSP of week 36 of 2026: {" and ".join(kinds)} packages"',
            f"subdirs = {json.dumps(SUBDIRS)}",
            f"python = {json.dumps(PYTHONS)}",
        ]
        if part != "noarch":
            lines += ["", "[uses]", *(f"{k} = {json.dumps(v)}" for k, v in BUNDLES.items())]
        for kind in kinds:
            for name, keys in sorted(by_kind[kind], key=lambda item: item[0]):
                lines += ["", f"[{kind}.{key(name)}]", *toml(keys)]
        (UNIVERSE / f"rsp-2026-{part}.toml").write_text("\n".join(lines) + "\n")
        print(f"rsp-2026-{part}.toml: {sum(len(by_kind[kind]) for kind in kinds)} families")
    lsstts(universe)


if __name__ == "__main__":
    main()
