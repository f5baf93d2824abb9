import { inspect } from 'node:util';
import type { z } from 'zod';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Alert } from '../../src/alert/alert.ts';
import type { Clock } from '../../src/base/clock.ts';
import type { Outcome } from '../../src/base/outcome.ts';
import type { Output, OutputKind } from '../../src/deliver/outputs/output.ts';
import { anAlert, someAlerts } from '../support/alerts.ts';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { hostileAlerts } from '../support/hostile-alerts.ts';
import { outputTools } from '../support/output-tools.ts';

/** A healthy receiver of the kind under test. */
export interface Receiver {
  readonly endpoint: string;
  stop(): Promise<void>;
}

export interface OutputUnderTest<C extends z.ZodType> {
  readonly kind: OutputKind<C>;
  /** Starts the receiver; the kit puts a proxy in front of it that misbehaves. */
  start(): Promise<Receiver>;
  /** The config that sends to `endpoint`. */
  config(endpoint: string): z.input<C>;
  /** Texts of that config that must never be seen. */
  readonly secrets: readonly string[];
  /** What each answer of the receiver means. */
  readonly statuses: Readonly<Record<number, Outcome['kind']>>;
  /** An alert that is beyond what the receiver takes, and what its rejection says; left out where there is no limit. */
  readonly tooLarge?: { readonly alert: Alert; readonly says: RegExp };
}

/** Real time, but nobody waits: a pause between messages costs nothing. */
const impatientClock: Clock = { now: () => Date.now(), sleep: async () => undefined };

/** What came of one alert, whether the output answered or threw, and everything that was said about it. */
async function attempt(
  output: Output,
  signal = new AbortController().signal,
): Promise<{ outcome: Outcome | undefined; said: string }> {
  const [outcome] = await output
    .send(someAlerts(1), signal)
    .catch((error: unknown): Outcome[] => [
      { kind: 'retry', cause: error instanceof Error ? error : new Error(String(error)) },
    ]);
  return { outcome, said: inspect(outcome, { depth: 10 }) };
}

/** The promises of an output, for every kind that speaks HTTP. */
export function describeOutput<C extends z.ZodType>(name: string, under: OutputUnderTest<C>): void {
  describe(`${name} keeps the promises of an output`, () => {
    let receiver: Receiver;
    let proxy: FaultProxy;
    const opened: Output[] = [];

    beforeAll(async () => {
      receiver = await under.start();
      proxy = await startFaultProxy(receiver.endpoint);
    });
    afterAll(async () => {
      for (const output of opened) await output.close?.();
      await proxy.stop();
      await receiver.stop();
    });

    const open = async (endpoint = proxy.endpoint): Promise<Output> => {
      const output = await under.kind.open(
        under.kind.config.parse(under.config(endpoint)),
        outputTools({ clock: impatientClock }),
      );
      opened.push(output);
      return output;
    };
    const expectNoSecret = (text: string): void => {
      for (const secret of under.secrets) expect(text).not.toContain(secret);
    };

    test('gives one outcome for each alert, in order', async () => {
      proxy.misbehave(() => undefined);
      const output = await open();
      const { maxAlerts } = under.kind.batch(under.kind.config.parse(under.config(proxy.endpoint)));
      const alerts = someAlerts(Math.min(maxAlerts, 25));
      expect(await output.send(alerts, new AbortController().signal)).toEqual(alerts.map(() => ({ kind: 'done' })));
      await output.probe(new AbortController().signal);
    });

    for (const [status, kind] of Object.entries(under.statuses)) {
      test(`HTTP ${status} is ${kind}, and says so`, async () => {
        proxy.misbehave(() => ({ kind: 'answer', status: Number(status), body: 'no' }));
        const { outcome, said } = await attempt(await open());
        expect(outcome?.kind, said).toBe(kind);
        expectNoSecret(said);
      });
    }

    test('Retry-After is handed on, in seconds and as a date', async () => {
      const output = await open();
      proxy.misbehave(() => ({ kind: 'answer', status: 503, headers: { 'retry-after': '7' } }));
      expect((await attempt(output)).outcome).toMatchObject({ kind: 'retry', afterMs: 7000 });
      proxy.misbehave(() => ({
        kind: 'answer',
        status: 503,
        headers: { 'retry-after': new Date(Date.now() + 60_000).toUTCString() },
      }));
      const { outcome } = await attempt(output);
      const afterMs = outcome?.kind === 'retry' ? (outcome.afterMs ?? 0) : 0;
      expect(afterMs).toBeGreaterThan(50_000);
      expect(afterMs).toBeLessThanOrEqual(60_000);
    });

    test('a connection that is refused or reset is tried again, and no secret is told', async () => {
      const output = await open();
      proxy.misbehave(() => ({ kind: 'reset' }));
      const reset = await attempt(output);
      expect(reset.outcome?.kind).toBe('retry');
      expectNoSecret(reset.said);
      // Nothing listens on the discard port.
      const nobody = await open('http://127.0.0.1:9');
      const refused = await attempt(nobody);
      expect(refused.outcome?.kind).toBe('retry');
      expectNoSecret(refused.said);
      await expect(
        nobody.probe(new AbortController().signal).catch((error: unknown) => {
          expectNoSecret(inspect(error));
          throw error;
        }),
      ).rejects.toThrow();
    });

    test('an answer that is cut in its body is what its status says, or tried again', async () => {
      const output = await open();
      for (const kind of ['reset', 'stall'] as const) {
        const stop = new AbortController();
        const stalled = Promise.withResolvers<void>();
        proxy.misbehave(() => ({ kind, afterBytes: 1, stalled: stalled.resolve }));
        const sending = attempt(output, stop.signal);
        // A stalled answer ends with the courier's patience. One without a body ends by itself.
        await Promise.race([sending, stalled.promise]);
        stop.abort(new Error('enough'));
        const { outcome, said } = await sending;
        expect(['done', 'retry'], said).toContain(outcome?.kind);
        expectNoSecret(said);
      }
    });

    test('gives up when told, while the receiver hangs', async () => {
      const stop = new AbortController();
      const hung = Promise.withResolvers<void>();
      proxy.misbehave(() => {
        hung.resolve();
        return { kind: 'stall', afterBytes: 0 };
      });
      const sending = attempt(await open(), stop.signal);
      await hung.promise;
      stop.abort(new Error('enough'));
      expect((await sending).outcome?.kind).toBe('retry');
    });

    test('hostile alerts are taken or refused with a reason', async () => {
      proxy.misbehave(() => undefined);
      const output = await open();
      for (const alert of hostileAlerts) {
        const [outcome] = await output.send([alert], new AbortController().signal);
        if (outcome?.kind !== 'done') expect(outcome, alert.id).toMatchObject({ kind: 'reject' });
        if (outcome?.kind === 'reject') expect(outcome.cause.message).toMatch(/bytes/);
      }
    });

    const { tooLarge } = under;
    if (tooLarge !== undefined) {
      test('an alert that is too large is refused by itself, the others are taken', async () => {
        proxy.misbehave(() => undefined);
        const output = await open();
        const { maxAlerts } = under.kind.batch(under.kind.config.parse(under.config(proxy.endpoint)));
        const alerts = [anAlert('before'), tooLarge.alert, anAlert('after')];
        const kinds: string[] = [];
        let said = '';
        for (const batch of maxAlerts < alerts.length ? alerts.map((alert) => [alert]) : [alerts]) {
          const outcomes = await output.send(batch, new AbortController().signal);
          kinds.push(...outcomes.map(({ kind }) => kind));
          said += inspect(outcomes);
        }
        expect(kinds).toEqual(['done', 'reject', 'done']);
        expect(said).toMatch(tooLarge.says);
      });
    }

    test('its secrets are in nothing that can be printed', async () => {
      const config = under.kind.config.parse(under.config(proxy.endpoint));
      expectNoSecret(inspect(config, { depth: 10, showHidden: true }) + JSON.stringify(config));
      expectNoSecret(inspect(await open(), { depth: 10, showHidden: true }));
    });
  });
}
