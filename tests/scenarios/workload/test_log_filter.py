"""What of a log is replayed."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.workload.log_filter import Dropped, KeptTarget, is_asset, kept_target


@pytest.mark.parametrize(
    "method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "CONNECT", "PURGE"]
)
def test_only_safe_methods_are_replayed(method):
    assert kept_target(method, "/", keep_assets=True) is Dropped.UNSAFE


@pytest.mark.parametrize("method", ["GET", "HEAD", "get"])
def test_safe_methods_are_kept(method):
    assert kept_target(method, "/a?b=1", keep_assets=False) == KeptTarget(path="/a?b=1", scrubbed=0)


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("http://shop.example/a?b=1", "/a?b=1"),
        ("HTTPS://joe:pw@shop.example:8443/a", "/a"),
        ("http://shop.example", "/"),
        ("//other.example/a", "/other.example/a"),
        ("/\\other.example/a", "/other.example/a"),
        ("/://shop.example/a", "/://shop.example/a"),
        ("/a b#part", "/a%20b"),
        ("/手机?q=\udce6\udc89\udc8b", "/%E6%89%8B%E6%9C%BA?q=%E6%89%8B"),
        ("/a\r\nHost: x", "/a%0D%0AHost:%20x"),
        ("/a%20b?c=%2F", "/a%20b?c=%2F"),
    ],
)
def test_a_target_becomes_a_path_of_this_server(target, path):
    assert kept_target("GET", target, keep_assets=True) == KeptTarget(path=path, scrubbed=0)


@pytest.mark.parametrize("target", ["*", "shop.example:443", "ftp://x/a", "a/b", "http://[x/a"])
def test_a_target_without_a_path_is_dropped(target):
    assert kept_target("GET", target, keep_assets=True) is Dropped.NO_PATH


@given(st.text(min_size=1))
def test_a_kept_path_is_a_legal_request_target(text):
    kept = kept_target("GET", f"/{text}", keep_assets=True)
    assert isinstance(kept, KeptTarget)
    assert re.fullmatch(r"/(?!/)[!-~]*", kept.path)


@pytest.mark.parametrize(
    ("path", "asset"),
    [
        ("/a/style.css?v=3", True),
        ("/LOGO.PNG", True),
        ("/app.min.js", True),
        ("/app.js.map", True),
        ("/css", False),
        ("/a.css/b", False),
        ("/page.html?file=x.png", False),
        ("/feed.json", False),
    ],
)
def test_an_asset_is_told_by_its_ending(path, asset):
    assert is_asset(path) is asset
    assert (kept_target("GET", path, keep_assets=False) is Dropped.ASSET) is asset
    assert isinstance(kept_target("GET", path, keep_assets=True), KeptTarget)
