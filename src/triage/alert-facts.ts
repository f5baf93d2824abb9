import { isIP } from 'node:net';
import type { Alert, FieldValue } from '../alert/alert.ts';
import { clientOf } from '../alert/client-address.ts';
import type { AlertRow } from './answers.ts';
import type { TriageStatus } from './status.ts';

/** What lists show and filters ask of an alert, decisions aside. */
export type AlertFacts = Omit<AlertRow, 'status' | 'assignee' | 'position'>;

const maxPath = 1_024;
const maxName = 256;
const maxOutput = 2_048;

/** Everything here may be an attacker's text, or of a type that nobody expects. */
export function factsOf({
  id,
  time,
  rule,
  priority,
  source,
  tags,
  output,
  fields,
  enrichment = {},
}: Alert): AlertFacts {
  const client = clientOf(fields);
  // The geoip enricher names its facts after the last part of the field that the address stands in.
  const geo = (key: string): FieldValue | undefined =>
    client === undefined
      ? undefined
      : enrichment[`geoip.${client.field.slice(client.field.lastIndexOf('.') + 1)}.${key}`];
  const facts: { -readonly [K in keyof AlertFacts]: AlertFacts[K] } = {
    id,
    time,
    rule: cut(rule, maxName),
    priority,
    source: cut(source, maxName),
    tags: tags.slice(0, 50).map((tag) => cut(tag, maxName)),
    output: cut(output, maxOutput),
  };
  const set = <K extends keyof AlertFacts>(key: K, value: AlertFacts[K] | undefined): void => {
    if (value !== undefined) facts[key] = value;
  };
  if (client !== undefined && isIP(client.address) !== 0) facts.clientAddress = client.address;
  set('balancer', text(enrichment['elb.lb_name']) ?? text(fields['awselb.lb_name']) ?? text(fields['awselb.name']));
  const country = text(geo('country')) ?? text(fields['awselb.client_country']);
  if (country !== undefined && /^[A-Z]{2}$/.test(country)) facts.country = country;
  set('countryName', text(geo('country_name')));
  set('city', text(geo('city')) ?? text(fields['awselb.client_city']));
  set('asn', whole(geo('asn')) ?? whole(fields['awselb.client_asn']));
  set('asOrg', text(geo('as_org')) ?? text(fields['awselb.client_as_org']));
  const latitude = number(geo('latitude'), 90);
  const longitude = number(geo('longitude'), 180);
  if (latitude !== undefined && longitude !== undefined) Object.assign(facts, { latitude, longitude });
  set('method', text(fields['awselb.request_verb']));
  const url = urlOf(fields['awselb.request_url']);
  set('host', text(fields['awselb.request_host']) ?? text(fields['awselb.domain_name']) ?? url?.host);
  set('path', text(fields['awselb.request_path'], maxPath) ?? url?.path);
  set('statusCode', whole(fields['awselb.elb_status_code']));
  set('userAgent', text(fields['awselb.user_agent']));
  return facts;
}

export function rowOf(
  facts: AlertFacts,
  position: number,
  status: TriageStatus,
  assignee: string | undefined,
): AlertRow {
  return { ...facts, position, status, ...(assignee === undefined ? {} : { assignee }) };
}

/** The words that free text finds the alert by. */
export function searchText(facts: AlertFacts): string {
  const { output, rule, tags, countryName, city, asOrg, balancer, host, path, userAgent, clientAddress, method } =
    facts;
  const rest = [rule, tags.join(' '), clientAddress, balancer, countryName, city, asOrg, method, host, path, userAgent];
  // Most of them stand in the output already; the index would only grow by the repeats.
  // When it happened is no word: nanoseconds are another word for each alert.
  const said = output.replace(/^[\d\-:.T+]{12,40}Z? ?/, '');
  return [said, ...rest.filter((one) => one !== undefined && one !== '' && !output.includes(one))].join('\n');
}

/** Not in the middle of a surrogate pair. */
function cut(value: string, max: number): string {
  return value.length <= max ? value : value.slice(0, max).toWellFormed();
}

function text(value: FieldValue | undefined, max = maxName): string | undefined {
  return typeof value === 'string' && value !== '' ? cut(value, max) : undefined;
}

function whole(value: FieldValue | undefined): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value < 2 ** 32 ? value : undefined;
}

function number(value: FieldValue | undefined, limit: number): number | undefined {
  return typeof value === 'number' && Math.abs(value) <= limit ? value : undefined;
}

/** As logged, not as a browser would normalise it. */
function urlOf(value: FieldValue | undefined): { readonly host?: string; readonly path?: string } | undefined {
  if (typeof value !== 'string') return undefined;
  const match = /^[a-z]{2,6}:\/\/([^/?#]*)([^?#]*)/i.exec(value.slice(0, 8_192));
  const [, host = '', path = ''] = match ?? [];
  return { ...(host === '' ? {} : { host: cut(host, maxName) }), ...(path === '' ? {} : { path: cut(path, maxPath) }) };
}
