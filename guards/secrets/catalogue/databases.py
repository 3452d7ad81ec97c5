"""Databases, search, storage of data, and what streams it."""

from __future__ import annotations

import base64

from guards.secrets import checksums
from guards.secrets.catalogue.shapes import (
    ALNUM, BASE64, HEX, LOWER_DIGITS, URL_SAFE, UUID, Alphabet, assigned, one_of, prefixed,
)

def _elastic(value: str) -> str:
    """An id of 20 characters and a secret of 22 with a colon between them, in base64."""
    text = "".join(char for char in value if char.isalnum()).ljust(42, "0")
    return base64.b64encode(f"{text[:20]}:{text[20:42]}".encode()).decode()


FORMATS = (
    prefixed(
        "supabase-personal-token", "Supabase personal access token", "Supabase", "sbp_", HEX(40),
        gives="Manages projects of its owner through the management API.",
        rotate="Revoke it under Account, Access Tokens.",
        url="https://supabase.com/docs/reference/api/introduction",
    ),
    prefixed(
        "supabase-secret-key", "Supabase secret key", "Supabase", "sb_secret_", URL_SAFE(22), "_", URL_SAFE(8),
        gives="Reads and writes all data of a project, past row level security.",
        rotate="Delete it under Project Settings, API Keys.",
        url="https://supabase.com/docs/guides/api/api-keys",
    ),
    prefixed(
        "databricks-token", "Databricks personal access token", "Databricks", "dapi", HEX(32), one_of("", "-2", "-3"),
        gives="Runs jobs and reads data as its owner.",
        rotate="Revoke it under Settings, Developer, Access tokens.",
        url="https://docs.databricks.com/aws/en/dev-tools/auth/pat",
    ),
    prefixed(
        "databricks-oauth-secret", "Databricks OAuth secret", "Databricks", "dose", HEX(32),
        gives="Signs in as a service principal.",
        rotate="Delete the secret on the service principal's page.",
        url="https://docs.databricks.com/aws/en/dev-tools/auth/oauth-m2m",
    ),
    prefixed(
        "confluent-secret", "Confluent Cloud API secret", "Confluent", "cflt", BASE64(60),
        gives="Reads and writes topics, or manages the cloud, together with its key.",
        rotate="Delete the key under API keys.",
        url="https://docs.confluent.io/cloud/current/security/authenticate/workload-identities/service-accounts/api-keys/overview.html",
        is_intact=checksums.has_base64_crc, seal=checksums.sealed_base64_crc,
    ),
    prefixed(
        "aiven-password", "Aiven service password", "Aiven", "AVNS_", URL_SAFE(19),
        gives="Signs in to a database or another service.",
        rotate="Reset the password on the service's Users page.",
        url="https://aiven.io/docs/platform/howto/rotate-service-user-password",
    ),
    prefixed(
        "planetscale-token", "PlanetScale service token", "PlanetScale", one_of("pscale_tkn_", "pscale_oauth_"), Alphabet("0-9A-Za-z_.-")(43),
        gives="Manages databases of an organisation, within the token's permissions.",
        rotate="Delete it under Settings, Service tokens.",
        url="https://planetscale.com/docs/api/reference/service-tokens", shown=11,
    ),
    prefixed(
        "planetscale-password", "PlanetScale database password", "PlanetScale", "pscale_pw_", Alphabet("0-9A-Za-z_.-")(43),
        gives="Signs in to a branch of a database.",
        rotate="Delete it on the database's Passwords page.",
        url="https://planetscale.com/docs/vitess/connecting/connection-strings",
    ),
    prefixed(
        "neon-key", "Neon API key", "Neon", "napi_", LOWER_DIGITS(64),
        gives="Manages projects and reads connection strings of an account.",
        rotate="Revoke it under Account settings, API keys.",
        url="https://neon.com/docs/manage/api-keys",
    ),
    prefixed(
        "cockroach-key", "CockroachDB Cloud API key", "Cockroach Labs", "CCDB1_", ALNUM(22), "_", ALNUM(40),
        gives="Manages clusters as a service account.",
        rotate="Delete it on the service account's page.",
        url="https://www.cockroachlabs.com/docs/cockroachcloud/managing-access",
    ),
    prefixed(
        "clickhouse-secret", "ClickHouse Cloud API secret", "ClickHouse", "4b1d", ALNUM(38),
        gives="Manages an organisation's services, together with its key id.",
        rotate="Delete the key under API keys.",
        url="https://clickhouse.com/docs/cloud/manage/openapi", 
    ),
    prefixed(
        "mongodb-atlas-secret", "MongoDB Atlas service account secret", "MongoDB", "mdb_sa_sk_", URL_SAFE(40),
        gives="Manages clusters and users of a project or organisation.",
        rotate="Revoke the secret on the service account's page.",
        url="https://www.mongodb.com/docs/atlas/api/service-accounts-overview/",
    ),
    assigned(
        "algolia-admin-key", "Algolia admin API key", "Algolia", ("algolia~admin~key", "algolia~write~key"), HEX(32),
        gives="Reads, changes and deletes all indices.",
        rotate="Rotate the admin key under API Keys.",
        url="https://www.algolia.com/doc/guides/security/api-keys/",
    ),
    prefixed(
        "airtable-token", "Airtable personal access token", "Airtable", "pat", ALNUM(14), ".", HEX(64),
        gives="Reads and writes bases, within its scopes.",
        rotate="Delete it in the builder hub under Personal access tokens.",
        url="https://airtable.com/developers/web/guides/personal-access-tokens",
    ),
    prefixed(
        "contentful-token", "Contentful personal access token", "Contentful", "CFPAT-", URL_SAFE(43),
        gives="Manages content of all spaces that its owner can reach.",
        rotate="Revoke it under Account settings, CMA tokens.",
        url="https://www.contentful.com/developers/docs/references/authentication/",
    ),
    prefixed(
        "dropbox-token", "Dropbox access token", "Dropbox", "sl.", URL_SAFE(130, 900),
        gives="Reads and writes files until it expires, after four hours.",
        rotate="Disconnect the app in the account's settings.",
        url="https://developers.dropbox.com/oauth-guide",
    ),
    assigned(
        "dropbox-app-secret", "Dropbox app secret", "Dropbox", ("dropbox~secret",), LOWER_DIGITS(15),
        gives="Poses as an app when users connect their Dropbox.",
        rotate="Contact Dropbox, or make a new app: the secret of an app cannot be changed.",
        url="https://www.dropbox.com/developers/apps",
    ),
    prefixed(
        "mapbox-secret-token", "Mapbox secret access token", "Mapbox", "sk.eyJ", URL_SAFE(60, 120), ".", URL_SAFE(22),
        gives="Uses and changes an account's maps and data, within its scopes.",
        rotate="Delete it on the access tokens page.",
        url="https://docs.mapbox.com/help/dive-deeper/access-tokens/", is_intact=checksums.has_json,
        seal=lambda value: f"sk.eyJ1IjoiZXhhbXBsZSIsImEiOiJj{'M2Nk'.join(['bGFi', 'bGFi'])}{'bGFi' * 6}In0.{value[-22:]}", shown=3,
    ),
    assigned(
        "elastic-api-key", "Elasticsearch API key", "Elastic", ("elastic~api_key",), BASE64(58), "==",
        gives="Reads or writes indices, within the key's privileges.",
        rotate="Invalidate it under Security, API keys.",
        url="https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-security-create-api-key",
        is_intact=checksums.names_user, seal=_elastic,
    ),
    assigned(
        "upstash-token", "Upstash REST token", "Upstash", ("upstash~rest_token",), URL_SAFE(40, 120), one_of("", "=", "=="),
        gives="Reads and writes all data of a database.",
        rotate="Reset the credentials on the database's page.",
        url="https://upstash.com/docs/redis/features/restapi",
    ),
    assigned(
        "snowflake-password", "Snowflake password", "Snowflake", ("snowflake~password",), Alphabet("0-9A-Za-z!@#%^&*_+.-")(12, 64),
        gives="Signs in as a user of an account.",
        rotate="Reset it with ALTER USER.",
        url="https://docs.snowflake.com/en/user-guide/admin-user-management",
    ),
    assigned(
        "cloudinary-secret", "Cloudinary API secret", "Cloudinary", ("cloudinary~secret",), URL_SAFE(27),
        gives="Uploads, changes and deletes media of an account.",
        rotate="Delete the key pair under Settings, API Keys.",
        url="https://cloudinary.com/documentation/developer_onboarding_faq_find_credentials",
    ),
    assigned(
        "algolia-monitoring-key", "Algolia usage or monitoring API key", "Algolia", ("algolia~usage~key", "algolia~monitoring~key"), HEX(32),
        gives="Reads the usage and state of an application.",
        rotate="Rotate the key under API Keys.",
        url="https://www.algolia.com/doc/guides/security/api-keys/",
    ),
    assigned(
        "auth0-secret", "Auth0 client secret", "Okta", ("auth0~secret",), URL_SAFE(64),
        gives="Obtains tokens as an application.",
        rotate="Rotate the secret on the application's settings page.",
        url="https://auth0.com/docs/get-started/applications/rotate-client-secret",
    ),
    assigned(
        "okta-token", "Okta API token", "Okta", ("okta~token", "okta~key"), "00", URL_SAFE(40),
        gives="Acts as an administrator of an organisation.",
        rotate="Revoke it under Security, API, Tokens.",
        url="https://developer.okta.com/docs/guides/create-an-api-token/main/",
    ),
)
