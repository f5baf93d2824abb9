import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Alert } from '../../src/alert/alert.ts';
import { systemClock } from '../../src/base/clock.ts';
import type { AlertStore } from '../../src/deliver/store/alert-store.ts';
import { openSqliteStore } from '../../src/deliver/store/sqlite.ts';
import { anAlert } from '../support/alerts.ts';
import { elbSidekick } from '../support/fake-machine.ts';
import { alertsIn, writeSmallConfig } from '../support/small-config.ts';

let cwd: string;
let store: AlertStore;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'alerts-'));
  writeSmallConfig(cwd, {}, 'route: { outputs: [stdout], routes: [{ rules: [Login*], outputs: [] }] }');
  store = openSqliteStore({ path: join(cwd, 'state/alerts.db'), clock: systemClock });
});
afterEach(async () => {
  await store.close();
  rmSync(cwd, { recursive: true, force: true });
});

const alerts = (...args: string[]): ReturnType<typeof elbSidekick> =>
  elbSidekick(['alerts', ...args, '--config', 'config.yaml'], { cwd });

const idsOf = async (...args: string[]): Promise<string[]> =>
  alertsIn((await alerts('tail', '--format', 'jsonl', ...args)).out).map(({ id }) => id);

const keep = async (...some: Alert[]): Promise<void> => {
  await store.append(some, 'written');
};

/** Makes a dead letter of the alert, as the courier does. */
async function bury(output: string, alert: Alert, reason: string): Promise<void> {
  await keep(alert);
  const stored = store.get(alert.id);
  if (stored === undefined) throw new Error('the store lost an alert');
  await store.reader(output).commit({ position: stored.position, buried: [{ stored, reason, tries: 3 }] });
}

describe('alerts tail', () => {
  it('prints the newest, the newest last, each with its id', async () => {
    await keep(anAlert(1), anAlert(2), anAlert(3));
    const { code, out } = await alerts('tail', '-n', '2');
    expect(code).toBe(0);
    expect(out.split('\n').map((line) => /^([0-9a-f]{32})  .*n=(\d)\)$/.exec(line)?.slice(1))).toEqual([
      [anAlert(2).id, '2'],
      [anAlert(3).id, '3'],
      undefined,
    ]);
  });

  it('looks past those that do not fit, by priority, rule and where the routes send them', async () => {
    await keep(
      anAlert('a', { priority: 'Error' }),
      anAlert('b', { priority: 'Error', rule: 'Login storm' }),
      ...Array.from({ length: 600 }, (_, n) => anAlert(n, { priority: 'Notice' })),
    );
    const [a, b] = [anAlert('a').id, anAlert('b', { rule: 'Login storm' }).id];
    expect(await idsOf('--priority', 'warning')).toEqual([a, b]);
    expect(await idsOf('--rule', 'login*')).toEqual([]);
    expect(await idsOf('--rule', 'Login*')).toEqual([b]);
    expect(await idsOf('--priority', 'error', '--output', 'stdout')).toEqual([a]);
    expect(await idsOf('--lines', '601')).toHaveLength(601);
  });

  it('follows what comes until it is stopped, each alert once', async () => {
    await keep(anAlert(1));
    const stop = new AbortController();
    let added: Promise<void> | undefined;
    const { out } = await elbSidekick(['alerts', 'tail', '--follow', '-c', 'config.yaml'], {
      cwd,
      stop: stop.signal,
      wrote: ({ out }) => {
        added ??= keep(anAlert(2), anAlert(3));
        if (out.includes('n=3)')) stop.abort();
      },
    });
    await added;
    expect([...out.matchAll(/n=(\d)/g)].map((match) => match[1])).toEqual(['1', '2', '3']);
  });

  it('lets no alert steer the terminal', async () => {
    await keep(anAlert(1, { output: 'red \u001b[31m \u009b31m \u202egnp.exe\nsecond line' }));
    for (const format of ['text', 'jsonl']) {
      const { out } = await alerts('tail', '--format', format);
      expect(out).toMatch(/^[\x20-\x7e]*\n$/);
    }
  });

  it('says so when there is no store, and makes none', async () => {
    writeSmallConfig(cwd, {}, 'store: { path: elsewhere/alerts.db }');
    const { code, err } = await alerts('tail');
    expect(code).toBe(1);
    expect(err).toMatch(/^there is no alert store at .*elsewhere\/alerts\.db: /);
    expect(existsSync(join(cwd, 'elsewhere'))).toBe(false);
  });
});

describe('alerts show', () => {
  it('prints all that is known, long integers whole, and how far each output has come', async () => {
    await bury('stdout', anAlert(1), 'the pipe was closed');
    await keep(anAlert(2, { enrichment: { 'geoip.client_ip.country': 'GB' } }));
    const dead = await alerts('show', anAlert(1).id);
    expect(dead.out).toMatch(/^ {2}evt\.time +1795216177029160000$/m);
    expect(dead.out).toMatch(/^ {2}stdout +dealt with: /m);
    expect(dead.out).toMatch(/^ {2}stdout +dead letter \d+ after 3 tries: the pipe was closed$/m);
    const waiting = await alerts('show', anAlert(2).id);
    expect(waiting.out).toMatch(/^enrichment\n {2}geoip\.client_ip\.country +GB$/m);
    expect(waiting.out).toMatch(/^ {2}stdout +yet to come$/m);
    const { out } = await alerts('show', anAlert(2).id, '--format', 'jsonl');
    expect(JSON.parse(out)).toMatchObject({
      alert: { rule: 'Path scan' },
      outputs: [{ output: 'stdout', fate: 'yet to come' }],
    });
    expect(out).toContain('1795216177029160000');
  });

  it('lets neither names nor values of fields steer the terminal', async () => {
    await keep(anAlert(1, { fields: { 'a\u001b]0;': 'b\u0007\n', deep: ['\u202e'] } }));
    for (const format of ['text', 'jsonl']) {
      const { out } = await alerts('show', anAlert(1).id, '--format', format);
      expect(out).toMatch(/^[\n\x20-\x7e]*$/);
    }
  });

  it('exits with 1 for an id that is not there', async () => {
    expect(await alerts('show', 'nothing')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^no alert with the id nothing /),
    });
  });
});

describe('alerts dead and replay', () => {
  it('lists dead letters with output, tries and reason, of one output or all', async () => {
    await bury('stdout', anAlert(1), 'closed\u001b[0m');
    await bury('slack', anAlert(2), 'channel_not_found');
    expect((await alerts('dead')).out).toMatch(
      /^1 {2}\S+ \S+Z {2}stdout {2}3 tries: closed\\x1b\[0m\n {4}[0-9a-f]{32} {2}.*n=1\)\n2 {2}.* slack {2}3 tries: channel_not_found\n/,
    );
    const { out } = await alerts('dead', '--output', 'slack', '--format', 'jsonl');
    expect(JSON.parse(out)).toMatchObject({
      letter: 2,
      output: 'slack',
      reason: 'channel_not_found',
      tries: 3,
      alert: { id: anAlert(2).id },
    });
  });

  it('hands over those that are named or that fit, and says how many', async () => {
    await bury('stdout', anAlert(1), 'x');
    await bury('stdout', anAlert(2, { priority: 'Error' }), 'x');
    expect(await alerts('replay', '--all', '--priority', 'error')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^1 dead letter goes to its output again; /),
    });
    const again = await store.reader('stdout').next(10, AbortSignal.timeout(1000));
    expect(again.map(({ replayOf }) => replayOf)).toEqual([2]);
    const { code, err, out } = await alerts('replay', '1', '77', '--format', 'jsonl');
    expect({ code, err }).toEqual({ code: 1, err: 'No such dead letter: 77; alerts dead lists them.\n' });
    expect(JSON.parse(out)).toEqual({ replayed: 1, missing: [77], withoutOutput: [] });
  });

  it('leaves the letters of an output that the config does not have any more', async () => {
    await bury('pager', anAlert(1), 'x');
    expect(await alerts('replay', '--all')).toMatchObject({
      code: 1,
      out: expect.stringMatching(/^0 dead letters/),
      err: '1 of the output pager stay: the config has no such output any more.\n',
    });
    expect(store.deadLetters(10)).toHaveLength(1);
  });

  it.each([
    [['replay'], /say which: numbers of dead letters, --output NAME, or --all/],
    [['replay', 'one'], /takes numbers of dead letters.*not "one"/],
    [['replay', '--output', 'stdou'], /no output "stdou".*stdout/],
    [['tail', '--output', 'slack'], /no output "slack"/],
    [['tail', 'x'], /takes no name/],
    [['tail', '--priority', 'urgent'], /--priority is one of Emergency, /],
    [['tail', '--lines', '0'], /--lines is a number/],
    [['show'], /missing required argument 'id'/],
    [['eat'], /unknown command 'eat'/],
  ])('exits with 2 for %j and says how it should be', async (args, message) => {
    const { code, err } = await alerts(...args);
    expect(code).toBe(2);
    expect(err).toMatch(message);
  });
});
