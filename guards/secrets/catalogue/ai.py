"""Models and what is built around them."""

from __future__ import annotations

from guards.secrets.catalogue.shapes import (
    ALNUM, HEX, LETTERS, LOWER_DIGITS, URL_SAFE, UUID, assigned, one_of, prefixed,
)
from guards.secrets.formats import Format

_MODELS = "Calls models at the account's expense."
_ANTHROPIC = "https://docs.claude.com/en/api/overview"
_OPENAI = "https://platform.openai.com/docs/api-reference/authentication"
_MARK = "T3Blbk" + "FJ"
"""OpenAI's name in base64, which stands in each of its keys. In two pieces here, as keys are looked for by it."""


def _openai(id: str, name: str, prefix: str, side: int, gives: str = _MODELS) -> Format:  # noqa: A002
    return prefixed(
        id, name, "OpenAI", prefix, URL_SAFE(side), _MARK, URL_SAFE(side),
        gives=gives, rotate="Revoke it under Settings, API keys.", url=_OPENAI,
    )


def _anthropic(id: str, name: str, prefix: str, gives: str, rotate: str) -> Format:  # noqa: A002
    return prefixed(id, name, "Anthropic", prefix, URL_SAFE(93), "AA", gives=gives, rotate=rotate, url=_ANTHROPIC)


FORMATS = (
    prefixed(
        "openai-key", "OpenAI API key", "OpenAI", "sk-", ALNUM(20), _MARK, ALNUM(20),
        gives=_MODELS, rotate="Revoke it under Settings, API keys.", url=_OPENAI,
    ),
    _openai("openai-project-key", "OpenAI project API key", "sk-proj-", 74),
    _openai("openai-service-key", "OpenAI service account key", "sk-svcacct-", 74),
    _openai("openai-admin-key", "OpenAI admin key", "sk-admin-", 58, "Manages projects, users and keys of an organisation."),
    _anthropic(
        "anthropic-key", "Anthropic API key", "sk-ant-api03-", _MODELS, "Disable or delete it under API keys in the console.",
    ),
    _anthropic(
        "anthropic-admin-key", "Anthropic admin key", "sk-ant-admin01-",
        "Manages members, workspaces and keys of an organisation.", "Delete it under Admin keys in the console.",
    ),
    _anthropic(
        "anthropic-oauth-token", "Anthropic OAuth token", "sk-ant-oat01-",
        "Calls models within a person's subscription.", "Log out of the application, or end its session in the account settings.",
    ),
    prefixed(
        "huggingface-token", "Hugging Face user access token", "Hugging Face", "hf_", LETTERS(34),
        gives="Reads or writes repositories of models and data, and runs inference.",
        rotate="Invalidate it under Settings, Access Tokens.",
        url="https://huggingface.co/docs/hub/security-tokens",
    ),
    prefixed(
        "huggingface-organization-token", "Hugging Face organisation token", "Hugging Face", "api_org_", LETTERS(34),
        gives="Reads or writes an organisation's repositories.",
        rotate="Delete it in the organisation's settings.",
        url="https://huggingface.co/docs/hub/security-tokens",
    ),
    prefixed(
        "replicate-token", "Replicate API token", "Replicate", "r8_", ALNUM(37),
        gives=_MODELS, rotate="Disable it under API tokens.", url="https://replicate.com/docs/topics/security/api-tokens",
    ),
    prefixed(
        "groq-key", "Groq API key", "Groq", "gsk_", ALNUM(52),
        gives=_MODELS, rotate="Delete it under API Keys.", url="https://console.groq.com/docs/quickstart",
    ),
    prefixed(
        "xai-key", "xAI API key", "xAI", "xai-", ALNUM(80),
        gives=_MODELS, rotate="Delete it under API Keys in the console.", url="https://docs.x.ai/docs/overview",
    ),
    prefixed(
        "perplexity-key", "Perplexity API key", "Perplexity", "pplx-", ALNUM(48),
        gives=_MODELS, rotate="Delete it under API Keys.", url="https://docs.perplexity.ai/guides/api-key-management",
    ),
    prefixed(
        "openrouter-key", "OpenRouter API key", "OpenRouter", "sk-or-v1-", HEX(64),
        gives=_MODELS, rotate="Delete it under Settings, API Keys.", url="https://openrouter.ai/docs/api-reference/authentication",
    ),
    assigned(
        "deepseek-key", "DeepSeek API key", "DeepSeek", ("deepseek~key",), "sk-", HEX(32),
        gives=_MODELS, rotate="Delete it under API keys.", url="https://api-docs.deepseek.com/",
    ),
    assigned(
        "mistral-key", "Mistral API key", "Mistral", ("mistral~key",), ALNUM(32),
        gives=_MODELS, rotate="Delete it under API keys in the console.", url="https://docs.mistral.ai/getting-started/quickstart/",
    ),
    assigned(
        "cohere-key", "Cohere API key", "Cohere", ("cohere~key",), ALNUM(40),
        gives=_MODELS, rotate="Delete it under API keys.", url="https://docs.cohere.com/reference/about",
    ),
    prefixed(
        "together-key", "Together AI API key", "Together AI", "tgp_v1_", URL_SAFE(43),
        gives=_MODELS, rotate="Delete it under Settings, API Keys.", url="https://docs.together.ai/docs/quickstart",
    ),
    prefixed(
        "nvidia-key", "NVIDIA API key", "NVIDIA", "nvapi-", URL_SAFE(64),
        gives="Calls models and pulls containers of NGC.",
        rotate="Delete it under API Keys on build.nvidia.com or in NGC.",
        url="https://docs.nvidia.com/ngc/latest/ngc-user-guide.html",
    ),
    prefixed(
        "cerebras-key", "Cerebras API key", "Cerebras", "csk-", LOWER_DIGITS(48),
        gives=_MODELS, rotate="Delete it under API Keys.", url="https://inference-docs.cerebras.ai/quickstart",
    ),
    prefixed(
        "elevenlabs-key", "ElevenLabs API key", "ElevenLabs", "sk_", HEX(48),
        gives="Makes speech at the account's expense.",
        rotate="Delete it under Developers, API Keys.",
        url="https://elevenlabs.io/docs/api-reference/authentication",
    ),
    assigned(
        "deepgram-key", "Deepgram API key", "Deepgram", ("deepgram~key",), HEX(40),
        gives="Transcribes speech at the account's expense.",
        rotate="Delete it under the project's API Keys.",
        url="https://developers.deepgram.com/docs/create-additional-api-keys",
    ),
    assigned(
        "assemblyai-key", "AssemblyAI API key", "AssemblyAI", ("assemblyai~key", "assembly_ai~key"), HEX(32),
        gives="Transcribes speech at the account's expense.",
        rotate="Delete it under API Keys.",
        url="https://www.assemblyai.com/docs/",
    ),
    prefixed(
        "langsmith-token", "LangSmith API key", "LangChain", one_of("lsv2_pt_", "lsv2_sk_"), HEX(32), "_", HEX(10),
        gives="Reads traces, with the prompts and data in them.",
        rotate="Delete it under Settings, API Keys.",
        url="https://docs.langchain.com/langsmith/create-account-api-key", shown=8,
    ),
    prefixed(
        "langfuse-key", "Langfuse secret key", "Langfuse", "sk-lf-", *UUID,
        gives="Reads and writes traces of a project.",
        rotate="Delete it in the project's settings under API Keys.",
        url="https://langfuse.com/docs/api",
    ),
    assigned(
        "wandb-key", "Weights & Biases API key", "Weights & Biases", ("wandb~key",), HEX(40),
        gives="Reads and writes experiments of its owner.",
        rotate="Revoke it under User Settings, API keys.",
        url="https://docs.wandb.ai/support/find_api_key/",
    ),
    prefixed(
        "pinecone-key", "Pinecone API key", "Pinecone", "pcsk_", ALNUM(5, 6), "_", ALNUM(63),
        gives="Reads and changes a project's indexes.",
        rotate="Delete it under API keys.",
        url="https://docs.pinecone.io/guides/projects/manage-api-keys",
    ),
    prefixed(
        "tavily-key", "Tavily API key", "Tavily", one_of("tvly-", "tvly-dev-"), ALNUM(32),
        gives="Searches the web at the account's expense.",
        rotate="Delete it on the API keys page.",
        url="https://docs.tavily.com/documentation/quickstart", shown=5,
    ),
    prefixed(
        "firecrawl-key", "Firecrawl API key", "Firecrawl", "fc-", HEX(32),
        gives="Fetches pages at the account's expense.",
        rotate="Delete it under API keys.",
        url="https://docs.firecrawl.dev/introduction",
    ),
    prefixed(
        "apify-token", "Apify API token", "Apify", "apify_api_", ALNUM(36),
        gives="Runs actors and reads their results.",
        rotate="Delete it under Settings, API & Integrations.",
        url="https://docs.apify.com/platform/integrations/api",
    ),
    prefixed(
        "e2b-key", "E2B API key", "E2B", "e2b_", HEX(40),
        gives="Runs sandboxes at the account's expense.",
        rotate="Delete it under API Keys.",
        url="https://e2b.dev/docs/api-key",
    ),
    prefixed(
        "jina-key", "Jina AI API key", "Jina AI", "jina_", URL_SAFE(60),
        gives=_MODELS, rotate="Revoke it on the API key management page.", url="https://jina.ai/api-dashboard/",
    ),
)
