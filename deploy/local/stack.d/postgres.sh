# The stack's PostgreSQL: a cluster of its own, started with the system's binaries.
# shellcheck shell=bash

# As root the server runs as the user `postgres`, because it refuses to run as root.
as_postgres() {
    if ((EUID == 0)); then
        setpriv --reuid=postgres --regid=postgres --init-groups --reset-env -- "$@"
    else
        "$@"
    fi
}

# The folder of the binaries: those that made the data, else the newest.
postgres_bin() {
    local version='' newest
    [[ ! -r $(postgres_place)/data/PG_VERSION ]] || version=$(<"$(postgres_place)/data/PG_VERSION")
    newest=$(compgen -G "/usr/lib/postgresql/${version:-*}/bin/initdb" | sort -V | tail -n 1) || true
    [[ -x $newest ]] || die "PostgreSQL $version is not installed: run deploy/local/install, or" \
        "'deploy/local/stack $stack remove' if another version made the data"
    dirname "$newest"
}

# `.local/NAME/postgres` is the place, or a link to it.
postgres_place() {
    readlink -f "$folder/postgres" || printf '%s' "$folder/postgres"
}

postgres_pid() {
    head -n 1 "$(postgres_place)/data/postmaster.pid" 2>/dev/null || true
}

postgres_log() {
    printf '%s/log' "$(postgres_place)"
}

postgres_process_lives() {
    process_is "$(postgres_pid)" "-D $(postgres_place)/data"
}

postgres_runs() {
    postgres_process_lives && port_answers "$(kept_port postgres)"
}

# A checkout below a closed home folder cannot be entered by `postgres`: then the data lives below /var/tmp.
postgres_make_place() {
    local outside=/var/tmp/$stack_id
    # A link to anywhere else came with a copied checkout, and its data belongs to the original.
    [[ ! -L $folder/postgres || $(readlink "$folder/postgres") == "$outside" ]] || rm "$folder/postgres"
    [[ -L $folder/postgres ]] || mkdir -p "$folder/postgres"
    if ! as_postgres test -x "$folder/postgres/" && [[ ! -L $folder/postgres ]]; then
        rmdir "$folder/postgres" || die "$folder/postgres cannot be entered by the user postgres any more"
        ln -s "$outside" "$folder/postgres"
    fi
    # Anybody may write to /var/tmp: a link that waits there is not followed.
    if [[ -L $folder/postgres ]] && [[ -L $outside || ! -d $outside ]]; then
        mkdir -m 700 "$outside" || die "$outside is not a folder of ours: remove it"
    fi
    local place
    place=$(postgres_place)
    ((EUID != 0)) || [[ $(stat -c %U "$place") != root ]] || chown postgres: "$place"
    [[ $(stat -c %u "$place") == "$(as_postgres id -u)" ]] ||
        die "$place belongs to $(stat -c %U "$place"): run this as that user, or remove it"
}

postgres_make_cluster() {
    local place=$1 bin=$2
    [[ ! -f $place/data/PG_VERSION ]] || return 0
    # Under another name until it is complete, so that half a cluster is never taken for one.
    as_postgres rm -rf "$place/data.new"
    (umask 077 && password | as_postgres tee "$place/password" >/dev/null)
    as_postgres "$bin/initdb" -D "$place/data.new" -U geniacs --pwfile="$place/password" --auth=scram-sha-256 \
        -E UTF8 --locale=C.UTF-8 --no-sync >"$folder/initdb.log" 2>&1 || die_with_log "$folder/initdb.log" "initdb failed"
    as_postgres rm "$place/password"
    as_postgres tee -a "$place/data.new/postgresql.conf" >/dev/null <<<"include = '../stack.conf'"
    as_postgres mv "$place/data.new" "$place/data"
}

postgres_settings() {
    cat <<EOF
# Written by deploy/local/stack at every start.
listen_addresses = '127.0.0.1'
port = $(kept_port postgres)
unix_socket_directories = ''
max_connections = 400
shared_buffers = 256MB
wal_level = minimal
max_wal_senders = 0
max_wal_size = 2GB
timezone = 'UTC'
log_line_prefix = '%m [%p] '
EOF
    [[ $scratch == no ]] || printf 'fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n'
}

postgres_start() {
    # A server that no longer answers is stopped first.
    if postgres_process_lives; then postgres_stop; fi
    postgres_make_place
    local place bin
    place=$(postgres_place)
    bin=$(postgres_bin)
    postgres_make_cluster "$place" "$bin"
    # After a crash the file may hold a number that is another program's by now, and PostgreSQL would wait for it.
    [[ ! -d /proc/$(postgres_pid)/fd ]] || as_postgres rm -f "$place/data/postmaster.pid"
    settle_port postgres
    postgres_launch "$place" "$bin" && return
    # The port was taken since the choice, or sessions of a crashed server are on their way out.
    sleep 1
    settle_port postgres
    postgres_launch "$place" "$bin" || die_with_log "$place/log" "PostgreSQL did not start"
}

postgres_launch() {
    postgres_settings | as_postgres tee "$1/stack.conf" >/dev/null
    as_postgres "$2/pg_ctl" -D "$1/data" -l "$1/log" -w -s -t 60 start 9>&-
}

postgres_wait() {
    local bin url
    bin=$(postgres_bin)
    url="host=127.0.0.1 port=$(kept_port postgres) user=geniacs dbname=postgres"
    export PGPASSWORD
    PGPASSWORD=$(password)
    local found
    found=$("$bin/psql" "$url" -Atqc "SELECT count(*) FROM pg_database WHERE datname = 'geniacs'") ||
        die "PostgreSQL refuses this stack's password: 'deploy/local/stack $stack remove' drops its data"
    ((found == 1)) || "$bin/psql" "$url" -qc 'CREATE DATABASE geniacs'
}

postgres_stop() {
    local pid words
    pid=$(postgres_pid)
    words="-D $(postgres_place)/data"
    process_is "$pid" "$words" || return 0
    # SIGINT is PostgreSQL's "fast" stop: it ends the sessions and writes everything down.
    kill -INT "$pid" 2>/dev/null || true
    wait_until 30 process_is_gone "$pid" "$words" || end_process "$pid" "$words" 0
}

postgres_kill() {
    if postgres_process_lives; then kill -KILL "$(postgres_pid)"; fi
    wait_until 10 process_is_gone "$(postgres_pid)" "-D $(postgres_place)/data"
}

postgres_remove() {
    rm -rf "/var/tmp/${stack_id:?}"
}
