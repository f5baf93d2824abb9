// Bundles src/ and the libraries that every start needs into dist/, which bin/elb-sidekick.mjs starts while it is up to date:
// to load some 460 modules one by one takes as long as all else that a start does. `npm ci` and bin/setup.mjs run this.
// Nothing depends on it: without it, or once a source has changed, src/ runs as it is.
import { existsSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { builtFrom, isBuilt, listOf } from './built.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

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
    const { metafile } = await esbuild.build({
      absWorkingDir: root,
      entryPoints: ['main', 'judge-thread', 'store-thread', 'triage-thread'].map((name) => `src/${name}.ts`),
      bundle: true,
      splitting: true,
      platform: 'node',
      format: 'esm',
      target: 'node24',
      outdir: fresh,
      // Loaded when they are needed, or by path.
      external: ['@aws-sdk/*', '@smithy/*', '@ip-location-db/*', 'esbuild', 'pino'],
      // Libraries in CommonJS ask for Node's own modules by `require`.
      banner: {
        js: `import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);`,
      },
      metafile: true,
      logLevel: 'warning',
    });
    const sources = Object.keys(metafile.inputs).filter((path) => path.startsWith('src/'));
    const paths = ['package.json', 'package-lock.json', ...sources];
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
