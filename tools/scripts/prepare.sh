# Sourced by ./run, ./test and ./bench/run from the repository's root: what the machine must have, and the build.

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1

say() { printf '%s\n' "$*" >&2; }

fail() {
  say "error: $*"
  exit 1
}

# The prerequisites that Debian's own packages do not bring.
require_dotnet() {
  command -v dotnet >/dev/null || fail '.NET SDK 10 is needed and "dotnet" was not found: https://dot.net/download'
  dotnet --list-sdks | grep -q '^10\.' ||
    fail ".NET SDK 10 is needed; installed: $(dotnet --list-sdks | cut -d' ' -f1 | tr '\n' ' ')"
}

has_node() { command -v node >/dev/null && command -v npm >/dev/null; }

require_node() {
  has_node || fail 'Node.js with npm is needed: https://nodejs.org'
}

has_rabbitmq() { [[ -x /usr/lib/rabbitmq/bin/rabbitmq-server ]] || command -v rabbitmq-server >/dev/null; }

has_postgres() { compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null || command -v postgres >/dev/null; }

has_chromium() { [[ -x /usr/bin/chromium ]]; }

has_nchan() { [[ -x /usr/sbin/nginx && -f /usr/lib/nginx/modules/ngx_nchan_module.so ]]; }

has_redis() { [[ -x /usr/bin/redis-server ]]; }

as_root() {
  if ((EUID == 0)); then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    fail "this needs root and there is no sudo: $*"
  fi
}

# Installs packages so that none of their services is started: a policy-rc.d that forbids it stands there meanwhile, and
# one that was there before is put back.
install_packages() {
  local policy=/usr/sbin/policy-rc.d log status=0
  log=$(mktemp)
  say "Installing $* …"
  as_root sh -c '
    policy=$1; shift
    restore() { rm -f "$policy"; if [ -e "$policy.sluice" ]; then mv "$policy.sluice" "$policy"; fi; }
    trap restore EXIT
    trap "exit 130" INT TERM HUP
    if [ -e "$policy" ] && [ ! -e "$policy.sluice" ]; then mv "$policy" "$policy.sluice"; fi
    printf "#!/bin/sh\nexit 101\n" >"$policy"
    chmod 755 "$policy"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -q && apt-get install -q -y --no-install-recommends "$@"
  ' sh "$policy" "$@" >"$log" 2>&1 || status=$?
  if ((status != 0)); then
    tail -n 30 "$log" >&2
    rm -f "$log"
    fail "installing $* failed ($status)"
  fi
  rm -f "$log"
}

# The servers, unless the environment names others to be used.
require_servers() {
  local missing=()
  if [[ -z ${RABBITMQ_URI:-} ]] && ! has_rabbitmq; then missing+=(rabbitmq-server); fi
  if [[ -z ${POSTGRES_URI:-} ]] && ! has_postgres; then missing+=(postgresql); fi
  command -v setpriv >/dev/null && command -v setsid >/dev/null || missing+=(util-linux)
  require_packages "${missing[@]}"
}

# What only the tests of /play need, only `bench fanout`, and only `bench batch`.
require_chromium() { has_chromium || require_packages chromium; }

require_nchan() { has_nchan || require_packages nginx-light libnginx-mod-nchan; }

require_queues() {
  require_node
  has_redis || require_packages redis-server
  install_node_packages bench/peers
}

# install_node_packages FOLDER: what its lock file says, when that has changed.
install_node_packages() {
  local stamp=$1/node_modules/.sluice-installed log status=0
  if cmp -s "$1/package-lock.json" "$stamp"; then return; fi
  say "Installing the npm packages of $1 …"
  log=$(mktemp)
  npm ci --prefix "$1" --no-audit --no-fund --loglevel=error >"$log" 2>&1 || status=$?
  ((status == 0)) || cat "$log" >&2
  rm -f "$log"
  ((status == 0)) || fail "npm ci in $1 failed"
  cp "$1/package-lock.json" "$stamp"
}

require_packages() {
  if (($# == 0)); then return; fi
  command -v apt-get >/dev/null || fail "install these first (there is no apt-get here): $*"
  install_packages "$@"
}

# build SOLUTION: Release, silent unless it fails. One compiler serves all projects, each of which would else load and
# compile the analyzers for itself; it has a name of its own, and ends with the build.
build() {
  local log sdk compiler=sluice-$$ status=0
  log=$(mktemp)
  sdk=$(dotnet --info | sed -nE 's/^ *Base Path: *//p')
  say "Building $1 …"
  dotnet build "$1" -c Release -v quiet -nologo -nodeReuse:false \
    -p:UseSharedCompilation=true -p:SharedCompilationId="$compiler" >"$log" 2>&1 || status=$?
  "$sdk/Roslyn/bincore/VBCSCompiler" -pipename:"$compiler" -shutdown >/dev/null 2>&1 || true
  if ((status != 0)); then
    grep -E 'error|warning' "$log" | sort -u | head -n 40 >&2 || tail -n 40 "$log" >&2
    rm -f "$log"
    fail "the build of $1 failed"
  fi
  rm -f "$log"
}

# build_if_changed SOLUTION STAMP: the same, and nothing when no source is newer than the last time.
build_if_changed() {
  if [[ -f $2 ]] && [[ -z $(sources_newer_than "$2") ]]; then return; fi
  # Taken before the build: a source saved meanwhile is built the next time.
  local started
  started=$(mktemp)
  build "$1"
  mkdir -p "$(dirname "$2")"
  mv "$started" "$2"
}

# Folders count too: theirs is the trace that a deleted file leaves. Those that hold build output change with it.
sources_newer_than() {
  find services shared tools bench Directory.Build.props Directory.Packages.props Services.sln run.slnf global.json \
    .editorconfig \( -name bin -o -name obj -o -name results \) -prune -o -newer "$1" \
    \( -type f -o -type d ! -exec test -d '{}/obj' \; \) -print -quit
}

cluster() { dotnet tools/local-cluster/bin/Release/net10.0/Sluice.LocalCluster.dll "$@"; }
