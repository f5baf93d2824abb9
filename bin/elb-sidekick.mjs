#!/usr/bin/env node
// The package's command. Starts dist/main.cjs (bin/build.mjs), or src/main.ts where that is younger, on Node 24 or newer: this
// Node if it is new enough, else the one that the npm package `node` brought.
import './start.cjs';
