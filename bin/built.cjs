const { existsSync, readFileSync, statSync } = require('node:fs');
const { join } = require('node:path');

/** Beside what was built: each file that went into it, with its size and time. */
const builtFrom = 'built-from.txt';

/**
 * Whether what stands in `dist/` is what `src/` says; takes 4 ms. A file that is new there is none of it before one of those
 * that are changes. An installed package has no `src/`.
 */
function isBuilt(root) {
  const path = join(root, 'dist', builtFrom);
  if (!existsSync(path)) return false;
  if (!existsSync(join(root, 'src'))) return true;
  const list = readFileSync(path, 'utf8');
  return list === listOf(root, [...list.matchAll(/^[^\t]+/gm)].flat());
}

/** A line for each file; paths count from the package's folder. */
function listOf(root, paths) {
  return paths.map((path) => lineOf(path, statSync(join(root, path), { throwIfNoEntry: false }))).join('\n');
}

function lineOf(path, file) {
  return `${path}\t${file?.size}\t${file?.mtimeMs}`;
}

module.exports = { builtFrom, isBuilt, listOf };
