"""The libraries that send requests, as data: which argument is the address, and where a base comes from."""

from __future__ import annotations

import enum
from typing import NamedTuple


class Address(NamedTuple):
    """Where a call has its address."""

    position: int
    keyword: str = "url"
    is_host: bool = False
    """It is a host, without a scheme."""


class Language(enum.StrEnum):
    """The languages whose calls are understood by name."""

    PYTHON = "python"
    SCRIPT = "script"
    GO = "go"


_VERBS = ("get", "post", "put", "patch", "delete", "head", "options")
_URL, _SECOND = Address(0), Address(1)


def _session(*names: str, more: tuple[str, ...] = (), second: tuple[str, ...] = ("request",)) -> dict[str, Address]:
    """Methods of what is like a session, and of modules with the same functions."""
    found = {f"{name}.{verb}": _URL for name in names for verb in (*_VERBS, *more)}
    return found | {f"{name}.{method}": _SECOND for name in names for method in second}


_REQUESTS = ("requests", "niquests", "grequests", "curl_cffi.requests", "requests.api")
_HTTPX = ("httpx", "httpx2")
_SESSIONS = (
    *(
        f"{one}.{name}"
        for one in (*_REQUESTS[:4], "requests.sessions")
        for name in ("Session", "AsyncSession", "session")
    ),
    *("requests_html.HTMLSession", "requests_html.AsyncHTMLSession", "cloudscraper.create_scraper", "asks.Session"),
    *("requests_futures.sessions.FuturesSession", "requests_toolbelt.sessions.BaseUrlSession"),
    *("requests_cache.CachedSession", "requests_oauthlib.OAuth2Session", "cachecontrol.CacheControl"),
)
_HTTPX_CLIENTS = tuple(f"{one}.{name}" for one in _HTTPX for name in ("Client", "AsyncClient"))
_AIOHTTP = ("aiohttp.ClientSession", "aiohttp.client.ClientSession", "aiohttp_retry.RetryClient")
_POOLS = ("urllib3.PoolManager", "urllib3.ProxyManager", "urllib3.poolmanager.PoolManager")
_CONNECTIONS = tuple(
    f"{module}.{name}"
    for module in ("http.client", "httplib", "urllib3", "urllib3.connectionpool", "urllib3.connection")
    for name in ("HTTPConnection", "HTTPSConnection", "HTTPConnectionPool", "HTTPSConnectionPool")
)
_URLLIB = ("urllib.request", "urllib2", "urllib", "six.moves.urllib.request")
_TORNADO = tuple(f"tornado.{name}" for name in ("httpclient.AsyncHTTPClient", "httpclient.HTTPClient",
                                                "simple_httpclient.SimpleAsyncHTTPClient"))  # fmt: skip

_AXIOS = ("axios", "axios.create", "axios.default.create")
_GOT = ("got", "got.extend")
_KY = ("ky", "ky.create", "ky.extend")
_NEEDLE, _SUPERAGENT = ("needle",), ("superagent", "superagent.agent")
_WINDOWS = ("", "window.", "self.", "globalThis.", "global.", "globalThis.window.")
_FETCHES = (
    *("node-fetch", "cross-fetch", "cross-fetch.fetch", "isomorphic-fetch", "isomorphic-unfetch", "unfetch"),
    *("whatwg-fetch.fetch", "undici.fetch", "undici.request", "undici.stream", "undici.pipeline", "ofetch.ofetch"),
    *("ofetch", "ofetch.$fetch", "$fetch", "ofetch.ofetch.raw", "ofetch.create()", "ofetch.ofetch.create()", "wretch"),
    *("request", "request-promise", "request-promise-native", "got.stream", "axios.create()", "got.extend()"),
    *("ky.create()", "ky.extend()", "axios", "got", "ky", "bent", "phin", "make-fetch-happen", "node-fetch-native"),
)
_JQUERY = tuple(f"{name}.{method}" for name in ("$", "jQuery", "jquery", "window.$", "window.jQuery")
                for method in ("ajax", "get", "post", "getJSON", "getScript"))  # fmt: skip

_NODE = ("http", "https", "http2", "follow-redirects.http", "follow-redirects.https")

PYTHON: dict[str, Address] = {
    **_session(*_REQUESTS, *_SESSIONS, "treq", "asks"),
    **_session(*_HTTPX, *_HTTPX_CLIENTS, second=("request", "stream", "build_request")),
    **_session(*_AIOHTTP, more=("ws_connect",)),
    "aiohttp.request": _SECOND,
    **_session(*_POOLS, second=("request", "request_encode_url", "request_encode_body", "urlopen")),
    "urllib3.request": _SECOND,
    "urllib3.connection_from_url": _URL,
    **{f"{one}.{name}": _SECOND for one in _CONNECTIONS for name in ("request", "putrequest", "urlopen")},
    **{f"{one}.{name}": _URL for one in _URLLIB for name in ("urlopen", "urlretrieve")},
    **{f"{one}.{name}.open": Address(0, "fullurl") for one in _URLLIB for name in ("build_opener", "OpenerDirector")},
    "httplib2.Http.request": Address(0, "uri"),
    "pycurl.Curl.setopt": _SECOND,
    "pycurl.Curl.setopt_string": _SECOND,
    **{f"{one}.fetch": Address(0, "request") for one in _TORNADO},
    **dict.fromkeys(
        ("websockets.connect", "websockets.client.connect", "websockets.sync.client.connect"), Address(0, "uri")
    ),
    "websocket.create_connection": _URL,
    **{f"{one}.send": Address(0, "request") for one in (*_SESSIONS, *_HTTPX_CLIENTS)},
}
"""Full name of a call to where its address is."""

SCRIPT: dict[str, Address] = {
    **{f"{one}fetch": _URL for one in _WINDOWS},
    **{f"{one}{name}": _URL for one in _WINDOWS for name in ("EventSource", "WebSocket", "navigator.sendBeacon")},
    **{f"{one}XMLHttpRequest.open": _SECOND for one in _WINDOWS},
    **dict.fromkeys(_FETCHES, _URL),
    **_session(*_AXIOS, more=("postForm", "putForm", "patchForm"), second=()),
    **{f"{one}.request": _URL for one in _AXIOS},
    **_session(*_GOT, *_KY, more=("stream", "del"), second=()),
    **_session(*_NEEDLE, *_SUPERAGENT, "request", "request-promise", more=("del",), second=()),
    "needle.request": _SECOND,
    **{f"undici.{name}.{method}": _URL for name in ("Client", "Pool") for method in ("request", "stream", "fetch")},
    **{f"wretch.{verb}": _URL for verb in (*_VERBS, "res", "json", "fetch", "url")},
    **{f"{module}.{name}": _URL for module in _NODE for name in ("request", "get", "connect")},
    **dict.fromkeys(_JQUERY, _URL),
}  # fmt: skip

_RETRYABLE, _CLEAN = "github.com/hashicorp/go-retryablehttp", "github.com/hashicorp/go-cleanhttp"
_HTTP_OF_GO = (
    *("net/http", "net/http.Client", "net/http.DefaultClient", "golang.org/x/oauth2.NewClient"),
    *(_RETRYABLE, f"{_RETRYABLE}.Client", f"{_RETRYABLE}.NewClient", "github.com/levigross/grequests"),
    *(f"{_CLEAN}.{name}" for name in ("DefaultClient", "DefaultPooledClient")),
)
FLUENT = (
    *("github.com/go-resty/resty", "resty.dev", "gopkg.in/resty", "github.com/imroc/req"),
    *("github.com/dghubble/sling", "github.com/parnurzeal/gorequest"),
)
"""Packages whose calls hang on each other: of the name of one only the package and the end tell."""
BASE_SETTERS = frozenset({"SetBaseURL", "SetHostURL", "SetHost", "Base"})
_OF_FLUENT = ("Get", "Post", "Put", "Patch", "Delete", "Head", "Options", "MustGet", "MustPost")

GO: dict[str, Address] = {
    **{f"{one}.{verb}": _URL for one in _HTTP_OF_GO for verb in ("Get", "Head", "Post", "PostForm", "Put", "Delete")},
    "net/http.NewRequest": _SECOND,
    "net/http.NewRequestWithContext": Address(2),
    "net/http.Request": Address(99, "URL"),
    f"{_RETRYABLE}.NewRequest": _SECOND,
    f"{_RETRYABLE}.NewRequestWithContext": Address(2),
    **{f"{one}*.{verb}": _URL for one in FLUENT for verb in _OF_FLUENT},
    **{f"{one}*.{name}": _SECOND for one in FLUENT for name in ("Execute", "Send", "CustomMethod")},
    **{f"github.com/valyala/fasthttp{of}.{name}": _SECOND for of in ("", ".Client")
       for name in ("Get", "GetTimeout", "GetDeadline", "Post")},
    **{f"github.com/valyala/fasthttp.{of}.SetRequestURI": _URL for of in ("AcquireRequest", "Request")},
    "github.com/gorilla/websocket.DefaultDialer.Dial": _URL,
    "github.com/gorilla/websocket.DefaultDialer.DialContext": _SECOND,
    "github.com/gorilla/websocket.Dialer.Dial": _URL,
    "github.com/gorilla/websocket.Dialer.DialContext": _SECOND,
    "golang.org/x/net/websocket.Dial": _URL,
    "nhooyr.io/websocket.Dial": _SECOND,
    "github.com/coder/websocket.Dial": _SECOND,
    **{name: Address(1, is_host=True) for name in ("net.Dial", "net.DialTimeout", "crypto/tls.Dial")},
}  # fmt: skip
"""The same for Go. A request counts where it is made: it is sent by whatever it is handed to."""
CALLS = {Language.PYTHON: PYTHON, Language.SCRIPT: SCRIPT, Language.GO: GO}

BASES: dict[str, Address] = {
    **dict.fromkeys(_HTTPX_CLIENTS, Address(99, "base_url")),
    **dict.fromkeys(_AIOHTTP, Address(0, "base_url")),
    **dict.fromkeys(_SESSIONS, Address(99, "base_url")),
    "requests_toolbelt.sessions.BaseUrlSession": Address(0, "base_url"),
    **dict.fromkeys(_CONNECTIONS, Address(0, "host", is_host=True)),
    **dict.fromkeys(("axios.create", "ofetch.create", "ofetch.ofetch.create"), Address(0, "baseURL")),
    **dict.fromkeys(("got.extend", "ky.create", "ky.extend"), Address(0, "prefixUrl")),
    **{f"undici.{name}": _URL for name in ("Client", "Pool")},
    "wretch": _URL,
}  # fmt: skip
"""What makes a session to where its base address is; of an object in JavaScript, its key."""

REQUESTS: dict[str, Address] = {
    **{f"{one}.Request": Address(0) for one in _URLLIB},
    **{f"{one}.Request": _SECOND for one in (*_REQUESTS, *_HTTPX, "requests.models")},
    **{f"{one}.build_request": _SECOND for one in _HTTPX_CLIENTS},
    "tornado.httpclient.HTTPRequest": Address(0),
    **{f"{one}Request": _URL for one in _WINDOWS},
    "node-fetch.Request": _URL,
    "undici.Request": _URL,
}
"""What makes a request that is sent later."""

OBJECT_KEYS = ("url", "uri", "href", "baseURL", "prefixUrl", "base_url")
HOST_KEYS = ("hostname", "host")
"""Keys of the objects that JavaScript gives in place of an address."""
BASE_KEYS = ("baseURL", "prefixUrl", "prefix", "baseUrl")

_PACKAGES = (
    "axios|got|ky|undici|superagent|needle|wretch|request(?:-promise(?:-native)?)?|jquery|bent|phin|ofetch|https?|http2"
    "|follow-redirects|(?:node|cross|isomorphic|whatwg|make)-fetch[a-z-]*|isomorphic-unfetch|unfetch"
)
_MODULES = (
    "requests|niquests|grequests|requests_[a-z]+|httpx2?|aiohttp(?:_retry)?|urllib[23]?|httplib2?|pycurl|treq|asks"
    "|curl_cffi|cloudscraper|websockets?|cachecontrol|tornado"
)
PYTHON_SIGNS = (rf"\b(?:(?:{_MODULES})\b|http(?:\.client\b|[ \t]+import\b|[ \t]*\\))",)
"""The names of modules that send: one stands on a line of every import of them."""
SCRIPT_SIGNS = (
    rf"[\"'`](?:node:)?(?:{_PACKAGES})(?:/[^\"'`]*)?[\"'`]",
    r"\b(?:fetch|XMLHttpRequest|EventSource|WebSocket|sendBeacon|axios|ajax|getJSON|getScript)\b",
    r"(?:\$|\bj[Qq]uery)[ \t]*(?:\.[ \t]*(?:get|post)\b|\[)|\$fetch\b|\}[ \t]*=[ \t]*[\w.]*(?:\$|j[Qq]uery)",
)
_PACKAGES_OF_GO = "resty|fasthttp|gorequest|grequests|sling|go-(?:retryable|clean)http|req|oauth2|websocket|resty\\.dev"
GO_SIGNS = (rf"\"(?:net/http|(?:[^\"\s]*/)?(?:{_PACKAGES_OF_GO})(?:[./]v[0-9]+)?)\"", r"\b(?:net|tls)\.Dial")
_HTTPIE_ARGUMENT = (
    r"-[a-z-]|(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)[ \t]|[\"']?[A-Za-z0-9_.-]*\.[a-z]|:[0-9/]|localhost"
    r"|[\"']?(?:\$|https?:)"
)
SHELL_SIGNS = (
    r"\b(?:curl|wget|wget2|httpie|curlie|xhs?|aria2c)\b",
    rf"(?:^|[;&|(@`\"'\t ])https?[ \t]+(?:{_HTTPIE_ARGUMENT})",
    "/dev/(?:tcp|udp)/",
)
"""What stands in every file with a call of these: the library has to be named somewhere, or its file is the one that is
asked about it."""
