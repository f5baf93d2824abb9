import { systemClock } from '../../src/base/clock.ts';
import { parseJson, stringifyJson } from '../../src/base/json.ts';
import { createCourier } from '../../src/deliver/courier.ts';
import { createIntake } from '../../src/deliver/intake.ts';
import type { OutputKind } from '../../src/deliver/outputs/output.ts';
import { cloudwatchLogs } from '../../src/deliver/outputs/cloudwatch-logs.ts';
import { s3 } from '../../src/deliver/outputs/s3.ts';
import { slack } from '../../src/deliver/outputs/slack.ts';
import { webhook } from '../../src/deliver/outputs/webhook.ts';
import { createRouter } from '../../src/deliver/routing/route-tree.ts';
import { openServiceStore } from '../../src/open-store.ts';
import { outputTools } from '../support/output-tools.ts';
import type { ChildAnswer, ChildOrder, ChildSetting } from './deliver.ts';

/**
 * The deliver half as a process of its own, for the chaos run to kill. Orders come as JSON over the IPC channel: alerts to
 * take in, or to stop. It answers what it has accepted, and says five times a second how far each output is.
 */
const setting = JSON.parse(process.argv[2] ?? '') as ChildSetting;
const store = await openServiceStore({ path: setting.path, clock: systemClock, notice: () => undefined });
const intake = createIntake({ store, enrichers: [] });
const tools = outputTools({ clock: systemClock });
const aws = { region: 'eu-west-1' };
/** A kill doubles at most one call's alerts of CloudWatch Logs and of the webhook: what arrived and was not yet written down. */
const perCall = 20;

const open = async (kind: OutputKind, config: object, name = kind.kind) => {
  const parsed = kind.config.parse(config);
  const output = await kind.open(parsed, tools);
  return { name, output, limits: kind.batch(parsed), policy: { backoffMs: 10, backoffMaxMs: 200 } };
};

const outputs = await Promise.all([
  open(cloudwatchLogs, { log_group: 'g', log_stream: 's', max_alerts: perCall, endpoint: setting.logs, ...aws }),
  open(s3, { bucket: 'alerts', path_style: true, max_wait: '500ms', endpoint: setting.s3, ...aws }),
  open(webhook, { url: `${setting.webhook}/hook`, max_alerts: perCall }),
  open(slack, { webhook_url: `${setting.slack}/slack`, fields: false, page_url: 'http://triage.example' }),
]);
const courier = createCourier({
  store,
  clock: systemClock,
  outputs,
  router: createRouter(
    {
      outputs: outputs.map(({ name }) => name).filter((name) => name !== 'slack'),
      routes: [
        { outputs: ['cloudwatch-logs', 's3', 'webhook'], continue: true },
        { outputs: ['slack'], group_by: ['awselb.client_ip'], group_interval: '3s' },
      ],
    },
    new Set(outputs.map(({ name }) => name)),
  ),
});
courier.start();

const answer = (message: ChildAnswer): void => {
  process.send?.(stringifyJson(message));
};
process.on('message', (text: string) => {
  const order: unknown = parseJson(text);
  if (!isOrder(order)) throw new Error(`not an order: ${text.slice(0, 100)}`);
  if (order.kind === 'accept')
    void intake.receive(order.alerts).then(() => answer({ kind: 'accepted', batch: order.batch }));
  else {
    clearInterval(timer);
    void courier.stop(5000).then(async () => {
      clearInterval(timer);
      await store.close();
      process.disconnect();
    });
  }
});
const progress = async (): Promise<void> => {
  await store.settled();
  const { lastPosition } = store.stats();
  const windows = store.reader('slack').notes().size;
  answer({
    kind: 'progress',
    done: windows === 0 && courier.states().every(({ position }) => position === lastPosition),
  });
};
const timer = setInterval(() => void progress(), 200);
timer.unref();

function isOrder(value: unknown): value is ChildOrder {
  return typeof value === 'object' && value !== null && 'kind' in value;
}
