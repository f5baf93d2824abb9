import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { albLine } from '../support/alb-line.ts';
import { elbSidekick } from '../support/fake-machine.ts';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'scan-'));
  writeFileSync(
    join(cwd, 'rules.yaml'),
    `
- rule: Server error
  desc: A target failed
  condition: awselb.elb_status_code >= 500
  output: "status %awselb.elb_status_code for %awselb.user_agent"
  priority: ERROR
  source: awselb
`,
  );
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const failing = (agent: string): string => albLine({ status: 500, agent, client: '81.2.69.142' });
const alerts = (out: string): Record<string, unknown>[] =>
  out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

describe('scan', () => {
  it("prints Falco's line with where the client is, one line whatever the log says, and a summary on standard error", async () => {
    writeFileSync(join(cwd, 'a.log'), `${failing('evil \\x1b[2J\\x0aagent')}\n${albLine()}\n`);
    const { code, out, err } = await elbSidekick(['scan', '--rules', 'rules.yaml', 'a.log'], { cwd });
    expect(code).toBe(0);
    expect(out).toBe('2026-09-15T18:00:00.123456000+0000: Error status 500 for evil \\x1b[2J\\nagent [GB]\n');
    expect(err).toMatch(
      /^1 object, 2 lines \(1\.\d kB\) in \d+\.\d s, [\d,]+ lines\/s; 0 bad lines, 1 alert\n {8}1 {2}Server error\n$/,
    );
  });

  it('says with --explain which checks matched, and what they saw', async () => {
    writeFileSync(join(cwd, 'a.log'), `${failing('x')}\n`);
    const text = await elbSidekick(['scan', '-r', 'rules.yaml', '--explain', 'a.log'], { cwd });
    expect(text.out.split('\n')[1]).toBe('    awselb.elb_status_code >= 500  (awselb.elb_status_code = 500)');
    const json = await elbSidekick(['scan', '-r', 'rules.yaml', '--explain', '--format', 'jsonl', 'a.log'], { cwd });
    expect(alerts(json.out)[0]?.['explain']).toEqual([
      { check: 'awselb.elb_status_code >= 500', holds: true, fields: { 'awselb.elb_status_code': '500' } },
    ]);
    const threads = await elbSidekick(['scan', '--explain', '--threads', '2', 'a.log'], { cwd });
    expect(threads).toMatchObject({ code: 2, err: expect.stringContaining('--explain works with one thread only') });
  });

  it("prints Falco's JSON with our enrichment as jsonl, and where the line stands", async () => {
    writeFileSync(join(cwd, 'a.log.gz'), gzipSync(`${albLine()}\n${failing('x')}\n`));
    const { out } = await elbSidekick(['scan', '-r', 'rules.yaml', '--format', 'jsonl', 'a.log.gz'], { cwd });
    expect(alerts(out)).toEqual([
      expect.objectContaining({
        rule: 'Server error',
        priority: 'Error',
        source: 'awselb',
        hostname: 'testhost',
        time: '2026-09-15T18:00:00.123456000Z',
        output_fields: expect.objectContaining({
          'awselb.object': 'a.log.gz',
          'awselb.line': 2,
          'awselb.client_ip': '81.2.69.142',
        }),
        enrichment: expect.objectContaining({ 'geoip.client_ip.country': 'GB', 'elb.lb_name': 'shop' }),
      }),
    ]);
  });

  it('leaves addresses alone when told', async () => {
    const { out } = await elbSidekick(['scan', '-r', 'rules.yaml', '--no-geoip', '-'], { cwd, stdin: failing('x') });
    expect(out).toMatch(/ for x\n$/);
  });

  it('keeps the order of inputs and lines', async () => {
    for (const name of ['b', 'a', 'c'])
      writeFileSync(join(cwd, `${name}.log`), `${failing(`${name}1`)}\n${failing(`${name}2`)}\n`);
    const { out } = await elbSidekick(['scan', '-r', 'rules.yaml', 'b.log', '.'], { cwd });
    expect([...out.matchAll(/for (\w\d)/g)].map((match) => match[1])).toEqual([
      'b1',
      'b2',
      'a1',
      'a2',
      'b1',
      'b2',
      'c1',
      'c2',
    ]);
  });

  it('names inputs that cannot be read, scans the others, and exits with 1', async () => {
    writeFileSync(join(cwd, 'notes.txt'), 'Dear \u001b[31mdiary');
    writeFileSync(join(cwd, 'cut.gz'), gzipSync(`${failing('cut')}\n`).subarray(0, -1));
    writeFileSync(join(cwd, 'good.log'), failing('good'));
    const { code, out, err } = await elbSidekick(
      ['scan', '-r', 'rules.yaml', 'missing', 'notes.txt', 'cut.gz', 'good.log'],
      { cwd },
    );
    expect(code).toBe(1);
    expect([...out.matchAll(/for (\w+)/g)].map((match) => match[1])).toEqual(['cut', 'good']);
    expect(err).toContain('missing: there is no such file or folder\n');
    expect(err).toContain(
      'notes.txt: not an ELB log: its only line does not look like one. Line 1 begins "Dear \\x1b[31mdiary"\n',
    );
    expect(err).toContain('cut.gz: the gzip file ends too early');
    expect(err).toContain('4 objects, ');
    expect(err).toContain('3 objects not read, or not to the end (named above)\n');
  });

  it('counts bad lines by reason and shows the first; they fail the scan only under --strict', async () => {
    writeFileSync(join(cwd, 'a.log'), `${failing('x')}\njunk \u001b[31m\n`);
    const run = await elbSidekick(['scan', '-r', 'rules.yaml', 'a.log'], { cwd });
    expect(run.code).toBe(0);
    expect(run.err).toContain(
      'bad lines: 1 unrecognised\n  a.log:2: unrecognised: the line has the shape of no known format: "junk \\x1b[31m"\n',
    );
    expect((await elbSidekick(['scan', '-r', 'rules.yaml', '--strict', 'a.log'], { cwd })).code).toBe(1);
  });

  it('says where a rules file is wrong and scans nothing', async () => {
    writeFileSync(
      join(cwd, 'wrong.yaml'),
      '- rule: X\n  desc: x\n  condition: awselb.nothing = 1\n  output: x\n  priority: ERROR\n  source: awselb\n',
    );
    writeFileSync(join(cwd, 'a.log'), failing('x'));
    const { code, out, err } = await elbSidekick(['scan', '-r', 'wrong.yaml', 'a.log'], { cwd });
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/wrong\.yaml:3:\d+: LOAD_\w+: .*nothing/s);
    const missing = await elbSidekick(['scan', '-r', 'nowhere.yaml', 'a.log'], { cwd });
    expect(missing).toMatchObject({ code: 1, err: expect.stringMatching(/rules file .*nowhere\.yaml cannot be read/) });
  });

  it('shows progress on a terminal and takes it away at the end', async () => {
    writeFileSync(join(cwd, 'a.log'), `${failing('x')}\n`.repeat(2000));
    const { err } = await elbSidekick(['scan', '-r', 'rules.yaml', 'a.log'], { cwd, watched: true });
    expect(err).toMatch(/^\r\[=* *\] +\d+ % of 1\.\d MB · [\d,]+ lines · [\d,]+ lines\/s.*\u001b\[K/);
    expect(err).toMatch(/\r\u001b\[K1 object, 2,000 lines/);
  });

  it('ends with a clean summary when it is stopped, and quietly when nobody reads', async () => {
    writeFileSync(join(cwd, 'a.log'), failing('x'));
    const stopped = await elbSidekick(['scan', '-r', 'rules.yaml', 'a.log'], { cwd, stop: AbortSignal.abort() });
    expect(stopped).toMatchObject({ out: '', err: expect.stringMatching(/^Stopped\. 0 objects/) });
    expect(await elbSidekick(['scan', '-r', 'rules.yaml', 'a.log'], { cwd, closesAfter: 0 })).toEqual({
      code: 0,
      out: '',
      err: '',
    });
  });

  it('prints the same on one thread and on several: the order of inputs and lines, places, bad inputs, the summary', async () => {
    const samples = join(import.meta.dirname, '../../samples');
    writeFileSync(join(cwd, 'notes.txt'), 'Dear diary');
    writeFileSync(
      join(cwd, 'many.log'),
      `${failing('first')}\n${`${albLine()}\njunk\n${failing('next')}\n`.repeat(3000)}`,
    );
    const packed = gzipSync(`${failing('packed')}\n`.repeat(3000));
    writeFileSync(join(cwd, 'cut.log.gz'), packed.subarray(0, -20));
    writeFileSync(join(cwd, 'checksum.log.gz'), Buffer.concat([packed.subarray(0, -8), Buffer.alloc(8)]));
    writeFileSync(join(cwd, 'two.log.gz'), Buffer.concat([packed, packed]));
    writeFileSync(join(cwd, 'behind.log.gz'), Buffer.concat([packed, Buffer.from('not gzip')]));
    writeFileSync(join(cwd, 'image.log'), Buffer.from([7, 0, 0, 7]));
    writeFileSync(join(cwd, 'empty.log'), '');
    writeFileSync(join(cwd, 'ELBAccessLogTestFile'), 'Enable AccessLog for ELB');
    const made = ['cut.log.gz', 'checksum.log.gz', 'two.log.gz', 'behind.log.gz', 'image.log', 'empty.log'];
    const everything = [samples, 'notes.txt', 'many.log', 'missing', ...made, 'ELBAccessLogTestFile', 'many.log'];
    const on = async (threads: string, format: string, inputs = everything): Promise<unknown> => {
      const argv = ['scan', '--format', format, '--threads', threads, ...inputs];
      const { code, out, err } = await elbSidekick(argv, { cwd });
      const alerts = out.replace(/"evt\.num":\d+/g, '"evt.num":0').split('\n');
      return { code, alerts, err: err.replace(/ in [\d.]+ s, [\d,]+ lines/, '') };
    };
    const alone = await on('1', 'text');
    expect(alone).toMatchObject({ code: 1, err: expect.stringContaining('6,000 unrecognised') });
    expect(await on('2', 'text')).toEqual(alone);
    expect(await on('3', 'jsonl')).toEqual(await on('1', 'jsonl'));
    // Fewer objects than threads: they share the blocks of each.
    for (const format of ['text', 'jsonl']) {
      expect(await on('2', format, ['many.log'])).toEqual(await on('1', format, ['many.log']));
    }
  });

  it('ends quietly on threads as well when nobody reads, and when it is stopped', async () => {
    writeFileSync(join(cwd, 'a.log'), `${failing('x')}\n`.repeat(5000));
    const argv = ['scan', '-r', 'rules.yaml', '--threads', '2', 'a.log', 'a.log'];
    expect(await elbSidekick(argv, { cwd, closesAfter: 1 })).toMatchObject({ code: 0, err: '' });
    const stop = new AbortController();
    const stopped = await elbSidekick(argv, { cwd, stop: stop.signal, wrote: () => stop.abort() });
    expect(stopped).toMatchObject({ code: 1, err: expect.stringMatching(/^Stopped\. /) });
  });

  it('refuses a number of threads that cannot be meant', async () => {
    for (const threads of ['-1', '1.5', '65', 'all']) {
      const { code, err } = await elbSidekick(['scan', '--threads', threads, '.'], { cwd });
      expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining('whole number from 0 to 64') });
    }
  });

  const corpus = join(import.meta.dirname, '../../../shared/corpus');
  describe.skipIf(!existsSync(corpus))('on the shared corpus (skipped: ../shared is not here)', () => {
    it('reads all 453 lines of a real log, none bad', async () => {
      const path = 'yukinakanaka-falco-plugin-aws-elb/log-001.log.gz';
      const { code, err } = await elbSidekick(['scan', path], { cwd: corpus });
      expect(code).toBe(0);
      expect(err).toMatch(/^1 object, 453 lines .*; 0 bad lines, /);
    });
  });
});
