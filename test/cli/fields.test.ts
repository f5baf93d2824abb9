import { describe, expect, it } from 'vitest';
import { catalogue } from '../../src/detect/formats/catalogue.ts';
import { elbSidekick } from '../support/fake-machine.ts';

describe('fields', () => {
  it('lists the whole catalogue', async () => {
    const { code, out } = await elbSidekick(['fields']);
    expect(code).toBe(0);
    for (const { name, type } of catalogue)
      expect(out).toMatch(new RegExp(`^${name.replaceAll('.', '\\.')} +${type} `, 'm'));
  });

  it('lists only what a word is about', async () => {
    const { out } = await elbSidekick(['fields', 'HANDSHAKE', '--format', 'jsonl']);
    const rows = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(rows).toContainEqual(
      expect.objectContaining({ name: 'awselb.tls_handshake_ms', type: 'uint64', logs: ['nlb', 'alb_connection'] }),
    );
    for (const row of rows) expect(JSON.stringify(row).toLowerCase()).toContain('handshake');
  });

  it('exits with 1 when nothing is about the word', async () => {
    expect(await elbSidekick(['fields', 'frobnicate'])).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringContaining('frobnicate'),
    });
  });

  it('refuses a form that it cannot print', async () => {
    expect(await elbSidekick(['fields', '--format', 'xml'])).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining('Allowed choices are text, jsonl, markdown'),
    });
  });

  it('writes a table for documents', async () => {
    const { out } = await elbSidekick(['fields', 'awselb.client_ip', '--format', 'markdown']);
    expect(out).toMatch(/^\| field \| type \| what \|\n\|---\|---\|---\|\n\| `awselb\.client_ip` \| string \| /);
  });
});
