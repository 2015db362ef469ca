"""Secrets go, everything else stays."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.redaction import _RULES, MARK, clean

CANARY = "S3cr3tCanary9x"

# the text, with {} where the secret stands
TEMPLATES = [
    "Failed to pull image: https://user:{}@registry.example.com/v2/",
    'dial postgres://app:{}@db.example.com:5432/shop?sslmode=disable": refused',
    "redis://:{}@cache:6379/0 is unreachable",
    "dsn root:{}@tcp(10.0.0.7:3306)/shop",
    "curl -H 'Authorization: Bearer {}' failed",
    'Get "https://x/": header Authorization: Basic {}',
    '{{"Authorization":"token {}"}}',
    "authorization={} was refused",
    "request with Bearer {} got 401",
    "request with basic {}== got 401",
    "password={} is wrong",
    "env DB_PASSWORD={}, DB_USER=app",
    "passwd = {}",
    "PGPASSWORD='{}' psql",
    'AWS_SECRET_ACCESS_KEY="{}" is set',
    "mysqld: pwd={};uid=root",
    "client_secret={}&grant_type=password",
    "https://oapi.dingtalk.com/robot/send?access_token={}",
    "apiKey={}",
    "AccountName=shop;AccountKey={}==;EndpointSuffix=core.example.net",
    '{{"user":"app","password":"{}"}}',
    '{{"user": "app", "password": "two words and {}"}}',
    r'{{"message":"{{\"user\":\"app\",\"password\":\"{}\"}}"}}',
    "{{'token': '{}'}}",
    "mysqldump --password {} shop",
    "exec: psql --db-password={}",
    "helm login --token '{}' registry",
    "config: password: {}",
    "{{Password:{} User:app}}",
    "X-Vault-Token: {}",
    "https://acct.blob.example.net/c?sv=2022&sig={}%3D&se=2026",
    "https://b.example.com/k?X-Amz-Signature={}&X-Amz-Date=1",
    "https://hooks.slack.com/services/T000/B000/{}",
    "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={}",
    "https://open.feishu.cn/open-apis/bot/v2/hook/{}",
    "https://hook.bearychat.com/=bw52O/incoming/{}",
    "https://x.webhook.office.com/webhookb2/a@b/IncomingWebhook/{}/c",
    "https://api.telegram.org/bot123456:{}/sendMessage",
    "-----BEGIN RSA PRIVATE KEY-----\nMII{}\n-----END RSA PRIVATE KEY-----\nafter",
    "cut off: -----BEGIN PRIVATE KEY-----\\nMII{}",
    '{{"password":"{}',
    'DB_PASSWORD="my {}',
    "DB_PASSWORD='my {}",
    '{{"password":"{}\n  "user": 1}}',
    '{{"password":"{}\\',
    "client_secret: {}",
    "error: token: {}",
    "secret: {} was given",
    "password=<{}",
    "password=&{} x",
]

TOKENS = [
    "AKIAIOSFODNN7EXAMPLE",
    "ASIAIOSFODNN7EXAMPLE",
    "AIza" + "SyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY",
    "ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a",
    "github_pat_" + "11ABCDEFG0abcdefghijklmnopqrstuvwxyz",
    "glpat-" + "xxYYzz0011223344aabb",
    "xoxb-" + "123456789012-abcdefABCDEF",
    "npm_" + "16C7e42F292c6912E7710c838347Ae178B4a",
    "hvs." + "CAESIJ1aBcDeFgHiJkLmNoPq",
    "sk-" + "proj-aBcDeFgHiJkLmNoPqRsT",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dBjftJeZ4CVP-mBcAQ",
]

INNOCENT = [
    "Pulled quay.io/app@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "Back-off restarting failed container app in pod web-7d9f8b6c5-x2x4z_shop"
    "(8a1c7c0e-1111-4222-8333-123456789abc)",
    'Created container "nginx:1.25.3-alpine"',
    "checked out 9fceb02d0ae598e95dc970b74767f19372d61af8",
    'secret "db-token-abc12" not found',
    'MountVolume.SetUp failed for volume "default-token-x9k2p" : '
    'secret "default-token-x9k2p" not found',
    'MountVolume.SetUp failed for volume "db-secret" : references non-existent secret key: tls.crt',
    'MountVolume.SetUp failed for volume "my-token" : failed to fetch token: pod "x" not found',
    'failed to get secret "shop/db-password": secrets "db-password" is forbidden',
    "token expired",
    "sk-learn-training-job-7d9f8b6c5-x2x4z started",
    "error fetching token: dial tcp 10.0.0.1:443: connect: connection refused",
    "cannot mount secret: default-token-x9k2p not found",
    "secret: kube-system/default was deleted",
    "unexpected token: 401 Unauthorized",
    "password=&user=app",
    "invalid bearer token, token lookup failed",
    "Bearer authentication is required",
    'WWW-Authenticate: Bearer realm="https://auth.example.io/token",service="registry"',
    "Basic auth failed, basic authentication needed",
    'password authentication failed for user "app"',
    "the password is wrong; password: must not be empty",
    "--token is required and --password must be set",
    "pods bearer-service-0 and basic-auth-7d9f8b6c5-x2x4z started",
    "Stopping container token-refresher",
    'Error: couldn\'t find key password in Secret shop/db: {"secret":null}',
    "Readiness probe failed: Get http://10.244.1.5:8080/healthz?token: connection refused",
    "dial tcp 10.0.0.1:8080: user@example.com was told",
    "Node lab-node-1 status is now: NodeHasSufficientMemory",
    "authorization failed for user system:anonymous",
    "pulled ghcr.io/acme/ghp-tool:1.0 and asia.gcr.io/AKIA/app:2",
    "Successfully assigned kube-system/key-vault-secret-provider-x2x4z to ip-10-0-1-2.ec2.internal",
]


@pytest.mark.parametrize("template", TEMPLATES)
def test_secret_is_redacted(template: str) -> None:
    """The secret is gone and the mark stands in its place."""
    cleaned = clean(template.format(CANARY))
    assert CANARY not in cleaned
    assert MARK in cleaned


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize("template", ["{}", "using {} now", '"{}",', "key:{}", "(at {})"])
def test_known_token_is_redacted(token: str, template: str) -> None:
    """A token of a known form needs no word before it."""
    assert clean(template.format(token)) == template.format(MARK)


@pytest.mark.parametrize("text", INNOCENT)
def test_innocent_text_survives(text: str) -> None:
    """Digests, uids, names and sentences about secrets are no secrets."""
    assert clean(text) == text


def test_context_survives() -> None:
    """User, host, quotes and what follows are kept."""
    assert clean("https://user:pw1@host/p x") == f"https://user:{MARK}@host/p x"
    assert clean('{"password":"a b","port":1}') == f'{{"password":"{MARK}","port":1}}'
    assert clean("password=a1, user=b") == f"password={MARK}, user=b"
    assert clean("-----BEGIN PRIVATE KEY-----\nMI\n-----END PRIVATE KEY-----\nx") == f"{MARK}\nx"


def test_characters_that_postgresql_refuses() -> None:
    """NUL and lone surrogates become U+FFFD; other characters, also beyond the BMP, stay."""
    assert clean("a\x00b\ud800c\U0001f600\u00e9") == "a\ufffdb\ufffdc\U0001f600\u00e9"


WORDS = """password= password: token secret " ' \\ [ ] [REDACTED] :// : @ / = -- -----BEGIN PRIVATE
KEY----- Bearer Basic Authorization: AKIAIOSFODNN7EXAMPLE eyJhbGciOiJ9 . sig= & ; , abc123 A1
xoxb-1234567890123456 hook incoming/ { } a --password key= user:pw1@tcp( '"""
FRAGMENTS = st.sampled_from([*WORDS.split(), " ", "\n", "\x00", "\ud800"])


@given(st.lists(FRAGMENTS, max_size=14).map("".join) | st.text())
def test_clean_is_idempotent(text: str) -> None:
    """Cleaning twice is cleaning once, and the result can be stored."""
    once = clean(text)
    assert clean(once) == once
    assert "\x00" not in once
    once.encode()


@given(st.sampled_from(TEMPLATES + TOKENS) | st.lists(FRAGMENTS, max_size=14).map("".join))
def test_signs_stand_wherever_a_rule_matches(text: str) -> None:
    """No rule matches a text that is passed by without looking closer."""
    for rule in _RULES:
        if rule.pattern.search(text):
            for needles in (rule.signs, rule.words, rule.keys):
                assert not needles or any(needle in text.lower() for needle in needles)


@given(st.sampled_from(TEMPLATES), st.from_regex(r"\A[a-z0-9]{4}[A-Z][0-9][a-zA-Z0-9]{3,16}\Z"))
def test_no_secret_survives(template: str, secret: str) -> None:
    """Whatever the secret is, none of the templates lets it through."""
    assert secret not in clean(template.format(secret)).replace(template.format(""), "")


@pytest.mark.parametrize(
    "unit",
    [
        "eyJ", "password=", "password:", '"password":', "--password ", "--", "://", "://a:", "a:",
        "Bearer ", "AKIA", "-----BEGIN PRIVATE KEY", "xoxb-", "authorization:", 'password="',
        'password=\\"', "pass" * 3 + "=", "token ", "=", "@", "sig=", "?key=", "--a-", "hook://a/",
        "token: ", "secret: a1", "sk-a", "password='", "password=&a", "password=<&",
    ],
)  # fmt: skip
def test_hostile_megabyte_takes_linear_time(unit: str) -> None:
    """No pattern reads a run of characters again and again."""
    sizes = [2**16, 2**20]
    seconds = []
    for size in sizes:
        text = (unit * (size // len(unit) + 1))[:size] + " @ = key= hook private key"
        start = time.perf_counter()
        clean(text)
        seconds.append(time.perf_counter() - start)
    assert seconds[1] < 16 * max(seconds[0], 0.02) * 6
