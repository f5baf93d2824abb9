import type { Hono } from 'hono';
import { type Alert, alertId } from '../../alert/alert.ts';
import { alertTimeOfMs } from '../../alert/alert-time.ts';
import type { Service } from '../service.ts';

/** `/test` with any method, as falcosidekick: sends an alert of priority Debug through the whole service. */
export function addTestRoute(app: Hono, { clock, intake, log }: Service): void {
  app.on(['GET', 'POST', 'PUT'], '/test', async (c) => {
    try {
      await intake.receive([testAlert(clock.now())]);
    } catch (error) {
      log.error('The test alert could not be stored.', { error });
      return c.json({ error: 'The test alert could not be stored.' }, 503);
    }
    return c.body('', 200);
  });
}

function testAlert(nowMs: number): Alert {
  const time = alertTimeOfMs(nowMs) ?? '';
  return {
    id: alertId(`test\n${time}`),
    time,
    rule: 'Test rule',
    priority: 'Debug',
    source: 'internal',
    output: 'This is a test from elb-sidekick',
    hostname: 'elb-sidekick',
    tags: ['example', 'test'],
    fields: { 'proc.name': 'elb-sidekick', 'user.name': 'elb-sidekick' },
  };
}
