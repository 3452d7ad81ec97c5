"""The words that names and values are judged by."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


COMMON_PAIRS = _words(
    """
    th he in er an re on at en nd ti es or te of ed is it al ar st to nt ng se ha as ou io le ve co me de hi ri ro
    ic ne ea ra ce li ch ll be ma si om ur ca el ta la ns di fo ho pe ec pr no ct us ac ot il tr ly nc et ut ss so
    rs un lo wa ge ie wh ee wi em ad ol rt po we na ul ni ts mo ow pa im mi ai sh ir su id os iv ia am fi ci vi pl
    ig tu ev ld ry mp fe bl ab gh ty op wo sa ay ex ke fr oo av ag if ap gr od bo sp rd do uc bu ei ov by rm ep tt
    oc fa ef cu rn sc gi da yo cr cl du ga qu ue ff ba ey ls va um pp ua up lu go ht ru ug ds lt pi rc rr eg au ck
    ew mu br bi pt ak pu ui rg ib tl ny ki rk ys ob mm fu ph og ms ye ud mb ip ub oi rl gu dr hr cc tw ft wn nu af
    hu nn eo vo rv nf xp gn sm fl iz ok my gl aw ju oa eq sy sl ps jo lf nv je kn gs dy hy ze ks xt
    """
)
"""Pairs of letters that words are made of."""

NOT_THE_SECRET = _words(
    """
    hash hashed hashes digest checksum field fields label title placeholder hint regex regexp pattern policy url uri
    endpoint path file filename dir directory name names id ids type kind input selector length len size min max
    reset confirm help text desc description message msg error errors validator validators template view form prefix
    suffix header headers param params arg args env var variable class classname icon col column attr attribute
    provider sig signature encoder encoding algorithm algo alg expires expiry expiration ttl timeout count limit changed
    required
    enabled disabled list store manager handler parser index position date time version format style color scheme
    status state event action rule rules schema public issuer audience regexes encrypted encrypt decrypt generator
    factory strength salt test tests testing example sample dummy fake mock placeholders arn ref reference link href
    translation caption tooltip page screen dialog button step flow mode option options policyname
    """
)
"""A name with one of these speaks about a secret, and its value is none."""

STAND_INS = _words(
    """
    pass passwd password passwords passwort passphrase pwd pw secret secrets token tokens key keys apikey user
    username login admin administrator auth test tests testing default none null empty true false string value your
    foo bar baz qux spam eggs qwerty letmein guest root demo temp tmp some any new old current confirm wrong
    invalid correct bad good valid my the random word weak strong long short encrypted hashed required optional
    missing unset undefined notset example sample dummy fake mock abc asdf field input name id error reset forgot
    change changed hello world postgres mysql redis guard vault env config settings credential credentials welcome
    supersecret topsecret monkey dragon
    """
)
"""What people write where a password will stand, or where none is."""
