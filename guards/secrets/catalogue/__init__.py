"""The formats that the guard knows."""

from __future__ import annotations

import string
from random import Random

from guards.secrets.formats import Format

_ALPHANUMERIC = string.ascii_letters + string.digits


def _some(random: Random, alphabet: str, count: int) -> str:
    return "".join(random.choices(alphabet, k=count))


FORMATS: tuple[Format, ...] = (
    Format(
        id="aws-access-key-id",
        name="AWS access key id",
        vendor="Amazon Web Services",
        pattern=r"\b(?P<secret>(?:AKIA|ASIA)[A-Z2-7]{16})\b",
        example=lambda random: "AK" + "IA" + _some(random, string.ascii_uppercase + "234567", 16),
        look_alikes=lambda random: ("AK" + "IA" + _some(random, string.ascii_lowercase, 16),),
        gives="It names the key with which requests to an AWS account are signed.",
        rotate="Deactivate the key in IAM and make a new one.",
        url="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html",
    ),
    Format(
        id="github-personal-token",
        name="GitHub personal access token",
        vendor="GitHub",
        pattern=r"\b(?P<secret>ghp_[A-Za-z0-9]{36})\b",
        example=lambda random: "gh" + "p_" + _some(random, _ALPHANUMERIC, 36),
        look_alikes=lambda random: ("gh" + "p_" + _some(random, _ALPHANUMERIC, 20),),
        gives="Whoever has it acts on GitHub as its owner.",
        rotate="Delete the token in the developer settings of its owner.",
        url="https://docs.github.com/en/authentication/keeping-your-account-and-data-secure",
    ),
    Format(
        id="stripe-secret-key",
        name="Stripe secret key",
        vendor="Stripe",
        pattern=r"\b(?P<secret>[rs]k_live_[A-Za-z0-9]{24,99})\b",
        example=lambda random: "sk" + "_live_" + _some(random, _ALPHANUMERIC, 24),
        look_alikes=lambda random: ("sk" + "_test_" + _some(random, _ALPHANUMERIC, 24),),
        gives="It can move money and read the data of customers.",
        rotate="Roll the key in the Stripe dashboard.",
        url="https://docs.stripe.com/keys",
        shown=8,
    ),
)
