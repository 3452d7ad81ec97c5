"""Calls in every form that we know of, and what is to be said of them: `D`irect, `F`ine or `U`nknown.

Each probe is a file of its own. Protected are `api.acme.test` and `*.acme.cloud`. `A` in the source stands for an address
of the first. Beside each are the files that it needs.
"""

from __future__ import annotations

from typing import NamedTuple

A = "https://api.acme.test"


class Probe(NamedTuple):
    """One piece of code with one call."""

    path: str
    source: str
    verdict: str
    beside: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return f"{self.path}: {self.source.strip().splitlines()[-1][:70]}"


def _python(*sources: str, verdict: str = "D", beside: tuple[tuple[str, str], ...] = ()) -> list[Probe]:
    return [Probe("probe.py", source.replace("«A»", A), verdict, beside) for source in sources]


def _script(
    *sources: str, verdict: str = "D", beside: tuple[tuple[str, str], ...] = (), suffix: str = "ts"
) -> list[Probe]:
    return [Probe(f"probe.{suffix}", source.replace("«A»", A), verdict, beside) for source in sources]


def _shell(
    *sources: str, verdict: str = "D", path: str = "probe.sh", beside: tuple[tuple[str, str], ...] = ()
) -> list[Probe]:
    return [Probe(path, source.replace("«A»", A), verdict, beside) for source in sources]


PYTHON_CLIENTS = _python(
    "import requests\nrequests.get('«A»/v1')",
    "import requests\nrequests.request('GET', '«A»')",
    "import requests\nrequests.post(url='«A»', json={})",
    "import requests\nwith requests.Session() as s:\n    s.put('«A»')",
    "import requests\nrequests.Session().request(method='GET', url='«A»')",
    "import requests\ns = requests.session()\ns.send(requests.Request('GET', '«A»').prepare())",
    "import httpx\nhttpx.get('«A»')",
    "import httpx\nhttpx.stream('GET', '«A»')",
    "import httpx2\nhttpx2.post('«A»')",
    "import httpx2\nc = httpx2.Client(base_url='«A»')\nc.get('/v1')",
    "import httpx\nasync def f():\n    async with httpx.AsyncClient() as c:\n        await c.get('«A»')",
    "import httpx\nc = httpx.Client(base_url='«A»')\nc.post('/v1/x')",
    "import httpx\nc = httpx.Client()\nc.send(c.build_request('GET', '«A»'))",
    "import httpx\nc = httpx.Client()\nc.base_url = '«A»'\nc.get('/x')",
    "import aiohttp\nasync def f():\n    async with aiohttp.ClientSession() as s:\n        async with s.get('«A»') as r:\n            pass",
    "import aiohttp\nasync def f():\n    s = aiohttp.ClientSession('«A»')\n    await s.post('/v1')",
    "import aiohttp\nasync def f():\n    async with aiohttp.request('GET', '«A»') as r: pass",
    "import urllib.request\nurllib.request.urlopen('«A»')",
    "from urllib.request import Request, urlopen\nurlopen(Request('«A»', method='POST'))",
    "from urllib import request\nrequest.urlretrieve('«A»', 'x')",
    "import urllib.request as u\no = u.build_opener()\no.open('«A»')",
    "import urllib3\nurllib3.request('GET', '«A»')",
    "import urllib3\nhttp = urllib3.PoolManager()\nhttp.request('GET', '«A»')",
    "import urllib3\nurllib3.HTTPSConnectionPool('api.acme.test', 443).request('GET', '/')",
    "import http.client\nc = http.client.HTTPSConnection('api.acme.test')\nc.request('GET', '/v1')",
    "from http.client import HTTPSConnection as H\nH('api.acme.test:443').request('GET', '/')",
    "import httplib2\nhttplib2.Http().request('«A»', 'GET')",
    "import niquests\nniquests.get('«A»')",
    "import pycurl\nc = pycurl.Curl()\nc.setopt(pycurl.URL, '«A»')\nc.perform()",
    "from tornado.httpclient import AsyncHTTPClient\nasync def f():\n    await AsyncHTTPClient().fetch('«A»')",
    "from tornado.httpclient import HTTPClient, HTTPRequest\nHTTPClient().fetch(HTTPRequest('«A»'))",
    "import treq\ntreq.get('«A»')",
    "from curl_cffi import requests\nrequests.get('«A»')",
    "import websockets\nasync def f():\n    async with websockets.connect('wss://api.acme.test/ws') as w: pass",
)
PYTHON_ALIASES = _python(
    "import requests as r\nr.get('«A»')",
    "from requests import get as g\ng('«A»')",
    "from httpx import AsyncClient as C\nasync def f():\n    await C().get('«A»')",
    "import requests\ns = requests\ns.get('«A»')",
    "import requests\nsend = requests.post\nsend('«A»')",
    "import requests\ngetattr(requests, 'get')('«A»')",
    "import importlib\nimportlib.import_module('requests').get('«A»')",
    "__import__('requests').get('«A»')",
    "from importlib import import_module as im\nx = im('httpx')\nx.get('«A»')",
    "import requests, functools\ng = functools.partial(requests.get, '«A»')\ng()",
    "import requests\nfs = {'a': requests.get}\nfs['a']('«A»')",
    "def f():\n    import requests\n    return requests.get('«A»')",
    "try:\n    import requests\nexcept ImportError:\n    requests = None\nrequests.get('«A»')",
    "import requests\nclass C:\n    def __init__(self):\n        self.s = requests.Session()\n    def go(self):\n        return self.s.get('«A»')",
    "import requests\nclass C:\n    s = requests.Session()\n    def go(self):\n        return self.s.get('«A»')",
    "import requests\nclass C(requests.Session):\n    def go(self):\n        return self.get('«A»')",
    "import httpx\ndef f(client: httpx.Client):\n    client.get('«A»')",
    "from typing import Optional\nimport httpx\nclass C:\n    c: Optional[httpx.Client] = None\n    def f(self): self.c.get('«A»')",
    "import requests\n(lambda: requests.get('«A»'))()",
    "import requests\n[requests.get(u) for u in ['«A»/1', '«A»/2']]",
    "import requests\nfor u in ('«A»',):\n    requests.get(u)",
    "import requests\ndef session():\n    return requests.Session()\nsession().get('«A»')",
    "import requests\nif (s := requests.Session()):\n    s.get('«A»')",
)
PYTHON_TEXTS = _python(
    "import requests\nH = 'api.acme.test'\nrequests.get('https://' + H + '/v1')",
    "import requests\nrequests.get('https://api.' 'acme.test/v1')",
    "import requests\nH = 'api.acme.test'\nrequests.get(f'https://{H}/v1/{id}')",
    "import requests\nrequests.get(f'https://api.{\"acme\"}.test')",
    "import requests\nrequests.get('https://%s/v1' % 'api.acme.test')",
    "import requests\nH = 'api.acme.test'\nrequests.get('%s://%s' % ('https', H))",
    "import requests\nrequests.get('https://%(h)s' % {'h': 'api.acme.test'})",
    "import requests\nrequests.get('https://{}/v1'.format('api.acme.test'))",
    "import requests\nrequests.get('https://{host}/v1'.format(host='api.acme.test'))",
    "import requests\nT = '{0}://{1}'\nrequests.get(T.format('https', 'api.acme.test'))",
    "import requests\nrequests.get('/'.join(['«A»', 'v1', x]))",
    "import requests\nrequests.get(''.join(('https://', 'api.acme.test')))",
    "import requests\nfrom urllib.parse import urljoin\nrequests.get(urljoin('«A»', '/v1'))",
    "import requests\nfrom urllib.parse import urljoin\nrequests.get(urljoin('https://x.test', '«A»'))",
    "import requests\nfrom urllib.parse import urlunsplit\nrequests.get(urlunsplit(('https', 'api.acme.test', '/v1', '', '')))",
    "import requests\ndef f(u='«A»'):\n    requests.get(u)",
    "import requests\ndef f(*, u='«A»'):\n    requests.get(u + '/v1')",
    "import requests\nclass C:\n    base = '«A»'\n    def f(self):\n        requests.get(self.base + '/v1')",
    "import requests\nclass C:\n    def __init__(self):\n        self.u = '«A»'\n    def f(self):\n        requests.get(f'{self.u}/v1')",
    "import requests\nclass B:\n    base = '«A»'\nclass C(B):\n    def f(self):\n        requests.get(self.base)",
    "import requests\nclass C:\n    @property\n    def url(self):\n        return '«A»'\n    def f(self):\n        requests.get(self.url)",
    "import requests\ndef url(p):\n    return '«A»' + p\nrequests.get(url('/v1'))",
    "import requests\ndef get(u):\n    return requests.get(u)\nget('«A»/v1')",
    "import requests\nU = {'a': '«A»'}\nrequests.get(U['a'])",
    "import requests\nU = {'a': '«A»'}\nrequests.get(U.get('a'))",
    "import requests\nu = '«A»'\nu += '/v1'\nrequests.get(u)",
    "import requests, os\nrequests.get(os.environ.get('ACME_URL', '«A»') + '/v1')",
    "import requests, os\nrequests.get(os.getenv('ACME_URL') or '«A»')",
    "import requests\nrequests.get('«A»' if x else 'https://b.test')",
    "import requests\nrequests.get('«A»/'.rstrip('/') + '/v1')",
    "import requests\nrequests.get('HTTPS://API.ACME.TEST/V1')",
    "import requests\nrequests.get('https://api.acme.test:8443/')",
    "import requests\nrequests.get('https://user:pw@api.acme.test/')",
    "import requests\nrequests.get('https://api.acme.test./')",
    "import requests\nrequests.get('//api.acme.test/x')",
    "import requests\nrequests.get('https://eu.acme.cloud/x')",
    "import requests\nrequests.get(f'https://{region}.acme.cloud/x')",
    "import requests\nrequests.get(f'https://api.acme.test:{port}/x')",
    "import requests\nrequests.get(f'{scheme}://api.acme.test/x')",
    "import requests\nurl = '«A»'\nasync def f():\n    global url\n    requests.get(url)",
    "import requests\nrequests.get(**{'url': '«A»'})",
    "import httpx\nhttpx.get(httpx.URL('«A»'))",
    "import requests\nrequests.get(str('«A»').replace('v1', 'v2'))",
)
CONFIG = (("config.py", f"BASE = '{A}'\nHOST = 'api.acme.test'\n"),)
PYTHON_HOPS = [
    *_python("import requests\nfrom config import BASE\nrequests.get(BASE + '/v1')", beside=CONFIG),
    *_python("import requests\nimport config\nrequests.get(config.BASE)", beside=CONFIG),
    *_python("import requests\nfrom config import HOST as H\nrequests.get(f'https://{H}/')", beside=CONFIG),
    *_python("from net import session\nsession.get('«A»')", beside=(("net.py", "import requests\nsession = requests.Session()\n"),)),
    *_python("from net import get\nget('«A»')", beside=(("net.py", "from requests import get\n"),)),
    *_python("import requests, os\nrequests.get(os.environ['ACME'] + '/v1')", beside=((".env.example", f"ACME={A}\n"),)),
    *_python("import requests, os\nrequests.get(f\"https://{os.getenv('H')}/v1\")", beside=((".env.example", "H=api.acme.test\n"),)),
    *_python("import requests, os\nrequests.get(os.environ['ACME'])",
             beside=(("compose.yaml", f"services:\n  a:\n    environment:\n      - ACME=${{X:-{A}}}\n"),)),
    *_python("import requests, os\nrequests.get(os.environ['ACME'])", beside=((".env.example", "ACME=https://b.test\n"),), verdict="F"),
    *_python("import requests\nfrom config import BASE\nrequests.get(BASE)", beside=(("config.py", "BASE = 'https://b.test'\n"),), verdict="F"),
    Probe("app/probe.py", "import requests\nfrom .config import BASE\nrequests.get(BASE)", "D", (("app/config.py", f"BASE = '{A}'\n"),)),
    Probe("app/a/probe.py", "import requests\nfrom ..config import BASE\nrequests.get(BASE)", "D", (("app/config.py", f"BASE = '{A}'\n"),)),
    Probe("src/app/probe.py", "import requests\nfrom app.config import BASE\nrequests.get(BASE)", "D", (("src/app/config.py", f"BASE = '{A}'\n"),)),
]  # fmt: skip
PYTHON_FINE = _python(
    "import requests\nrequests.get('https://api.acme.test.evil.test/')",
    "import requests\nrequests.get('https://b.test/?next=«A»')",
    "import requests\nrequests.get('https://b.test/#«A»')",
    "import requests\nrequests.get('https://api.acme.test@b.test/')",
    "import requests\nrequests.get('https://myapi.acme.test/')",
    "import requests\nrequests.get('https://acme.cloud/')",
    "import requests\nrequests.get('https://eviacme.cloud/')",
    "import requests\nrequests.get('https://b.test', headers={'referer': '«A»'})",
    "import requests\nrequests.post('https://b.test', json={'callback': '«A»'})",
    "import requests\nrequests.get(f'https://b.test/{path}')",
    "import requests\nrequests.get(f'https://b.{x}.test/')",
    "def get(url): ...\nget('«A»')",
    "class requests:\n    @staticmethod\n    def get(u): ...\nrequests.get('«A»')",
    "def f(requests):\n    requests.get('«A»')",
    "import requests\n# requests.get('«A»')",
    "import requests\nx = \"requests.get('«A»')\"",
    "import requests\nd = {}\nd.get('«A»')",
    "import requests\nrequests.get('http://localhost:8000/«A»')",
    "import requests\nrequests.utils.quote('«A»')",
    "from urllib.parse import urlparse\nurlparse('«A»')",
    "import requests\nurl = 'https://b.test'\nrequests.get(url)\nurl = '«A»'",
    "import requests\nrequests.get('file:///«A»')",
    "import http.client\nhttp.client.HTTPSConnection('b.test').request('GET', '/api.acme.test')",
    verdict="F",
)
PYTHON_UNKNOWN = _python(
    "import requests\ndef f(url):\n    requests.get(url)",
    "import requests, sys\nrequests.get(sys.argv[1])",
    "import requests, os\nrequests.get(os.environ['NOBODY_SAYS'])",
    "import requests\nrequests.get(f'https://{host}/v1')",
    "import requests\nrequests.get(f'https://api.{x}/')",
    "import requests\nrequests.get(base + '/v1')",
    "import httpx\ndef f(u):\n    httpx.Client(base_url=u).get('/v1')",
    "import requests\nrequests.get(*args)",
    "from urllib.request import urlopen\nurlopen(load())",
    verdict="U",
)
SCRIPT_CLIENTS = _script(
    "fetch('«A»')",
    "await fetch(`«A»/v1/${id}`)",
    "globalThis.fetch('«A»')",
    "window.fetch('«A»')",
    "self['fetch']('«A»')",
    "const f = fetch; f('«A»')",
    "const {fetch: f} = globalThis; f('«A»')",
    "const {fetch} = window; fetch('«A»')",
    "fetch(new Request('«A»'))",
    "fetch(new URL('/v1', '«A»'))",
    "fetch(new URL('«A»').toString())",
    "const go = (u = '«A»') => fetch(u); go()",
    "const x = new XMLHttpRequest(); x.open('GET', '«A»')",
    "new EventSource('«A»')",
    "new WebSocket('wss://api.acme.test')",
    "navigator.sendBeacon('«A»', data)",
    "import axios from 'axios'; axios.get('«A»')",
    "import axios from 'axios'; axios('«A»')",
    "import axios from 'axios'; axios({method: 'get', url: '«A»'})",
    "import axios from 'axios'; axios({baseURL: '«A»', url: '/v1'})",
    "import axios from 'axios'; axios.request({url: '«A»'})",
    "import axios from 'axios'; const a = axios.create({baseURL: '«A»'}); a.get('/v1')",
    "import axios from 'axios'; axios.defaults.baseURL = '«A»'; axios.get('/v1')",
    "import * as axios from 'axios'; axios.post('«A»')",
    "const axios = require('axios'); axios.get('«A»')",
    "const axios = require('axios').default; axios.get('«A»')",
    "const {get} = require('axios'); get('«A»')",
    "const a = await import('axios'); a.default.get('«A»')",
    "import got from 'got'; got('«A»')",
    "import got from 'got'; got.post('«A»')",
    "import got from 'got'; const g = got.extend({prefixUrl: '«A»'}); g.get('v1')",
    "import ky from 'ky'; ky.get('«A»')",
    "import ky from 'ky'; const k = ky.create({prefixUrl: '«A»'}); k.get('v1')",
    "import {ofetch} from 'ofetch'; ofetch('«A»')",
    "$fetch('«A»')",
    "import fetch from 'node-fetch'; fetch('«A»')",
    "import nf from 'node-fetch'; nf('«A»')",
    "const fetch = require('cross-fetch'); fetch('«A»')",
    "import {request} from 'undici'; request('«A»')",
    "import {fetch as uf} from 'undici'; uf('«A»')",
    "import {Client} from 'undici'; new Client('«A»').request({path: '/', method: 'GET'})",
    "import superagent from 'superagent'; superagent.get('«A»')",
    "const needle = require('needle'); needle.get('«A»')",
    "import wretch from 'wretch'; wretch('«A»').get()",
    "import https from 'node:https'; https.get('«A»')",
    "const https = require('https'); https.request({hostname: 'api.acme.test', path: '/v1'})",
    "import {request} from 'https'; request('«A»')",
    "$.ajax({url: '«A»'})",
    "jQuery.get('«A»')",
    "const request = require('request'); request('«A»')",
)
SCRIPT_TEXTS = _script(
    "const H = 'api.acme.test'; fetch('https://' + H + '/v1')",
    "const H = 'api.acme.test'; fetch(`https://${H}/v1`)",
    "fetch(['«A»', 'v1'].join('/'))",
    "fetch('https://'.concat('api.acme.test', '/v1'))",
    "function f(u = '«A»') { return fetch(u) }",
    "const C = {base: '«A»'}; fetch(C.base + '/v1')",
    "const C = {base: '«A»'}; fetch(C['base'])",
    "class C { base = '«A»'; f() { return fetch(this.base + '/v1') } }",
    "class C { constructor() { this.base = '«A»' } f() { return fetch(`${this.base}/v1`) } }",
    "class C { static B = '«A»'; f() { return fetch(C.B) } }",
    "const u = process.env.X ?? '«A»'; fetch(u)",
    "const u = process.env.X || '«A»'; fetch(u)",
    "const {X = '«A»'} = process.env; fetch(X)",
    "fetch(dev ? 'https://b.test' : '«A»')",
    "const url = (p: string) => `«A»${p}`; fetch(url('/v1'))",
    "fetch(`https://${region}.acme.cloud/x`)",
    "fetch('https:\\u002f/api.acme.test')",
    "fetch(String('«A»') as string)",
    "export default async function () { const r = await fetch('«A»'!) }",
)
SCRIPT_HOPS = [
    *_script("import {BASE} from './config'; fetch(BASE)", beside=(("config.ts", f"export const BASE = '{A}'\n"),)),
    *_script("import BASE from './config.js'; fetch(`${BASE}/v1`)", beside=(("config.ts", f"export default '{A}'\n"),)),
    *_script("import {api} from './net'; api.get('«A»')", beside=(("net.ts", "import axios from 'axios'\nexport const api = axios.create()\n"),)),
    *_script("fetch(process.env.ACME + '/v1')", beside=((".env.example", f"ACME={A}\n"),)),
    *_script("fetch(`${import.meta.env.VITE_ACME}/v1`)", beside=((".env", f"VITE_ACME={A}\n"),)),
    *_script("fetch(Deno.env.get('ACME'))", beside=((".env", f"ACME={A}\n"),)),
    *_script("fetch(process.env.ACME)", beside=((".env", "ACME=https://b.test\n"),), verdict="F"),
    Probe("probe.jsx", f"const X = () => <a onClick={{() => fetch('{A}')}}>x</a>", "D"),
    Probe("probe.tsx", f"const X: FC = () => {{ useEffect(() => {{ fetch('{A}') }}, []); return <p/> }}", "D"),
    Probe("probe.cjs", f"module.exports = () => fetch('{A}')", "D"),
]  # fmt: skip
SCRIPT_FINE = _script(
    "function fetch(u) {} fetch('«A»')",
    "const fetch = (u) => u; fetch('«A»')",
    "import {fetch} from './mine'; fetch(1)",
    "function f(fetch) { fetch('«A»') }",
    "fetch('/v1')",
    "fetch('https://api.acme.test.evil.test')",
    "fetch('https://b.test?u=«A»')",
    "fetch('https://b.test', {headers: {origin: '«A»'}})",
    "api.fetch('«A»')",
    "// fetch('«A»')",
    "const s = \"fetch('«A»')\"",
    "map.get('«A»')",
    "app.get('«A»', handler)",
    "new URL('«A»')",
    "fetch(`https://b.test/${x}`)",
    "fetch('data:text/plain,«A»')",
    verdict="F",
)
SCRIPT_UNKNOWN = _script(
    "export const f = (u: string) => fetch(u)",
    "fetch(process.env.NOBODY_SAYS)",
    "fetch(`https://${host}/v1`)",
    "import axios from 'axios'; axios.create({baseURL: x}).get('/v1')",
    verdict="U",
)
SCRIPT_BLOCKS = [
    *_script(
        "{ const fetch = () => 1; fetch('x') }\nfetch('«A»')",
        "if (x) { const fetch = mine; fetch('x') }\nfetch('«A»')",
        "function f() { { let fetch = g } return fetch('«A»') }",
        "try { const {fetch} = require('./mine') } catch (e) {}\nfetch('«A»')",
        "let u; if (a) { u = '«A»' }\nfetch(u)",
        "const u = '«A»'; { const u = 'https://b.test' }\nfetch(u)",
        "let u = 'https://b.test'; for (const x of xs) { const y = x; u = '«A»' }\nfetch(u)",
        "{ function fetch() {} }\nfetch('«A»')",
        "{ const u = '«A»'; go(() => fetch(u)) }",
    ),
    *_script(
        "{ const fetch = () => 1; fetch('«A»') }",
        "function f() { if (x) { const fetch = g; return () => fetch('«A»') } }",
        "const u = '«A»'; { const u = 'https://b.test'; fetch(u) }",
        "{ function fetch() {} fetch('«A»') }",
        verdict="F",
    ),
]


def _go(
    *bodies: str, verdict: str = "D", beside: tuple[tuple[str, str], ...] = (), imports: str = '"net/http"; "fmt"; "os"'
) -> list[Probe]:
    head = f"package p\n\nimport ({imports})\n\n"
    return [Probe("probe.go", head + body.replace("«A»", A) + "\n", verdict, beside) for body in bodies]


_RESTY = '"github.com/go-resty/resty/v2"'
GO = [
    *_go(
        'func f() { http.Get("«A»/v1") }',
        'func f() { resp, err := http.Post("«A»/v1", "text/plain", nil); use(resp, err) }',
        'func f() { http.PostForm("«A»", nil) }',
        'func f() { http.Head(`«A»`) }',
        'func f() { http.DefaultClient.Get("«A»") }',
        'func f() { c := &http.Client{Timeout: 3}; c.Get("«A»/v1") }',
        'func f() { c := http.Client{}; c.Post("«A»", "", nil) }',
        'func f() { var c http.Client; c.Get("«A»") }',
        'func f(c *http.Client) { c.Get("«A»") }',
        'func f() { req, _ := http.NewRequest("GET", "«A»/v1", nil); http.DefaultClient.Do(req) }',
        'func f(ctx context.Context) { req, err := http.NewRequestWithContext(ctx, "GET", "«A»", nil); do(req, err) }',
        'const base = "«A»"\nfunc f() { http.Get(base + "/v1") }',
        'const (\n\tbase = "«A»"\n\tv = "/v1"\n)\nfunc f() { http.Get(base + v) }',
        'var host, port = "api.acme.test", "443"\nfunc f() { http.Get("https://" + host + ":" + port) }',
        'func f(id string) { http.Get(fmt.Sprintf("«A»/%s", id)) }',
        'const host = "api.acme.test"\nfunc f() { http.Get(fmt.Sprintf("https://%s/v%d", host, 1)) }',
        'func f(id string) { http.Get("«A»/" + id) }',
        'func f() { u := "«A»"; u += "/v1"; http.Get(u) }',
        'func f() { u := "https://b.test"; if x { u = "«A»" }; http.Get(u) }',
        'func f() { for _, u := range []string{"https://b.test", "«A»"} { http.Get(u) } }',
        'func f() { m := map[string]string{"a": "«A»"}; http.Get(m["a"]) }',
        'func f() { u := url.URL{Scheme: "https", Host: "api.acme.test", Path: "/v1"}; http.Get(u.String()) }',
        'func f() { u, _ := url.Parse("«A»/v1"); http.Get(u.String()) }',
        'func f() { u, _ := url.JoinPath("«A»", "v1"); http.Get(u) }',
        'func f() { http.Get(strings.Join([]string{"«A»", "v1"}, "/")) }',
        'func f() { http.Get(strings.TrimRight("«A»/", "/") + "/v1") }',
        'func base() string { return "«A»" }\nfunc f() { http.Get(base() + "/v1") }',
        'func base() (string, error) { return "«A»", nil }\nfunc f() { b, _ := base(); http.Get(b) }',
        'func get(u string) { http.Get(u) }\nfunc f() { get("«A»") }',
        'type C struct { base string }\nfunc (c *C) Get() { http.Get(c.base + "/v1") }\n'
        'func New() *C { return &C{base: "«A»"} }',
        'type C struct { http *http.Client }\nfunc (c *C) Get() { c.http.Get("«A»") }',
        'type C struct { *http.Client }\nfunc f(c C) { c.Get("«A»") }',
        'func f() { go func() { http.Get("«A»") }() }',
        'func f() { defer http.Get("«A»") }',
        'func f() { if r, err := http.Get("«A»"); err == nil { use(r) } }',
        'func f() { switch x { case 1: http.Get("«A»") } }',
        'func f() { get := http.Get; get("«A»") }',
        'var client = &http.Client{}\nfunc f() { client.Get("«A»") }',
        'func f() { http.Get("https://eu.acme.cloud/x") }',
        'func f() { http.Get("HTTPS://API.ACME.TEST:443/x") }',
        'func f() { { base := "https://b.test"; use(base) }; base := "«A»"; http.Get(base) }',
        'func f() { r := &http.Request{URL: &url.URL{Scheme: "https", Host: "api.acme.test"}}; do(r) }',
        imports='"net/http"; "fmt"; "os"; "net/url"; "strings"; "context"',
    ),
    *_go('func f() { h.Get("«A»") }', imports='h "net/http"'),
    *_go('func f() { tls.Dial("tcp", "api.acme.test:443", nil) }', imports='"crypto/tls"'),
    *_go('func f() { net.Dial("tcp", "api.acme.test:443") }', imports='"net"'),
    *_go(
        'func f() { resty.New().R().Get("«A»/v1") }',
        'func f() { c := resty.New(); c.R().SetHeader("a", "b").Post("«A»") }',
        'func f() { c := resty.New().SetBaseURL("«A»"); c.R().Get("/v1") }',
        'func f() { c := resty.New(); c.SetBaseURL("«A»"); c.R().SetBody(x).Put("/v1") }',
        'func f() { resty.New().R().Execute("GET", "«A»") }',
        imports=_RESTY,
    ),
    *_go('func f() { retryablehttp.Get("«A»") }', imports='"github.com/hashicorp/go-retryablehttp"'),
    *_go('func f() { fasthttp.Get(nil, "«A»") }', 'func f() { r := fasthttp.AcquireRequest(); r.SetRequestURI("«A»") }',
         imports='"github.com/valyala/fasthttp"'),
    *_go('func f() { websocket.DefaultDialer.Dial("wss://api.acme.test/ws", nil) }', imports='"github.com/gorilla/websocket"'),
    *_go('func f() { http.Get(base + "/v1") }', beside=(("config.go", f'package p\n\nconst base = "{A}"\n'),)),
    *_go('func f() { http.Get(config.Base) }', imports='"net/http"; "example.test/x/config"',
         beside=(("config/config.go", f'package config\n\nconst Base = "{A}"\n'),)),
    *_go('func f() { http.Get(os.Getenv("ACME") + "/v1") }', beside=((".env.example", f"ACME={A}\n"),)),
    *_go('func f() { u, ok := os.LookupEnv("ACME"); use(ok); http.Get(u) }', beside=((".env.example", f"ACME={A}\n"),)),
    *_go(
        'func f() { http.Get("https://b.test/v1") }',
        'func f() { http.Get("https://api.acme.test.evil.example/") }',
        'func f() { http.Get("https://b.test/?u=«A»") }',
        'func f() { mine.Get("«A»") }',
        'type C struct{}\nfunc (c C) Get(u string) {}\nfunc f() { C{}.Get("«A»") }',
        'func Get(u string) {}\nfunc f() { Get("«A»") }',
        'func f() { /* http.Get("«A»") */ }',
        'func f() { fmt.Println("«A»") }',
        'func f() { http.HandleFunc("/v1", h); http.ListenAndServe(":80", nil) }',
        'func f() { http.Redirect(w, r, "«A»", 302) }',
        'func f() { http := mine{}; http.Get("«A»") }',
        'func f() { base := "«A»"; use(base); { base := "https://b.test"; http.Get(base) } }',
        'func f() { httptest.NewRequest("GET", "«A»", nil) }',
        verdict="F",
    ),
    *_go(
        "func f(u string) { http.Get(u) }",
        'func f() { http.Get(os.Getenv("NOBODY_KNOWS")) }',
        'func f(h string) { http.Get(fmt.Sprintf("https://%s/v1", h)) }',
        verdict="U",
    ),
]  # fmt: skip
SHELL = [
    *_shell(
        "curl «A»/v1", "curl -s -H 'a: b' '«A»'", "curl --url «A»", "curl -sSLo out «A»", "curl -X POST -d @x \"«A»/v1\"",
        "wget -q «A»", "http POST «A» a=b", "https api.acme.test/v1", "xh get «A»", "aria2c «A»", "curl api.acme.test",
        "H=api.acme.test\ncurl https://$H/v1", "B=«A»\ncurl \"${B}/v1\"", "curl \"${X:-«A»}/v1\"", "sudo curl «A»",
        "x=$(curl -s «A»)", "echo a | xargs curl «A»", "env A=b curl «A»", "timeout 5 curl «A»", "/usr/bin/curl «A»",
        "for u in «A»; do curl $u; done", "if curl «A»; then :; fi", "f() { curl «A»; }", "exec 3<>/dev/tcp/api.acme.test/443",
        "curl -s \\\n  -H x \\\n  «A»", "curl https://eu.acme.cloud/",
    ),
    *_shell(
        "echo curl «A»", "curl https://b.test -H 'Referer: «A»'", "curl -e «A» https://b.test", "curl -d u=«A» https://b.test",
        "# curl «A»", "grep '«A»' x", "curl https://b.test/?u=«A»", "curl -o api.acme.test https://b.test",
        "cat <<'E'\ncurl «A»\nE", "git clone «A»/x.git", "http :8080/x",
        verdict="F",
    ),
    *_shell("curl \"$1\"", "curl \"$NOBODY_SAYS/x\"", "wget $(cat urls)", verdict="U"),
    *_shell("curl $ACME/v1", beside=((".env", f"ACME={A}\n"),)),
    *_shell("FROM x\nRUN curl «A»/x", "FROM x\nARG U=«A»\nRUN set -e && \\\n    # why\n    curl $U/x", "FROM x\nHEALTHCHECK CMD [\"curl\", \"«A»\"]",
            "FROM x\nRUN <<E\ncurl «A»\nE", path="Dockerfile"),
    *_shell("FROM x\nLABEL u=«A»\nRUN ls", path="Dockerfile", verdict="F"),
    *_shell("all:\n\t@curl «A»\n", "U := «A»\nall:\n\tcurl $(U)/v1\n", "all:\n\tfor x in a; do \\\n\t  curl «A»/$$x; done\n",
            path="Makefile"),
    *_shell("# curl «A»\nU := «A»\nall:\n\techo $(U)\n", path="Makefile", verdict="F"),
    *_shell(
        "jobs:\n  a:\n    steps:\n      - run: curl «A»\n",
        "jobs:\n  a:\n    steps:\n      - run: |\n          set -e\n          curl -s «A»/v1\n",
        "env:\n  U: «A»\njobs:\n  a:\n    steps:\n      - run: curl $U/v1\n",
        "env:\n  U: «A»\njobs:\n  a:\n    steps:\n      - run: curl ${{ env.U }}/v1\n",
        path=".github/workflows/ci.yml",
    ),
    *_shell("jobs:\n  a:\n    steps:\n      - uses: x@v1\n        with: {url: «A»}\n      - run: echo «A»\n",
            path=".github/workflows/ci.yml", verdict="F"),
]  # fmt: skip

PROBES = [
    *PYTHON_CLIENTS, *PYTHON_ALIASES, *PYTHON_TEXTS, *PYTHON_HOPS, *PYTHON_FINE, *PYTHON_UNKNOWN, *SCRIPT_CLIENTS,
    *SCRIPT_TEXTS, *SCRIPT_HOPS, *SCRIPT_FINE, *SCRIPT_UNKNOWN, *SCRIPT_BLOCKS, *GO, *SHELL,
]  # fmt: skip
CANONICAL = 'guard: 1\nclients:\n  acme: {hosts: [api.acme.test, "*.acme.cloud"]}\n'
