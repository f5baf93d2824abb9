import type { Alert } from '../alert/alert.ts';
import { type DecodedBody, decodeBody } from '../alert/decode-body.ts';
import { Refused } from '../alert/refused.ts';
import { Budget } from '../base/budget.ts';
import type { LineParts } from '../deliver/line-parts.ts';
import type { Appended } from '../deliver/store/alert-store.ts';
import { type Answer, jsonAnswer, type Posted } from './asked.ts';
import { bytesToBudget, readBody, Unreadable } from './body.ts';
import { intakeMeter } from './intake-meter.ts';
import type { Service } from './service.ts';

/** How many refused records an answer tells about; the metrics count all of them. */
const maxTold = 100;

/** `POST /` from the body to the answer, the same for Hono's route and for Node's short way past it. */
export interface AlertDoor {
  /** For a request that `access` let in. Rejects only when the sender goes away before its body is whole. */
  take(this: void, posted: Posted): Promise<Answer>;
}

const taken: Answer = { status: 200, body: '' };

/**
 * Alerts come in. One alert: 200 with an empty body, as falcosidekick, or 400 with the reason. A batch: 200 with
 * `accepted`, `repeated`, `skipped`, `waiting` (parts of lines, kept until the others come) and the refused records, 400 when every record was refused. 503 when the alerts could
 * not be stored: the sender still has them. (Falco asks for no status; log routers send again after 503, not after 400.)
 */
export function createAlertDoor(
  service: Pick<Service, 'clock' | 'intake' | 'limits' | 'log' | 'metrics' | 'parts'>,
): AlertDoor {
  const { clock, intake, limits, log, metrics, parts } = service;
  const meter = intakeMeter(metrics);
  const inUse = new Budget(limits.maxBytesAtOnce);

  const take = async (posted: Posted): Promise<Answer> => {
    const startMs = clock.now();
    const text = await readBody(posted, limits.maxBodyBytes);
    if (text instanceof Unreadable) {
      meter.unreadable(text.status);
      log.warning('A request could not be read.', { status: text.status, reason: text.reason });
      return jsonAnswer(text.status, { error: text.reason });
    }
    const decoded = decodeBody(text, startMs, limits);
    const { batch } = decoded;
    let lines: Lines | undefined;
    let alerts: readonly Alert[] = decoded.records.filter(isAlert);
    let appended: readonly Appended[];
    try {
      if (decoded.parts.length > 0) {
        lines = parts === undefined ? refusedParts(decoded.parts.length) : parts.join(decoded.parts);
        alerts = [...alerts, ...lines.records.filter(isAlert)];
      }
      appended = await intake.receive(alerts, batch ? 'synced' : undefined);
    } catch (error) {
      log.error('Alerts could not be stored; their sender was told so.', { alerts: alerts.length, error });
      meter.notStored(alerts.length);
      return jsonAnswer(503, { error: 'The alerts could not be stored; send them again.' }, { 'retry-after': '1' });
    }
    lines?.settle();
    const records = lines === undefined ? decoded.records : [...decoded.records, ...lines.records];
    meter.took(records, clock.now() - startMs);
    const refused = alerts.length === records.length ? [] : refusals(records);
    if (refused.length > 0) log.warning('Alerts were refused.', { refused: refused.length, first: refused[0]?.reason });
    return batch ? batchAnswer(records, appended, refused, lines?.waiting) : singleAnswer(refused[0]);
  };

  return {
    async take(posted) {
      const bytes = bytesToBudget(posted, limits.maxBodyBytes);
      if (bytes === 0) return take(posted);
      await inUse.take(bytes);
      try {
        return await take(posted);
      } finally {
        inUse.giveBack(bytes);
      }
    },
  };
}

type Lines = ReturnType<LineParts['join']>;

/** Where nobody keeps parts, lines are whole in one body or not at all. */
function refusedParts(count: number): Lines {
  const refused = new Refused('incomplete', 'partial_id', 'Not all parts of this line are in the body.');
  return { records: Array.from({ length: count }, () => refused), waiting: 0, settle: () => undefined };
}

interface Refusal {
  /** The record's place in the body, from 0. */
  readonly record: number;
  readonly code: string;
  readonly path: string;
  readonly reason: string;
}

function singleAnswer(refused: Refusal | undefined): Answer {
  if (refused === undefined) return taken;
  return jsonAnswer(400, { error: refused.reason, code: refused.code, path: refused.path });
}

function batchAnswer(
  records: DecodedBody['records'],
  appended: readonly Appended[],
  refused: readonly Refusal[],
  waiting = 0,
): Answer {
  const repeated = appended.filter((one) => one === 'repeated').length;
  const skipped = records.filter((record) => record === 'skipped').length;
  const nothingTaken = refused.length > 0 && refused.length === records.length && waiting === 0;
  return jsonAnswer(nothingTaken ? 400 : 200, {
    accepted: appended.length - repeated,
    repeated,
    skipped,
    ...(waiting === 0 ? {} : { waiting }),
    refused: refused.length,
    reasons: refused.slice(0, maxTold),
  });
}

function isAlert(record: DecodedBody['records'][number]): record is Alert {
  return record !== 'skipped' && !(record instanceof Refused);
}

function refusals(records: DecodedBody['records']): readonly Refusal[] {
  return records.flatMap((record, index) => {
    if (!(record instanceof Refused)) return [];
    const { code, path, reason } = record;
    return [{ record: index, code, path, reason }];
  });
}
