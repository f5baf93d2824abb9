// Runs a bundle of dist/ (bin/build.mjs), on the main thread or as a thread's module. What V8 compiles of it is kept beside
// it for the next start, functions that were compiled when they were called included; Node's own cache (enableCompileCache)
// holds of a module what its loading compiles, before any of its functions is called. CommonJS: V8 has this for scripts only.
// A one-line `scan` took 0.54 s of CPU so, in the same minutes 0.68 with Node's cache and 36 modules.
const { readFileSync, mkdirSync, renameSync, writeFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const { basename, dirname, join } = require('node:path');
const { pathToFileURL } = require('node:url');
const vm = require('node:vm');
const { isMainThread, threadId } = require('node:worker_threads');
const { crc32 } = require('node:zlib');

/**
 * A thread is ended from outside, without a last word; by then all that is usually called has been called. One that does not come
 * to rest before it ends says itself when that is so (src/base/keep-code.ts).
 */
const threadKeepsAfterMs = 1500;

const loaded = new Map();

/**
 * The bundle's exports; it is run once. `use`: what this process will do, as a file name: each use has its own functions, and
 * its own flags of V8, which takes compiled code only under the flags that it was made with.
 */
exports.runBundle = (file, use) => {
  if (!loaded.has(file)) loaded.set(file, run(file, use));
  return loaded.get(file);
};

function run(file, use) {
  // Beside the code and gone with it when that is built anew: V8 tells sources apart by their length only. In a folder of
  // everybody's, others could plant what we would run.
  const kept = join(dirname(file), 'kept-code', `${basename(file)}-${use}-${process.version}-${process.arch}`);
  // The bundle is ASCII: a byte a character, and nothing to decode.
  const source = readFileSync(file, 'latin1');
  const cachedData = read(kept);
  const script = new vm.Script(source, { filename: file, cachedData });
  let keep;
  if (cachedData === undefined || script.cachedDataRejected === true) {
    let isKept = false;
    keep = () => {
      if (!isKept) write(kept, script.createCachedData());
      isKept = true;
    };
    if (isMainThread) process.once('exit', keep);
    else setTimeout(keep, threadKeepsAfterMs).unref();
  }
  const module = { exports: {} };
  const outside = requireLater(createRequire(file));
  const require = (name) => (name.startsWith('./') ? exports.runBundle(join(dirname(file), name), use) : outside(name));
  script.runInThisContext()(module.exports, require, module, pathToFileURL(file).href, dirname(file), keep);
  return module.exports;
}

/** node:crypto takes 5 ms to load, and much of what is started makes no hash: it is loaded when something of it is asked for. */
function requireLater(require) {
  const crypto = new Proxy({}, { get: (_, name) => require('node:crypto')[name] });
  return (name) => (name === 'node:crypto' ? crypto : require(name));
}

const headBytes = 4;

/** Undefined where nothing is kept, or it is not whole. */
function read(path) {
  let bytes;
  try {
    bytes = readFileSync(path);
  } catch {
    return undefined;
  }
  const code = bytes.subarray(headBytes);
  return code.length > 0 && bytes.readUInt32LE(0) === crc32(code) ? code : undefined;
}

/** Written beside and put in place at once, for those who start meanwhile. Where nothing can be written, nothing is kept. */
function write(path, code) {
  const head = Buffer.alloc(headBytes);
  head.writeUInt32LE(crc32(code));
  const whole = `${path}.${process.pid}.${threadId}`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(whole, Buffer.concat([head, code]));
    renameSync(whole, path);
  } catch {
    // The next start compiles again.
  }
}
