#!/bin/bash
# Holdfast through its server, from 8 agents at once: each backs up an eighth of the source, as it is when they are enrolled.
AGENTS=8 exec bash "$(dirname "${BASH_SOURCE[0]}")/holdfast-server.sh" "$@"
