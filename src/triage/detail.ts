import type { Alert } from '../alert/alert.ts';
import { encodeAlert } from '../alert/falco-json.ts';
import { parseJson } from '../base/json.ts';
import { factsOf } from './alert-facts.ts';
import type { AlertDetail, Delivery, Neighbours, RuleFacts, Verdict } from './answers.ts';
import type { AlertFilter } from './filter.ts';
import { sentenceOf } from './sentence.ts';
import { snippetsOf } from './snippet.ts';
import type { DeliveryFact, Triage } from './triage.ts';

/** What the rest of the service knows of an alert. */
export interface TriageSources {
  readonly triage: Triage;
  /** The alert whole, with its place in the log. */
  alert(this: void, id: string): { readonly alert: Alert; readonly position: number } | undefined;
  /** Undefined where the rules do not run in this process. */
  rule(this: void, name: string): RuleFacts | undefined;
  /** The alert's line judged again by its rule; undefined where line or rule are not known. */
  verdict(this: void, alert: Alert, position: number): Verdict | undefined;
  /** Which outputs the routes name for an alert, as the config is now. */
  routes(this: void, alert: Alert): readonly { readonly output: string; readonly route: string }[];
  /** How far an output has come in the log. */
  progress(this: void, output: string): number;
}

const neighbourhoodMs = 15 * 60_000;
const maxNeighbours = 50;

/** Everything that is known of one alert; undefined when there is none of that id. */
export async function detailOf(id: string, sources: TriageSources): Promise<AlertDetail | undefined> {
  const stored = sources.alert(id);
  const found = stored && (await sources.triage.find(id));
  if (stored === undefined || found === undefined) return undefined;
  const { alert, position } = stored;
  const { enrichment, ...whole } = objectOf(encodeAlert(alert));
  const rule = sources.rule(alert.rule);
  const verdict = sources.verdict(alert, position);
  const { 'awselb.object': object, 'awselb.line': line, 'awselb.raw': raw } = alert.fields;
  return {
    row: found.row,
    alert: whole,
    enrichment: objectOf(enrichment),
    sentence: sentenceOf(alert, factsOf(alert)),
    ...(rule === undefined ? {} : { rule }),
    ...(verdict === undefined ? {} : { verdict }),
    origin: {
      ...(typeof object === 'string' ? { object } : {}),
      ...(typeof line === 'number' && Number.isSafeInteger(line) ? { line } : {}),
      ...(typeof raw === 'string' ? { raw } : {}),
    },
    delivery: deliveryOf(alert, position, found.delivered, sources),
    triage: found.triage,
    snippets: snippetsOf(alert),
  };
}

/** What the same client did and who asked for the same path, a quarter of an hour before and after. */
export async function neighboursOf(
  id: string,
  { triage, alert }: Pick<TriageSources, 'triage' | 'alert'>,
): Promise<Neighbours | undefined> {
  const stored = alert(id);
  if (stored === undefined) return undefined;
  const { clientAddress, path } = factsOf(stored.alert);
  const timeMs = Date.parse(stored.alert.time);
  const around = { since: timeMs - neighbourhoodMs, until: timeMs + neighbourhoodMs + 1 };
  const others = async (
    filter: AlertFilter | undefined,
  ): Promise<{ readonly rows: Neighbours['sameClient']; readonly total: number }> => {
    if (filter === undefined) return { rows: [], total: 0 };
    const wanted = { ...around, ...filter };
    const { alerts } = await triage.alerts(wanted, { limit: maxNeighbours + 1, order: 'time' });
    const rows = alerts.filter((row) => row.id !== id);
    if (alerts.length <= maxNeighbours) return { rows, total: rows.length };
    // Of so many, the alert itself need not be among the latest, but it is one of them.
    const { total } = await triage.stats(wanted);
    return { rows: rows.slice(0, maxNeighbours), total: total - 1 };
  };
  const byClient = await others(clientAddress === undefined ? undefined : { ip: [clientAddress] });
  const onPath = await others(path === undefined ? undefined : { path: [path] });
  return {
    ...around,
    sameClient: byClient.rows,
    sameClientTotal: byClient.total,
    samePath: onPath.rows,
    samePathTotal: onPath.total,
  };
}

function deliveryOf(
  alert: Alert,
  position: number,
  facts: readonly DeliveryFact[],
  { routes, progress }: TriageSources,
): Delivery[] {
  const named = new Map(routes(alert).map((route) => [route.output, route]));
  const told = facts.map((fact): Delivery => {
    const route = named.get(fact.output)?.route;
    return route === undefined ? fact : { ...fact, route };
  });
  const untold = [...named.values()].filter(({ output }) => !facts.some((fact) => fact.output === output));
  return [
    ...told,
    ...untold.map(
      ({ output, route }): Delivery => ({ output, route, state: progress(output) >= position ? 'handled' : 'pending' }),
    ),
  ];
}

function objectOf(value: unknown): Record<string, unknown> {
  const read: unknown = typeof value === 'string' ? parseJson(value) : value;
  return typeof read === 'object' && read !== null ? { ...read } : {};
}
