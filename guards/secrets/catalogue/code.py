"""Code hosts, package registries, builds and what else keeps code."""

from __future__ import annotations

from guards.secrets import checksums
from guards.secrets.catalogue.shapes import (
    ALNUM, BASE32_LOWER, BASE64, HEX, LOWER_DIGITS, URL_SAFE, UPPER_DIGITS, UPPER_HEX, UUID, assigned, one_of, prefixed,
)
from guards.secrets.formats import Format

_GITHUB = "https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github"
_GITLAB = "https://docs.gitlab.com/security/tokens/"


def _github(id: str, name: str, prefix: str, gives: str, rotate: str) -> Format:  # noqa: A002
    return prefixed(
        id, name, "GitHub", prefix, ALNUM(36),
        gives=gives, rotate=rotate, url=_GITHUB,
        is_intact=checksums.has_base62_crc, seal=checksums.sealed_base62_crc,
    )


def _gitlab(id: str, name: str, *parts: object, gives: str, rotate: str) -> Format:  # noqa: A002
    return prefixed(id, name, "GitLab", *parts, gives=gives, rotate=rotate, url=_GITLAB)  # type: ignore[arg-type]


FORMATS = (
    # ---- Code hosts ----
    _github(
        "github-personal-token", "GitHub personal access token (classic)", "ghp_",
        "Acts as its owner in every repository and organisation that the chosen scopes reach.",
        "Delete it under Settings, Developer settings, Personal access tokens, Tokens (classic).",
    ),
    _github(
        "github-oauth-token", "GitHub OAuth access token", "gho_",
        "Acts as the user who authorised an OAuth app, within the scopes that were granted.",
        "Revoke the app's authorisation under Settings, Applications, Authorized OAuth Apps.",
    ),
    _github(
        "github-user-token", "GitHub App user access token", "ghu_",
        "Acts as a user on behalf of a GitHub App.",
        "Revoke the app under Settings, Applications, Authorized GitHub Apps.",
    ),
    _github(
        "github-installation-token", "GitHub App installation token", "ghs_",
        "Acts as a GitHub App or a workflow run in the repositories where it is installed, until it expires.",
        "Revoke it with a DELETE of /installation/token, and replace the app's private key if it made the token.",
    ),
    _github(
        "github-refresh-token", "GitHub App refresh token", "ghr_",
        "Obtains new user access tokens for up to six months.",
        "Revoke the app under Settings, Applications, Authorized GitHub Apps.",
    ),
    prefixed(
        "github-fine-grained-token", "GitHub fine-grained personal access token", "GitHub",
        "github_pat_", ALNUM(22), "_", ALNUM(59),
        gives="Acts as its owner in the chosen repositories with the chosen permissions.",
        rotate="Delete it under Settings, Developer settings, Personal access tokens, Fine-grained tokens.",
        url=_GITHUB,
    ),
    _gitlab(
        "gitlab-personal-token", "GitLab personal, project or group access token", "glpat-", URL_SAFE(20),
        gives="Acts as a user or a bot on the API and in repositories, within its scopes.",
        rotate="Revoke it under Preferences, Access tokens, or in the settings of the project or group.",
    ),
    prefixed(
        "gitlab-routable-token", "GitLab routable access token", "GitLab",
        "glpat-", URL_SAFE(27, 300), ".0", LOWER_DIGITS(1), ".", LOWER_DIGITS(9),
        gives="Acts as a user or a bot on the API and in repositories, within its scopes.",
        rotate="Revoke it under Preferences, Access tokens, or in the settings of the project or group.",
        url=_GITLAB, is_intact=checksums.is_routable, seal=checksums.sealed_routable,
    ),
    _gitlab(
        "gitlab-deploy-token", "GitLab deploy token", "gldt-", URL_SAFE(20),
        gives="Reads or writes a project's repository, packages and container images.",
        rotate="Revoke it in the project or group under Settings, Repository, Deploy tokens.",
    ),
    _gitlab(
        "gitlab-runner-token", "GitLab runner authentication token", "glrt-", URL_SAFE(20),
        gives="Poses as a runner, and so gets jobs with their variables and code.",
        rotate="Reset the runner's authentication token, or delete the runner and register it again.",
    ),
    _gitlab(
        "gitlab-runner-registration-token", "GitLab runner registration token", "GR1348941", URL_SAFE(20),
        gives="Registers runners, which then get jobs with their variables and code.",
        rotate="Reset it under Settings, CI/CD, Runners.",
    ),
    _gitlab(
        "gitlab-trigger-token", "GitLab pipeline trigger token", "glptt-", HEX(40),
        gives="Starts pipelines of a project with chosen variables, as the user who made it.",
        rotate="Revoke it under Settings, CI/CD, Pipeline trigger tokens.",
    ),
    _gitlab(
        "gitlab-feed-token", "GitLab feed token", "glft-", URL_SAFE(20),
        gives="Reads a user's activity and calendar feeds, of private projects too.",
        rotate="Reset it under Preferences, Access tokens, Feed token.",
    ),
    _gitlab(
        "gitlab-mail-token", "GitLab incoming email token", "glimt-", URL_SAFE(25),
        gives="Creates issues and merge requests as a user, by email.",
        rotate="Reset it under Preferences, Access tokens, Incoming email token.",
    ),
    _gitlab(
        "gitlab-agent-token", "GitLab agent for Kubernetes token", "glagent-", URL_SAFE(50),
        gives="Connects to GitLab as the agent of a cluster, and receives its configuration.",
        rotate="Revoke it under Operate, Kubernetes clusters, and install a new one in the cluster.",
    ),
    _gitlab(
        "gitlab-oauth-secret", "GitLab OAuth application secret", "gloas-", HEX(64),
        gives="Poses as an application when users sign in with GitLab.",
        rotate="Renew the secret on the application's page.",
    ),
    _gitlab(
        "gitlab-scim-token", "GitLab SCIM token", "glsoat-", URL_SAFE(20),
        gives="Creates and removes members of a group through SCIM.",
        rotate="Reset it under the group's Settings, SAML SSO.",
    ),
    _gitlab(
        "gitlab-feature-flag-token", "GitLab feature flags client token", "glffct-", URL_SAFE(20),
        gives="Reads a project's feature flags.",
        rotate="Regenerate the instance ID under Deploy, Feature flags, Configure.",
    ),
    prefixed(
        "bitbucket-access-token", "Bitbucket repository, project or workspace access token", "Atlassian",
        "ATCTT3xFfGN0", URL_SAFE(171), "=", UPPER_HEX(8),
        gives="Reads or writes repositories in Bitbucket, and starts pipelines.",
        rotate="Revoke it in the settings of the repository, project or workspace under Access tokens.",
        url="https://support.atlassian.com/bitbucket-cloud/docs/access-tokens/", shown=6,
    ),
    prefixed(
        "bitbucket-app-password", "Bitbucket app password", "Atlassian", "ATBB", ALNUM(24), UPPER_HEX(8),
        gives="Acts as a user on Bitbucket, within the chosen permissions.",
        rotate="Revoke it under Personal settings, App passwords.",
        url="https://support.atlassian.com/bitbucket-cloud/docs/app-passwords/",
    ),
    prefixed(
        "azure-devops-token", "Azure DevOps personal access token", "Microsoft", ALNUM(76), "AZDO", ALNUM(4),
        gives="Acts as its owner on code, builds and releases of an organisation.",
        rotate="Revoke it under User settings, Personal access tokens.",
        url="https://learn.microsoft.com/en-us/azure/devops/organizations/accounts/use-personal-access-tokens-to-authenticate",
    ),
    assigned(
        "gitea-token", "Gitea or Forgejo access token", "Gitea",
        ("gitea~token", "forgejo~token", "codeberg~token"), HEX(40),
        gives="Acts as a user on the instance, within the token's scopes.",
        rotate="Delete it under Settings, Applications.",
        url="https://docs.gitea.com/development/api-usage",
    ),
    prefixed(
        "sourcegraph-token", "Sourcegraph access token", "Sourcegraph", "sgp_", HEX(16), "_", HEX(40),
        gives="Searches and reads all code that its owner can see.",
        rotate="Revoke it under Settings, Access tokens.",
        url="https://sourcegraph.com/docs/cli/how-tos/creating-an-access-token",
    ),
    # ---- Packages ----
    prefixed(
        "npm-token", "npm access token", "npm", "npm_", ALNUM(36),
        gives="Publishes packages or reads private ones as its owner.",
        rotate="Revoke it with `npm token revoke` or under Access Tokens on npmjs.com.",
        url="https://docs.npmjs.com/about-access-tokens",
        is_intact=checksums.has_base62_crc, seal=checksums.sealed_base62_crc,
    ),
    prefixed(
        "rubygems-key", "RubyGems API key", "RubyGems", "rubygems_", HEX(48),
        gives="Pushes and yanks gems, within the key's scopes.",
        rotate="Delete it under Settings, API keys on rubygems.org.",
        url="https://guides.rubygems.org/api-key-scopes/",
    ),
    prefixed(
        "crates-io-token", "crates.io API token", "crates.io", "cio", ALNUM(32),
        gives="Publishes and yanks crates, within the token's scopes.",
        rotate="Revoke it under Account Settings, API Tokens.",
        url="https://doc.rust-lang.org/cargo/reference/publishing.html",
    ),
    prefixed(
        "nuget-key", "NuGet API key", "Microsoft", "oy2", BASE32_LOWER(43),
        gives="Pushes packages to nuget.org, within the key's scopes.",
        rotate="Delete or regenerate it under API Keys on nuget.org.",
        url="https://learn.microsoft.com/en-us/nuget/nuget-org/publish-a-package",
    ),
    prefixed(
        "clojars-token", "Clojars deploy token", "Clojars", "CLOJARS_", HEX(60),
        gives="Deploys artifacts to the owner's groups.",
        rotate="Disable it on the deploy tokens page of Clojars.",
        url="https://github.com/clojars/clojars-web/wiki/Deploy-Tokens",
    ),
    prefixed(
        "packagist-token", "Private Packagist token", "Packagist",
        one_of("packagist_ort_", "packagist_out_", "packagist_uut_"), HEX(68),
        gives="Reads or changes an organisation's private packages.",
        rotate="Delete it in the organisation's settings under Authentication tokens.",
        url="https://packagist.com/docs/composer-authentication", 
    ),
    prefixed(
        "docker-personal-token", "Docker Hub personal access token", "Docker", "dckr_pat_", URL_SAFE(27),
        gives="Pulls, pushes or deletes images as its owner.",
        rotate="Delete it under Account settings, Personal access tokens.",
        url="https://docs.docker.com/security/access-tokens/",
    ),
    prefixed(
        "docker-organization-token", "Docker Hub organisation access token", "Docker", "dckr_oat_", URL_SAFE(32),
        gives="Pulls or pushes images of an organisation.",
        rotate="Delete it in the organisation's settings under Access tokens.",
        url="https://docs.docker.com/enterprise/security/access-tokens/",
    ),
    prefixed(
        "artifactory-key", "JFrog Artifactory API key", "JFrog", "AKCp", ALNUM(69),
        gives="Reads or deploys artifacts as its owner.",
        rotate="Revoke the API key on the user's profile page.",
        url="https://jfrog.com/help/r/jfrog-platform-administration-documentation/api-key",
    ),
    prefixed(
        "artifactory-reference-token", "JFrog reference token", "JFrog", "cmVmdGtuO", BASE64(55),
        gives="Stands for an access token of the JFrog platform.",
        rotate="Revoke it under User Management, Access Tokens.",
        url="https://jfrog.com/help/r/jfrog-platform-administration-documentation/reference-token",
        is_intact=lambda value: (checksums.from_base64(value) or b"").startswith(b"reftkn:"),
        seal=lambda value: "cmVmdGtuOjAxOj" + value[14:],
    ),
    # ---- Builds and quality ----
    prefixed(
        "circleci-personal-token", "CircleCI personal API token", "CircleCI", "CCIPAT_", ALNUM(22), "_", HEX(40),
        gives="Reads builds, starts pipelines and changes settings as its owner.",
        rotate="Remove it under User Settings, Personal API Tokens.",
        url="https://circleci.com/docs/managing-api-tokens/",
    ),
    prefixed(
        "circleci-project-token", "CircleCI project API token", "CircleCI", "CCIPRJ_", ALNUM(22), "_", HEX(40),
        gives="Reads builds of a project, and starts pipelines.",
        rotate="Remove it in the project's settings under API Permissions.",
        url="https://circleci.com/docs/managing-api-tokens/",
    ),
    prefixed(
        "buildkite-token", "Buildkite API access token", "Buildkite", "bkua_", HEX(40),
        gives="Reads and starts builds, and changes pipelines, within its scopes.",
        rotate="Revoke it under Personal Settings, API Access Tokens.",
        url="https://buildkite.com/docs/apis/managing-api-tokens",
    ),
    assigned(
        "codecov-token", "Codecov upload token", "Codecov", ("codecov_token",), *UUID,
        gives="Uploads coverage reports for a repository.",
        rotate="Regenerate it in the repository's settings on Codecov.",
        url="https://docs.codecov.com/docs/codecov-tokens",
    ),
    assigned(
        "travis-token", "Travis CI API token", "Travis CI", ("travis~token",), URL_SAFE(22),
        gives="Reads and restarts builds as its owner.",
        rotate="Regenerate it on the settings page of Travis CI.",
        url="https://docs.travis-ci.com/user/triggering-builds/",
    ),
    prefixed(
        "sonar-token", "SonarQube token", "Sonar", one_of("sqa_", "sqp_", "squ_"), HEX(40),
        gives="Analyses projects, or acts as its owner on the server.",
        rotate="Revoke it under My Account, Security.",
        url="https://docs.sonarsource.com/sonarqube-server/user-guide/managing-tokens", shown=4,
    ),
    assigned(
        "snyk-token", "Snyk API token", "Snyk", ("snyk~token", "snyk~key"), *UUID,
        gives="Reads an organisation's projects and their vulnerabilities.",
        rotate="Revoke it under Account settings, General, Auth token.",
        url="https://docs.snyk.io/snyk-api/authentication-for-api",
    ),
    prefixed(
        "octopus-key", "Octopus Deploy API key", "Octopus Deploy", "API-", UPPER_DIGITS(25, 32),
        gives="Deploys releases and reads variables as its owner.",
        rotate="Revoke it on the user's profile under My API Keys.",
        url="https://octopus.com/docs/octopus-rest-api/how-to-create-an-api-key",
    ),
    prefixed(
        "harness-token", "Harness access token", "Harness",
        one_of("pat.", "sat."), URL_SAFE(22), ".", HEX(24), ".", ALNUM(20),
        gives="Runs pipelines and reads their configuration as a user or a service account.",
        rotate="Delete it on the profile of the user or the service account.",
        url="https://developer.harness.io/docs/platform/automation/api/add-and-manage-api-keys/", shown=4,
    ),
    prefixed(
        "jetbrains-token", "YouTrack, Hub or TeamCity permanent token", "JetBrains",
        one_of("perm:", "perm-"), BASE64(4, 60), one_of("", "=", "=="), ".", BASE64(4, 60), one_of("", "=", "=="), ".", ALNUM(30),
        gives="Acts as its owner in the service that it was made for.",
        rotate="Delete it on the owner's profile under Account Security.",
        url="https://www.jetbrains.com/help/youtrack/server/manage-permanent-token.html", shown=5,
    ),
    prefixed(
        "postman-key", "Postman API key", "Postman", "PMAK-", HEX(24), "-", HEX(34),
        gives="Reads and changes collections and environments, with the secrets that they hold.",
        rotate="Revoke it under Settings, API keys.",
        url="https://learning.postman.com/docs/developer/postman-api/authentication/",
    ),
    prefixed(
        "postman-collection-key", "Postman collection access key", "Postman", "PMAT-", UPPER_DIGITS(26),
        gives="Reads one collection.",
        rotate="Delete it under Settings, Collection access keys.",
        url="https://learning.postman.com/docs/collections/use-collections/collection-access-keys/",
    ),
    prefixed(
        "infracost-key", "Infracost API key", "Infracost", "ico-", ALNUM(32),
        gives="Uses an organisation's quota of the pricing API.",
        rotate="Regenerate it in the organisation's settings.",
        url="https://www.infracost.io/docs/cloud_pricing_api/overview/",
    ),
    prefixed(
        "prefect-key", "Prefect Cloud API key", "Prefect", one_of("pnu_", "pnb_"), ALNUM(36),
        gives="Runs flows and reads their results and blocks.",
        rotate="Delete it under API Keys in the settings.",
        url="https://docs.prefect.io/v3/how-to-guides/cloud/manage-users/api-keys", shown=4,
    ),
    prefixed(
        "wakatime-key", "WakaTime API key", "WakaTime", "waka_", *UUID,
        gives="Reads what its owner worked on and when.",
        rotate="Regenerate it on the account settings page.",
        url="https://wakatime.com/developers#authentication",
    ),
    prefixed(
        "lichess-token", "Lichess personal API token", "Lichess", "lip_", ALNUM(20),
        gives="Acts as a player, within the chosen scopes.",
        rotate="Revoke it under Preferences, API access tokens.",
        url="https://lichess.org/api#section/Introduction/Authentication",
    ),
    prefixed(
        "fortytwo-secret", "42 Intra application secret", "42", "s-s4t2", one_of("ud", "af"), "-", HEX(64),
        gives="Calls the school's API as an application.",
        rotate="Regenerate the secret on the application's page.",
        url="https://api.intra.42.fr/apidoc/guides/getting_started",
    ),
)
