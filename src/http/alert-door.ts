import type { Alert } from '../alert/alert.ts';
import { type DecodedBody, decodeBody, decodeRest, leadingAlerts } from '../alert/decode-body.ts';
import { Refused } from '../alert/refused.ts';
import { Budget } from '../base/budget.ts';
import { freeBytes } from '../base/free-bytes.ts';
import type { LineParts } from '../deliver/line-parts.ts';
import type { Appended } from '../deliver/store/alert-store.ts';
import { type Answer, jsonAnswer, type Posted } from './asked.ts';
import { bytesToBudget, readBytes, Unreadable } from './body.ts';
import { type IntakeMeter, intakeMeter } from './intake-meter.ts';
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
  service: Pick<Service, 'clock' | 'extraLabels' | 'intake' | 'limits' | 'log' | 'metrics' | 'parts'>,
): AlertDoor {
  const { clock, extraLabels, intake, limits, log, metrics, parts } = service;
  const meter = intakeMeter(metrics, extraLabels);
  const inUse = new Budget(limits.maxBytesAtOnce);

  const take = async (posted: Posted): Promise<Answer> => {
    const startMs = clock.now();
    const bytes = await readBytes(posted, limits.maxBodyBytes);
    if (bytes instanceof Unreadable) {
      meter.unreadable(bytes.status);
      log.warning('A request could not be read.', { status: bytes.status, reason: bytes.reason });
      return jsonAnswer(bytes.status, { error: bytes.reason });
    }
    const { begun, rest } = begin(bytes, startMs);
    const decoded = begun.length === 0 ? decodeBody(rest, startMs, limits) : decodeRest(rest, startMs, limits);
    const { batch } = decoded;
    let lines: Lines | undefined;
    let alerts: readonly Alert[] = decoded.records.filter(isAlert);
    let appended: readonly Appended[];
    try {
      if (decoded.parts.length > 0) {
        lines = parts === undefined ? refusedParts(decoded.parts.length) : parts.join(decoded.parts);
        alerts = [...alerts, ...lines.records.filter(isAlert)];
      }
      const ended = intake.receive(alerts, batch ? 'synced' : undefined);
      appended =
        begun.length === 0 ? await ended : (await Promise.all([...begun.map(({ stored }) => stored), ended])).flat();
    } catch (error) {
      const count = begun.reduce((sum, run) => sum + run.count, alerts.length);
      log.error('Alerts could not be stored; their sender was told so.', { alerts: count, error });
      meter.notStored(count);
      return jsonAnswer(503, { error: 'The alerts could not be stored; send them again.' }, { 'retry-after': '1' });
    }
    lines?.settle();
    const records = lines === undefined ? decoded.records : [...decoded.records, ...lines.records];
    meter.took([...begun.map(({ tally }) => tally), meter.tally(records)], clock.now() - startMs);
    const before = begun.reduce((sum, { count }) => sum + count, 0);
    const refused = alerts.length === records.length ? [] : refusals(records, before);
    if (refused.length > 0) log.warning('Alerts were refused.', { refused: refused.length, first: refused[0]?.reason });
    if (!batch) return singleAnswer(refused[0]);
    return batchAnswer(records, appended, refused, lines?.waiting);
  };

  /** Hands the alerts of a large batch on while the rest is not decoded yet: all of it at once would be ten times its size. */
  const begin = (bytes: Buffer, nowMs: number): { readonly begun: readonly Begun[]; readonly rest: string } => {
    if (bytes.length < largeBytes) return { begun: noneBegun, rest: bytes.toString('utf8') };
    const begun: Begun[] = [];
    let from = 0;
    for (const { alerts, end } of leadingAlerts(bytes, nowMs, limits)) {
      const stored = intake.receive(alerts, 'synced');
      // It is asked after only once all are on their way.
      stored.catch(() => undefined);
      begun.push({ count: alerts.length, stored, tally: meter.tally(alerts) });
      from = end;
    }
    const rest = bytes.toString('utf8', from);
    freeBytes(bytes);
    return { begun, rest };
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

/** From so many bytes on a body is decoded a part at a time. */
const largeBytes = 65_536;

/** Alerts at the start of a batch, on their way. */
interface Begun {
  readonly count: number;
  readonly stored: Promise<readonly Appended[]>;
  readonly tally: ReturnType<IntakeMeter['tally']>;
}

const noneBegun: readonly Begun[] = [];

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
  const nothingTaken =
    appended.length === 0 && refused.length > 0 && refused.length === records.length && waiting === 0;
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

function refusals(records: DecodedBody['records'], before: number): readonly Refusal[] {
  return records.flatMap((record, index) => {
    if (!(record instanceof Refused)) return [];
    const { code, path, reason } = record;
    return [{ record: before + index, code, path, reason }];
  });
}
