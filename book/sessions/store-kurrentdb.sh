# The order flow on the protocol of KurrentDB, with a gateway as the server.

quadrille --store sqlite:kurrentdb.db migrate
quadrille --store sqlite:kurrentdb.db serve --listen 127.0.0.1:0 --framework-streams > kurrentdb.log &
server=$!
until grep -qs "^serving " kurrentdb.log; do
    kill -0 $server
    sleep 0.1
done
url=$(sed -n 's/^serving .* at //p' kurrentdb.log)
# ANCHOR: order-flow
cargo run -q -p order-fulfilment -- --orders 100 --store "$url" --read-models sqlite:kurrentdb-models
quadrille --store "$url" streams --category stock
quadrille --store "$url" --read-models sqlite:kurrentdb-models projections
# ANCHOR_END: order-flow
events=$(quadrille --store "$url" events --format json | wc -l)
cargo run -q -p order-fulfilment -- --orders 100 --store "$url" --read-models sqlite:kurrentdb-models |
    grep "this run changed nothing"
[ "$events" = "$(quadrille --store "$url" events --format json | wc -l)" ]
# The program itself, which was started by others.
pkill -f "quadrille --store sqlite:kurrentdb.db serve"
wait $server
