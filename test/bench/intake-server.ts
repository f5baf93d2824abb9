import { createServer } from 'node:http';
import { systemClock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import { createMetrics } from '../../src/base/metrics.ts';
import { boundHeapGrowth } from '../../src/base/heap-growth.ts';
import { elb } from '../../src/deliver/enrich/elb.ts';
import { geoip } from '../../src/deliver/enrich/geoip.ts';
import { createIntake } from '../../src/deliver/intake.ts';
import type { AlertStore } from '../../src/deliver/store/alert-store.ts';
import { embeddedDatabase } from '../../src/geoip/embedded.ts';
import { openGeoLookup } from '../../src/geoip/geo-lookup.ts';
import { createAccess } from '../../src/http/access.ts';
import { createApp } from '../../src/http/app.ts';
import { openServer } from '../../src/http/server.ts';
import { defaultBodyLimits } from '../../src/http/service.ts';
import { openServiceStore } from '../../src/open-store.ts';

/** A server that bench intake compares, in a process of its own: `bare`, `door` (all but the store), or `service STORE-FILE`. */
const [kind, path = ''] = process.argv.slice(2);

// Answers once a turn of the event loop, as a store does that writes what came in the meantime together.
let turn: Promise<void> | undefined;
const forgetful: Pick<AlertStore, 'append'> = {
  async append(alerts) {
    turn ??= new Promise((resolve) => {
      setImmediate(() => {
        turn = undefined;
        resolve();
      });
    });
    await turn;
    return alerts.map(() => 'added');
  },
};

function report(url: string): void {
  process.send?.({ url });
}
let store: AlertStore | undefined;

/** What a slow output does when it comes back: everything that is stored, a thousand at a time. */
async function readBacklog(from: AlertStore): Promise<number> {
  const reader = from.reader('bench');
  const { lastPosition } = from.stats();
  let alerts = 0;
  for (let position = 0; position < lastPosition; ) {
    const some = await reader.next(1000, new AbortController().signal);
    alerts += some.length;
    position = some.at(-1)?.position ?? lastPosition;
    await reader.commit({ position });
  }
  return alerts;
}

process.on('message', (asked) => {
  const { user, system } = process.cpuUsage();
  const memory = { rssBytes: process.memoryUsage.rss(), mostRssBytes: process.resourceUsage().maxRSS * 1024 };
  if (asked === 'usage') process.send?.({ ...memory, cpuMicros: user + system });
  if (asked === 'settle') void store?.settled().then(() => process.send?.({ alerts: store?.stats().alerts }));
  if (asked === 'read' && store !== undefined)
    void readBacklog(store).then((alerts) => process.send?.({ alerts, cpuMicros: micros() - user - system }));
});

function micros(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
process.on('disconnect', () => process.exit());

if (kind === 'bare') {
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => response.end());
  });
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    if (typeof address === 'object' && address !== null) report(`http://127.0.0.1:${address.port}`);
  });
} else {
  boundHeapGrowth();
  const clock = systemClock;
  const geo = await openGeoLookup({
    databases: [],
    embedded: { path: embeddedDatabase() },
    reloadMs: 0,
    maxAgeMs: Number.POSITIVE_INFINITY,
    clock,
  });
  const tools = { clock, geo, resolvePath: (name: string) => name, stateFile: '' };
  if (kind === 'service') store = await openServiceStore({ path, clock, notice: console.error });
  const app = createApp({
    intake: createIntake({
      store: store ?? forgetful,
      enrichers: [await geoip.open({}, tools), await elb.open({}, tools)],
    }),
    access: createAccess({ tokens: [], networks: [], openPaths: [] }),
    limits: defaultBodyLimits,
    probes: [],
    metrics: createMetrics(),
    clock,
    log: silentLog,
    version: '0.0.0',
  });
  const server = await openServer(
    app,
    { host: '127.0.0.1', port: 0, guarded: false, insecure: false, maxConnections: 1_000 },
    clock,
  );
  report(server.url);
}
