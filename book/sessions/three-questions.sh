# Goes on where quick-start.sh ended.

# ANCHOR: knows
quadrille flow show --declared
quadrille flow show --declared --format svg --lanes owner > who.svg
quadrille trace order-00035-ssyg --format sequence
# ANCHOR_END: knows

# ANCHOR: state
quadrille trace order-00035-ssyg
quadrille flow open
quadrille processes --open --limit 5
quadrille deadlines
quadrille projections --all
# ANCHOR_END: state

# ANCHOR: errors
quadrille flow show --observed --variants 0 --open 0
quadrille parked
quadrille flow check --config examples/order-fulfilment/flow.toml --expect examples/order-fulfilment/order.flow
# ANCHOR_END: errors
