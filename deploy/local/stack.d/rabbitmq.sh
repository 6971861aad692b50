# The stack's RabbitMQ: one node with an epmd, a cookie and a data folder of its own.
# shellcheck shell=bash

rabbitmq_server=/usr/lib/rabbitmq/bin/rabbitmq-server

rabbitmq_pid() {
    cat "$folder/rabbitmq/pid" 2>/dev/null || true
}

rabbitmq_log() {
    printf '%s/rabbitmq/log/rabbit.log' "$folder"
}

rabbitmq_process_lives() {
    process_is "$(rabbitmq_pid)" "$stack_id "
}

rabbitmq_runs() {
    rabbitmq_process_lives && epmd_runs && port_answers "$(kept_port rabbitmq)"
}

# epmd tells Erlang programs where a node is. Ours runs beside the node and ends with it; the system's is not asked.
epmd_pid() {
    cat "$folder/rabbitmq/epmd.pid" 2>/dev/null || true
}

epmd_runs() {
    process_is "$(epmd_pid)" "-port $(kept_port epmd) "
}

epmd_start() {
    ! epmd_runs || return 0
    settle_port epmd
    setsid epmd -port "$(kept_port epmd)" -address 127.0.0.1 </dev/null >/dev/null 2>&1 9>&- &
    disown "$!"
    printf '%s\n' "$!" >"$folder/rabbitmq/epmd.pid"
    wait_until 10 port_answers "$(kept_port epmd)" || die "epmd did not start on port $(kept_port epmd)"
}

rabbitmq_settings() {
    cat <<EOF
# Written by deploy/local/stack at every start.
listeners.tcp.1 = 127.0.0.1:$(kept_port rabbitmq)
default_user = geniacs
default_pass = $(password)
log.file.level = warning
vm_memory_high_watermark.absolute = 1GB
disk_free_limit.absolute = 200MB
raft.wal_max_size_bytes = 64000000
EOF
}

# Everything that RabbitMQ would otherwise look for in the system's folders. Every path is absolute, because
# a relative one silently makes a second data folder.
rabbitmq_environment() {
    local home=$folder/rabbitmq
    export HOME=$home LANG=C.UTF-8
    export ERL_EPMD_PORT ERL_EPMD_ADDRESS=127.0.0.1
    ERL_EPMD_PORT=$(kept_port epmd)
    export RABBITMQ_NODENAME=geniacs-$stack@localhost RABBITMQ_NODE_IP_ADDRESS=127.0.0.1
    export RABBITMQ_NODE_PORT RABBITMQ_DIST_PORT
    RABBITMQ_NODE_PORT=$(kept_port rabbitmq)
    RABBITMQ_DIST_PORT=$(kept_port rabbitmq_nodes)
    export RABBITMQ_MNESIA_BASE=$home/data RABBITMQ_SCHEMA_DIR=$home/schema RABBITMQ_GENERATED_CONFIG_DIR=$home/schema
    export RABBITMQ_LOG_BASE=$home/log RABBITMQ_LOGS=$home/log/rabbit.log
    export RABBITMQ_CONFIG_FILE=$home/rabbitmq.conf RABBITMQ_ADVANCED_CONFIG_FILE=$home/advanced.config
    export RABBITMQ_ENABLED_PLUGINS_FILE=$home/enabled_plugins
    # Absent on purpose: hides the system's.
    export RABBITMQ_CONF_ENV_FILE=$home/rabbitmq-env.conf
    # Our own epmd is up already; nothing listens outside loopback; the last words name this stack in the command line.
    export RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-start_epmd false \
-kernel inet_dist_use_interface {127,0,0,1} -geniacs_stack $stack_id"
    # Makes the start script become the server, so that its process id is the server's.
    export RUNNING_UNDER_SYSTEMD=true
    unset NOTIFY_SOCKET RABBITMQ_PID_FILE
}

rabbitmq_make_home() {
    mkdir -p "$folder"/rabbitmq/{data,log,schema}
    chmod 700 "$folder/rabbitmq"
    local cookie=$folder/rabbitmq/.erlang.cookie
    [[ -s $cookie ]] || (umask 077 && head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n' >"$cookie" && chmod 400 "$cookie")
    # No plugins: nothing here needs the management pages, and the start is quicker.
    printf '[].\n' >"$folder/rabbitmq/enabled_plugins"
}

rabbitmq_start() {
    [[ -x $rabbitmq_server ]] || die "RabbitMQ is not installed: run deploy/local/install"
    # A node that no longer answers, or that lost its epmd, is stopped first.
    if rabbitmq_process_lives; then rabbitmq_stop; fi
    # A queue that was deleted and declared again before a stop can come up without its process: nothing can be published
    # to it or consumed from it, for ever.
    [[ $empty_broker == no ]] || rm -rf "$folder/rabbitmq/data"
    rabbitmq_make_home
    epmd_start
    settle_port rabbitmq
    settle_port rabbitmq_nodes
    rabbitmq_launch
}

rabbitmq_launch() {
    rabbitmq_settings >"$folder/rabbitmq/rabbitmq.conf"
    (rabbitmq_environment && exec setsid "$rabbitmq_server" </dev/null >"$folder/rabbitmq/log/console.log" 2>&1 9>&-) &
    launched=$!
    disown "$launched"
    printf '%s\n' "$launched" >"$folder/rabbitmq/pid"
}

# The first byte of RabbitMQ's answer to the protocol's greeting opens a frame.
rabbitmq_greets() {
    local answer
    answer=$(
        exec 2>/dev/null 3<>"/dev/tcp/127.0.0.1/$(kept_port rabbitmq)" || exit 1
        printf 'AMQP\x00\x00\x09\x01' >&3
        timeout 2 head -c 1 <&3 | od -An -tx1
    ) || return 1
    [[ $answer == *01 ]]
}

rabbitmq_settled() {
    ! kill -0 "$launched" 2>/dev/null || rabbitmq_greets
}

rabbitmq_wait() {
    rabbitmq_comes_up && return
    # Somebody may have taken a port between the choice and the start.
    rabbitmq_stop
    epmd_start
    move_port rabbitmq
    move_port rabbitmq_nodes
    rabbitmq_launch
    rabbitmq_comes_up || die_with_log "$folder/rabbitmq/log/console.log" "RabbitMQ did not start"
}

rabbitmq_comes_up() {
    wait_until 90 rabbitmq_settled && rabbitmq_process_lives
}

rabbitmq_stop() {
    # In its first moments our own child is still a shell script, which its command line does not show as ours, with
    # children of its own in its process group.
    if [[ -n ${launched:-} ]] && ! rabbitmq_process_lives; then
        kill -TERM "$launched" "-$launched" 2>/dev/null || true
    fi
    # A node that is not up yet has nothing to write down, and would not listen.
    local patience=0
    if port_answers "$(kept_port rabbitmq)"; then patience=30; fi
    end_process "$(rabbitmq_pid)" "$stack_id " "$patience"
    end_process "$(epmd_pid)" "-port $(kept_port epmd) " 5
    rm -f "$folder/rabbitmq/pid" "$folder/rabbitmq/epmd.pid"
}

rabbitmq_kill() {
    if rabbitmq_process_lives; then kill -KILL "$(rabbitmq_pid)"; fi
    wait_until 10 process_is_gone "$(rabbitmq_pid)" "$stack_id "
}
