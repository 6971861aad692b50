# Ports on the loopback address, chosen at the first start and kept in the stack's file `ports`.
# shellcheck shell=bash

kept_port() {
    [[ ! -r $folder/ports ]] || sed -n "s/^$1=//p" "$folder/ports"
}

port_answers() {
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# Below 32768, where the kernel takes the ports of outgoing connections; not promised to any stack of this checkout.
free_port() {
    local port
    for _ in {1..200}; do
        port=$((20000 + RANDOM % 12000))
        if ! port_answers "$port" && ! grep -qsx ".*=$port" "$checkout"/.local/*/ports; then
            printf '%s' "$port"
            return
        fi
    done
    die "found no free port between 20000 and 32000"
}

# settle_port NAME: keeps the port if it is still free, else moves to another one and says so.
settle_port() {
    local port
    port=$(kept_port "$1")
    [[ -n $port ]] && ! port_answers "$port" && return
    [[ -z $port ]] || say "port $port is taken by another program; $1 moves"
    move_port "$1"
}

# Two stacks choose one after the other, so that they do not choose the same.
move_port() {
    (
        flock 8
        local port
        port=$(free_port)
        {
            [[ ! -r $folder/ports ]] || grep -v "^$1=" "$folder/ports" || true
            printf '%s=%s\n' "$1" "$port"
        } >"$folder/ports.new"
        mv "$folder/ports.new" "$folder/ports"
    ) 8>"$checkout/.local/locks/ports"
}
