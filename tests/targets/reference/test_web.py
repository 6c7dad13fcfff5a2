from __future__ import annotations

import os
import signal
import subprocess

import pytest

from targets.backing.child_process import running_process
from targets.backing.port import free_port
from targets.backing.services import running_services

pytestmark = pytest.mark.servers


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/cart/items"),
        ("POST", "/api/checkout"),
        ("POST", "/api/flash-orders"),
        ("GET", "/api/flash-orders/1-1-x"),
        ("POST", "/api/payments"),
        ("GET", "/api/orders/o-1-1-x"),
    ],
)
def test_what_is_a_shoppers_own_needs_a_token(web, method, path):
    assert web.ask(method, path, b"{}").refusal == (401, "unauthenticated")
    forged = type(web)(web.url, "Zm9yZ2Vk.c2lnbmF0dXJl")
    assert forged.ask(method, path, b"{}").refusal == (401, "unauthenticated")


def test_a_login_answers_with_a_token_that_works(web):
    answer = web.post("/api/login", {"user": "shopper-17", "tier": "diamond"})
    assert answer.status == 200
    assert set(answer.json) == {"token", "user", "tier"}
    assert type(web)(web.url, answer.json["token"]).post("/api/checkout", {}).status == 409


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b"\xff", b'{"user": 1}', b""])
def test_a_body_is_a_json_object_with_the_right_fields(web, body):
    assert web.ask("POST", "/api/login", body).refusal == (400, "invalid")


def test_a_body_is_bounded(web):
    assert web.ask("POST", "/api/login", b" " * 70_000).refusal == (413, "too_large")


def test_wrong_paths_and_methods_are_answered_in_json(web):
    assert web.get("/api/nothing").refusal == (404, "not_found")
    assert web.post("/api/products/1", {}).refusal == (405, "method_not_allowed")


@pytest.mark.parametrize(
    "sale",
    [
        {},
        {"items": {}},
        {"items": {"1": -1}},
        {"items": {"1": "many"}},
        {"items": {"1": 5}, "limit_per_user": 0},
    ],
)
def test_a_wrong_sale_is_refused(web, sale):
    assert web.post("/admin/flash-sales", sale).refusal == (400, "invalid")


def test_an_unknown_product_is_not_put_on_sale(web):
    sale = {"items": {"99999": 5}}
    assert web.post("/admin/flash-sales", sale).refusal == (404, "not_found")


def test_metrics_tell_requests_cache_stock_and_queue(web, sku):
    web.start_sale(sku, 33)
    web.get(f"/api/products/{sku}")
    web.get("/api/made-up")
    text = web.get("/metrics").body.decode()
    assert f'shop_stock_units{{sku="{sku}"}} 33.0' in text
    assert "shop_order_queue_messages" in text
    assert 'shop_http_requests_total{route="/api/products/{sku}",status="200"}' in text
    assert 'shop_http_request_duration_seconds_bucket{le="0.001",route="/metrics"}' not in text
    assert 'shop_cache_hits_total{cache="product"}' in text
    assert "made-up" not in text


def test_health_needs_all_three_services(platform):
    """Valkey goes away while PostgreSQL and NATS stay: the shop says so."""
    existing = {"postgres": platform.services.postgres, "nats": platform.services.nats}
    directory = platform.directory / "short-lived"
    valkey = running_services(directory, existing=existing, announce=lambda _: None)
    with valkey as services, platform.web(services) as client:
        assert client.get("/health").json == {"status": "ok"}
        valkey_id = services.process_ids["valkey"]
        os.kill(valkey_id, signal.SIGKILL)
        for _ in range(100):
            answer = client.get("/health")
            if answer.status != 200:
                break
        assert answer.refusal == (503, "unhealthy")
        assert "valkey" in answer.json["message"]


def test_a_stopped_web_process_ends_well(platform):
    port = free_port()
    command = platform.command("web", "--port", str(port))
    probe = ["curl", "-sf", f"http://127.0.0.1:{port}/health"]

    def is_ready():
        return subprocess.run(probe, capture_output=True, check=False).returncode == 0

    with running_process(command, is_ready=is_ready) as web:
        os.kill(web.pid, signal.SIGTERM)
        assert web.leash.wait(10) == 0
        assert web.log.read_text() == ""


def test_a_missing_service_is_named(platform):
    nowhere = f"valkey://127.0.0.1:{free_port()}"
    command = platform.command("web", "--port", str(free_port()), SHOP_VALKEY_URL=nowhere)
    ended = subprocess.run(
        command.command,
        env=os.environ | dict(command.environment),
        cwd=command.working_directory,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith("cannot reach Valkey")
    assert "Traceback" not in ended.stderr
