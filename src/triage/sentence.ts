import type { AlertFacts } from './alert-facts.ts';

/** What happened, in one sentence, from what the alert tells. Texts in it are the sender's, cut to a line. */
export function sentenceOf(facts: AlertFacts): string {
  const { clientAddress, method, host, path, statusCode, balancer, rule, priority, source } = facts;
  const said = `rule "${short(rule)}" calls it ${priority.toLowerCase()}`;
  if (clientAddress === undefined) {
    const where = balancer === undefined ? '' : ` about the balancer ${short(balancer)}`;
    return `An event of source ${short(source)}${where} was noticed; ${said}.`;
  }
  const from = placeOf(facts);
  const who = `${clientAddress}${from === '' ? '' : ` (${from})`}`;
  const asked =
    method === undefined && path === undefined
      ? 'connected'
      : `requested ${short(`${method ?? ''} ${path ?? '/'}`.trim())}`;
  const whom = host === undefined ? '' : ` of ${short(host)}`;
  const through = balancer === undefined ? '' : ` through ${short(balancer)}`;
  const got = statusCode === undefined ? '' : ` and got ${statusCode}`;
  return `${who} ${asked}${whom}${through}${got}; ${said}.`;
}

function placeOf({ city, countryName, country, asn, asOrg }: AlertFacts): string {
  const network = asn === undefined ? undefined : `AS${asn}${asOrg === undefined ? '' : ` ${asOrg}`}`;
  return [city, countryName ?? country, network]
    .flatMap((part) => (part === undefined ? [] : [short(part)]))
    .join(', ');
}

function short(text: string): string {
  return text.length <= 120 ? text : `${text.slice(0, 119).toWellFormed()}…`;
}
