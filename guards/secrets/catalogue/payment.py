"""Payments, shops and shipping."""

from __future__ import annotations

from guards.secrets.catalogue.shapes import (
    ALNUM,
    HEX,
    LOWER_DIGITS,
    URL_SAFE,
    UUID,
    one_of,
    prefixed,
)
from guards.secrets.formats import Format

_STRIPE = "https://docs.stripe.com/keys"
_SHOPIFY = "https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens"
_SQUARE = "https://developer.squareup.com/docs/build-basics/access-tokens"


def _stripe(slug: str, name: str, prefix: str, gives: str) -> tuple[Format, ...]:
    """The older keys have 24 characters, the newer ones begin with the account and may have 128."""
    rotate = "Roll the key under Developers, API keys."
    return (
        prefixed(slug, name, "Stripe", prefix, ALNUM(24), gives=gives, rotate=rotate, url=_STRIPE),
        prefixed(
            f"{slug}-long",
            f"{name} (newer)",
            "Stripe",
            prefix,
            "5",
            ALNUM(60, 127),
            gives=gives,
            rotate=rotate,
            url=_STRIPE,
            shown=len(prefix),
        ),
    )


def _shopify(slug: str, name: str, prefix: str, gives: str, rotate: str) -> Format:
    return prefixed(slug, name, "Shopify", prefix, ALNUM(32), gives=gives, rotate=rotate, url=_SHOPIFY)


FORMATS = (
    *_stripe(
        "stripe-live-key", "Stripe secret key", "sk_live_", "Charges, refunds and reads the customers of an account."
    ),
    *_stripe(
        "stripe-restricted-key",
        "Stripe restricted key",
        "rk_live_",
        "Does what the key's permissions allow in an account.",
    ),
    *_stripe(
        "stripe-test-key",
        "Stripe secret key of the test mode",
        "sk_test_",
        "Reads and changes the test data of an account.",
    ),
    prefixed(
        "stripe-webhook-secret",
        "Stripe webhook signing secret",
        "Stripe",
        "whsec_",
        ALNUM(32),
        gives="Forges events that an endpoint takes for Stripe's.",
        rotate="Roll the secret on the endpoint's page under Developers, Webhooks.",
        url="https://docs.stripe.com/webhooks#verify-events",
    ),
    prefixed(
        "paystack-key",
        "Paystack secret key",
        "Paystack",
        one_of("sk_live_", "sk_test_"),
        HEX(40),
        gives="Charges cards and starts transfers of an account.",
        rotate="Generate new keys under Settings, API Keys & Webhooks.",
        url="https://paystack.com/docs/api/authentication/",
        shown=8,
    ),
    prefixed(
        "square-access-token",
        "Square access token",
        "Square",
        "EAAA",
        URL_SAFE(60),
        gives="Takes payments and reads customers of a seller.",
        rotate="Replace the token on the application's Credentials page.",
        url=_SQUARE,
    ),
    prefixed(
        "square-personal-token",
        "Square access token (older)",
        "Square",
        "sq0atp-",
        URL_SAFE(22),
        gives="Takes payments and reads customers of a seller.",
        rotate="Replace the token on the application's Credentials page.",
        url=_SQUARE,
    ),
    prefixed(
        "square-oauth-secret",
        "Square application secret",
        "Square",
        "sq0csp-",
        URL_SAFE(43),
        gives="Obtains access to sellers who authorised the application.",
        rotate="Replace the secret on the application's OAuth page.",
        url="https://developer.squareup.com/docs/oauth-api/overview",
    ),
    prefixed(
        "braintree-access-token",
        "Braintree access token",
        "PayPal",
        one_of("access_token$production$", "access_token$sandbox$"),
        LOWER_DIGITS(16),
        "$",
        HEX(32),
        gives="Takes payments of a merchant.",
        rotate="Disconnect the application in the merchant's PayPal settings, and connect it again.",
        url="https://developer.paypal.com/braintree/docs/guides/paypal/overview",
        shown=13,
    ),
    _shopify(
        "shopify-access-token",
        "Shopify Admin API access token",
        "shpat_",
        "Reads and changes orders, customers and products of a shop.",
        "Uninstall the app from the shop, and install it again.",
    ),
    _shopify(
        "shopify-custom-token",
        "Shopify custom app access token",
        "shpca_",
        "Reads and changes orders, customers and products of a shop.",
        "Uninstall the custom app, and install it again.",
    ),
    _shopify(
        "shopify-private-token",
        "Shopify private app password",
        "shppa_",
        "Reads and changes orders, customers and products of a shop.",
        "Delete the private app, or rotate its password.",
    ),
    _shopify(
        "shopify-shared-secret",
        "Shopify app shared secret",
        "shpss_",
        "Signs requests and callbacks as the app.",
        "Rotate the client secret on the app's settings page.",
    ),
    prefixed(
        "plaid-access-token",
        "Plaid access token",
        "Plaid",
        one_of("access-sandbox-", "access-development-", "access-production-"),
        *UUID,
        gives="Reads accounts and transactions of a person's bank, together with the client's secret.",
        rotate="Rotate it with a call of /item/access_token/invalidate.",
        url="https://plaid.com/docs/api/tokens/",
        shown=7,
    ),
    prefixed(
        "razorpay-key-id",
        "Razorpay live key id",
        "Razorpay",
        "rzp_live_",
        ALNUM(14),
        gives="Names a live account, whose key secret is often close by.",
        rotate="Regenerate the live key under Account & Settings, API Keys.",
        url="https://razorpay.com/docs/api/authentication/",
    ),
    prefixed(
        "flutterwave-key",
        "Flutterwave secret key",
        "Flutterwave",
        one_of("FLWSECK-", "FLWSECK_TEST-"),
        HEX(32),
        "-X",
        gives="Takes payments and starts transfers of an account.",
        rotate="Generate new keys under Settings, API.",
        url="https://developer.flutterwave.com/docs/authentication",
        shown=7,
    ),
    prefixed(
        "paddle-key",
        "Paddle API key",
        "Paddle",
        one_of("pdl_live_apikey_", "pdl_sdbx_apikey_"),
        LOWER_DIGITS(26),
        "_",
        ALNUM(22),
        "_",
        ALNUM(3),
        gives="Reads and changes customers, prices and subscriptions.",
        rotate="Revoke it under Developer tools, Authentication.",
        url="https://developer.paddle.com/api-reference/about/api-keys",
        shown=9,
    ),
    prefixed(
        "duffel-token",
        "Duffel access token",
        "Duffel",
        one_of("duffel_live_", "duffel_test_"),
        URL_SAFE(43),
        gives="Searches and books travel at the account's expense.",
        rotate="Delete it under Developers, Access tokens.",
        url="https://duffel.com/docs/api/overview/making-requests",
        shown=12,
    ),
    prefixed(
        "easypost-key",
        "EasyPost API key",
        "EasyPost",
        one_of("EZAK", "EZTK"),
        ALNUM(54),
        gives="Buys postage at the account's expense.",
        rotate="Disable it on the account's API keys page.",
        url="https://docs.easypost.com/docs/authentication",
        shown=4,
    ),
    prefixed(
        "shippo-token",
        "Shippo API token",
        "Shippo",
        one_of("shippo_live_", "shippo_test_"),
        HEX(40),
        gives="Buys postage at the account's expense.",
        rotate="Delete it under Settings, API.",
        url="https://docs.goshippo.com/docs/guides_general/authentication/",
        shown=12,
    ),
)
