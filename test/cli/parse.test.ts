import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { albLine } from '../support/alb-line.ts';
import { elbSidekick } from '../support/fake-machine.ts';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'parse-'));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const events = (out: string): Record<string, unknown>[] =>
  out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

describe('parse', () => {
  it('prints one JSON object a line, absent fields left out', async () => {
    writeFileSync(join(cwd, 'a.log.gz'), gzipSync(`${albLine({ agent: '-' })}\n${albLine({ path: '/%C3%A4?q=1' })}\n`));
    const { code, out, err } = await elbSidekick(['parse', 'a.log.gz'], { cwd });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const [first, second] = events(out);
    expect(first).toMatchObject({
      'awselb.client_ip': '203.0.113.7',
      'awselb.elb_status_code': 200,
      'awselb.line': 1,
      'awselb.object': 'a.log.gz',
    });
    expect(first).not.toHaveProperty('awselb.user_agent');
    expect(second).toMatchObject({ 'awselb.line': 2, 'awselb.request_uri_decoded': '/ä?q=1' });
  });

  it('prints columns as a table, control characters written out', async () => {
    const { out } = await elbSidekick(['parse', '--format', 'table', '-'], { stdin: albLine({ path: '/\u009b31m' }) });
    expect(out).toMatch(
      /^LOG +TIME +BALANCER +CLIENT +STATUS +MS +VERB +URL\nalb +2026-09-15T18:00:00\.123456Z shop +203\.0\.113\.7 +200 +12 +GET +https.*\\x9b31m\n$/,
    );
  });

  it('names bad lines on standard error, with object, line, reason and a harmless excerpt, and goes on', async () => {
    writeFileSync(
      join(cwd, 'a.log'),
      `${albLine()}\njunk \u001b]0;x\u0007\nhttps 2026-09-15T18:00:00Z app/x\n${albLine()}`,
    );
    const { code, out, err } = await elbSidekick(['parse', 'a.log'], { cwd });
    expect(code).toBe(0);
    expect(events(out)).toHaveLength(2);
    const complaints = err.trim().split('\n');
    expect(complaints[0]).toBe(
      'a.log:2: unrecognised: the line has the shape of no known format: "junk \\x1b]0;x\\x07"',
    );
    expect(complaints[1]).toMatch(/^a\.log:3: too-few-columns: 3 columns/);
  });

  it('exits with 1 when an input cannot be read, names it, and reads the others', async () => {
    writeFileSync(join(cwd, 'empty.log'), '');
    writeFileSync(join(cwd, 'notes.txt'), 'Dear diary');
    writeFileSync(join(cwd, 'binary'), Buffer.from([0, 1, 2, 3]));
    writeFileSync(join(cwd, 'cut.gz'), gzipSync(`${albLine()}\n`.repeat(3)).subarray(0, -4));
    writeFileSync(join(cwd, 'good.log'), albLine());
    const inputs = ['missing.log', 'empty.log', 'notes.txt', 'binary', 'cut.gz', 'good.log'];
    const { code, out, err } = await elbSidekick(['parse', ...inputs], { cwd });
    expect(code).toBe(1);
    expect(events(out).map((event) => event['awselb.object'])).toEqual(['cut.gz', 'cut.gz', 'cut.gz', 'good.log']);
    expect(err).toContain('missing.log: there is no such file or folder\n');
    expect(err).toContain('empty.log: empty: an ELB log has at least one line\n');
    expect(err).toContain(
      'notes.txt: not an ELB log: its only line does not look like one. Line 1 begins "Dear diary"\n',
    );
    expect(err).toContain('binary: not an ELB log: it is binary.');
    expect(err).toMatch(/cut\.gz: the gzip file ends too early, at byte \d+: its checksum is missing\n/);
  });

  it('says how to read what lies in S3', async () => {
    expect(await elbSidekick(['parse', 's3://bucket/key.log.gz'])).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining('aws s3 cp s3://bucket/key.log.gz - | elb-sidekick parse -'),
    });
  });

  it('ends quietly when the reader of its output leaves', async () => {
    writeFileSync(join(cwd, 'a.log'), `${albLine()}\n`);
    expect(await elbSidekick(['parse', 'a.log'], { cwd, closesAfter: 0 })).toEqual({ code: 0, out: '', err: '' });
  });

  const corpus = join(import.meta.dirname, '../../../shared/corpus');
  describe.skipIf(!existsSync(corpus))('on the shared corpus (skipped: ../shared is not here)', () => {
    it.each([
      ['yukinakanaka-falco-plugin-aws-elb/log-001.log.gz', 453],
      ['yukinakanaka-falco-plugin-aws-elb/log-002.log.gz', 312],
      ['vector/multipart-gzip.log.gz', 12],
      ['vector/alb-internet-scans.log', 12],
      ['vector-vrl/alb.log', 13],
      ['aws-docs', 19],
      ['web-found', 6],
      ['cloud-gov-elb-log-ingestor/examples-from-docs.log', 10],
    ])('%s: no line is lost', async (path, lines) => {
      const { code, out, err } = await elbSidekick(['parse', path], { cwd: corpus });
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(events(out)).toHaveLength(lines);
    });

    it('skips the test object that AWS writes', async () => {
      const run = await elbSidekick(['parse', 'otel-awslogsencoding/elb_control.log'], { cwd: corpus });
      expect(run).toEqual({ code: 0, out: '', err: '' });
    });
  });
});
