import type { Alert } from '../../alert/alert.ts';
import { type Outcome, done, reject, retry } from '../../base/outcome.ts';
import { awsOutcome } from './aws.ts';

/** An entry of SQS's SendMessageBatch or SNS's PublishBatch, with what it counts towards the limits. */
export interface BatchEntry<E> {
  readonly entry: E;
  readonly bytes: number;
}

/** What both services answer for each entry. */
interface BatchAnswer {
  readonly Successful?: readonly { readonly Id?: string | undefined }[] | undefined;
  readonly Failed?:
    | readonly {
        readonly Id?: string | undefined;
        readonly SenderFault?: boolean | undefined;
        readonly Code?: string | undefined;
        readonly Message?: string | undefined;
      }[]
    | undefined;
}

const maxEntries = 10;

/**
 * Sends entries whose `Id` is their index, as many in one call as ten and `maxBytes` allow, and gives each its outcome. An
 * entry that is too large by itself is rejected.
 */
export async function sendInBatches<E extends { readonly Id: string }>(
  entries: readonly BatchEntry<E>[],
  maxBytes: number,
  call: (entries: E[]) => Promise<BatchAnswer>,
  now: () => number,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = entries.map(() => retry(new Error('the service did not say what became of the message')));
  let some: E[] = [];
  let someBytes = 0;
  const flush = async (): Promise<void> => {
    const sending = some;
    some = [];
    someBytes = 0;
    if (sending.length === 0) return;
    try {
      const { Successful = [], Failed = [] } = await call(sending);
      for (const { Id } of Successful) outcomes[Number(Id)] = done;
      for (const { Id, SenderFault, Code = 'refused', Message = '' } of Failed) {
        const cause = new Error(Message === '' ? Code : `${Code}: ${Message}`);
        outcomes[Number(Id)] = SenderFault === true ? reject(cause) : retry(cause);
      }
    } catch (error) {
      for (const { Id } of sending) outcomes[Number(Id)] = awsOutcome(error, now());
    }
  };
  for (const [index, { entry, bytes }] of entries.entries()) {
    if (bytes > maxBytes) {
      outcomes[index] = reject(new Error(`the alert takes ${bytes} bytes, a message at most ${maxBytes}`));
      continue;
    }
    if (some.length === maxEntries || someBytes + bytes > maxBytes) await flush();
    some.push(entry);
    someBytes += bytes;
  }
  await flush();
  return outcomes;
}

/** What subscriptions filter by. */
export function alertAttributes({ rule, priority, source }: Alert) {
  return {
    rule: { DataType: 'String', StringValue: attribute(rule) },
    priority: { DataType: 'String', StringValue: priority },
    source: { DataType: 'String', StringValue: attribute(source) },
  };
}

/** SQS and SNS take no empty attribute and only the characters that XML 1.0 has. */
function attribute(text: string): string {
  const clean = text
    .toWellFormed()
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .slice(0, 256);
  return clean === '' ? '-' : clean.toWellFormed();
}
