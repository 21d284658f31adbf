# Goes on where quick-start.sh ended.

# ANCHOR: trace
quadrille streams --category order --limit 5
quadrille trace order-00035-ssyg
quadrille trace payment-00109-ehfp
# ANCHOR_END: trace

# ANCHOR: drawings
quadrille trace order-00035-ssyg --format sequence
quadrille trace order-00035-ssyg --format timeline
quadrille trace order-00035-ssyg --format svg --flows 1 > order.svg
quadrille trace order-00035-ssyg --format mermaid --flows 1
quadrille why payment-00109-ehfp attempt
quadrille flow open
# ANCHOR_END: drawings

# ANCHOR: parked
quadrille parked
# ANCHOR_END: parked

# ANCHOR: commands
quadrille events --type order.paid_too_late
quadrille events --type stock.ran_out --format json
quadrille events --stream quadrille-reactions-reserve-stock --limit 5
quadrille projections --all
quadrille processes --process payment-deadline --limit 5
quadrille deadlines
quadrille export jsonl orders.jsonl
# ANCHOR_END: commands

# ANCHOR: graph
quadrille flow show --observed
quadrille flow show --observed --end order.delivered --silence 14d --open 5
quadrille flow show --observed --by sequence --within stream --category payment
quadrille flow show --observed --format json > flow.json
# ANCHOR_END: graph

# ANCHOR: pictures
quadrille flow show --declared --format svg > declared.svg
quadrille flow show --observed --format svg --lanes owner --most 40 > observed.svg
quadrille flow show --declared --observed --format svg > differences.svg
quadrille flow show --observed --format mermaid
quadrille flow show --observed --format dot
# ANCHOR_END: pictures
