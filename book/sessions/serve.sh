# Serves what the other sessions left, until it is told to stop.

# ANCHOR: serve
quadrille serve --protocol kurrentdb --listen 127.0.0.1:0 > gateway.log &
# ANCHOR_END: serve
gateway=$!
until grep -qs "^serving " gateway.log; do
    kill -0 $gateway
    sleep 0.1
done
# The program itself, which was started by others.
pkill -f "quadrille serve --protocol kurrentdb"
wait $gateway
