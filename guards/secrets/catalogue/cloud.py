"""Clouds, hosting, networks, and services that keep secrets."""

from __future__ import annotations

import base64

from guards.secrets import checksums
from guards.secrets.catalogue.shapes import (
    ALNUM, BASE32, BASE64, HEX, LOWER_DIGITS, UPPER_DIGITS, URL_SAFE, UUID, Alphabet, assigned, one_of, prefixed,
)
from guards.secrets.formats import Format

_AZURE_KEYS = "https://github.com/microsoft/security-utilities/blob/main/docs/README.md"
_CLOUDFLARE = "https://developers.cloudflare.com/fundamentals/api/get-started/token-formats/"
_DOPPLER = "https://docs.doppler.com/reference/auth-token-formats"
_VERCEL = "https://vercel.com/changelog/new-token-formats-and-secret-scanning"
_ROTATE_AZURE = "Regenerate the key on the resource's page about its keys, the second key first."


def _azure(id: str, name: str, before: object, signature: str, *after: object, gives: str) -> Format:  # noqa: A002
    return prefixed(
        id, name, "Microsoft", before, signature, *after,  # type: ignore[arg-type]
        gives=gives, rotate=_ROTATE_AZURE, url=_AZURE_KEYS, shown=0,
    )


def _of_64_bytes(id: str, name: str, signature: str, gives: str) -> Format:  # noqa: A002
    return _azure(id, name, BASE64(76), signature, BASE64(5), Alphabet("AQgw")(1), "==", gives=gives)


def _of_32_bytes(id: str, name: str, signature: str, gives: str) -> Format:  # noqa: A002
    return _azure(id, name, BASE64(33), signature, Alphabet("A-P")(1), BASE64(5), "=", gives=gives)


def _doppler(id: str, name: str, prefix: str, gives: str, rotate: str) -> Format:  # noqa: A002
    return prefixed(id, name, "Doppler", prefix, ALNUM(40, 44), gives=gives, rotate=rotate, url=_DOPPLER)


def _vercel(id: str, name: str, prefix: str, gives: str, rotate: str) -> Format:  # noqa: A002
    return prefixed(
        id, name, "Vercel", prefix, URL_SAFE(50), ALNUM(6),
        gives=gives, rotate=rotate, url=_VERCEL,
        is_intact=checksums.has_base62_crc, seal=checksums.sealed_base62_crc,
    )


def _cloudflare(id: str, name: str, prefix: str, gives: str, rotate: str) -> Format:  # noqa: A002
    return prefixed(id, name, "Cloudflare", prefix, ALNUM(40), HEX(8), gives=gives, rotate=rotate, url=_CLOUDFLARE)


def _with_account(value: str) -> str:
    """A key id whose account number has twelve digits: the highest bits are small."""
    return value[:4] + "A" + value[5:] if not checksums.has_account(value) else value


def _of_whole_bytes(value: str) -> str:
    prefix, _, body = value.rstrip("=").partition("_")
    return f"{prefix}_{body[: len(body) // 4 * 4]}"


FORMATS = (
    # ---- Amazon ----
    prefixed(
        "aws-access-key-id", "AWS access key id", "Amazon", one_of("AKIA", "ASIA", "ABIA", "ACCA"), BASE32(16),
        gives="Names an account and one half of a key pair, whose other half is often close by.",
        rotate="Make the key inactive in IAM, then look in CloudTrail for its use.",
        url="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html",
        is_intact=checksums.has_account, seal=_with_account, shown=4,
    ),
    assigned(
        "aws-secret-access-key", "AWS secret access key", "Amazon",
        ("aws~secret~key", "secret_access_key"), BASE64(40),
        gives="Signs requests as the user or role that the key id belongs to.",
        rotate="Make the key inactive in IAM, then look in CloudTrail for its use.",
        url="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html",
    ),
    prefixed(
        "aws-session-token", "AWS session token", "Amazon", one_of("IQoJb3JpZ2luX2", "FwoGZXIvYXdz", "FQoGZXIvYXdz"), BASE64(200, 900),
        gives="Completes temporary credentials, until they expire.",
        rotate="Revoke the role's active sessions in IAM.",
        url="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_use-resources.html", shown=0,
    ),
    prefixed(
        "aws-bedrock-key", "Amazon Bedrock API key", "Amazon", "ABSK", BASE64(109, 269), one_of("", "=", "=="),
        gives="Calls models at the account's expense.",
        rotate="Deactivate it under API keys in Bedrock, or delete the service-specific credential in IAM.",
        url="https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys.html",
        is_intact=checksums.begins_with(b"BedrockAPIKey-"),
        seal=lambda value: value[:4] + base64.b64encode(b"BedrockAPIKey-").decode()[:18] + value[22:].replace("=", ""),
    ),
    prefixed(
        "aws-appsync-key", "AWS AppSync API key", "Amazon", "da2-", LOWER_DIGITS(26),
        gives="Queries a GraphQL API.",
        rotate="Delete the key in the settings of the AppSync API.",
        url="https://docs.aws.amazon.com/appsync/latest/devguide/security-authz.html",
    ),
    prefixed(
        "amazon-mws-token", "Amazon MWS auth token", "Amazon", "amzn.mws.", *UUID,
        gives="Lets a developer's application into a seller's account.",
        rotate="Revoke the developer's access under User Permissions in Seller Central.",
        url="https://developer-docs.amazon.com/sp-api/docs/sp-api-faq",
    ),
    prefixed(
        "amazon-oauth-secret", "Login with Amazon client secret", "Amazon", "amzn1.oa2-cs.v1.", HEX(64),
        gives="Poses as an application when users sign in with Amazon.",
        rotate="Rotate the credentials of the security profile in the developer console.",
        url="https://developer.amazon.com/docs/login-with-amazon/register-web.html",
    ),
    # ---- Google ----
    prefixed(
        "google-api-key", "Google API key", "Google", "AIza", URL_SAFE(35),
        gives="Calls the APIs that the key is not restricted from, at the project's expense.",
        rotate="Restrict or delete the key under APIs & Services, Credentials.",
        url="https://cloud.google.com/docs/authentication/api-keys",
    ),
    prefixed(
        "google-oauth-secret", "Google OAuth client secret", "Google", "GOCSPX-", URL_SAFE(28),
        gives="Poses as an application when users sign in with Google.",
        rotate="Add a new secret to the OAuth client, then disable and delete this one.",
        url="https://support.google.com/cloud/answer/15549257",
    ),
    prefixed(
        "google-access-token", "Google OAuth access token", "Google", "ya29.", URL_SAFE(60, 900),
        gives="Acts as a user or service account until it expires, usually after an hour.",
        rotate="Revoke it at oauth2.googleapis.com/revoke.",
        url="https://developers.google.com/identity/protocols/oauth2",
    ),
    prefixed(
        "google-refresh-token", "Google OAuth refresh token", "Google", "1//0", URL_SAFE(60, 200),
        gives="Obtains access tokens until it is revoked, together with the client's secret.",
        rotate="Revoke it at oauth2.googleapis.com/revoke.",
        url="https://developers.google.com/identity/protocols/oauth2",
    ),
    prefixed(
        "firebase-server-key", "Firebase Cloud Messaging server key", "Google",
        "AAAA", URL_SAFE(7), ":APA91b", URL_SAFE(134),
        gives="Sends notifications to all devices of an app.",
        rotate="Delete it under Cloud Messaging in the project's settings.",
        url="https://firebase.google.com/docs/cloud-messaging/auth-server",
    ),
    # ---- Microsoft ----
    prefixed(
        "azure-client-secret", "Microsoft Entra client secret", "Microsoft",
        Alphabet("0-9A-Za-z_.~-")(3), Alphabet("78")(1), "Q~", Alphabet("0-9A-Za-z_.~-")(31, 34),
        gives="Signs in as an application, with all the rights that it was granted.",
        rotate="Delete it under App registrations, Certificates & secrets.",
        url="https://learn.microsoft.com/en-us/entra/identity-platform/how-to-add-credentials", shown=0,
    ),
    _of_64_bytes("azure-storage-key", "Azure Storage account key", "+ASt", "Reads and writes all data of a storage account."),
    _of_64_bytes("azure-cosmos-key", "Azure Cosmos DB key", "ACDb", "Reads and writes all data of a database account."),
    _of_64_bytes("azure-batch-key", "Azure Batch account key", "+ABa", "Runs jobs in a Batch account."),
    _of_64_bytes("azure-api-management-key", "Azure API Management key", "APIM", "Calls or manages the APIs behind a gateway."),
    _of_32_bytes("azure-service-bus-key", "Azure Service Bus key", "+ASb", "Sends, receives or manages messages of a namespace."),
    _of_32_bytes("azure-event-hub-key", "Azure Event Hubs key", "+AEh", "Sends, receives or manages events of a namespace."),
    _of_32_bytes("azure-relay-key", "Azure Relay key", "+ARm", "Listens or sends through a relay."),
    _of_32_bytes("azure-iot-key", "Azure IoT Hub key", "AIoT", "Poses as a hub's service, a device, or its provisioning."),
    _of_32_bytes("azure-redis-key", "Azure Cache for Redis key", "AzCa", "Reads and writes all data of a cache."),
    _of_32_bytes("azure-event-grid-key", "Azure Event Grid key", "AZEG", "Publishes events to a topic or domain."),
    _azure(
        "azure-search-key", "Azure AI Search key", ALNUM(42), "AzSe", Alphabet("A-D")(1), ALNUM(5),
        gives="Queries an index, or manages the search service with an admin key.",
    ),
    _azure(
        "azure-container-registry-key", "Azure Container Registry key", BASE64(42), "+ACR", Alphabet("A-D")(1), BASE64(5),
        gives="Pulls and pushes images of a registry.",
    ),
    _azure(
        "azure-function-key", "Azure Functions key", URL_SAFE(44), "AzFu", URL_SAFE(5), Alphabet("AQgw")(1), "==",
        gives="Calls a function, or manages the app with its master key.",
    ),
    # ---- Other clouds and hosting ----
    prefixed(
        "alibaba-access-key-id", "Alibaba Cloud access key id", "Alibaba", "LTAI", ALNUM(12, 20),
        gives="Names one half of a key pair, whose other half is often close by.",
        rotate="Disable the key under AccessKey management.",
        url="https://www.alibabacloud.com/help/en/ram/user-guide/create-an-accesskey-pair",
    ),
    assigned(
        "alibaba-access-key-secret", "Alibaba Cloud access key secret", "Alibaba",
        ("alibaba~secret", "aliyun~secret", "access_key_secret"), ALNUM(30),
        gives="Signs requests as the user that the key id belongs to.",
        rotate="Disable the key under AccessKey management.",
        url="https://www.alibabacloud.com/help/en/ram/user-guide/create-an-accesskey-pair",
    ),
    prefixed(
        "tencent-secret-id", "Tencent Cloud secret id", "Tencent", "AKID", ALNUM(32),
        gives="Names one half of a key pair, whose other half is often close by.",
        rotate="Disable the key under API Keys in Cloud Access Management.",
        url="https://www.tencentcloud.com/document/product/598/32675",
    ),
    prefixed(
        "digitalocean-personal-token", "DigitalOcean personal access token", "DigitalOcean", "dop_v1_", HEX(64),
        gives="Reads or changes everything in an account.",
        rotate="Delete it under API, Tokens.",
        url="https://docs.digitalocean.com/reference/api/create-personal-access-token/",
    ),
    prefixed(
        "digitalocean-oauth-token", "DigitalOcean OAuth token", "DigitalOcean", "doo_v1_", HEX(64),
        gives="Reads or changes a user's account on behalf of an application.",
        rotate="Revoke the application under API, Authorized applications.",
        url="https://docs.digitalocean.com/reference/api/oauth/",
    ),
    prefixed(
        "digitalocean-refresh-token", "DigitalOcean refresh token", "DigitalOcean", "dor_v1_", HEX(64),
        gives="Obtains new OAuth tokens for a user's account.",
        rotate="Revoke the application under API, Authorized applications.",
        url="https://docs.digitalocean.com/reference/api/oauth/",
    ),
    prefixed(
        "heroku-token", "Heroku API token", "Heroku", "HRKU-AA", URL_SAFE(58),
        gives="Deploys apps and reads their configuration, with the credentials of attached databases.",
        rotate="Regenerate the API key in the account settings, or run `heroku authorizations:revoke`.",
        url="https://devcenter.heroku.com/articles/authentication",
    ),
    assigned(
        "heroku-api-key", "Heroku API key (older)", "Heroku", ("heroku~key", "heroku~token"), *UUID,
        gives="Deploys apps and reads their configuration, with the credentials of attached databases.",
        rotate="Regenerate the API key in the account settings.",
        url="https://devcenter.heroku.com/articles/authentication",
    ),
    assigned(
        "linode-token", "Linode personal access token", "Akamai", ("linode~token", "linode~key"), HEX(64),
        gives="Reads or changes servers, volumes and domains, within its scopes.",
        rotate="Revoke it under My Profile, API Tokens.",
        url="https://techdocs.akamai.com/cloud-computing/docs/manage-personal-access-tokens",
    ),
    assigned(
        "vultr-key", "Vultr API key", "Vultr", ("vultr~key", "vultr~token"), UPPER_DIGITS(36),
        gives="Reads or changes everything in an account.",
        rotate="Regenerate it under Account, API.",
        url="https://docs.vultr.com/platform/other/api/regenerate-api-key",
    ),
    assigned(
        "hetzner-token", "Hetzner Cloud API token", "Hetzner", ("hcloud~token", "hetzner~token", "hetzner~key"), ALNUM(64),
        gives="Reads or changes all servers of a project.",
        rotate="Delete it in the project under Security, API tokens.",
        url="https://docs.hetzner.com/cloud/api/getting-started/generating-api-token/",
    ),
    assigned(
        "scaleway-secret-key", "Scaleway secret key", "Scaleway", ("scw_secret_key", "scaleway~secret~key"), *UUID,
        gives="Acts as a user or application, within its policies.",
        rotate="Delete the API key under IAM.",
        url="https://www.scaleway.com/en/docs/iam/how-to/create-api-keys/",
    ),
    _cloudflare(
        "cloudflare-user-token", "Cloudflare user API token", "cfut_",
        "Reads or changes zones and services, within the token's permissions.",
        "Roll or delete it under My Profile, API Tokens.",
    ),
    _cloudflare(
        "cloudflare-account-token", "Cloudflare account API token", "cfat_",
        "Reads or changes an account's zones and services, within the token's permissions.",
        "Roll or delete it under Manage Account, Account API Tokens.",
    ),
    _cloudflare(
        "cloudflare-global-key", "Cloudflare global API key", "cfk_",
        "Does everything that its owner can do.",
        "Change the global API key under My Profile, API Tokens.",
    ),
    assigned(
        "cloudflare-token", "Cloudflare API token (older)", "Cloudflare",
        ("cloudflare~token", "cf_api_token"), URL_SAFE(40),
        gives="Reads or changes zones and services, within the token's permissions.",
        rotate="Roll or delete it under My Profile, API Tokens.",
        url=_CLOUDFLARE,
    ),
    prefixed(
        "cloudflare-origin-key", "Cloudflare Origin CA key", "Cloudflare", "v1.0-", HEX(24), "-", HEX(146),
        gives="Issues and revokes origin certificates.",
        rotate="Change the Origin CA key under My Profile, API Tokens.",
        url="https://developers.cloudflare.com/fundamentals/api/get-started/ca-keys/",
    ),
    prefixed(
        "fly-token", "Fly.io access token", "Fly.io", one_of("fm1r_", "fm1a_", "fm2_"), BASE64(100, 900), one_of("", "=", "=="),
        gives="Deploys and manages apps or organisations, within the macaroon's caveats.",
        rotate="Revoke it with `fly tokens revoke`.",
        url="https://fly.io/docs/security/tokens/",
        is_intact=lambda value: checksums.from_base64(value.partition("_")[2]) is not None,
        seal=_of_whole_bytes,
        shown=4,
    ),
    _vercel(
        "vercel-personal-token", "Vercel personal access token", "vcp_",
        "Deploys projects and reads their environment variables.", "Delete it under Account Settings, Tokens.",
    ),
    _vercel(
        "vercel-integration-token", "Vercel integration token", "vci_",
        "Acts for an integration in the teams that installed it.", "Remove the integration from the team.",
    ),
    _vercel(
        "vercel-app-token", "Vercel app access token", "vca_",
        "Acts as a user on behalf of an app.", "Revoke the app in the account settings.",
    ),
    _vercel(
        "vercel-refresh-token", "Vercel app refresh token", "vcr_",
        "Obtains new access tokens for an app.", "Revoke the app in the account settings.",
    ),
    _vercel(
        "vercel-api-key", "Vercel API key", "vck_",
        "Calls models through the AI gateway at the team's expense.", "Delete it under AI Gateway, API keys.",
    ),
    prefixed(
        "netlify-token", "Netlify access token", "Netlify", "nfp_", ALNUM(36, 40),
        gives="Deploys sites and reads their environment variables.",
        rotate="Delete it under User settings, Applications.",
        url="https://docs.netlify.com/api-and-cli-guides/api-guides/get-started-with-api/",
    ),
    prefixed(
        "pulumi-token", "Pulumi access token", "Pulumi", "pul-", HEX(40),
        gives="Reads and changes stacks, with the secrets in their state.",
        rotate="Delete it under Personal access tokens.",
        url="https://www.pulumi.com/docs/administration/access-identity/access-tokens/",
    ),
    prefixed(
        "terraform-token", "HCP Terraform API token", "HashiCorp", ALNUM(14), ".atlasv1.", URL_SAFE(60, 70),
        gives="Plans and applies runs, and reads state with the secrets in it.",
        rotate="Delete it under User Settings, Tokens, or in the settings of the team or organisation.",
        url="https://developer.hashicorp.com/terraform/cloud-docs/users-teams-organizations/api-tokens", shown=0,
    ),
    # ---- Services that keep secrets ----
    prefixed(
        "vault-service-token", "HashiCorp Vault service token", "HashiCorp", "hvs.", URL_SAFE(90, 120),
        gives="Reads secrets, within the token's policies.",
        rotate="Revoke it with `vault token revoke`.",
        url="https://developer.hashicorp.com/vault/docs/concepts/tokens",
    ),
    prefixed(
        "vault-batch-token", "HashiCorp Vault batch token", "HashiCorp", "hvb.", URL_SAFE(138, 300),
        gives="Reads secrets until it expires.",
        rotate="Revoke its parent token: a batch token cannot be revoked by itself.",
        url="https://developer.hashicorp.com/vault/docs/concepts/tokens",
    ),
    _doppler(
        "doppler-personal-token", "Doppler personal token", "dp.pt.",
        "Reads and changes all secrets that its owner can reach.", "Delete it under Tokens, Personal.",
    ),
    _doppler(
        "doppler-cli-token", "Doppler CLI token", "dp.ct.",
        "Reads and changes all secrets that its owner can reach.", "Run `doppler logout`, or revoke it under Tokens, CLI.",
    ),
    _doppler(
        "doppler-account-token", "Doppler service account token", "dp.sa.",
        "Reads secrets in the projects of a service account.", "Delete it on the service account's page.",
    ),
    _doppler(
        "doppler-scim-token", "Doppler SCIM token", "dp.scim.",
        "Creates and removes users of a workplace.", "Delete it in the workplace's settings.",
    ),
    _doppler(
        "doppler-audit-token", "Doppler audit token", "dp.audit.",
        "Reads a workplace's users and activity.", "Delete it under Tokens, Audit.",
    ),
    prefixed(
        "doppler-service-token", "Doppler service token", "Doppler",
        "dp.st.", Alphabet("0-9a-z_-")(2, 35), ".", ALNUM(40, 44),
        gives="Reads all secrets of one configuration.",
        rotate="Revoke it on the configuration's Access page.",
        url=_DOPPLER,
    ),
    prefixed(
        "onepassword-account-token", "1Password service account token", "1Password", "ops_", "eyJ", BASE64(250, 900), one_of("", "=", "=="),
        gives="Reads the vaults that a service account was granted.",
        rotate="Rotate or revoke the token on the service account's page.",
        url="https://developer.1password.com/docs/service-accounts/security/",
        is_intact=checksums.has_json,
        seal=lambda value: value[:4] + base64.b64encode(
            b'{"signInAddress":"example.1password.com","userAuth":{},"email":"' + value[7:207].encode() + b'"}'
        ).decode(),
        shown=4,
    ),
    prefixed(
        "onepassword-secret-key", "1Password secret key", "1Password",
        "A3-", UPPER_DIGITS(6), "-", UPPER_DIGITS(6), "-", UPPER_DIGITS(5), "-", UPPER_DIGITS(5), "-", UPPER_DIGITS(5), "-", UPPER_DIGITS(5),
        gives="Opens an account together with the account password.",
        rotate="Regenerate the secret key on the profile page.",
        url="https://support.1password.com/secret-key-security/",
    ),
    prefixed(
        "bitwarden-access-token", "Bitwarden Secrets Manager access token", "Bitwarden",
        "0.", *UUID, ".", ALNUM(30), ":", BASE64(22), "==",
        gives="Reads the secrets that a machine account was granted.",
        rotate="Revoke it on the machine account's Access tokens page.",
        url="https://bitwarden.com/help/access-tokens/", shown=2,
    ),
    prefixed(
        "infisical-service-token", "Infisical service token", "Infisical", "st.", HEX(24), ".", HEX(32), ".", HEX(32),
        gives="Reads or writes secrets of a project's environments.",
        rotate="Delete it in the project under Access Control, Service tokens.",
        url="https://infisical.com/docs/documentation/platform/token",
    ),
    # ---- Networks ----
    prefixed(
        "tailscale-key", "Tailscale key", "Tailscale",
        "tskey-", one_of("api", "auth", "client", "scim", "webhook"), "-", ALNUM(6, 20), "CNTRL-", ALNUM(30, 40),
        gives="Adds devices to a network, or manages it.",
        rotate="Revoke it under Settings, Keys.",
        url="https://tailscale.com/kb/1252/key-secret-management",
    ),
    prefixed(
        "defined-networking-key", "Defined Networking API key", "Defined Networking",
        "dnkey-", Alphabet("0-9A-Z")(26), "-", Alphabet("0-9A-Z")(52),
        gives="Manages hosts and routes of a network.",
        rotate="Delete it under API keys in the admin panel.",
        url="https://docs.defined.net/guides/automating-host-creation/",
    ),
    assigned(
        "wireguard-key", "WireGuard private key", "WireGuard", ("private_key",), BASE64(42), Alphabet("AEIMQUYcgkosw048")(1), "=",
        gives="Joins a virtual network as the peer that the key belongs to.",
        rotate="Generate a new pair, and replace the public key at all peers.",
        url="https://www.wireguard.com/quickstart/",
    ),
    prefixed(
        "yandex-api-key", "Yandex Cloud API key", "Yandex", "AQVN", URL_SAFE(35, 38),
        gives="Calls the cloud's services as a service account.",
        rotate="Delete the key on the service account's page.",
        url="https://yandex.cloud/en/docs/iam/concepts/authorization/api-key",
    ),
    prefixed(
        "openshift-token", "OpenShift access token", "Red Hat", "sha256~", URL_SAFE(43),
        gives="Acts as a user on a cluster until it expires.",
        rotate="Delete the token with `oc delete useroauthaccesstokens`.",
        url="https://docs.redhat.com/en/documentation/openshift_container_platform/4.18/html/authentication_and_authorization/managing-oauth-access-tokens",
    ),
    prefixed(
        "scalingo-token", "Scalingo API token", "Scalingo", "tk-us-", URL_SAFE(48),
        gives="Deploys apps and reads their environment.",
        rotate="Revoke it on the account's API tokens page.",
        url="https://developers.scalingo.com/",
    ),
    prefixed(
        "deno-token", "Deno Deploy access token", "Deno", one_of("ddp_", "ddo_"), ALNUM(36),
        gives="Deploys projects of a user or an organisation.",
        rotate="Revoke it on the access tokens page of the account or organisation.",
        url="https://docs.deno.com/deploy/", shown=4,
    ),
)
