"""Monitoring, errors, analytics and feature flags."""

from __future__ import annotations

import base64

from guards.secrets import checksums
from guards.secrets.catalogue.shapes import (
    ALNUM, BASE32, BASE64, DIGITS, HEX, LOWER_DIGITS, UPPER_DIGITS, URL_SAFE, UUID, assigned, one_of, prefixed,
)
from guards.secrets.formats import Format

_GRAFANA = "https://grafana.com/docs/grafana/latest/administration/service-accounts/"
_NEW_RELIC = "https://docs.newrelic.com/docs/apis/intro-apis/new-relic-api-keys/"
_LAUNCHDARKLY = "https://launchdarkly.com/docs/home/account/api"


def _new_relic(id: str, name: str, *parts: object, gives: str) -> Format:  # noqa: A002
    return prefixed(
        id, name, "New Relic", *parts,  # type: ignore[arg-type]
        gives=gives, rotate="Delete it on the API keys page.", url=_NEW_RELIC,
    )


def _json_after(value: str, prefix: str, document: str) -> str:
    return prefix + base64.b64encode(document.replace("?", value[-40:]).encode()).decode().rstrip("=")


FORMATS = (
    prefixed(
        "grafana-service-token", "Grafana service account token", "Grafana", "glsa_", ALNUM(32), "_", HEX(8),
        gives="Reads or changes dashboards and data sources, within the service account's role.",
        rotate="Delete it on the service account's page.",
        url=_GRAFANA, is_intact=checksums.has_hex_crc, seal=checksums.sealed_hex_crc,
    ),
    prefixed(
        "grafana-cloud-token", "Grafana Cloud access policy token", "Grafana", "glc_", "eyJ", BASE64(60, 300), one_of("", "=", "=="),
        gives="Writes or reads metrics, logs and traces, within its access policy.",
        rotate="Delete it under Access Policies.",
        url="https://grafana.com/docs/grafana-cloud/account-management/authentication-and-permissions/access-policies/",
        is_intact=checksums.has_json,
        seal=lambda value: _json_after(value, "glc_", '{"o":"1","n":"example","k":"?","m":{"r":"eu"}}'), shown=4,
    ),
    prefixed(
        "grafana-api-key", "Grafana API key (older)", "Grafana", "eyJrIjoi", BASE64(60, 200), one_of("", "=", "=="),
        gives="Reads or changes dashboards and data sources, within the key's role.",
        rotate="Migrate the key to a service account, and delete its token.",
        url=_GRAFANA, is_intact=checksums.is_bare_json,
        seal=lambda value: _json_after(value, "", '{"k":"?","n":"example","id":1}'), shown=0,
    ),
    assigned(
        "datadog-api-key", "Datadog API key", "Datadog", ("datadog~api_key", "dd_api_key"), HEX(32),
        gives="Submits metrics and logs to an organisation.",
        rotate="Delete it under Organization Settings, API Keys.",
        url="https://docs.datadoghq.com/account_management/api-app-keys/",
    ),
    assigned(
        "datadog-app-key", "Datadog application key", "Datadog", ("datadog~app_key", "datadog~application_key", "dd_app_key"), HEX(40),
        gives="Reads and changes monitors and dashboards as its owner, together with an API key.",
        rotate="Delete it under Organization Settings, Application Keys.",
        url="https://docs.datadoghq.com/account_management/api-app-keys/",
    ),
    _new_relic("newrelic-user-key", "New Relic user key", "NRAK-", UPPER_DIGITS(27), gives="Queries and changes an account as its owner."),
    _new_relic("newrelic-insights-key", "New Relic insights insert key", "NRII-", URL_SAFE(32), gives="Submits events to an account."),
    _new_relic("newrelic-license-key", "New Relic license key", HEX(36), "NRAL", gives="Submits data to an account."),
    _new_relic("newrelic-rest-key", "New Relic REST API key", "NRRA-", HEX(42), gives="Reads and changes an account's applications."),
    prefixed(
        "sentry-organization-token", "Sentry organisation auth token", "Sentry", "sntrys_eyJ", BASE64(60, 400), one_of("", "=", "=="), "_", BASE64(43),
        gives="Uploads source maps and releases of an organisation.",
        rotate="Revoke it under Settings, Auth Tokens.",
        url="https://docs.sentry.io/account/auth-tokens/", is_intact=checksums.has_json,
        seal=lambda value: _json_after(
            value[:100], "sntrys_", '{"iat":1700000000.0,"url":"https://example.com","org":"?"}'
        ) + "_" + value[-43:],
        shown=7,
    ),
    prefixed(
        "sentry-user-token", "Sentry user auth token", "Sentry", "sntryu_", HEX(64),
        gives="Acts as a user, within the token's scopes.",
        rotate="Revoke it under User settings, Personal Tokens.",
        url="https://docs.sentry.io/account/auth-tokens/",
    ),
    prefixed(
        "honeycomb-key", "Honeycomb ingest key", "Honeycomb", one_of("hcaik_01", "hcbik_01"), LOWER_DIGITS(56),
        gives="Sends events to an environment.",
        rotate="Disable it under Environment settings, API Keys.",
        url="https://docs.honeycomb.io/configure/environments/manage-api-keys/", shown=6,
    ),
    prefixed(
        "dynatrace-token", "Dynatrace access token", "Dynatrace", one_of("dt0c01.", "dt0s01.", "dt0s16."), BASE32(24), ".", BASE32(64),
        gives="Reads or changes an environment, within the token's scopes.",
        rotate="Revoke it under Access Tokens.",
        url="https://docs.dynatrace.com/docs/manage/identity-access-management/access-tokens-and-oauth-clients/access-tokens", shown=7,
    ),
    assigned(
        "splunk-hec-token", "Splunk HTTP event collector token", "Splunk", ("splunk~token", "hec_token"), *UUID,
        gives="Sends events to an index.",
        rotate="Disable it under Data inputs, HTTP Event Collector.",
        url="https://docs.splunk.com/Documentation/Splunk/latest/Data/UsetheHTTPEventCollector",
    ),
    assigned(
        "rollbar-token", "Rollbar access token", "Rollbar", ("rollbar~token",), HEX(32),
        gives="Submits or reads errors of a project.",
        rotate="Disable it under the project's Access Tokens.",
        url="https://docs.rollbar.com/docs/access-tokens",
    ),
    assigned(
        "pagerduty-key", "PagerDuty API key", "PagerDuty", ("pagerduty~key", "pagerduty~token"), URL_SAFE(20),
        gives="Reads and changes schedules, services and incidents.",
        rotate="Remove it under Integrations, API Access Keys.",
        url="https://support.pagerduty.com/main/docs/api-access-keys",
    ),
    prefixed(
        "posthog-personal-key", "PostHog personal API key", "PostHog", "phx_", ALNUM(43, 49),
        gives="Reads analytics and changes projects, within its scopes.",
        rotate="Roll or delete it under Settings, Personal API keys.",
        url="https://posthog.com/docs/api",
    ),
    prefixed(
        "segment-token", "Segment public API token", "Twilio", "sgp_", ALNUM(64),
        gives="Manages a workspace's sources and destinations.",
        rotate="Remove it under Access Management, Tokens.",
        url="https://docs.segmentapis.com/tag/Getting-Started",
    ),
    prefixed(
        "launchdarkly-sdk-key", "LaunchDarkly SDK key", "LaunchDarkly", "sdk-", *UUID,
        gives="Reads all feature flags of an environment, with their targeting rules.",
        rotate="Reset it on the environment's Keys page.",
        url="https://launchdarkly.com/docs/sdk/concepts/client-side-server-side",
    ),
    prefixed(
        "launchdarkly-api-token", "LaunchDarkly API access token", "LaunchDarkly", "api-", *UUID,
        gives="Changes flags and reads members, within the token's role.",
        rotate="Delete it under Authorization, Access tokens.",
        url=_LAUNCHDARKLY,
    ),
    prefixed(
        "uptimerobot-key", "UptimeRobot API key", "UptimeRobot", one_of("u", "ur", "m"), DIGITS(6, 10), "-", HEX(24),
        gives="Reads or changes monitors.",
        rotate="Delete it under Integrations & API.",
        url="https://uptimerobot.com/api/", shown=0,
    ),
    assigned(
        "sumologic-key", "Sumo Logic access key", "Sumo Logic", ("sumo~access_key", "sumologic~key"), ALNUM(64),
        gives="Reads and changes an account together with its access id.",
        rotate="Deactivate it under Administration, Security, Access Keys.",
        url="https://help.sumologic.com/docs/manage/security/access-keys/",
    ),
    prefixed(
        "newrelic-browser-key", "New Relic browser key", "New Relic", "NRJS-", HEX(19),
        gives="Submits browser data to an account.",
        rotate="Delete it on the API keys page.", url=_NEW_RELIC,
    ),
    prefixed(
        "adafruit-key", "Adafruit IO key", "Adafruit", "aio_", ALNUM(28),
        gives="Reads and writes a person's feeds and dashboards.",
        rotate="Regenerate it on the API key page of Adafruit IO.",
        url="https://io.adafruit.com/api/docs/#authentication",
    ),
    prefixed(
        "maxmind-key", "MaxMind license key", "MaxMind", ALNUM(6), "_", ALNUM(29), "_mmk",
        gives="Downloads databases and queries services at the account's expense.",
        rotate="Delete it under Manage License Keys.",
        url="https://dev.maxmind.com/license-keys/", shown=0,
    ),
)
