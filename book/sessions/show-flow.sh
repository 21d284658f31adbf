# Goes on where quick-start.sh ended.

# ANCHOR: manifest
quadrille flow manifest
quadrille flow show --declared
quadrille flow manifest shop --format json > shop.json
quadrille flow diff shop.json shop@1
# ANCHOR_END: manifest

# ANCHOR: report
quadrille flow report --observed --out review.html
quadrille flow report --observed --since review.html --out review-2.html
# ANCHOR_END: report
