"""Chat, mail, telephony, social networks and marketing."""

from __future__ import annotations

import base64

from guards.secrets import checksums
from guards.secrets.catalogue.shapes import (
    ALNUM, BASE64, DIGITS, HEX, LOWER_DIGITS, UPPER_DIGITS, URL_SAFE, UUID, Alphabet, assigned, one_of, prefixed,
)
from guards.secrets.formats import Format

_SLACK = "https://docs.slack.dev/authentication/tokens"
_ROTATE_SLACK = "Revoke it with a call of auth.revoke, or reinstall the app."


def _slack(id: str, name: str, *parts: object, gives: str, rotate: str = _ROTATE_SLACK) -> Format:  # noqa: A002
    return prefixed(id, name, "Slack", *parts, gives=gives, rotate=rotate, url=_SLACK)  # type: ignore[arg-type]


def _webhook(id: str, name: str, vendor: str, *parts: object, rotate: str, url: str, to: str = "a channel") -> Format:  # noqa: A002
    gives = f"Posts messages to {to} without any further credential."
    return prefixed(id, name, vendor, *parts, gives=gives, rotate=rotate, url=url, shown=0)  # type: ignore[arg-type]


def _discord_bot(value: str) -> str:
    """The first of the three parts is the number of a user."""
    first, second, third = value.split(".")
    number = "".join(str(ord(char) % 10) for char in first[:19])[: len(first) * 3 // 4]
    return f"{base64.b64encode(number.rjust(18, '7').encode()).decode().rstrip('=')[: len(first)]}.{second}.{third}"


FORMATS = (
    # ---- Chat ----
    _slack(
        "slack-bot-token", "Slack bot token", "xoxb-", DIGITS(10, 13), "-", DIGITS(10, 13), "-", ALNUM(24),
        gives="Reads and posts messages as an app's bot in a workspace.",
    ),
    _slack(
        "slack-user-token", "Slack user token", "xoxp-", DIGITS(10, 13), "-", DIGITS(10, 13), "-", DIGITS(10, 13), "-", HEX(32),
        gives="Reads and posts messages as a user, within the scopes that were granted.",
    ),
    _slack(
        "slack-app-token", "Slack app-level token", "xapp-1-A", UPPER_DIGITS(8, 12), "-", DIGITS(10, 13), "-", HEX(64),
        gives="Receives an app's events over its socket, from all workspaces.",
        rotate="Revoke it on the app's Basic Information page.",
    ),
    _slack(
        "slack-rotating-token", "Slack rotating access token", one_of("xoxe.xoxb-1-", "xoxe.xoxp-1-"), BASE64(160, 170),
        gives="Acts as an app or a user until it expires, after twelve hours at most.",
    ),
    _slack(
        "slack-refresh-token", "Slack refresh token", "xoxe-1-", BASE64(140, 150),
        gives="Obtains new access tokens, together with the client's secret.",
    ),
    _webhook(
        "slack-webhook", "Slack incoming webhook", "Slack",
        "https://hooks.slack.com/services/T", UPPER_DIGITS(8, 12), "/B", UPPER_DIGITS(8, 12), "/", ALNUM(24),
        rotate="Remove the webhook on the app's Incoming Webhooks page.",
        url="https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks",
    ),
    prefixed(
        "discord-bot-token", "Discord bot token", "Discord",
        Alphabet("MNO")(1), ALNUM(23, 25), ".", URL_SAFE(6), ".", URL_SAFE(27, 38),
        gives="Acts as a bot in all servers that it was added to.",
        rotate="Reset the token on the application's Bot page.",
        url="https://discord.com/developers/docs/reference#authentication",
        is_intact=checksums.is_discord, seal=_discord_bot, shown=0,
    ),
    _webhook(
        "discord-webhook", "Discord webhook", "Discord",
        one_of("https://discord.com/api/webhooks/", "https://discordapp.com/api/webhooks/"), DIGITS(17, 20), "/", URL_SAFE(68),
        rotate="Delete the webhook under the channel's Integrations.",
        url="https://discord.com/developers/docs/resources/webhook",
    ),
    prefixed(
        "telegram-bot-token", "Telegram bot token", "Telegram", DIGITS(8, 10), ":AA", URL_SAFE(33),
        gives="Reads and sends messages as a bot.",
        rotate="Send /revoke to BotFather.",
        url="https://core.telegram.org/bots/features#botfather", shown=0,
    ),
    _webhook(
        "teams-webhook", "Microsoft Teams incoming webhook", "Microsoft",
        "https://", LOWER_DIGITS(3, 40), ".webhook.office.com/webhookb2/", *UUID, "@", *UUID, "/IncomingWebhook/", HEX(32), "/", *UUID,
        rotate="Remove the connector from the channel.",
        url="https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook",
    ),
    _webhook(
        "google-chat-webhook", "Google Chat webhook", "Google",
        "https://chat.googleapis.com/v1/spaces/", URL_SAFE(8, 12), "/messages?key=AIza", URL_SAFE(35), "&token=", URL_SAFE(43),
        rotate="Delete the webhook under the space's Apps & integrations.",
        url="https://developers.google.com/workspace/chat/quickstart/webhooks", to="a space",
    ),
    _webhook(
        "feishu-webhook", "Feishu or Lark bot webhook", "ByteDance",
        one_of("https://open.feishu.cn/open-apis/bot/v2/hook/", "https://open.larksuite.com/open-apis/bot/v2/hook/"), *UUID,
        rotate="Remove the custom bot from the group.",
        url="https://open.larksuite.com/document/client-docs/bot-v3/add-custom-bot", to="a group",
    ),
    _webhook(
        "dingtalk-webhook", "DingTalk robot webhook", "Alibaba",
        "https://oapi.dingtalk.com/robot/send?access_token=", HEX(64),
        rotate="Remove the robot from the group.",
        url="https://open.dingtalk.com/document/robots/custom-robot-access", to="a group",
    ),
    _webhook(
        "wecom-webhook", "WeCom bot webhook", "Tencent",
        "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=", *UUID,
        rotate="Remove the bot from the group.",
        url="https://developer.work.weixin.qq.com/document/path/91770", to="a group",
    ),
    _webhook(
        "zapier-webhook", "Zapier catch hook", "Zapier", "https://hooks.zapier.com/hooks/catch/", DIGITS(5, 9), "/", LOWER_DIGITS(6, 8),
        rotate="Replace the trigger of the zap, which gives it a new address.",
        url="https://help.zapier.com/hc/en-us/articles/8496288690317", to="a workflow",
    ),
    # ---- Mail and telephony ----
    prefixed(
        "twilio-key-sid", "Twilio API key SID", "Twilio", "SK", HEX(32),
        gives="Names an API key, whose secret is often close by.",
        rotate="Delete the key under API keys & tokens.",
        url="https://www.twilio.com/docs/iam/api-keys",
    ),
    assigned(
        "twilio-auth-token", "Twilio auth token", "Twilio", ("twilio~auth_token", "twilio~token"), HEX(32),
        gives="Sends messages and makes calls at the account's expense.",
        rotate="Promote the secondary auth token under API keys & tokens.",
        url="https://www.twilio.com/docs/iam/access-tokens",
    ),
    prefixed(
        "sendgrid-key", "SendGrid API key", "Twilio", "SG.", URL_SAFE(22), ".", URL_SAFE(43),
        gives="Sends mail from the account's domains, within the key's scopes.",
        rotate="Delete it under Settings, API Keys.",
        url="https://www.twilio.com/docs/sendgrid/ui/account-and-settings/api-keys",
    ),
    prefixed(
        "mailgun-key", "Mailgun API key", "Mailgun", "key-", HEX(32),
        gives="Sends mail from the account's domains and reads its logs.",
        rotate="Delete it under API Security.",
        url="https://documentation.mailgun.com/docs/mailgun/api-reference/authentication/",
    ),
    prefixed(
        "mailgun-sending-key", "Mailgun API key (newer)", "Mailgun", HEX(32), "-", HEX(8), "-", HEX(8),
        gives="Sends mail from a domain, or from all of the account.",
        rotate="Delete it under API Security, or under the domain's Sending keys.",
        url="https://documentation.mailgun.com/docs/mailgun/api-reference/authentication/", shown=0,
    ),
    prefixed(
        "mailchimp-key", "Mailchimp API key", "Intuit", HEX(32), "-us", DIGITS(1, 2),
        gives="Reads audiences and sends campaigns.",
        rotate="Revoke it under Extras, API keys.",
        url="https://mailchimp.com/developer/marketing/docs/fundamentals/", shown=0,
    ),
    prefixed(
        "mandrill-key", "Mailchimp Transactional API key", "Intuit", "md-", URL_SAFE(22),
        gives="Sends mail from the account's domains.",
        rotate="Delete it under Settings, SMTP & API.",
        url="https://mailchimp.com/developer/transactional/docs/fundamentals/",
    ),
    prefixed(
        "brevo-key", "Brevo API key", "Brevo", "xkeysib-", HEX(64), "-", ALNUM(16),
        gives="Sends mail and reads contacts.",
        rotate="Delete it under SMTP & API, API keys.",
        url="https://developers.brevo.com/docs/getting-started",
    ),
    prefixed(
        "brevo-smtp-key", "Brevo SMTP key", "Brevo", "xsmtpsib-", HEX(64), "-", ALNUM(16),
        gives="Sends mail from the account's domains.",
        rotate="Delete it under SMTP & API, SMTP.",
        url="https://help.brevo.com/hc/en-us/articles/7959631848850",
    ),
    prefixed(
        "resend-key", "Resend API key", "Resend", "re_", ALNUM(8), "_", ALNUM(24),
        gives="Sends mail from the account's domains.",
        rotate="Delete it under API Keys.",
        url="https://resend.com/docs/dashboard/api-keys/introduction",
    ),
    prefixed(
        "mailersend-token", "MailerSend API token", "MailerSend", "mlsn.", HEX(64),
        gives="Sends mail from a domain.",
        rotate="Delete it under Integrations, API tokens.",
        url="https://www.mailersend.com/help/managing-api-tokens",
    ),
    assigned(
        "postmark-token", "Postmark server token", "Postmark", ("postmark~token", "postmark~key"), *UUID,
        gives="Sends mail from a server's signatures.",
        rotate="Regenerate it on the server's API Tokens page.",
        url="https://postmarkapp.com/developer/api/overview#authentication",
    ),
    # ---- Marketing and social networks ----
    prefixed(
        "klaviyo-key", "Klaviyo private API key", "Klaviyo", "pk_", HEX(34),
        gives="Reads and changes profiles and campaigns.",
        rotate="Delete it under Settings, API keys.",
        url="https://developers.klaviyo.com/en/docs/authenticate_",
    ),
    prefixed(
        "hubspot-token", "HubSpot private app access token", "HubSpot", one_of("pat-na1-", "pat-na2-", "pat-eu1-", "pat-ap1-"), *UUID,
        gives="Reads and changes contacts and deals, within the app's scopes.",
        rotate="Rotate it on the private app's Auth page.",
        url="https://developers.hubspot.com/docs/guides/apps/private-apps/overview", shown=8,
    ),
    prefixed(
        "intercom-token", "Intercom access token", "Intercom", "dG9rOg", one_of("=", "-"), URL_SAFE(40, 80),
        gives="Reads and changes people and conversations.",
        rotate="Regenerate it on the app's Authentication page.",
        url="https://developers.intercom.com/docs/build-an-integration/learn-more/authentication",
    ),
    prefixed(
        "salesforce-token", "Salesforce session id or access token", "Salesforce", "00D", ALNUM(12), "!", Alphabet("0-9A-Za-z_.")(96, 112),
        gives="Acts as a user of an organisation until the session ends.",
        rotate="End the session under Setup, Session Management.",
        url="https://help.salesforce.com/s/articleView?id=xcloud.remoteaccess_access_tokens.htm", shown=0,
    ),
    prefixed(
        "facebook-access-token", "Facebook or Instagram access token", "Meta", "EAA", ALNUM(100, 300),
        gives="Acts as a user or a page, within the permissions that were granted.",
        rotate="Invalidate it in the Access Token Debugger, or remove the app from the user's settings.",
        url="https://developers.facebook.com/docs/facebook-login/guides/access-tokens",
    ),
    prefixed(
        "twitter-bearer-token", "X bearer token", "X", "AAAAAAAAAAAAAAAAAAAAA", Alphabet("0-9A-Za-z%")(60, 120),
        gives="Reads posts and users as an application.",
        rotate="Regenerate it on the app's Keys and tokens page.",
        url="https://docs.x.com/fundamentals/authentication/oauth-2-0/bearer-tokens", shown=0,
    ),
    assigned(
        "twitch-secret", "Twitch client secret", "Amazon", ("twitch~secret",), LOWER_DIGITS(30),
        gives="Obtains tokens as an application.",
        rotate="Make a new secret on the application's page in the developer console.",
        url="https://dev.twitch.tv/docs/authentication/register-app/",
    ),
    assigned(
        "spotify-secret", "Spotify client secret", "Spotify", ("spotify~secret",), HEX(32),
        gives="Obtains tokens as an application.",
        rotate="Rotate the client secret on the app's settings page.",
        url="https://developer.spotify.com/documentation/web-api/concepts/apps",
    ),
    assigned(
        "linkedin-secret", "LinkedIn client secret", "LinkedIn", ("linkedin~secret",), ALNUM(16),
        gives="Obtains tokens as an application.",
        rotate="Generate a new client secret on the app's Auth page.",
        url="https://learn.microsoft.com/en-us/linkedin/shared/authentication/client-credentials-flow",
    ),
)
