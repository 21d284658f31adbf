# What the book tells to type in the project's folder; `.ci/run` types it in an empty one.

# ANCHOR: run
cargo run -p order-fulfilment -- --orders 200
# ANCHOR_END: run

# ANCHOR: command
quadrille() { cargo run -q -p quadrille-cli -- "$@"; }
export QUADRILLE_STORE=sqlite:orders.db
# ANCHOR_END: command

# ANCHOR: trace
quadrille streams --category order --limit 3
quadrille trace order-00035-ssyg
# ANCHOR_END: trace

# ANCHOR: bank
cargo run -q -p bank
cargo run -q -p bank
quadrille --store sqlite:bank.db trace account-alice
# ANCHOR_END: bank
