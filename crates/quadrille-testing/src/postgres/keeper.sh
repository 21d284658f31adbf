# Keeps a private server: takes the steps that its owner asks for, line by line, and stops the
# server and deletes its files when the owner is gone, however it went, for then the input ends.
# Every step is the keeper's own, one after the other, so none is under way when it cleans up.
# Arguments: the binaries' folder, the server's folder, the server's settings.
binaries=$1 folder=$2 settings=$3
trap '' HUP INT TERM PIPE
cd "$folder" || exit

# Most servers sort text as a language does, so tests do, too, where the binaries can.
make() {
    cluster --locale-provider=icu --icu-locale=en || { rm -rf data && cluster; }
}
cluster() {
    "$binaries/initdb" -D "$folder/data" -U postgres -A trust -E UTF8 -N "$@"
}
start() {
    "$binaries/pg_ctl" -D "$folder/data" -o "-p $1 $settings" -l "$folder/log" -w -t 60 start
}
stop() {
    "$binaries/pg_ctl" -D "$folder/data" -m immediate -w stop
}

while read -r step port; do
    # Not a pipe: it would stay open as long as the server runs.
    case $step in
    make | start | stop) "$step" $port ;;
    *) false ;;
    esac </dev/null >said 2>&1
    echo $?
done
stop </dev/null >/dev/null 2>&1
cd / && rm -rf "$folder"
