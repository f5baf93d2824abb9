import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.ts';

const fields = {
  source: 's',
  plugin: 'p',
  fields: [{ name: 's.text', type: 'string', list: false, arg: null }],
};
const upstream = 'own';
const rulesFile = '- rule: r\n  desc: d\n  condition: s.text = a\n  output: o %s.text\n  priority: INFO\n  source: s\n';

/** A folder in the format of ../shared/conformance, with one case of each kind. */
function folderOf(match: boolean): string {
  const folder = temporaryFolder();
  const put = (name: string, content: unknown): void => writeFileSync(join(folder, name), JSON.stringify(content));
  const parsed = { parse: 'ok', canonical: '(s.text = a or m)' };
  const alert = '2023-11-14T22:13:20.123456789Z';
  put('fields.json', fields);
  put('parser.json', [{ name: 'p1', upstream, condition: 's.text=a or m', expect: parsed }]);
  put('eval.json', [
    { name: 'e1', upstream, condition: 's.text = a', event: { 's.text': 'a' }, expect: { load: 'ok', match } },
  ]);
  put('rules.json', [
    {
      name: 'r1',
      upstream,
      files: [rulesFile],
      events: [{ 's.text': 'a' }],
      expect: {
        load: 'ok',
        enabled_count: 1,
        alerts: [[{ rule: 'r', text: '22:13:20.123456789: Informational o a' }]],
      },
    },
  ]);
  const line = `{"hostname":"host-1","output":"22:13:20.123456789: Warning x","output_fields":{"evt.time":1700000000123456789},"priority":"Warning","rule":"r","source":"s","tags":[],"time":"${alert}"}`;
  put('output.json', {
    cases: [{ name: 'o1', upstream, output: 'x', event: {}, expect: { load: 'ok', json_line: line } }],
  });
  put('utils.json', { priority: [{ input: 'info', expect: 'Informational' }] });
  return folder;
}

function run(folder: string): { readonly status: number | null; readonly lines: readonly string[] } {
  const script = join(import.meta.dirname, 'run.ts');
  const { status, stdout } = spawnSync(process.execPath, [script, folder], { encoding: 'utf8' });
  return { status, lines: stdout.trimEnd().split('\n') };
}

describe('npm run conformance', () => {
  it('ends with the count of passed cases and with 0 when none failed', () => {
    expect(run(folderOf(true))).toEqual({ status: 0, lines: ['5 passed, 0 failed'] });
  });

  it('names each failure and ends with 1', () => {
    expect(run(folderOf(false))).toEqual({
      status: 1,
      lines: ['FAILED e1', '  match: expected false, got true', '4 passed, 1 failed'],
    });
  });

  it('refuses a folder that is not there', () => {
    expect(run('/nowhere/at/all').status).toBe(2);
  });
});
