"""Connection strings, headers, commands, and files that hold credentials by their nature."""

from __future__ import annotations

import base64

from guards.secrets import checksums
from guards.secrets.catalogue.shapes import (
    ALNUM,
    BASE64,
    DIGITS,
    HEX,
    LETTERS,
    LOWER_DIGITS,
    Alphabet,
    Part,
    behind,
    in_front,
    in_line,
)
from guards.secrets.formats import Format

_IN_URL = r"""\s:/?#@"'`<>{}()\[\]$*\\|,;&"""
_PASSWORD: tuple[Part, ...] = (LETTERS(6, 10), DIGITS(2, 4), ALNUM(4, 8))
_ANY: tuple[Part, ...] = (ALNUM(14, 24),)
_PORTS = r"(?:543[2-9]|6432|6543|25060|26257|\*)"
"""Where PostgreSQL and what speaks like it usually listen. Any number would make a candidate of every line of a log."""
_ROTATE = "Change the password, and keep the new one out of the repository."


def _with_digit(but: str) -> str:
    """Five characters or more with a digit among them: words such as `password` stand in every manual."""
    return rf"(?:[^{but}0-9]{{5,}}[0-9][^{but}]*|[^{but}0-9]{{0,4}}[0-9][^{but}]{{4,}})"


def _url(slug: str, name: str, vendor: str, schemes: str, example: str, url: str, gives: str) -> Format:
    """A URL with a password in front of the host."""
    return in_line(
        slug,
        name,
        vendor,
        rf"(?:^|[^0-9A-Za-z+.-])(?i:{schemes})://[^{_IN_URL}]*:(?P<secret>{_with_digit(_IN_URL)})@[0-9A-Za-z_\[.-]",
        _PASSWORD,
        (
            f"{example}://app:@@@db.internal:1234/main",
            f'url = "{example}://app:@@@10.0.0.7/main"',
            f"DATABASE_URL={example}://u-1:@@@h1",
        ),
        (
            f"{example}://db.internal/@@",
            f"{example}://app:${{PASSWORD}}@db.internal",
            f"{example}://app:password@host",
            f"{example}://user@@@host",
        ),
        gives=gives,
        rotate=_ROTATE,
        url=url,
    )


def _file(
    slug: str,
    name: str,
    vendor: str,
    path: str,
    pattern: str,
    line: str,
    other: str,
    parts: tuple[Part, ...],
    url: str,
    gives: str,
    rotate: str = _ROTATE,
) -> Format:
    """A value in a file that is made to hold it."""
    return in_line(
        slug, name, vendor, pattern, parts, (line,), (other,), gives=gives, rotate=rotate, url=url, path=path
    )


def _basic(value: str) -> str:
    return base64.b64encode(f"deployer:{value[:20]}".encode()).decode()


def _pem_in_base64(value: str) -> str:
    return base64.b64encode(f"-----BEGIN RSA PRIVATE KEY-----\n{value}".encode()).decode()


FORMATS = (
    # ---- Connection strings ----
    _url(
        "postgres-url",
        "PostgreSQL URL with a password",
        "PostgreSQL",
        r"postgres(?:ql)?(?:\+[a-z0-9]{1,16})?",
        "postgresql",
        "https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING",
        "Signs in to a database.",
    ),
    _url(
        "mysql-url",
        "MySQL or MariaDB URL with a password",
        "Oracle",
        r"(?:mysqlx?|mariadb)(?:\+[a-z0-9]{1,16})?",
        "mysql",
        "https://dev.mysql.com/doc/refman/en/connecting-using-uri-or-key-value-pairs.html",
        "Signs in to a database.",
    ),
    _url(
        "mongodb-url",
        "MongoDB URL with a password",
        "MongoDB",
        r"mongodb(?:\+srv)?",
        "mongodb+srv",
        "https://www.mongodb.com/docs/manual/reference/connection-string/",
        "Signs in to a database.",
    ),
    _url(
        "redis-url",
        "Redis URL with a password",
        "Redis",
        r"(?:rediss?|valkeys?)",
        "redis",
        "https://redis.io/docs/latest/develop/clients/",
        "Signs in to a store of keys and values.",
    ),
    _url(
        "amqp-url",
        "AMQP URL with a password",
        "RabbitMQ",
        r"amqps?",
        "amqps",
        "https://www.rabbitmq.com/docs/uri-spec",
        "Signs in to a message broker.",
    ),
    _url(
        "database-url",
        "database URL with a password",
        "several",
        r"(?:mssql|sqlserver|oracle|clickhouse|cockroachdb|neo4j|bolt|cassandra|nats|kafka|ldaps?|couchbases?|db2)(?:\+[a-z0-9]{1,16})?",
        "clickhouse",
        "https://docs.sqlalchemy.org/en/20/core/engines.html#database-urls",
        "Signs in to a database or a broker.",
    ),
    _url(
        "basic-auth-url",
        "web, file or git URL with a password",
        "several",
        r"(?:https?|ftps?|sftp|ssh|git|wss?|smtps?|imaps?|socks5h?)",
        "https",
        "https://www.rfc-editor.org/rfc/rfc3986#section-3.2.1",
        "Signs in to the host that the address names.",
    ),
    in_line(
        "jdbc-password",
        "JDBC connection string with a password",
        "several",
        r"(?i:jdbc):[a-z0-9]{2,20}:[^\s\"'<>]{3,200}[?&;](?i:password|pwd)="
        rf"(?P<secret>{_with_digit(_IN_URL)})",
        _PASSWORD,
        (
            'url="jdbc:postgresql://db.internal:5432/app?user=app&password=@@&ssl=true"',
            "jdbc:sqlserver://db.internal:1433;databaseName=app;user=sa;password=@@;",
        ),
        (
            "jdbc:postgresql://db.internal/app?user=@@",
            "jdbc:sqlserver://db.internal;password=${PASSWORD}",
            "password=@@",
        ),
        gives="Signs in to a database.",
        rotate=_ROTATE,
        url="https://jdbc.postgresql.org/documentation/use/",
    ),
    in_line(
        "ado-net-password",
        "ADO.NET connection string with a password",
        "Microsoft",
        r"(?i:server|source|host|port|database|catalog|user(?: id|name)?|uid|security info)[ ]?=[^;\"'=]{1,100};"
        rf"[ ]?(?i:password|pwd)[ ]?=[ ]?(?P<secret>{_with_digit(_IN_URL)})",
        _PASSWORD,
        (
            '"Server=db.internal;Database=app;User Id=app;Password=@@;Encrypt=True"',
            "Data Source=db.internal,1433;Initial Catalog=app;Uid=app;Pwd=@@",
        ),
        ("Server=db.internal;Database=@@;", "Password=@@;", "Server=db.internal;Password=${PASSWORD};"),
        gives="Signs in to a database.",
        rotate=_ROTATE,
        url="https://learn.microsoft.com/en-us/dotnet/framework/data/adonet/connection-string-syntax",
    ),
    in_line(
        "azure-account-key",
        "Azure connection string with an account key",
        "Microsoft",
        r"(?i:accountkey)=(?P<secret>[0-9A-Za-z+/]{86}==)",
        (BASE64(86), "=="),
        ("DefaultEndpointsProtocol=https;AccountName=app;AccountKey=@@;EndpointSuffix=core.windows.net",),
        ("AccountKey=x@@", "AccountName=@@"),
        gives="Reads and writes all data of a storage or database account.",
        rotate="Regenerate the key on the account's Access keys page.",
        url="https://learn.microsoft.com/en-us/azure/storage/common/storage-configure-connection-string",
    ),
    in_line(
        "azure-shared-access-key",
        "Azure connection string with a shared access key",
        "Microsoft",
        r"(?i:sharedaccesskey)=(?P<secret>[0-9A-Za-z+/]{43}=)",
        (BASE64(43), "="),
        ("Endpoint=sb://app.servicebus.windows.net/;SharedAccessKeyName=send;SharedAccessKey=@@",),
        ("SharedAccessKey=x@@", "SharedAccessKeyName=@@"),
        gives="Sends, receives or manages messages.",
        rotate="Regenerate the key of the shared access policy.",
        url="https://learn.microsoft.com/en-us/azure/service-bus-messaging/service-bus-sas",
    ),
    in_line(
        "azure-shared-access-signature",
        "Azure shared access signature",
        "Microsoft",
        r"[?&; ](?:sv=20[0-9-]{8}|sr=[^\s&\"']{3,200})&(?:[^\s\"'<>]{0,300}&)?"
        r"sig=(?P<secret>[0-9A-Za-z+/%]{43,60}(?:=|%3[Dd]))",
        (ALNUM(43), "%3D"),
        (
            "https://app.blob.core.windows.net/c?sv=2023-01-03&ss=b&srt=o&sp=r&se=2030-01-01T00:00:00Z&sig=@@",
            "SharedAccessSignature sr=app.azure-devices.net&sig=@@&se=1900000000",
        ),
        ("https://app.blob.core.windows.net/c?sig=@@", "https://example.com/?sv=1&sig=@@"),
        gives="Reads or writes what the signature was made for, until it expires.",
        rotate="Regenerate the key that signed it.",
        url="https://learn.microsoft.com/en-us/azure/storage/common/storage-sas-overview",
    ),
    # ---- Headers and commands ----
    in_line(
        "basic-auth-header",
        "Basic authorisation header",
        "several",
        r"(?i:authorization)[\"']?\]?[ \t]{0,4}[:=,][ \t]{0,4}[\"'`]?(?i:basic)[ \t]{1,4}"
        r"(?P<secret>[0-9A-Za-z+/]{8,400}={0,2})" + behind("+/="),
        _PASSWORD,
        ("Authorization: Basic @@", "headers['Authorization'] = 'Basic @@'", '{"authorization": "Basic @@"}'),
        ("Authorization: Basic dXNlcg==", "Authorization: Digest @@", "Basic @@"),
        gives="Signs in as the user that it names.",
        rotate=_ROTATE,
        url="https://www.rfc-editor.org/rfc/rfc7617",
        is_intact=checksums.names_user,
        seal=_basic,
    ),
    in_line(
        "curl-password",
        "password in a call of curl",
        "curl",
        rf"(?:^|[^0-9A-Za-z_])curl[ \t][^|;\n]{{0,200}}"
        rf"(?:-u|--user)[ \t=]{{0,2}}[\"']?[^:\s\"'$<>{{}}]{{1,64}}:(?P<secret>{_with_digit(_IN_URL)})",
        _PASSWORD,
        ("curl -sf -u deployer:@@ https://ci.internal/job", 'curl --user "deployer:@@" -X POST https://ci.internal'),
        (
            "curl -u deployer https://ci.internal/@@",
            "curl -u deployer:$PASSWORD https://ci.internal",
            "wget -u deployer:@@",
        ),
        gives="Signs in to the host that is called.",
        rotate=_ROTATE,
        url="https://curl.se/docs/manpage.html#-u",
    ),
    in_line(
        "sshpass-password",
        "password in a call of sshpass",
        "sshpass",
        r"(?:^|[^0-9A-Za-z_])sshpass[ \t]{1,4}-p[ \t]{0,4}[\"']?(?P<secret>[^\s\"'$<>{}-][^\s\"'$<>{}]{3,128})",
        _PASSWORD,
        ("sshpass -p '@@' ssh root@10.0.0.7", "sshpass -p@@ scp a b:"),
        ("sshpass -e ssh @@", "sshpass -p $PASSWORD ssh host"),
        gives="Signs in to the host that is called.",
        rotate=_ROTATE,
        url="https://sourceforge.net/projects/sshpass/",
    ),
    in_line(
        "ansible-password",
        "Ansible connection or privilege password",
        "Red Hat",
        r"ansible_(?:ssh|become|sudo)_pass(?:word)?[\"']?[ \t]{0,4}[:=][ \t]{0,4}"
        rf"[\"']?(?P<secret>{_with_digit(_IN_URL)})",
        _PASSWORD,
        ("ansible_become_pass=@@", "ansible_ssh_pass: '@@'"),
        ('ansible_become_pass: "{{ vault_pass }}"', "ansible_become_method: @@"),
        gives="Signs in to a host, or becomes its administrator.",
        rotate=_ROTATE,
        url="https://docs.ansible.com/ansible/latest/inventory_guide/connection_details.html",
    ),
    # ---- Files of package managers ----
    in_line(
        "npmrc-token",
        ".npmrc auth token",
        "npm",
        r"_authToken[ \t]{0,4}=[ \t]{0,4}\"?"
        r"(?P<secret>(?:[0-9A-Za-mo-z]|n[0-9A-Za-oq-z_-])[0-9A-Za-z_.=+/-]{14,600})",
        (HEX(8), "-", HEX(4), "-", HEX(4), "-", HEX(4), "-", HEX(12)),
        ("//npm.internal/:_authToken=@@",),
        ("//npm.internal/:_authToken=${NPM_TOKEN}", "_auth=@@"),
        gives="Publishes packages or reads private ones.",
        rotate="Revoke the token at the registry.",
        url="https://docs.npmjs.com/cli/configuring-npm/npmrc",
    ),
    _file(
        "npmrc-password",
        ".npmrc password",
        "npm",
        r"(?:^|/)\.npmrc$",
        r"(?:^|[:_ \t])_(?:auth|password)[ \t]{0,4}=[ \t]{0,4}\"?(?P<secret>[0-9A-Za-z+/]{8,400}={0,2})"
        + behind("+/=$"),
        "//npm.internal/:_password=@@",
        "//npm.internal/:_password=${PASSWORD}",
        (BASE64(20, 40),),
        "https://docs.npmjs.com/cli/configuring-npm/npmrc",
        "Publishes packages or reads private ones.",
        "Change the password or revoke the token at the registry.",
    ),
    _file(
        "pypirc-password",
        ".pypirc password",
        "PyPI",
        r"(?:^|/)\.pypirc$",
        r"^[ \t]*password[ \t]*[=:][ \t]*"
        r"(?P<secret>(?:[^\sp%${}<\"'`(\[]|p[^\sy]|py[^\sp]|pyp[^\si])[^\s\"'`(){}\[\],;]{5,})[ \t]*$",
        "password = @@",
        "password = %(token)s",
        _ANY,
        "https://packaging.python.org/en/latest/specifications/pypirc/",
        "Uploads releases to an index.",
        "Change the password at the index, and use an API token of one project instead.",
    ),
    _file(
        "cargo-credentials",
        "Cargo registry token",
        "crates.io",
        r"(?:^|/)\.cargo/credentials(?:\.toml)?$",
        r"^[ \t]*token[ \t]*=[ \t]*[\"'](?P<secret>[^\s\"'c][^\s\"']{15,})[\"']",
        'token = "xx@@"',
        'token = ""',
        _ANY,
        "https://doc.rust-lang.org/cargo/reference/config.html#credentials",
        "Publishes crates to a registry.",
        "Revoke the token at the registry, and log in again with `cargo login`.",
    ),
    _file(
        "maven-password",
        "Maven server password",
        "Apache",
        r"(?:^|/)settings\.xml$",
        r"<password>[ \t]*(?P<secret>[^\s<>{}$]{4,})[ \t]*</password>",
        "<password>@@</password>",
        "<password>${env.PASSWORD}</password>",
        _ANY,
        "https://maven.apache.org/settings.html#servers",
        "Deploys artifacts to a repository.",
    ),
    _file(
        "gradle-password",
        "Gradle property with a password",
        "Gradle",
        r"(?:^|/)gradle\.properties$",
        r"^[0-9A-Za-z_.]{0,60}[Pp]assword[ \t]*=[ \t]*(?P<secret>[^\s${}<>]{4,})[ \t]*$",
        "signing.password=@@",
        "signing.password=${PASSWORD}",
        _ANY,
        "https://docs.gradle.org/current/userguide/signing_plugin.html",
        "Signs or publishes artifacts.",
    ),
    # ---- Files of clients ----
    _file(
        "netrc-password",
        ".netrc password",
        "several",
        r"(?:^|/)[._]netrc$",
        r"^[ \t]*(?:(?:machine[ \t]+[^\s]+|default)[ \t]+)?"
        r"(?:login[ \t]+[^\s]+[ \t]+)?"
        r"password[ \t]+(?P<secret>[^\s]+)[ \t]*$",
        "machine git.internal login app password @@",
        "machine git.internal login @@",
        _ANY,
        "https://www.gnu.org/software/inetutils/manual/html_node/The-_002enetrc-file.html",
        "Signs in to the host that the line names.",
    ),
    _file(
        "pgpass-password",
        ".pgpass password",
        "PostgreSQL",
        r"(?:^|/)(?:\.pgpass|pgpass\.conf)$",
        rf"^[^\s:#][^\s:]*:{_PORTS}:[^\s:]{{1,63}}:[^\s:]{{1,63}}:(?P<secret>[^\s:][^\s]*)$",
        "db.internal:5432:*:app:@@",
        "# db.internal:5432:*:app:@@",
        _ANY,
        "https://www.postgresql.org/docs/current/libpq-pgpass.html",
        "Signs in to a database.",
    ),
    _file(
        "my-cnf-password",
        "MySQL option file password",
        "Oracle",
        r"(?:^|/)\.?my(?:login)?\.cnf$",
        r"^[ \t]*password[ \t]*=[ \t]*[\"']?(?P<secret>[^\s\"'${}<>#]{3,})[\"']?[ \t]*$",
        "password = @@",
        "password =",
        _ANY,
        "https://dev.mysql.com/doc/refman/en/option-files.html",
        "Signs in to a database.",
    ),
    _file(
        "s3cfg-secret-key",
        "s3cmd secret key",
        "s3cmd",
        r"(?:^|/)\.s3cfg$",
        r"^[ \t]*secret_key[ \t]*=[ \t]*(?P<secret>[^\s${}<>]{16,})[ \t]*$",
        "secret_key = @@@@",
        "secret_key =",
        (BASE64(20),),
        "https://s3tools.org/kb/item14.htm",
        "Reads and writes buckets, together with the access key.",
        "Make the key inactive where it was issued, and run `s3cmd --configure` with a new one.",
    ),
    _file(
        "rclone-password",
        "rclone remote password",
        "rclone",
        r"(?:^|/)rclone\.conf$",
        r"^[ \t]*(?:pass|password2?|client_secret|secret_access_key)[ \t]*=[ \t]*"
        r"(?P<secret>[^\s${}<>\"'`(){}\[\],;.]{8,})[ \t]*$",
        "pass = @@",
        "pass =",
        _ANY,
        "https://rclone.org/docs/#configuration-encryption",
        "Reads and writes a remote: the stored form can be turned back.",
    ),
    _file(
        "filezilla-password",
        "FileZilla site password",
        "FileZilla",
        r"(?:^|/)(?:sitemanager|recentservers|filezilla)\.xml$",
        r"<Pass(?: encoding=\"base64\")?>(?P<secret>[^\s<>]{3,})</Pass>",
        '<Pass encoding="base64">@@</Pass>',
        "<Pass></Pass>",
        (BASE64(16),),
        "https://wiki.filezilla-project.org/Securing_your_Passwords",
        "Signs in to a server.",
    ),
    in_line(
        "docker-auth",
        "Docker registry login",
        "Docker",
        r"\"auth\"[ \t]*:[ \t]*\"(?P<secret>[0-9A-Za-z+/]{8,}={0,2})\"",
        _PASSWORD,
        ('"auth": "@@"',),
        ('"auth": ""', '"auth": "dXNlcg=="'),
        gives="Pulls and pushes images at a registry.",
        rotate="Run `docker logout`, and revoke the token or change the password.",
        url="https://docs.docker.com/reference/cli/docker/login/",
        is_intact=checksums.names_user,
        seal=_basic,
        path=r"(?:^|/)(?:\.docker/config|docker-?config|config|auth)\.json$|(?:^|/)\.dockercfg$|\.dockerconfigjson$",
    ),
    in_line(
        "kubernetes-client-key",
        "key of a Kubernetes client",
        "Kubernetes",
        r"client-key-data[\"']?:[ \t]*[\"']?(?P<secret>[0-9A-Za-z+/]{100,}={0,2})",
        (ALNUM(400, 500),),
        ("    client-key-data: @@",),
        ("    client-certificate-data: @@", "    client-key-data: LS0t"),
        gives="Acts as a user of a cluster.",
        rotate="Replace the client's certificate, and remove the user's role bindings.",
        url="https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/",
        is_intact=lambda value: (checksums.from_base64(value) or b"").startswith(b"-----BEGIN "),
        seal=_pem_in_base64,
    ),
    _file(
        "kubernetes-token",
        "token of a Kubernetes user",
        "Kubernetes",
        r"(?:^|/)(?:\.kube/config|[^/]*kubeconfig[^/]*)$",
        r"^[ \t]{1,16}token:[ \t]*[\"']?(?P<secret>(?:[^\s\"'{}$<>e]|e[^\s\"'{}$<>y])[^\s\"'{}$<>]{14,})",
        "    token: @@",
        "    token: ${TOKEN}",
        (LOWER_DIGITS(6), ".", LOWER_DIGITS(16)),
        "https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/",
        "Acts as a user of a cluster.",
        "Delete the token, or the service account's secret that it stands in, and hand out a new one.",
    ),
    in_line(
        "google-service-account",
        "Google service account key",
        "Google",
        r"\"private_key_id\"[ \t]*:[ \t]*\"(?P<secret>[0-9a-f]{40})\"",
        (HEX(40),),
        ('  "private_key_id": "@@",',),
        ('  "private_key_id": "@@0",', '  "key_id": "@@",'),
        gives="Names a key that acts as a service account, and stands beside it.",
        rotate="Delete the key under IAM, Service accounts, Keys.",
        url="https://cloud.google.com/iam/docs/keys-create-delete",
    ),
    # ---- Files of frameworks ----
    _file(
        "rails-master-key",
        "Rails master key",
        "Rails",
        r"(?:^|/)(?:master|credentials/[a-z]{1,30})\.key$",
        r"^(?P<secret>[0-9a-f]{32})$",
        "@@",
        "x@@",
        (HEX(32),),
        "https://guides.rubyonrails.org/security.html#custom-credentials",
        "Decrypts the credentials file of an application.",
        "Replace every credential in the encrypted file, and encrypt it again under a new key.",
    ),
    in_line(
        "laravel-app-key",
        "Laravel application key",
        "Laravel",
        r"base64:(?P<secret>[0-9A-Za-z+/]{43}=)" + behind("+/="),
        (BASE64(43), "="),
        ("APP_KEY=base64:@@",),
        ("APP_KEY=base64:x@@", "APP_KEY=@@"),
        gives="Forges sessions and decrypts what the application encrypted.",
        rotate="Run `php artisan key:generate`, and list the old key under APP_PREVIOUS_KEYS.",
        url="https://laravel.com/docs/encryption#gracefully-rotating-encryption-keys",
    ),
    in_line(
        "django-secret-key",
        "generated Django secret key",
        "Django",
        in_front("-") + r"(?P<secret>django-insecure-[0-9a-z!@#$%^&*(_=+)-]{50})",
        ("django-insecure-", Alphabet("0-9a-z!@#$%^&*(_=+)-")(50)),
        ("SECRET_KEY = '@@'",),
        ("SECRET_KEY = 'x@@'", "SECRET_KEY = 'django-insecure-'"),
        gives="Forges sessions and signed values of a site.",
        rotate="Set a new key outside of the code, and list the old one under SECRET_KEY_FALLBACKS.",
        url="https://docs.djangoproject.com/en/stable/ref/settings/#secret-key",
    ),
    in_line(
        "wordpress-salt",
        "WordPress key or salt",
        "WordPress",
        r"define\([ \t]*[\"'](?:AUTH|SECURE_AUTH|LOGGED_IN|NONCE)_(?:KEY|SALT)[\"'][ \t]*,[ \t]{0,16}"
        r"'(?P<secret>[^'\\]{64})'",
        (Alphabet("0-9A-Za-z!#%&()*+,./:;<=>?_{|}~-")(64),),
        ("define('AUTH_KEY',         '@@');", "define( 'NONCE_SALT', '@@' );"),
        ("define('AUTH_KEY', 'put your unique phrase here');", "define('DB_NAME', '@@');"),
        gives="Forges the cookies of signed-in users.",
        rotate="Replace all eight values, which signs everybody out.",
        url="https://developer.wordpress.org/advanced-administration/security/hardening/",
    ),
)
