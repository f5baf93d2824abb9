// Bundles src/ and the libraries that every start needs into dist/, a file for each thread and few others, which bin/elb-sidekick.mjs starts
// while it is up to date: to load some 460 modules one by one takes as long as all else that a start does. `npm ci` and bin/setup.mjs run this.
// Nothing depends on it: without it, or once a source has changed, src/ runs as it is.
import { existsSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { builtFrom, isBuilt, listOf } from './built.cjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const ofThreads = ['base/heap-growth', 'base/start-thread', 'cli/early-threads', 'detecting-threads'];

/**
 * Bundles of their own, which the others take these modules from. With `threads.cjs` bin/start.cjs begins the threads of a scan
 * before main.cjs is loaded. Zod and YAML are a quarter of what main.cjs would be, and only loaded where a config is checked.
 */
const apart = [
  {
    name: 'threads',
    modules: new RegExp(`/(${ofThreads.map((path) => basename(path)).join('|')})\\.ts$`),
    contents: ofThreads.map((path) => `export * from './src/${path}.ts';`).join('\n'),
  },
  ...['zod', 'yaml'].map((name) => ({
    name,
    modules: new RegExp(`^${name}$`),
    contents: `export * from '${name}';`,
  })),
];

// Docker installs the dependencies before it copies the sources.
if (existsSync(join(root, 'src')) && !isBuilt(root)) {
  await build().catch((error) => process.stderr.write(`dist/ could not be built, src/ runs as it is: ${error}\n`));
}

async function build() {
  const startMs = Date.now();
  const esbuild = await import('esbuild');
  // Whoever starts meanwhile finds the old one or the new one.
  const fresh = join(root, 'node_modules', `.dist-${process.pid}`);
  try {
    const options = {
      absWorkingDir: root,
      bundle: true,
      platform: 'node',
      // What V8 compiles of a script can be kept (kept-code.cjs), of a module not.
      format: 'cjs',
      // What stays outside is required: for imports from such a script Node warns that they are experimental.
      supported: { 'dynamic-import': false },
      define: {
        'import.meta.url': 'bundleUrl',
        'import.meta.dirname': 'bundleFolder',
        'import.meta.keepCode': 'keepCode',
      },
      banner: { js: '(function (exports, require, module, bundleUrl, bundleFolder, keepCode) {' },
      footer: { js: '})' },
      // Half the text to read; a line that a stack trace names is still one that can be read.
      minifyWhitespace: true,
      lineLimit: 120,
      target: 'node24',
      // Loaded when they are needed, or by path.
      external: ['@aws-sdk/*', '@smithy/*', '@ip-location-db/*', '@node-rs/crc32', 'esbuild', 'pino', 'undici'],
      metafile: true,
      write: false,
      logLevel: 'warning',
    };
    const built = await Promise.all([
      esbuild.build({
        ...options,
        outdir: fresh,
        outExtension: { '.js': '.cjs' },
        entryPoints: ['main', 'judge-thread', 'store-thread', 'triage-thread'].map((name) => `src/${name}.ts`),
        plugins: [{ name: 'apart', setup: takenFromBundles }],
      }),
      ...apart.map(({ name, contents }) =>
        esbuild.build({
          ...options,
          stdin: { contents, resolveDir: root, sourcefile: `${name}.js` },
          outfile: join(fresh, `${name}.cjs`),
          plugins: [{ name: 'english', setup: onlyEnglish }],
        }),
      ),
    ]);
    const outputFiles = built.flatMap((one) => one.outputFiles);
    const inputs = built.flatMap(({ metafile }) => Object.keys(metafile.inputs));
    mkdirSync(fresh);
    for (const { path, text } of outputFiles) writeFileSync(path, ascii(text));
    const sources = new Set(inputs.filter((path) => path.startsWith('src/')));
    const paths = ['package.json', 'package-lock.json', 'bin/build.mjs', ...sources];
    if (paths.some((path) => statSync(join(root, path)).mtimeMs > startMs))
      throw new Error('a source was just changed');
    writeFileSync(join(fresh, builtFrom), listOf(root, paths));
    rmSync(join(root, 'dist'), { recursive: true, force: true });
    renameSync(fresh, join(root, 'dist'));
  } finally {
    rmSync(fresh, { recursive: true, force: true });
    await esbuild.stop();
  }
}

/** A byte a character. esbuild leaves characters beyond ASCII in comments and regular expressions, where an escape says the same. */
function ascii(text) {
  return text.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function takenFromBundles(build) {
  for (const { name, modules } of apart)
    build.onResolve({ filter: modules }, () => ({ path: `./${name}.cjs`, external: true }));
}

/** Zod says what is wrong in 45 languages; nobody asks for the others, and they are a tenth of all that a start reads. */
function onlyEnglish(build) {
  build.onLoad({ filter: /zod[/\\]v4[/\\]locales[/\\]index\.js$/ }, () => ({
    contents: "export { default as en } from './en.js';",
  }));
}
