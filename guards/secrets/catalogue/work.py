"""Where people plan, write, design and ask: tickets, documents, forms and application interfaces."""

from __future__ import annotations

from guards.secrets.catalogue.shapes import (
    ALNUM, DIGITS, HEX, LOWER_DIGITS, UPPER_DIGITS, UPPER_HEX, URL_SAFE, UUID, assigned, one_of, prefixed,
)

FORMATS = (
    prefixed(
        "atlassian-token", "Atlassian API token", "Atlassian", "ATATT3xFfGF0", URL_SAFE(171), "=", UPPER_HEX(8),
        gives="Acts as its owner in Jira, Confluence and other products.",
        rotate="Revoke it under Account settings, Security, API tokens.",
        url="https://support.atlassian.com/atlassian-account/docs/manage-api-tokens-for-your-atlassian-account/", shown=6,
    ),
    prefixed(
        "trello-token", "Trello API token", "Atlassian", "ATTA", HEX(72),
        gives="Reads and changes boards as its owner, together with an API key.",
        rotate="Revoke it in the account settings under Applications.",
        url="https://developer.atlassian.com/cloud/trello/guides/rest-api/authorization/",
    ),
    prefixed(
        "notion-token", "Notion integration token", "Notion", "ntn_", DIGITS(11), ALNUM(35),
        gives="Reads and changes the pages that were shared with an integration.",
        rotate="Refresh the secret on the integration's page.",
        url="https://developers.notion.com/docs/authorization",
    ),
    prefixed(
        "notion-secret", "Notion integration token (older)", "Notion", "secret_", ALNUM(43),
        gives="Reads and changes the pages that were shared with an integration.",
        rotate="Refresh the secret on the integration's page.",
        url="https://developers.notion.com/docs/authorization",
    ),
    prefixed(
        "linear-key", "Linear API key", "Linear", "lin_api_", ALNUM(40),
        gives="Reads and changes issues as its owner.",
        rotate="Revoke it under Settings, Security & access.",
        url="https://linear.app/developers/graphql",
    ),
    prefixed(
        "asana-token", "Asana personal access token", "Asana", one_of("0/", "1/"), DIGITS(15, 17), ":", HEX(32),
        gives="Reads and changes tasks as its owner.",
        rotate="Deauthorise it in the developer console.",
        url="https://developers.asana.com/docs/personal-access-token", shown=0,
    ),
    prefixed(
        "asana-scoped-token", "Asana personal access token (newer)", "Asana", "2/", DIGITS(15, 17), "/", DIGITS(15, 17), ":", HEX(32),
        gives="Reads and changes tasks as its owner.",
        rotate="Deauthorise it in the developer console.",
        url="https://developers.asana.com/docs/personal-access-token", shown=0,
    ),
    prefixed(
        "clickup-token", "ClickUp personal API token", "ClickUp", "pk_", DIGITS(5, 10), "_", UPPER_DIGITS(32),
        gives="Reads and changes tasks as its owner.",
        rotate="Regenerate it under Settings, Apps.",
        url="https://developer.clickup.com/docs/authentication",
    ),
    prefixed(
        "figma-token", "Figma personal access token", "Figma", "figd_", URL_SAFE(40),
        gives="Reads files and comments as its owner.",
        rotate="Revoke it under Settings, Security.",
        url="https://developers.figma.com/docs/rest-api/authentication/",
    ),
    prefixed(
        "typeform-token", "Typeform personal access token", "Typeform", "tfp_", ALNUM(44), "_", ALNUM(14),
        gives="Reads forms and their answers.",
        rotate="Delete it under Account, Personal tokens.",
        url="https://www.typeform.com/developers/get-started/personal-access-token/",
    ),
    prefixed(
        "readme-key", "ReadMe API key", "ReadMe", "rdme_", LOWER_DIGITS(70),
        gives="Reads and changes a project's documentation.",
        rotate="Delete it under Configuration, API Keys.",
        url="https://docs.readme.com/main/reference/intro/authentication",
    ),
    prefixed(
        "frameio-token", "Frame.io developer token", "Adobe", "fio-u-", URL_SAFE(64),
        gives="Reads and changes projects as its owner.",
        rotate="Delete it on the developer site under Tokens.",
        url="https://developer.frame.io/docs/getting-started/authentication",
    ),
    prefixed(
        "adobe-client-secret", "Adobe client secret", "Adobe", "p8e-", URL_SAFE(32),
        gives="Obtains tokens as an application.",
        rotate="Add a new client secret in the developer console, and delete this one.",
        url="https://developer.adobe.com/developer-console/docs/guides/authentication/",
    ),
    assigned(
        "zendesk-token", "Zendesk API token", "Zendesk", ("zendesk~token",), ALNUM(40),
        gives="Acts as any agent of an account, together with an address.",
        rotate="Deactivate it in the admin center under Zendesk API.",
        url="https://developer.zendesk.com/api-reference/introduction/security-and-auth/",
    ),
    assigned(
        "freshdesk-key", "Freshdesk API key", "Freshworks", ("freshdesk~key",), ALNUM(20),
        gives="Reads and answers tickets as its owner.",
        rotate="Reset it on the owner's profile page.",
        url="https://developers.freshdesk.com/api/#authentication",
    ),
    prefixed(
        "deepl-free-key", "DeepL API key of the free plan", "DeepL", *UUID, ":fx",
        gives="Translates within the account's quota.",
        rotate="Deactivate it under API Keys.",
        url="https://developers.deepl.com/docs/getting-started/auth", shown=0,
    ),
    prefixed(
        "hcaptcha-secret", "hCaptcha secret", "hCaptcha", "ES_", HEX(32),
        gives="Lets somebody verify answers as the site.",
        rotate="Generate a new secret under Settings.",
        url="https://docs.hcaptcha.com/",
    ),
    prefixed(
        "inngest-signing-key", "Inngest signing key", "Inngest", one_of("signkey-prod-", "signkey-branch-", "signkey-test-"), HEX(64),
        gives="Starts functions, and reads runs of an environment.",
        rotate="Rotate it on the environment's Signing Key page.",
        url="https://www.inngest.com/docs/platform/signing-keys", shown=8,
    ),
    prefixed(
        "zuplo-key", "Zuplo API key", "Zuplo", "zpka_", HEX(32), "_", HEX(8),
        gives="Calls the API behind a gateway as a consumer.",
        rotate="Delete it on the consumer's page.",
        url="https://zuplo.com/docs/articles/api-key-management",
    ),
    assigned(
        "stytch-secret", "Stytch secret", "Stytch", ("stytch~secret",), one_of("secret-live-", "secret-test-"), URL_SAFE(36),
        gives="Signs users in and out, and reads them.",
        rotate="Rotate it under API keys.",
        url="https://stytch.com/docs/api/authentication",
    ),
    assigned(
        "cargo-registry-token", "Cargo registry token (older)", "crates.io", ("cargo_registry_token",), ALNUM(32, 64),
        gives="Publishes crates to a registry.",
        rotate="Revoke it on the registry's API tokens page.",
        url="https://doc.rust-lang.org/cargo/reference/config.html#credentials",
    ),
    assigned(
        "fastly-token", "Fastly API token", "Fastly", ("fastly~token", "fastly~key"), URL_SAFE(32),
        gives="Changes services and purges caches.",
        rotate="Delete it under Account, API tokens.",
        url="https://www.fastly.com/documentation/guides/account-info/user-access-and-control/using-api-tokens/",
    ),
    assigned(
        "bitly-token", "Bitly access token", "Bitly", ("bitly~token",), HEX(40),
        gives="Makes and changes short links as its owner.",
        rotate="Revoke it under Settings, API.",
        url="https://dev.bitly.com/docs/getting-started/authentication/",
    ),
    assigned(
        "shodan-key", "Shodan API key", "Shodan", ("shodan~key",), ALNUM(32),
        gives="Searches at the account's expense.",
        rotate="Reset it on the account page.",
        url="https://developer.shodan.io/api/requirements",
    ),
    assigned(
        "virustotal-key", "VirusTotal API key", "Google", ("virustotal~key", "vt_api_key"), HEX(64),
        gives="Searches and submits files at the account's expense.",
        rotate="Regenerate it on the API key page of the profile.",
        url="https://docs.virustotal.com/docs/please-give-me-an-api-key",
    ),
    assigned(
        "recaptcha-secret", "reCAPTCHA secret key", "Google", ("recaptcha~secret", "recaptcha~private_key"), "6L", URL_SAFE(38),
        gives="Lets somebody verify answers as the site.",
        rotate="Make a new pair of keys in the admin console.",
        url="https://developers.google.com/recaptcha/docs/verify",
    ),
    assigned(
        "openweather-key", "OpenWeather API key", "OpenWeather", ("openweather~key", "openweathermap~key", "owm_api_key"), HEX(32),
        gives="Asks for weather at the account's expense.",
        rotate="Delete it on the API keys page.",
        url="https://openweathermap.org/appid",
    ),
)
