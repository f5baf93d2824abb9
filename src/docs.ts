import packageJson from '../package.json' with { type: 'json' };
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { commands } from './cli/registry.ts';
import { envNameOf } from './config/falcosidekick.ts';
import { ignored, outputs, settings, tlsServer, unsupported } from './config/falcosidekick-keys.ts';
import { tlsClientKeys } from './config/falcosidekick-tls.ts';
import { configJsonSchema } from './config/schema.ts';
import { enricherKinds } from './deliver/enrich/registry.ts';
import { outputKinds } from './deliver/outputs/registry.ts';
import { catalogue } from './detect/formats/catalogue.ts';
import { formats } from './detect/formats/registry.ts';
import { sourceKinds } from './detect/sources/registry.ts';
import { openApiDocument } from './http/api/openapi.ts';

/** A file of the repository that is written from the code, whole or between the marks `<!-- generated: NAME -->` and `<!-- /generated -->`. */
interface GeneratedDocument {
  /** Relative to the repository's root. */
  readonly path: string;
  /** What the file should hold now. */
  readonly content: string;
}

const migration = 'docs/migrating-from-falcosidekick.md';

/** Every generated document as it should be. `npm run docs` writes them; a test fails while one is stale. */
export function generatedDocuments(): readonly GeneratedDocument[] {
  return [
    { path: 'README.md', content: withTables(readFileSync(pathOf('README.md'), 'utf8')) },
    { path: migration, content: withTables(readFileSync(pathOf(migration), 'utf8')) },
    { path: 'docs/openapi.json', content: `${JSON.stringify(openApiDocument(packageJson.version), null, 2)}\n` },
    { path: 'config/schema.json', content: `${JSON.stringify(configJsonSchema(), null, 2)}\n` },
    { path: 'falco-plugin/fields.json', content: pluginFields() },
  ];
}

/** In the shape in which Falco asks a plugin for its fields: the plugin hands the file on as it stands. */
function pluginFields(): string {
  const rows = catalogue.map(({ name, type, about }) => JSON.stringify({ name, type, isList: false, desc: about }));
  return `[\n${rows.map((line) => `  ${line}`).join(',\n')}\n]\n`;
}

const tables: Readonly<Record<string, () => string>> = {
  commands: () =>
    table(
      ['command', 'what it does'],
      commands.map(({ name, about }) => [`\`${name}\``, about]),
    ),
  sources: () => kindTable(sourceKinds),
  formats: () =>
    table(
      ['`awselb.log_type`', 'what', 'fields'],
      formats.map(({ name, about, fields }) => [`\`${name}\``, about, String(fields.length)]),
    ),
  enrichers: () => kindTable(enricherKinds),
  outputs: () => kindTable(outputKinds),
  'falcosidekick-keys': () => table(['falcosidekick', 'environment', 'here'], keyRows()),
  'falcosidekick-ignored': () =>
    table(
      ['falcosidekick', 'why it does nothing here'],
      Object.entries(ignored).map(([key, { because }]) => [code(key), because]),
    ),
  'falcosidekick-outputs': () => `${unsupported.map(code).join(', ')}\n`,
  fields: () =>
    table(
      ['field', 'type', 'what'],
      catalogue.map(({ name, type, about }) => [`\`${name}\``, type, about]),
    ),
};

/** What is translated, in the order of the config. */
function keyRows(): string[][] {
  const own = [...settings, ...tlsServer].map(({ key, ours }) => [
    code(key),
    code(envNameOf(key)),
    code(ours.join('.')),
  ]);
  const ofTls = tlsClientKeys.ofAll.map(({ key, ours }) => [
    code(key),
    code(envNameOf(key)),
    `\`tls\` (${ours}) of the outputs \`slack\` and \`webhook\``,
  ]);
  const ofOutputs = outputs.flatMap(({ section, kind, keys, sendsHttp }) => [
    ...keys.map(({ key, ours }) => [`${section}.${key}`, `${ours.join('.')}\` of the output \`${kind}`]),
    ...(sendsHttp === true ? tlsClientKeys.ofOutput : []).map(({ key, ours }) => [
      `${section}.${key}`,
      `tls\` (${ours}) of the output \`${kind}`,
    ]),
    [`${section}.minimumpriority`, `minimum_priority\` of the route \`${kind}`],
  ]);
  return [
    ...own,
    ...ofTls,
    ...ofOutputs.map(([key = '', ours = '']) => [code(key), code(envNameOf(key)), code(ours)]),
    [code('aws.region'), code(envNameOf('aws.region')), '`region` of the outputs of AWS'],
  ];
}

function code(text: string): string {
  return `\`${text}\``;
}

function withTables(text: string): string {
  return text.replace(
    /(<!-- generated: ([a-z-]+) -->\n)[\s\S]*?(<!-- \/generated -->)/g,
    (whole, start: string, name: string, end: string) => {
      const write = tables[name];
      return write === undefined ? whole : `${start}${write()}${end}`;
    },
  );
}

function kindTable(kinds: readonly { readonly kind: string; readonly about: string }[]): string {
  return table(
    ['kind', 'what it does'],
    kinds.map(({ kind, about }) => [`\`${kind}\``, about]),
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return row(head) + row(head.map(() => '---')) + rows.map(row).join('');
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('\\', '\\\\').replaceAll('|', '\\|')).join(' | ')} |\n`;
}

function pathOf(path: string): string {
  return fileURLToPath(new URL(`../${path}`, import.meta.url));
}

if (import.meta.main) {
  for (const { path, content } of generatedDocuments()) writeFileSync(pathOf(path), content);
}
