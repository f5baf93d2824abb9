import { createReadStream, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { catalogue } from '../../src/detect/formats/catalogue.ts';
import type { RulesFile } from '../../src/detect/rules/engine.ts';
import type { LogObject } from '../../src/detect/sources/source.ts';
import { albLine } from '../support/alb-line.ts';
import { objectOf } from '../support/log-objects.ts';

const folders = ['samples', '../shared/corpus'];

/** The samples, the corpus where it is here, and what clients of ours send to confuse; freshly made at every call. */
export function objectsOfFalcoConformance(): readonly LogObject[] {
  const files = folders.filter((folder) => existsSync(folder)).flatMap(logsIn);
  const read = files.map((name): LogObject => ({ ...objectOf(name), open: () => createReadStream(name) }));
  return [...read, hostile()];
}

function logsIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.log(\.gz)?$/.test(path))
    .sort()
    .map((path) => join(folder, path));
}

function hostile(): LogObject {
  const agents = [
    'Größe 日本語',
    '\\x22 \\x5c \\x0a \\x00 behind',
    '%s %n {"a":1}',
    '<script>\u2028</script>',
    '\u0007\u001b[31m',
  ];
  const lines = agents.flatMap((agent) => [
    albLine({ agent }),
    albLine({ agent, path: `/?q=${agent}`, client: '2001:db8::7' }),
  ]);
  const text = Buffer.from(`${lines.join('\n')}\n`);
  const notUtf8 = Buffer.from(`${albLine({ agent: 'a\u00ff\u00feb\u00c3' })}\n`, 'latin1');
  const early = Buffer.from(`${albLine({ time: '1970-01-01T00:00:00.000001Z' })}\n`);
  return objectOf('host\u00efle.log', text, notUtf8, early);
}

/** One rule that every event matches and whose output names every field that there is. */
export function everyFieldRule(): RulesFile {
  // Not evt.num and evt.reltime: Falco counts them from the source's first event, the embedded engine from the first of
  // each format.
  const generic = [
    'evt.time.s',
    'evt.time.iso8601',
    'evt.datetime',
    'evt.rawtime',
    'evt.source',
    'evt.plugininfo',
    'evt.hostname',
  ];
  const output = [...generic, ...catalogue.map(({ name }) => name)].map((name) => `%${name}`).join(' ');
  const rule = {
    rule: 'Every field',
    desc: 'All that an event has',
    condition: 'awselb.line > 0',
    output,
    priority: 'INFO',
    source: 'awselb',
  };
  return { name: 'every-field.yaml', content: JSON.stringify([rule]) };
}
