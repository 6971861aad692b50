# The demo's own processes: started, watched, ended.
# shellcheck shell=bash

# Names in the order of their start, and their process ids.
names=()
declare -A pids=()

# start NAME COMMAND…: its output goes to a log of its own. It hears nothing of the terminal's Ctrl-C, since it is ended
# in order; and it ends with this script even if that is killed.
start() {
    local name=$1
    shift
    names+=("$name")
    setsid setpriv --pdeathsig TERM -- "$@" </dev/null >"$logs/$name.log" 2>&1 7>&- &
    pids[$name]=$!
}

# run COMMAND…: as in the foreground, but a signal is heard at once, and a service that ends meanwhile ends the demo.
run() {
    setsid setpriv --pdeathsig TERM -- "$@" </dev/null 7>&- &
    follow "$!"
}

# follow PID: waits for a child of this script, and gives its status.
follow() {
    child=$1
    while kill -0 "$child" 2>/dev/null; do
        all_live
        sleep 0.1
    done
    local status=0
    wait "$child" || status=$?
    child=
    return "$status"
}

all_live() {
    local name
    for name in "${names[@]}"; do
        kill -0 "${pids[$name]}" 2>/dev/null || die_with_log "$name" "$name ended by itself"
    done
}

# die_with_log NAME WHAT: with the service's own reason, else with the end of its log.
die_with_log() {
    local reason
    reason=$(sed -n 's/^error: //p' "$logs/$1.log" | tail -n 1)
    [[ -z $reason ]] || die "$2: $reason (its log: $logs/$1.log)"
    tail -n 12 "$logs/$1.log" >&2
    die "$2; its log, which ends as above, is $logs/$1.log"
}

# wait_ready NAME URL SECONDS
wait_ready() {
    local end=$((SECONDS + $3))
    until "$bin/geniacsctl" probe "$2" 2>/dev/null; do
        kill -0 "${pids[$1]}" 2>/dev/null || die_with_log "$1" "$1 did not start"
        ((SECONDS < end)) || die_with_log "$1" "$1 was not ready within $3 s"
        sleep 0.1
    done
}

# Asks all to end, the last one first, and insists after the 20 s that a service never needs.
end_children() {
    local position end=$((SECONDS + 20)) pid
    [[ -z ${child:-} ]] || kill -TERM -- "-$child" 2>/dev/null || kill -TERM "$child" 2>/dev/null || true
    for ((position = ${#names[@]} - 1; position >= 0; position--)); do
        kill -TERM "${pids[${names[position]}]}" 2>/dev/null || true
    done
    for pid in ${child:-} "${pids[@]}"; do
        while kill -0 "$pid" 2>/dev/null && ((SECONDS < end)); do sleep 0.05; done
        kill -KILL "$pid" 2>/dev/null || true
    done
}
