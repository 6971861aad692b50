# The demo's own processes: started, watched, ended.
#
# Each has a keeper that tells of its end through one pipe. Waiting is reading from that pipe: nothing is started
# meanwhile. Bash's own `wait` will not do: it forgets a child as soon as a later process gets the same id, which happens
# during a long build.
# shellcheck shell=bash

# All names in the order of their start; the services among them; the keepers' process ids; and the exit status of what
# has ended.
names=()
services_started=()
declare -A keepers=() statuses=()
exec 6<> <(:)

# keep NAME alone|group COMMAND…: starts it. It does not hear the terminal's Ctrl-C, since it is ended in order; and it ends
# with this script even if that is killed.
keep() {
    local name=$1
    [[ -v keepers[$name] ]] || names+=("$name")
    unset "statuses[$name]"
    setsid setpriv --pdeathsig TERM -- "$here/demo.d/keeper" "$@" </dev/null 7>&- &
    keepers[$name]=$!
}

# start NAME COMMAND…: a service, with a log of its own.
start() {
    local name=$1
    shift
    services_started+=("$name")
    keep "$name" alone "$@" >"$logs/$name.log" 2>&1
}

# run COMMAND…: as in the foreground, but a signal is heard at once, and a service that ends meanwhile ends the demo.
run() {
    keep step group "$@"
    follow step || give_up "$?" "'${1##*/}${2:+ $2}${3:+ $3}' failed with exit status $?; its output is above"
}

# follow NAME: waits until it has ended, and gives its status.
follow() {
    until ended "$1"; do
        all_live
        hear 5
    done
    return "${statuses[$1]}"
}

ended() {
    [[ -v statuses[$1] ]]
}

all_live() {
    local name
    for name in "${services_started[@]}"; do
        ! ended "$name" || die_with_log "$name" "$name ended by itself with exit status ${statuses[$name]}"
    done
}

# hear SECONDS: waits so long for an end, and notes its status.
hear() {
    local status name
    if read -r -t "$1" -u 6 status name; then
        statuses[$name]=$status
    else
        notice_lost
    fi
}

# A keeper that was itself killed cannot tell.
notice_lost() {
    local status name lost=()
    for name in "${names[@]}"; do
        ended "$name" || kill -0 "${keepers[$name]}" 2>/dev/null || lost+=("$name")
    done
    # It may have told just before it was looked for.
    while read -r -t 0.01 -u 6 status name; do statuses[$name]=$status; done
    for name in "${lost[@]}"; do statuses[$name]=${statuses[$name]:-137}; done
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
        ((SECONDS < end)) || die_with_log "$1" "$1 was not ready within $3 s"
        hear 0.1
        all_live
    done
}

# end_kept SECONDS NAME…: asks them to end, in this order, and insists when the time is over.
end_kept() {
    local signal name end patience=$1
    shift
    for signal in TERM USR1; do
        for name; do ended "$name" || kill -s "$signal" "${keepers[$name]}" 2>/dev/null || true; done
        end=$((SECONDS + patience))
        for name; do
            until ended "$name" || ((SECONDS >= end)); do hear 1; done
        done
        patience=5
    done
}

# Everything but the servers ends within the 20 s that no service needs. A start of the servers that is still under way
# undoes what it began, which takes longer.
end_everything() {
    local position order=()
    for ((position = ${#names[@]} - 1; position >= 0; position--)); do
        [[ ${names[position]} == servers ]] || order+=("${names[position]}")
    done
    end_kept 20 "${order[@]}"
    [[ ! -v keepers[servers] ]] || end_kept 60 servers
}
