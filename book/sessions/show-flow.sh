# Goes on where quick-start.sh ended.

# ANCHOR: manifest
quadrille flow manifest
quadrille flow show --declared
quadrille flow manifest shop --format json > shop.json
quadrille flow diff shop.json shop@1
# ANCHOR_END: manifest
