#!/bin/sh
# Type checks the whole project with Node's types, then every pure room once more with its own, narrower settings.
failed=0
for project in . src/*/tsconfig.json; do
  node node_modules/typescript/bin/tsc -p "$project" || failed=1
done
exit $failed
