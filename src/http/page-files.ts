import { hash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { builtFolder, packageRoot } from '../base/package-root.ts';

/** A file of the triage page as it goes over the wire. */
export interface PageFile {
  readonly type: string;
  readonly plain: Uint8Array<ArrayBuffer>;
  readonly gzip: Uint8Array<ArrayBuffer>;
  readonly brotli: Uint8Array<ArrayBuffer>;
}

/** The triage page: its document, and what that loads, by the path in the address. */
export interface PageFiles {
  readonly document: PageFile;
  /** Their names have the hash of their content in them: they can be kept for ever. */
  readonly assets: ReadonlyMap<string, PageFile>;
}

const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

const source = join(packageRoot, 'src/page');
/** Beside the built program, in the npm package, which brings no source. */
const builtPage = 'page';

/** The page, from its source, or as the package brings it. Rejects when it is broken or not there. */
export async function pageFiles(): Promise<PageFiles> {
  if (builtFolder === undefined || existsSync(source)) return packedPage(await bundlePage());
  const folder = join(builtFolder, builtPage);
  const names = await readdir(folder);
  const bundle = new Map<string, Buffer<ArrayBuffer>>();
  for (const name of names.sort()) bundle.set(`/page/${name}`, await readFile(join(folder, name)));
  return packedPage(bundle);
}

/** Writes what `pageFiles` then finds beside a program that is built in `dist`. */
export async function writePage(dist: string): Promise<void> {
  const folder = join(dist, builtPage);
  const bundle = await bundlePage();
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const [path, content] of bundle) await writeFile(join(folder, path.slice('/page/'.length)), content);
}

/**
 * Bundles `src/page`, by the paths in the address. Done once, when the page is first asked for: it takes some 100 ms in a process
 * of esbuild's own, which ends afterwards, and a service that nobody looks at never loads it.
 */
async function bundlePage(): Promise<ReadonlyMap<string, Buffer<ArrayBuffer>>> {
  const esbuild = await import('esbuild');
  try {
    const { outputFiles } = await esbuild.build({
      entryPoints: [join(source, 'main.tsx')],
      absWorkingDir: source,
      bundle: true,
      format: 'esm',
      target: ['chrome123', 'firefox120', 'safari17.5'],
      jsx: 'automatic',
      jsxImportSource: 'preact',
      minify: true,
      legalComments: 'none',
      charset: 'utf8',
      outdir: '/page',
      entryNames: '[name]-[hash]',
      write: false,
      logLevel: 'silent',
    });
    const bundle = new Map<string, Buffer<ArrayBuffer>>();
    for (const { path, contents } of outputFiles) {
      const name = path.replaceAll('\\', '/').split('/').at(-1) ?? '';
      bundle.set(`/page/${name}`, Buffer.from(contents));
    }
    const icon = await readFile(join(source, 'icon.svg'));
    return bundle.set(`/page/icon-${hash('sha256', icon, 'hex').slice(0, 8)}.svg`, icon);
  } finally {
    await esbuild.stop();
  }
}

async function packedPage(bundle: ReadonlyMap<string, Buffer<ArrayBuffer>>): Promise<PageFiles> {
  const assets = new Map<string, PageFile>();
  for (const [path, content] of bundle)
    assets.set(path, await packed(types[path.slice(path.lastIndexOf('.'))] ?? '', content));
  const document = documentOf([...bundle.keys()]);
  return { document: await packed('text/html; charset=utf-8', Buffer.from(document)), assets };
}

function documentOf(paths: readonly string[]): string {
  const scripts = paths.filter((path) => path.endsWith('.js'));
  const styles = paths.filter((path) => path.endsWith('.css'));
  const icons = paths.filter((path) => path.endsWith('.svg'));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>elb-sidekick</title>
${icons.map((path) => `<link rel="icon" href="${path}" type="image/svg+xml">`).join('\n')}
${styles.map((path) => `<link rel="stylesheet" href="${path}">`).join('\n')}
${scripts.map((path) => `<script type="module" src="${path}"></script>`).join('\n')}
</head>
<body>
<div id="page"><noscript>This page needs JavaScript. The API behind it is described at /api/openapi.json.</noscript></div>
</body>
</html>
`;
}

const gzipOffThread = promisify(gzip);
const brotliOffThread = promisify(brotliCompress);

async function packed(type: string, plain: Buffer<ArrayBuffer>): Promise<PageFile> {
  const [small, smaller] = await Promise.all([
    gzipOffThread(plain, { level: 9 }),
    brotliOffThread(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }),
  ]);
  return { type, plain, gzip: small, brotli: smaller };
}
