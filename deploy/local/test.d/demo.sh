# Tries the demo's script with stand-ins for the servers and the programs, so that it takes seconds.
# shellcheck shell=bash

# make_demo FOLDER: a checkout of its own for a case.
make_demo() {
    place=$root/$1
    mkdir -p "$place/deploy/local" "$place/bin" "$place/orders"
    cp -r "$here"/{demo,demo.d,stack.d} "$place/deploy/local"
    local name
    for name in cargo stack install dashboard api-gateway webhook-ingest scheduler sync-worker geniacs-simulator geniacsctl geniacs-demo; do
        cp "$here/test.d/program" "$place/bin/$name"
    done
    ln -s ../../bin/{stack,install,dashboard} "$place/deploy/local"
}

# order WHAT SHELL-WORDS: what a stand-in does when it is called.
order() {
    printf '%s\n' "$2" >"$place/orders/$1"
}

# Runs the demo to its end; its words are in the file `said`.
run_demo() {
    status=0
    STAND_INS=$place PATH=$place/bin:$PATH timeout 60 "$place/deploy/local/demo" >"$place/said" 2>&1 </dev/null || status=$?
}

start_demo() {
    STAND_INS=$place PATH=$place/bin:$PATH "$place/deploy/local/demo" >"$place/said" 2>&1 </dev/null & demo=$!
}

# wait_for SECONDS COMMAND…
wait_for() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        ((SECONDS < end)) || fail "did not come true: $*"
        sleep 0.05
    done
}

said() {
    grep -qF -- "$1" "$place/said"
}

was_called() {
    grep -qsF -- "$1" "$place/seen"
}

must_have_said() {
    said "$1" || fail "the demo did not say '$1' but: $(<"$place/said")"
}

nothing_runs() {
    ! pgrep -f "$place/" >/dev/null
}

nothing_of_the_demo_is_left() {
    wait_for 5 nothing_runs
    was_called 'stack demo stop' || fail 'the servers were not stopped'
}

# Later processes get the ids of earlier ones, as they do during a long build: here the very next one.
a_long_build_does_not_make_the_demo_forget_the_servers_start() {
    make_demo forgetting
    # shellcheck disable=SC2016  # the stand-ins expand them
    order start 'printf "%s\n" "$PPID" "$$" >"$folder/ids"'
    # shellcheck disable=SC2016
    order build 'exec 3<> <(:)
        until [[ -s $folder/ids ]]; do read -rt 0.05 -u 3 || true; done
        # It starts nothing itself meanwhile, so that the next id is for the demo.
        for _ in {1..5}; do
            for id in $(<"$folder/ids"); do echo "$((id - 1))" >/proc/sys/kernel/ns_last_pid; read -rt 0.25 -u 3 || true; done
        done'
    status=0
    export -f run_demo
    ONCE=1 place=$place unshare --user --map-root-user --pid --fork --kill-child --mount-proc \
        bash -c 'run_demo; exit "$status"' || status=$?
    ((status == 0)) || fail "the demo ended with $status: $(<"$place/said")"
}

a_build_that_fails_ends_the_demo_with_its_status_and_everything_it_started() {
    make_demo build
    order build 'exit 101'
    order start 'exec sleep 1000'
    run_demo
    ((status == 101)) || fail "the status was $status"
    must_have_said "'cargo build --release' failed with exit status 101; its output is above"
    nothing_of_the_demo_is_left
}

servers_that_do_not_start_end_the_demo() {
    make_demo servers
    order start 'exit 4'
    run_demo
    ((status == 1)) || fail "the status was $status"
    must_have_said 'the servers did not start (exit status 4)'
    nothing_of_the_demo_is_left
}

a_service_that_ends_ends_the_demo_with_its_reason() {
    make_demo service
    # shellcheck disable=SC2016
    order sync-worker 'until [[ -e $folder/end ]]; do sleep 0.05; done; printf "some line\nerror: no more of this\n"; exit 9'
    # shellcheck disable=SC2016
    order job 'touch "$folder/end"; exec sleep 1000'
    run_demo
    ((status == 1)) || fail "the status was $status"
    must_have_said 'sync-worker ended by itself with exit status 9: no more of this'
    nothing_of_the_demo_is_left
}

a_service_that_ends_while_the_demo_is_up_ends_it_with_its_log() {
    make_demo up
    # shellcheck disable=SC2016
    order scheduler 'until [[ -e $folder/end ]]; do sleep 0.05; done; printf "the last line\n"; exit 0'
    start_demo
    wait_for 20 said 'The demo is up'
    touch "$place/end"
    local status=0
    wait "$demo" || status=$?
    ((status == 1)) || fail "the status was $status"
    must_have_said 'the last line'
    must_have_said 'scheduler ended by itself with exit status 0'
    nothing_of_the_demo_is_left
}

a_dashboard_that_cannot_be_built_is_all_that_is_missing() {
    make_demo dashboard
    order dashboard 'echo "dashboard: no packages" >&2; exit 75'
    start_demo
    wait_for 20 said 'The demo is up'
    must_have_said 'only the dashboard is missing: dashboard: no packages'
    must_have_said 'dashboard  missing'
    kill -TERM "$demo"
    wait "$demo" || true
    nothing_of_the_demo_is_left
}

the_gateway_of_a_demo_serves_the_dashboard_that_was_built() {
    make_demo served
    # shellcheck disable=SC2016
    order api-gateway 'printf "%s\n" "${GENIACS_DASHBOARD__FOLDER:-}" >"$folder/served"'
    start_demo
    wait_for 20 said 'The demo is up'
    wait_for 5 test -s "$place/served"
    [[ $(<"$place/served") == "$place/frontend/dist" ]] || fail "the gateway was given: $(<"$place/served")"
    kill -TERM "$demo"
    wait "$demo" || true
    nothing_of_the_demo_is_left
}

an_empty_demo_has_records_and_neither_an_integration_nor_a_job() {
    make_demo empty
    DEMO_EMPTY=1 start_demo
    wait_for 20 said 'The demo is up'
    was_called 'geniacs-demo load' || fail 'no records were made'
    ! was_called 'geniacs-demo connect' || fail 'an integration was made'
    ! was_called 'geniacs-demo run' || fail 'the job was done'
    kill -TERM "$demo"
    wait "$demo" || true
    nothing_of_the_demo_is_left
}

a_job_that_fails_gives_the_demo_its_status() {
    make_demo job
    order job 'exit 7'
    ONCE=1 run_demo
    ((status == 7)) || fail "the status was $status"
    must_have_said "geniacs-demo run' failed with exit status 7"
    nothing_of_the_demo_is_left
}

a_service_that_is_killed_with_its_keeper_ends_the_demo() {
    make_demo killed
    start_demo
    wait_for 20 said 'The demo is up'
    pkill -KILL -f "$place/deploy/local/demo.d/keeper scheduler"
    pkill -KILL -f "$place/bin/scheduler" || true
    local status=0
    wait "$demo" || status=$?
    must_have_said 'scheduler ended by itself with exit status 137'
    nothing_of_the_demo_is_left
}

# interrupted SIGNAL STATUS STEP: at a step of the demo.
interrupted() {
    make_demo "$1-${3// /-}"
    order build 'exec sleep 1000'
    [[ $3 == 'cargo build' ]] || order build ''
    order job 'exec sleep 1000'
    # shellcheck disable=SC2031
    start_demo
    wait_for 20 was_called "$3"
    kill -s "$1" "$demo"
    local status=0
    wait "$demo" || status=$?
    ((status == $2)) || fail "after $1 during '$3' the status was $status"
    nothing_of_the_demo_is_left
}

a_signal_at_any_step_ends_the_demo_and_everything_it_started() {
    local step
    for step in 'cargo build' 'geniacs-demo run'; do
        interrupted INT 130 "$step"
        interrupted TERM 143 "$step"
    done
}

the_services_of_a_demo_that_is_killed_end_too() {
    make_demo crashed
    start_demo
    wait_for 20 said 'The demo is up'
    kill -KILL "$demo"
    wait_for 5 nothing_runs
}

a_second_demo_is_refused_and_leaves_the_first_alone() {
    make_demo second
    order job 'exec sleep 1000'
    start_demo
    wait_for 20 was_called 'geniacs-demo run'
    status=0
    STAND_INS=$place PATH=$place/bin:$PATH "$place/deploy/local/demo" >"$place/second" 2>&1 </dev/null || status=$?
    ((status == 1)) || fail "the second one's status was $status"
    grep -q 'is running already; end it with Ctrl-C first' "$place/second" || fail "it said: $(<"$place/second")"
    kill -0 "$demo" || fail 'the first one ended'
    kill -TERM "$demo"
    wait "$demo" || true
    nothing_of_the_demo_is_left
}

a_taken_port_is_left_to_its_program() {
    make_demo ports
    python3 -c 'import socket, time
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
try: s.bind(("127.0.0.1", 8082)); s.listen()
except OSError: pass
time.sleep(60)' & local taker=$!
    wait_for 10 port_answers 8082
    ONCE=1 run_demo
    kill "$taker"
    ((status == 0)) || fail "the demo ended with $status: $(<"$place/said")"
    must_have_said 'port 8082 is taken by another program; scheduler listens on'
}
