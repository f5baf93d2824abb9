import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const detectRooms = ['detect', 'detect/sources', 'detect/formats', 'detect/rules'];
const deliverRooms = ['deliver', 'deliver/enrich', 'deliver/store', 'deliver/routing', 'deliver/outputs'];

/**
 * The import table of the house. A room is a folder (or, for the files that stand directly in `detect` and `deliver`,
 * that folder itself); the longest matching path wins. Left: who imports. Right: what it may import. What is not listed
 * fails. An entry ending in `.ts` opens that one file; `*` is for the composition root and the commands.
 */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  base: [],
  alert: ['base'],
  aws: ['base'],
  geoip: ['base'],
  'detect/sources': ['base', 'alert', 'aws'],
  'detect/formats': ['base', 'alert', 'aws'],
  'detect/rules': ['base', 'alert', 'detect/formats/format.ts'],
  detect: ['base', 'alert', 'aws', 'detect/sources', 'detect/formats', 'detect/rules'],
  'deliver/enrich': ['base', 'alert', 'aws', 'geoip'],
  'deliver/store': ['base', 'alert'],
  'deliver/routing': ['base', 'alert'],
  'deliver/outputs': ['base', 'alert', 'aws'],
  deliver: ['base', 'alert', 'deliver/enrich', 'deliver/store', 'deliver/routing', 'deliver/outputs'],
  triage: ['base', 'alert', 'deliver', 'deliver/store', 'deliver/routing'],
  http: ['base', 'alert', 'geoip', 'deliver', 'deliver/store', 'triage'],
  page: ['alert', 'triage', 'geoip/attribution.ts'],
  config: ['base', 'alert', 'aws', 'geoip', ...detectRooms, ...deliverRooms, 'triage', 'http'],
  cli: ['*'],
  'app.ts': ['*'],
  'enrichment.ts': ['*'],
  'delivering.ts': ['*'],
  'ingesting.ts': ['*'],
  'reading.ts': ['*'],
  'judge-thread.ts': ['*'],
  'judge-threads.ts': ['*'],
  'detecting-threads.ts': ['*'],
  'triage-thread.ts': ['*'],
  'open-triage.ts': ['*'],
  'open-store.ts': ['*'],
  'store-thread.ts': ['*'],
  'docs.ts': ['*'],
  'write-page.ts': ['*'],
  'main.ts': ['*'],
};

/** Folders of kinds: each file that the registry lists is a kind, has a test at the same place under test/ and a row in the README. */
const kindFolders: Readonly<Record<string, { readonly contract: string; readonly registry: string }>> = {
  'detect/sources': { contract: 'source.ts', registry: 'registry.ts' },
  'detect/formats': { contract: 'format.ts', registry: 'registry.ts' },
  'deliver/enrich': { contract: 'enricher.ts', registry: 'registry.ts' },
  'deliver/outputs': { contract: 'output.ts', registry: 'registry.ts' },
  cli: { contract: 'command.ts', registry: 'registry.ts' },
};

/** Only these may touch the process, the console or the machine's clock. */
const mayTouchTheMachine = ['base', 'cli', 'page', 'main.ts', 'docs.ts'];

/** Vendor SDKs are loaded where they are used, when they are used: `await import(…)` in a kind, or types only. */
const lazyVendors = [/^@aws-sdk\//, /^@smithy\//];

const root = join(import.meta.dirname, '..');
const src = join(root, 'src');

function filesUnder(folder: string, ending: RegExp): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => ending.test(name) && !/(^|\/)(node_modules|state|target|\.git)\//.test(name))
    .map((name) => join(folder, name))
    .sort();
}

function roomOf(file: string): string {
  const path = relative(src, file);
  const rooms = Object.keys(mayImport).filter((room) => path === room || path.startsWith(`${room}/`));
  return rooms.sort((a, b) => b.length - a.length)[0] ?? `(no room: ${path})`;
}

interface Import {
  readonly from: string;
  readonly specifier: string;
  readonly typeOnly: boolean;
  readonly dynamic: boolean;
}

const withoutComments = (text: string): string => text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');

/** Every import of a file; specifiers are always literal strings in this repository. */
function importsOf(file: string): Import[] {
  const text = withoutComments(readFileSync(file, 'utf8'));
  const found: Import[] = [];
  for (const match of text.matchAll(/^\s*(?:import|export)\s+(type\s+)?[^'"();]*?from\s+'([^']+)'/gm)) {
    found.push({ from: file, specifier: match[2] ?? '', typeOnly: match[1] !== undefined, dynamic: false });
  }
  for (const match of text.matchAll(/^\s*import\s+'([^']+)'/gm)) {
    found.push({ from: file, specifier: match[1] ?? '', typeOnly: false, dynamic: false });
  }
  for (const match of text.matchAll(/(typeof\s+)?\bimport\('([^']+)'\)/g)) {
    found.push({ from: file, specifier: match[2] ?? '', typeOnly: match[1] !== undefined, dynamic: true });
  }
  return found;
}

const sources = filesUnder(src, /\.tsx?$/);
const imports = sources.flatMap(importsOf);
const local = imports.filter((one) => one.specifier.startsWith('.'));
const target = (one: Import): string => normalize(join(dirname(one.from), one.specifier));
const show = (file: string): string => relative(root, file);

const testOf = (folder: string, file: string): string => join(root, 'test', folder, file.replace(/\.ts$/, '.test.ts'));

describe('the architecture', () => {
  it('gives every source file a room', () => {
    expect(sources.filter((file) => roomOf(file).startsWith('(')).map(show)).toEqual([]);
  });

  it('lets a room import only what the table lists', () => {
    const broken = local
      .filter((one) => {
        const from = roomOf(one.from);
        const to = roomOf(target(one));
        const allowed = mayImport[from] ?? [];
        const path = relative(src, target(one));
        return from !== to && !allowed.includes('*') && !allowed.includes(to) && !allowed.includes(path);
      })
      .map((one) => `${show(one.from)} imports ${show(target(one))}`);
    expect(broken).toEqual([]);
  });

  it('imports only files that exist', () => {
    const missing = local.filter((one) => !existsSync(target(one)));
    expect(missing.map((one) => `${show(one.from)}: ${one.specifier}`)).toEqual([]);
  });

  it('has no import cycle, types aside', () => {
    const graph = new Map<string, string[]>();
    for (const one of local.filter((each) => !each.typeOnly && !each.dynamic)) {
      graph.set(one.from, [...(graph.get(one.from) ?? []), target(one)]);
    }
    const finished = new Set<string>();
    const cycles: string[] = [];
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) {
        cycles.push([...path.slice(path.indexOf(file)), file].map(show).join(' → '));
        return;
      }
      if (finished.has(file)) return;
      for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
      finished.add(file);
    };
    for (const file of graph.keys()) visit(file, []);
    expect(cycles).toEqual([]);
  });

  it('starts scan and its threads without the service: no HTTP, no store, no courier, no config with its schemas', () => {
    const loaded = new Set<string>();
    const load = (file: string): void => {
      if (loaded.has(file)) return;
      loaded.add(file);
      for (const one of local) if (one.from === file && !one.typeOnly && !one.dynamic) load(target(one));
    };
    load(join(src, 'cli/run-scan.ts'));
    load(join(src, 'judge-thread.ts'));
    const service = /^(app\.ts|http\/|triage\/|config\/config\.ts|deliver\/(courier|store\/sqlite))/;
    expect([...loaded].map((file) => relative(src, file)).filter((path) => service.test(path))).toEqual([]);
    const heavy = imports.filter(
      (one) => loaded.has(one.from) && !one.typeOnly && !one.dynamic && /^(zod|yaml|node:sqlite)$/.test(one.specifier),
    );
    expect(heavy.map((one) => `${show(one.from)}: ${one.specifier}`)).toEqual([]);
  });

  it('loads vendor SDKs lazily', () => {
    const eager = imports
      .filter((one) => !one.typeOnly && !one.dynamic && lazyVendors.some((vendor) => vendor.test(one.specifier)))
      .map((one) => `${show(one.from)}: ${one.specifier}`);
    expect(eager).toEqual([]);
  });

  it('uses the packages that users of it were promised', () => {
    const promised = ['@aws-sdk/client-s3', '@aws-sdk/client-cloudwatch-logs', 'hono', 'maxmind', 'pino'];
    const used = new Set(imports.filter((one) => !one.typeOnly).map((one) => one.specifier));
    expect(promised.filter((name) => !used.has(name))).toEqual([]);
  });

  it('touches process, console and the clock only in base, cli and main', () => {
    const machine = /\bprocess\.(?!versions)|\bconsole\.|\bDate\.now\b|\bnew Date\(\)|\bperformance\.now\b/;
    const touching = sources
      .filter((file) => !mayTouchTheMachine.includes(roomOf(file)))
      .filter((file) => machine.test(withoutComments(readFileSync(file, 'utf8'))));
    expect(touching.map(show)).toEqual([]);
  });

  it('has no drawers and no barrels', () => {
    const drawer = /(^|\/)(utils?|helpers?|common|types|misc|index)(\/|\.ts$)/i;
    expect(sources.filter((file) => drawer.test(relative(src, file))).map(show)).toEqual([]);
  });

  it('uses none of the banned words in the names of files', () => {
    const banned = /(manager|helper|util|handler|processor|(^|-)data(-|\.)|(^|-)info(-|\.))/i;
    expect(sources.filter((file) => banned.test(file.split('/').at(-1) ?? '')).map(show)).toEqual([]);
  });

  it('explains every source file of more than 300 lines in its head comment', () => {
    const unexplained = sources.filter((file) => {
      const text = readFileSync(file, 'utf8');
      return text.split('\n').length > 301 && !/^\s*(\/\*|\/\/)/.test(text.replace(/^(import [^;]*;\s*)+/, ''));
    });
    expect(unexplained.map(show)).toEqual([]);
  });
});

describe('every kind', () => {
  for (const [folder, { contract, registry }] of Object.entries(kindFolders)) {
    const listed = (): string[] =>
      importsOf(join(src, folder, registry))
        .filter((one) => one.specifier.startsWith('./') && one.specifier !== `./${contract}` && !one.typeOnly)
        .map((one) => one.specifier.slice(2));

    it(`of src/${folder} is listed in its registry`, () => {
      expect(listed().length).toBeGreaterThan(0);
    });

    it(`of src/${folder} has a test`, () => {
      expect(listed().filter((file) => !existsSync(testOf(folder, file)))).toEqual([]);
    });
  }
});

describe('the documents', () => {
  const documents = filesUnder(root, /\.md$/);

  it('name only paths that exist', () => {
    const inside = /`((?:src|test|config|rules|samples|docs|bin|falco-plugin|\.ci)\/[A-Za-z0-9_./-]*[A-Za-z0-9/])`/g;
    const link = /\]\((?!https?:|#|mailto:)([^)#\s]+)(?:#[^)]*)?\)/g;
    const missing = documents.flatMap((file) => {
      const text = readFileSync(file, 'utf8');
      return [...text.matchAll(inside), ...text.matchAll(link)]
        .map((match) => match[1] ?? '')
        .filter((path) => !existsSync(join(root, path)) && !existsSync(join(dirname(file), path)))
        .map((path) => `${show(file)}: ${path}`);
    });
    expect(missing).toEqual([]);
  });
});
