"""Reads explicit files with py-rattler and says, as JSON, what it understood.

python py_rattler.py FILE...
"""

import json
import sys
from pathlib import Path

from rattler.explicit_environment import ExplicitEnvironmentSpec

read = []
for name in sys.argv[1:]:
    spec = ExplicitEnvironmentSpec.from_path(Path(name))
    again = ExplicitEnvironmentSpec.from_str(Path(name).read_text(encoding="utf-8"))
    urls = [str(package.url) for package in spec.packages]
    assert urls == [str(package.url) for package in again.packages], name
    read.append({"platform": str(spec.platform), "urls": urls})
print(json.dumps(read))
