import type { Context, Hono } from 'hono';
import type { Alert } from '../../alert/alert.ts';
import { type DecodedBody, decodeBody } from '../../alert/decode-body.ts';
import { Refused } from '../../alert/refused.ts';
import { Budget } from '../../base/budget.ts';
import type { Appended } from '../../deliver/store/alert-store.ts';
import { bytesToBudget, readBody, Unreadable } from '../body.ts';
import { intakeMeter } from '../intake-meter.ts';
import type { Service } from '../service.ts';

/** How many refused records an answer tells about; the metrics count all of them. */
const maxTold = 100;

/**
 * `POST /`: alerts come in. One alert: 200 with an empty body, as falcosidekick, or 400 with the reason. A batch: 200 with
 * `accepted`, `repeated`, `skipped` and the refused records, 400 when every record was refused. 503 when the alerts could
 * not be stored: the sender still has them. (Falco asks for no status; log routers send again after 503, not after 400.)
 */
export function addAlertRoute(app: Hono, service: Service): void {
  const { clock, intake, limits, log, metrics } = service;
  const meter = intakeMeter(metrics);
  const inUse = new Budget(limits.maxBytesAtOnce);

  const take = async (c: Context): Promise<Response> => {
    const startMs = clock.now();
    const text = await readBody(c, limits.maxBodyBytes);
    if (text instanceof Unreadable) {
      meter.unreadable(text.status);
      log.warning('A request could not be read.', { status: text.status, reason: text.reason });
      return c.json({ error: text.reason }, text.status);
    }
    const { records, batch } = decodeBody(text, startMs, limits);
    const alerts = records.filter(isAlert);
    let appended: readonly Appended[];
    try {
      appended = await intake.receive(alerts, batch ? 'synced' : undefined);
    } catch (error) {
      log.error('Alerts could not be stored; their sender was told so.', { alerts: alerts.length, error });
      meter.notStored(alerts.length);
      return c.json({ error: 'The alerts could not be stored; send them again.' }, 503, { 'retry-after': '1' });
    }
    meter.took(records, clock.now() - startMs);
    const refused = refusals(records);
    if (refused.length > 0) log.warning('Alerts were refused.', { refused: refused.length, first: refused[0]?.reason });
    return batch ? batchAnswer(c, records, appended, refused) : singleAnswer(c, refused[0]);
  };

  app.post('/', async (c) => {
    const bytes = bytesToBudget(c, limits.maxBodyBytes);
    if (bytes === 0) return take(c);
    await inUse.take(bytes);
    try {
      return await take(c);
    } finally {
      inUse.giveBack(bytes);
    }
  });
}

interface Refusal {
  /** The record's place in the body, from 0. */
  readonly record: number;
  readonly code: string;
  readonly path: string;
  readonly reason: string;
}

function singleAnswer(c: Context, refused: Refusal | undefined): Response {
  if (refused === undefined) return c.body('', 200);
  return c.json({ error: refused.reason, code: refused.code, path: refused.path }, 400);
}

function batchAnswer(
  c: Context,
  records: DecodedBody['records'],
  appended: readonly Appended[],
  refused: readonly Refusal[],
): Response {
  const repeated = appended.filter((one) => one === 'repeated').length;
  const skipped = records.filter((record) => record === 'skipped').length;
  return c.json(
    {
      accepted: appended.length - repeated,
      repeated,
      skipped,
      refused: refused.length,
      reasons: refused.slice(0, maxTold),
    },
    refused.length > 0 && refused.length === records.length ? 400 : 200,
  );
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
