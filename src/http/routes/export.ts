import type { Hono } from 'hono';
import { encodeAlert } from '../../alert/falco-json.ts';
import type { AlertRow } from '../../triage/answers.ts';
import { csvHeader, csvLine } from '../../triage/csv.ts';
import type { TriageSources } from '../../triage/detail.ts';
import { type AlertFilter, filterOf } from '../../triage/filter.ts';
import { exportQuery } from '../api/operations.ts';
import { readQuery } from '../query.ts';
import type { Service, TriageService } from '../service.ts';

/** Small, since the whole alerts of a page are read at one go on the thread that takes alerts in. */
const rowsAtOnce = 100;

/** `GET /api/export`: a file of everything that a filter matches, written as fast as it is read. */
export function addExportRoute(hono: Hono, { clock }: Service, { sources }: TriageService): void {
  hono.get('/api/export', (c) => {
    const query = readQuery(c, exportQuery);
    if (query instanceof Response) return query;
    const { format, ...filter } = query;
    const pages = pagesOf(filterOf(filter, clock.now()), sources);
    const lines = format === 'csv' ? csv(pages) : jsonLines(pages, sources);
    const encoder = new TextEncoder();
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        const { done, value } = await lines.next();
        if (done === true) controller.close();
        else controller.enqueue(encoder.encode(value));
      },
      async cancel() {
        await lines.return();
      },
    });
    return c.body(body, 200, {
      'content-type': format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson',
      'content-disposition': `attachment; filename="alerts.${format}"`,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
  });
}

async function* pagesOf(filter: AlertFilter, { triage }: TriageSources): AsyncGenerator<readonly AlertRow[]> {
  let cursor: string | undefined;
  do {
    const page = await triage.alerts(
      filter,
      cursor === undefined ? { limit: rowsAtOnce } : { limit: rowsAtOnce, cursor },
    );
    yield page.alerts;
    cursor = page.next;
  } while (cursor !== undefined);
}

async function* csv(pages: AsyncIterable<readonly AlertRow[]>): AsyncGenerator<string, void> {
  yield csvHeader;
  for await (const rows of pages) yield rows.map(csvLine).join('');
}

/** Falco's JSON with our keys, and `triage` behind them. */
async function* jsonLines(
  pages: AsyncIterable<readonly AlertRow[]>,
  { alert }: TriageSources,
): AsyncGenerator<string, void> {
  for await (const rows of pages) {
    const lines = rows.map(({ id, status, assignee }) => {
      const stored = alert(id);
      const triage = JSON.stringify({ status, assignee });
      return stored === undefined ? '' : `${encodeAlert(stored.alert).slice(0, -1)},"triage":${triage}}\n`;
    });
    yield lines.join('');
  }
}
