import type { Alert } from '../alert/alert.ts';
import type { Config } from '../config/config.ts';
import { alertJsonLine, alertLine } from '../deliver/outputs/alert-line.ts';
import { createRouter } from '../deliver/routing/route-tree.ts';
import type { AlertQuery, AlertStore, StoredAlert } from '../deliver/store/alert-store.ts';
import { checkOutput, wantedAlerts, withStore } from './alerts-store.ts';
import type { TailOptions } from './alerts.ts';
import type { ExitCode } from './command.ts';
import type { Machine } from './machine.ts';

/** Alerts read from the store at once. */
const page = 500;
const lookEveryMs = 500;

/** `alerts tail`: the newest alerts, the newest last. */
export function tailAlerts(machine: Machine, options: TailOptions): Promise<ExitCode> {
  return withStore(machine, options, async (store, config) => {
    const wanted = wantedByAll(machine, options, config);
    const print = async (found: readonly StoredAlert[]): Promise<void> => {
      const line = options.format === 'jsonl' ? alertJsonLine : textLine;
      for (const { alert } of found) await machine.out.write(`${line(alert)}\n`);
    };
    let last = store.stats().lastPosition;
    await print(newest(store, { before: last + 1 }, options.lines, wanted));
    while (options.follow === true && !machine.stop.aborted) {
      await machine.clock.sleep(lookEveryMs, machine.stop);
      const now = store.stats().lastPosition;
      if (now > last) await print(newest(store, { after: last, before: now + 1 }, Number.POSITIVE_INFINITY, wanted));
      last = Math.max(last, now);
    }
    return 0;
  });
}

function wantedByAll(machine: Machine, options: TailOptions, config: Config): (alert: Alert) => boolean {
  const names = config.outputs.map(({ name }) => name);
  const { output } = options;
  checkOutput(output, names);
  const wanted = wantedAlerts(options);
  if (output === undefined) return wanted;
  const router = createRouter(config.route, new Set(names));
  return (alert) =>
    wanted(alert) && router.match(alert, machine.clock.now()).some(({ outputs }) => outputs.includes(output));
}

/** At most `max` wanted alerts of the range, the newest last. */
function newest(
  store: AlertStore,
  range: Pick<AlertQuery, 'before' | 'after'>,
  max: number,
  wanted: (alert: Alert) => boolean,
): StoredAlert[] {
  const found: StoredAlert[] = [];
  let { before } = range;
  for (;;) {
    const some = store.query({ ...range, ...(before === undefined ? {} : { before }), max: page });
    for (const stored of some) if (found.length < max && wanted(stored.alert)) found.push(stored);
    before = some.at(-1)?.position;
    if (some.length < page || found.length >= max) return found.reverse();
  }
}

/** The id in front: `alerts show` asks for it. */
function textLine(alert: Alert): string {
  return `${alert.id}  ${alertLine(alert)}`;
}
