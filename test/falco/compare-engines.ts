import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Alert } from '../../src/alert/alert.ts';
import { systemClock } from '../../src/base/clock.ts';
import { present } from '../../src/base/present.ts';
import { Detector } from '../../src/detect/detector.ts';
import { LocalJudge } from '../../src/detect/judge.ts';
import { FalcoFeed } from '../../src/detect/falco-feed.ts';
import { postEvents } from '../../src/detect/feed-sender.ts';
import { awselbSource } from '../../src/detect/formats/catalogue.ts';
import type { RulesFile } from '../../src/detect/rules/engine.ts';
import { loadRules } from '../../src/detect/rules/load-rules.ts';
import { jsonLine } from '../../src/detect/rules/message/json-line.ts';
import type { LogObject } from '../../src/detect/sources/source.ts';
import { startRealFalco } from './real-falco.ts';

export interface Comparison {
  readonly events: number;
  readonly alerts: number;
  /**
   * Of the differences, those where the line is not UTF-8 or holds control characters. Falco's JSON writer takes a stray
   * byte and the one behind it for one character (a quote may vanish), and evt.plugininfo shows control characters as
   * U+FFFD; the embedded engine writes U+FFFD for a stray byte and escapes control characters.
   */
  readonly mangled: number;
  /** Alerts of one engine that the other has not raised, byte for byte, at the same place in the order. */
  readonly differences: readonly { readonly ours?: string; readonly falcos?: string }[];
}

/** As `append_output` of config/falco/falco.yaml. */
const extraFields = [
  'awselb.event_id',
  'awselb.object',
  'awselb.line',
  'awselb.raw',
  'awselb.name',
  'awselb.client_ip',
];

/** Runs the objects through the embedded engine and through a real Falco with the plugin, and compares their alerts. */
export async function compareEngines(
  objects: () => readonly LogObject[],
  rules: RulesFile,
  { falco, folder }: { readonly falco: string; readonly folder: string },
): Promise<Comparison> {
  const signal = new AbortController().signal;
  const { files, ruleSet } = loadRules([rules], {
    sources: [awselbSource],
    hostname: 'host',
    appendOutput: [{ match: { source: 'awselb' }, extraFields }],
  });
  if (ruleSet === undefined) throw new Error(JSON.stringify(files.flatMap(({ errors }) => errors)));
  const ours: string[] = [];
  const accept = (alerts: readonly Alert[]): Promise<void> => {
    ours.push(...alerts.map((alert) => jsonLine(alert)));
    return Promise.resolve();
  };
  const detector = new Detector({ judge: new LocalJudge(ruleSet), intake: { accept } });
  let events = 0;
  for (const object of objects()) events += (await detector.read(object, signal)).events;

  mkdirSync(folder, { recursive: true });
  const rulesPath = join(folder, 'rules.yaml');
  writeFileSync(rulesPath, rules.content);
  const running = await startRealFalco(falco, folder, [rulesPath]);
  const sender = postEvents(running.feed);
  try {
    const feed = new FalcoFeed({ post: sender.post, clock: systemClock });
    for (const object of objects()) {
      const { outcome } = await feed.read(object, signal);
      if (outcome.kind === 'retry') throw outcome.cause;
    }
  } finally {
    sender.close();
    await running.stop();
  }
  const falcos = running.received.map((body) => body.toString('utf8'));
  const differences: { ours?: string; falcos?: string }[] = [];
  let mangled = 0;
  for (let i = 0; i < Math.max(ours.length, falcos.length); i++) {
    if (ours[i] === falcos[i]) continue;
    if (falcos[i] !== undefined && /\ufffd|\\u00[01]/.test(ours[i] ?? '')) mangled++;
    else differences.push(present({ ours: ours[i], falcos: falcos[i] }));
  }
  return { events, alerts: ours.length, mangled, differences };
}
