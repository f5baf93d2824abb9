import type { Alert, FieldValue } from '../alert/alert.ts';
import { priorities } from '../alert/priority.ts';
import type { AlertFacts } from './alert-facts.ts';

const maxText = 140;

/**
 * What happened, in one sentence, as one would tell a colleague: what it was, who did it, what came of it. Rule and priority
 * stand beside it already. Texts in it are the sender's, cut to a line.
 */
export function sentenceOf(alert: Alert, facts: AlertFacts): string {
  const story = healthOf(alert, facts) ?? (facts.clientAddress === undefined ? undefined : visitOf(alert, facts));
  if (story === undefined) return told(alert);
  const what = headOf(alert);
  return what === undefined ? `${story}.` : `${what}: ${story}.`;
}

/** A target that was looked after, and how it stood. */
function healthOf({ fields }: Alert, { balancer }: AlertFacts): string | undefined {
  const target = text(fields['awselb.target_ip']);
  const reason = text(fields['awselb.health_reason']);
  if (target === undefined || fields['awselb.health_status_code'] === undefined) return undefined;
  const port = fields['awselb.target_port'];
  const group = text(fields['awselb.target_group']);
  const code = fields['awselb.health_status_code'];
  const latencyMs = fields['awselb.health_latency_ms'];
  const answered = [
    typeof code === 'number' ? ` it answered ${code}` : '',
    typeof latencyMs === 'number' ? ` after ${latencyMs} ms` : '',
  ].join('');
  const whose = group === undefined ? '' : ` of group ${group}`;
  const behind = balancer === undefined ? '' : ` behind ${short(balancer)}`;
  const failed = reason === undefined ? 'had its health checked' : 'failed its health check';
  return `Target ${target}${typeof port === 'number' ? `:${port}` : ''}${whose}${behind} ${failed}${reason === undefined ? '' : `: ${inWords(reason)}`}${answered === '' ? '' : `,${answered}`}`;
}

/** A client that asked for something, or only connected. */
function visitOf({ fields }: Alert, facts: AlertFacts): string {
  const { clientAddress = '', balancer, host, path, method, userAgent } = facts;
  const who = `${clientAddress}${fromOf(facts)}`;
  const whom = balancer === undefined ? 'the balancer' : short(balancer);
  const verified = text(fields['awselb.tls_verify_status']);
  if (verified?.startsWith('Failed') === true) {
    const subject = text(fields['awselb.client_cert_subject']);
    const why = /:(.+)/.exec(verified)?.[1];
    return `${who} showed ${whom} a client certificate${subject === undefined ? '' : ` for ${short(subject)}`} that did not hold${why === undefined ? '' : ` (${inWords(why)})`}`;
  }
  if (fields['awselb.request_url'] === undefined && path === undefined) {
    const named = host === undefined ? '' : ` as ${short(host)}`;
    return `${who} ${connectionOf(fields, whom)}${named}`;
  }
  const outcome = outcomeOf(fields, facts);
  // What the balancer could not read has no method, and of its URL only what the balancer put there.
  if (method === undefined && fields['awselb.request_verb'] === null)
    return `${who} sent ${whom} something that is no readable request${outcome}`;
  const query = /\?[^#]*/.exec(text(fields['awselb.request_url'], 8_192) ?? '')?.[0] ?? '';
  const asked = `${method === undefined ? '' : `${method} `}${siteOf(host)}${path ?? '/'}${query}`;
  // A browser's tells nothing; a tool's, or an attack in it, does.
  const named =
    userAgent === undefined || userAgent.startsWith('Mozilla/5.0 (') ? '' : `, calling itself ${short(userAgent, 80)},`;
  return `${who}${named} asked ${whom} for ${short(asked)}${outcome}`;
}

/** Without the port that one would not type either. */
function siteOf(host: string | undefined): string {
  return host?.replace(/:(?:80|443)$/, '') ?? '';
}

function connectionOf(fields: Alert['fields'], whom: string): string {
  const protocol = text(fields['awselb.ssl_protocol']);
  const cipher = text(fields['awselb.ssl_cipher']);
  if (protocol !== undefined)
    return `connected to ${whom} over ${protocol}${cipher === undefined ? '' : ` (${short(cipher)})`}`;
  if (fields['awselb.ssl_protocol'] === null) return `began a TLS handshake with ${whom} that came to nothing`;
  return `connected to ${whom}`;
}

/** How it ended. A target's status that is null, not absent, says that no target answered. */
function outcomeOf(fields: Alert['fields'], { statusCode }: AlertFacts): string {
  if (statusCode === undefined) return '';
  if (statusCode === 460) return ' and went away before the answer';
  const target = fields['awselb.target_status_code'];
  if (typeof target === 'number')
    return target === statusCode
      ? `, and the target answered ${target}`
      : `; the target answered ${target}, the balancer ${statusCode}`;
  if (target !== null) return `, and got ${statusCode}`;
  if (statusCode === 502) return ', and the connection to the target failed (502)';
  if (statusCode === 503) return ', and there was no target to take it (503)';
  if (statusCode === 504) return ', and no target answered in time (504)';
  return `, and the balancer itself answered ${statusCode}`;
}

function fromOf({ city, countryName, country, asn, asOrg }: AlertFacts): string {
  const land = countryName ?? country;
  const place = [city, land === undefined ? undefined : withArticle(land)].filter((part) => part !== undefined);
  const network = asn === undefined ? '' : ` (AS${asn}${asOrg === undefined ? '' : ` ${short(asOrg)}`})`;
  return `${place.length === 0 ? '' : ` from ${place.map((part) => short(part)).join(', ')}`}${network}`;
}

function withArticle(land: string): string {
  return /^(United |Netherlands|Philippines|Bahamas|Maldives|Seychelles)|(Republic|Islands)$/.test(land) &&
    !land.startsWith('The ')
    ? `the ${land}`
    : land;
}

/** `ClientCertExpired` as words; other texts as they are. */
function inWords(reason: string): string {
  const words = /^[A-Z][A-Za-z]+$/.test(reason) ? reason.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase() : reason;
  return short(words);
}

/** Words that tell nothing more of what happened. */
const idle = new Set('a an the in to of for by with and or that was is request requests attempt'.split(' '));

/** What the rule's output begins with, before its fields in brackets, where it says more than the rule's name above it. */
function headOf(alert: Alert): string | undefined {
  const head = /^[^()=]{3,80}(?= \([\w.]+=)/.exec(saidBy(alert))?.[0].trim();
  if (head === undefined) return undefined;
  const known = wordsOf(alert.rule);
  const saysMore = wordsOf(head).some(
    (word) => !idle.has(word) && !known.some((one) => one.startsWith(word.slice(0, 5)) || word.startsWith(one)),
  );
  return saysMore ? head : undefined;
}

function wordsOf(words: string): string[] {
  return words
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
}

/** An alert that is about no client, as what it says itself, without the fields at its end. */
function told(alert: Alert): string {
  const said = saidBy(alert);
  const plain = said.replace(/(?<=.) (\([\w.]+=|\| ?[\w.]+=).*$/s, '').trim();
  const sentence = short(plain === '' ? alert.rule : plain).replace(/[.;,]$/, '');
  const where =
    alert.hostname === undefined || sentence.includes(alert.hostname) ? '' : `, on ${short(alert.hostname)}`;
  return `${sentence}${where}.`;
}

const stamp = new RegExp(`^\\S+: (?:${priorities.join('|')}) `);

/** The output without the time and priority that Falco prints in front. */
function saidBy({ output }: Alert): string {
  return output.slice(0, 4_096).replace(stamp, '');
}

function text(value: FieldValue | undefined, max = 256): string | undefined {
  return typeof value === 'string' && value !== '' ? value.slice(0, max) : undefined;
}

function short(words: string, max = maxText): string {
  return words.length <= max ? words : `${words.slice(0, max - 1).toWellFormed()}…`;
}
