# Processes by their id, never by name alone: a number in a file may belong to somebody else by now.
# shellcheck shell=bash

# process_is PID WORDS: the process lives and its command line contains WORDS.
process_is() {
    [[ -n $1 && -r /proc/$1/cmdline ]] || return 1
    local line
    line=$({ tr '\0' ' ' <"/proc/$1/cmdline"; } 2>/dev/null) || return 1
    [[ $line == *"$2"* ]]
}

# wait_until SECONDS COMMAND…: polls until the command succeeds.
wait_until() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        ((SECONDS < end)) || return 1
        sleep 0.1
    done
}

process_is_gone() {
    ! process_is "$@"
}

# end_process PID WORDS SECONDS: asks politely, and insists when the time is over.
end_process() {
    process_is "$1" "$2" || return 0
    kill -TERM "$1" 2>/dev/null || true
    wait_until "$3" process_is_gone "$1" "$2" && return 0
    kill -KILL "$1" 2>/dev/null || true
    wait_until 10 process_is_gone "$1" "$2"
}
