"""codemeta.json says of the software what CITATION.cff and pyproject.toml say."""

import json
import tomllib

import yaml
from site_files import ROOT


def test_it_agrees_with_the_citation_and_the_package():
    said = json.loads((ROOT / "codemeta.json").read_text(encoding="utf-8"))
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    package = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (paper,) = cited["references"]
    assert said["name"] == cited["title"]
    assert said["description"] == cited["abstract"].strip()
    assert said["version"] == cited["version"]
    assert said["datePublished"] == str(cited["date-released"])
    assert [author["name"] for author in said["author"]] == [
        author["name"] for author in cited["authors"]
    ]
    assert [url.rpartition("/")[2] for url in said["license"]] == cited["license"]
    assert said["keywords"] == cited["keywords"]
    assert said["runtimePlatform"] == f"Python {package['requires-python']}"
    assert said["referencePublication"]["name"] == paper["title"]
    assert said["referencePublication"]["identifier"].endswith(paper["doi"])
