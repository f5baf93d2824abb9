// The entry of a detecting thread, started by detecting-threads.ts.
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { systemClock } from './base/clock.ts';
import { keepCode } from './base/keep-code.ts';
import { memoryOf, PrintScribe } from './cli/printed-alerts.ts';
import { textLine } from './cli/text-line.ts';
import { loadRead } from './config/configured-rules.ts';
import { type HearingJudge, LocalJudge, ScribingJudge } from './detect/judge.ts';
import type { BlockMessage } from './detect/judge-pool.ts';
import { answerObjects } from './detect/object-thread.ts';
import type { ThreadReady, ThreadSettings, ThreadStart } from './detecting-threads.ts';
import { openGeoLookup } from './geoip/geo-lookup.ts';
import { ruleFacts } from './geoip/rule-facts.ts';

// The port is the pool's; blocks sent before this is ready wait in it.
const port = parentPort;
if (port === null) throw new Error('this file is the entry of a worker thread');
void start(port);

async function start(pool: MessagePort): Promise<void> {
  const { settings } = workerData as ThreadStart;
  const { rules, geo, text, wholeObjects } = await new Promise<ThreadSettings>((resolve) => {
    settings.once('message', resolve);
  });
  const { files, ruleSet } = loadRead(rules);
  settings.postMessage({ files } satisfies ThreadReady, []);
  settings.close();
  if (ruleSet === undefined) throw new Error('rules that loaded on the main thread do not load here');
  const lookup = geo && (await openGeoLookup({ ...geo, clock: systemClock }));
  const facts = lookup && ruleFacts(lookup);

  /** `handedOver`: what of the alerts is handed over instead of copied. */
  const answer = <A>(judge: ScribingJudge<A>, handedOver: (alerts: readonly A[]) => readonly ArrayBuffer[]): void => {
    if (wholeObjects === true) answerObjects<A>(pool, keepingCode(judge), handedOver);
    else
      pool.on('message', ({ bytes, firstLine, ...object }: BlockMessage) => {
        const block = { bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), firstLine };
        const judged = judge.judge(object, block);
        pool.postMessage(judged, handedOver(judged.alerts));
      });
  };

  if (text === undefined) answer(new LocalJudge(ruleSet, facts), () => []);
  else answer(new ScribingJudge(ruleSet, new PrintScribe(textLine(text.places ? lookup : undefined)), facts), memoryOf);
}

/** By then all that judges has been called. */
const blocksBeforeKept = 64;

/** The judge of whole objects, between which a thread may not come to rest. What V8 compiled is kept after so many blocks. */
function keepingCode<A>(judge: HearingJudge<A>): HearingJudge<A> {
  if (keepCode === undefined) return judge;
  let left = blocksBeforeKept;
  return {
    open(object) {
      const hearing = judge.open(object);
      return {
        hear(block) {
          if (--left === 0) keepCode?.();
          return hearing.hear(block);
        },
        get alerts() {
          return hearing.alerts;
        },
        result: () => hearing.result(),
      };
    },
  };
}
