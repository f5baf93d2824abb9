import { ipVersion } from '../../base/ip-address.ts';
import { arnParts, targetGroupName } from '../../aws/arn.ts';
import { catalogue } from './catalogue.ts';
import type { FieldName } from './catalogue.ts';
import type { ElbEvent, LineShape } from './elb-event.ts';
import { decodedUri } from './decoded-uri.ts';
import { columnPart, piece } from './format.ts';
import type { EventField, EventValue, Follows, GeoFacts, Stands } from './format.ts';
import { millisOfMicros } from './quantities.ts';
import { microsOfPart } from './split-line.ts';

type Read = (event: ElbEvent) => EventValue | undefined;
/** How a format reads a field, and where its value stands in a regular line if that is simple. */
export type Reader =
  | Read
  | { readonly read: Read; readonly stands: Stands }
  | { readonly read: Read; readonly follows: Follows };
/** What a format can fill, by catalogue name. */
export type Readers = Partial<Record<FieldName, Reader>>;

/** The catalogue's rows that have a reader, in catalogue order. */
export function fieldsOf(readers: Readers): readonly EventField<ElbEvent>[] {
  return catalogue.flatMap((row) => {
    const reader = readers[row.name];
    if (reader === undefined) return [];
    return typeof reader === 'function' ? [{ ...row, read: reader }] : [{ ...row, ...reader }];
  });
}

/** Texts of a part, as they stand. */
function recurring(part: number): Stands & { readonly as: 'text' } {
  return { as: 'text', part, recurs: true };
}

function unlike(part: number): Stands & { readonly as: 'text' } {
  return { as: 'text', part, recurs: false };
}

export function text(column: number): Reader {
  return { read: (event) => event.text(column), stands: recurring(columnPart(column)) };
}

/** What `made` makes of a column. */
export function recurringText(column: number, made: (text: string) => string): Reader {
  return {
    read: (event) => {
      const value = event.text(column);
      return value === undefined ? undefined : made(value);
    },
    stands: { ...recurring(columnPart(column)), read: made },
  };
}

/** As `text`, for a column that differs on nearly every line: times, ids. */
export function passingText(column: number): Reader {
  return { read: (event) => event.text(column), stands: unlike(columnPart(column)) };
}

/** A regular line has no escapes. */
export function unescaped(column: number): Reader {
  return { read: (event) => event.unescaped(column), stands: recurring(columnPart(column)) };
}

export function passingUnescaped(column: number): Reader {
  return { read: (event) => event.unescaped(column), stands: unlike(columnPart(column)) };
}

function recorded(column: number): Reader {
  return following([column], (event) => event.recorded(column), { textBut: '-1' });
}

/** What is read from several columns (−1 is none) and from the origin. */
export function following(columns: readonly number[], read: Read, more: Omit<Follows, 'parts'> = {}): Reader {
  return { read, follows: { parts: columns.filter((column) => column >= 0).map(columnPart), ...more } };
}

export function uint(column: number): Reader {
  return { read: (event) => event.uint(column), stands: { as: 'uint', part: columnPart(column) } };
}

/** A column of decimal seconds, in milliseconds. */
export function millis(column: number): Reader {
  return {
    read: (event) => {
      const micros = event.micros(column);
      return micros === undefined ? undefined : millisOfMicros(micros);
    },
    stands: { as: 'millis', part: columnPart(column) },
  };
}

/** What every line of a format has in common. */
export function formatReaders({ logType, lbType, required, time, name, targetGroupArn, certArn }: LineShape): Readers {
  const arns = [targetGroupArn, certArn];
  return {
    ...lineReaders,
    'awselb.timestamp': following([time], (event) => event.text(time), { textBut: '' }),
    'awselb.log_type': { read: () => logType, stands: { as: 'constant', value: logType } },
    'awselb.lb_type': { read: () => lbType, stands: { as: 'constant', value: lbType } },
    'awselb.account_id': following(arns, accountOf, { origin: ({ facts }) => facts.accountId }),
    'awselb.region': following(arns, regionOf, { origin: ({ facts }) => facts.region }),
    // On a regular line it begins with a letter, where every line has one.
    'awselb.name': following(
      [name],
      (event) => event.text(name) ?? nameOfObject(event),
      name < required ? { textBut: '' } : {},
    ),
    'awselb.lb_name': following([name], (event) => namePart(event, 1) ?? event.origin.facts.lbName),
    'awselb.lb_id': following([name], (event) => namePart(event, 2) ?? event.origin.facts.lbId),
  };
}

const lineReaders: Readers = {
  'awselb.extra': (event) => event.extra,
  'awselb.object': following([], (event) => event.origin.object, { origin: ({ object }) => object }),
  'awselb.line': following([], (event) => event.line, { line: true }),
  'awselb.event_id': (event) => event.eventId,
  'awselb.raw': (event) => event.raw,
};

function accountOf(event: ElbEvent): string | undefined {
  return (
    event.origin.facts.accountId ??
    arnParts(event.text(event.shape.targetGroupArn)).account ??
    arnParts(event.text(event.shape.certArn)).account
  );
}

function regionOf(event: ElbEvent): string | undefined {
  return (
    event.origin.facts.region ??
    arnParts(event.text(event.shape.targetGroupArn)).region ??
    arnParts(event.text(event.shape.certArn)).region
  );
}

/** The node's address, from its column (−1 where the format has none) or from the object's name. */
export function nodeIp(column: number): Reader {
  return following([column], (event) => event.text(column) ?? event.origin.facts.nodeIp);
}

/** `app/NAME/ID` and `net/NAME/ID` have three parts; a Classic balancer is only a name. */
function namePart(event: ElbEvent, part: 1 | 2): string | undefined {
  const name = event.text(event.shape.name);
  if (name === undefined) return undefined;
  const first = name.indexOf('/');
  if (first < 0) return part === 1 ? name : undefined;
  const second = name.indexOf('/', first + 1);
  if (part === 1) return nonEmpty(name.slice(first + 1, second < 0 ? undefined : second));
  return second < 0 ? undefined : nonEmpty(name.slice(second + 1));
}

function nameOfObject(event: ElbEvent): string | undefined {
  const { lbType, lbName, lbId } = event.origin.facts;
  if (lbName === undefined || lbType === undefined) return undefined;
  if (lbType === 'classic') return lbName;
  return lbId === undefined ? undefined : `${lbType === 'application' ? 'app' : 'net'}/${lbName}/${lbId}`;
}

function nonEmpty(value: string): string | undefined {
  return value === '' ? undefined : value;
}

/** The client's address, and all that follows from it. `part` is where `ip` stands. */
export function clientReaders(ip: (event: ElbEvent) => string | undefined, part: number, port: Reader): Readers {
  const stands = recurring(part);
  const fact = (name: keyof GeoFacts): Reader => ({
    read: (event) => event.geo(ip)?.[name],
    stands: { ...stands, read: (address, geo) => geo?.(address)?.[name] },
  });
  return {
    'awselb.client_ip': { read: ip, stands },
    'awselb.client_port': port,
    'awselb.client_net': {
      read: (event) => addressOrNothing(ip(event)),
      stands: { ...stands, read: addressOrNothing },
    },
    'awselb.client_country': fact('country'),
    'awselb.client_city': fact('city'),
    'awselb.client_asn': fact('asn'),
    'awselb.client_as_org': fact('asOrg'),
  };
}

/** Client's address and port, a column `ADDRESS:PORT`. */
export function clientEndpointReaders(column: number): Readers {
  return clientReaders((event) => event.address(column), piece.clientIp, {
    read: (event) => event.port(column),
    stands: { as: 'uint', part: piece.clientPort },
  });
}

/** A column `ADDRESS:PORT` of the target; a Lambda function, where one is named there, has no address. */
export function targetReaders(column: number): Readers {
  const address: Reader = {
    read: (event) => addressOrNothing(event.address(column)),
    stands: { ...recurring(piece.targetIp), read: addressOrNothing },
  };
  return {
    'awselb.target_ip': address,
    'awselb.target_port': { read: (event) => event.port(column), stands: { as: 'uint', part: piece.targetPort } },
    'awselb.target_net': address,
  };
}

/** Clients come in runs, and to tell an address takes a look at each of its characters. */
let lastAddress = '';

function addressOrNothing(ip: string | undefined): string | undefined {
  if (ip === undefined || ip === lastAddress) return ip;
  if (ipVersion(ip) === 0) return undefined;
  lastAddress = ip;
  return ip;
}

/** The request column (shape.request) and all that follows from it. */
export const requestReaders: Readers = {
  'awselb.request_verb': { read: (event) => event.request?.verb, stands: recurring(piece.verb) },
  'awselb.request_url': { read: (event) => event.request?.url, stands: unlike(piece.url) },
  'awselb.request_proto': { read: (event) => event.request?.proto, stands: recurring(piece.proto) },
  'awselb.request_scheme': { read: (event) => event.request?.scheme, stands: recurring(piece.scheme) },
  'awselb.request_host': { read: (event) => event.request?.host, stands: recurring(piece.host) },
  'awselb.request_path': { read: (event) => event.request?.path, stands: unlike(piece.path) },
  'awselb.request_query': { read: (event) => event.request?.query, stands: unlike(piece.query) },
  'awselb.request_uri_decoded': {
    read: (event) => event.request?.uriDecoded,
    stands: { ...unlike(piece.uri), read: decodedUriOrNothing, decoded: true },
  },
};

function decodedUriOrNothing(uri: string): string | undefined {
  const decoded = decodedUri(uri);
  return decoded === '' || decoded === '-' ? undefined : decoded;
}

/** Three columns in a row, seconds: to the dispatch, to the response, to its sending (ALB, Classic). */
export function processingTimeReaders(first: number): Readers {
  return {
    'awselb.request_processing_time': recorded(first),
    'awselb.target_processing_time': recorded(first + 1),
    'awselb.response_processing_time': recorded(first + 2),
    'awselb.request_time_ms': millis(first),
    'awselb.target_time_ms': millis(first + 1),
    'awselb.response_time_ms': millis(first + 2),
    'awselb.total_time_ms': following(
      [first, first + 1, first + 2],
      (event) => {
        const request = event.micros(first);
        const target = event.micros(first + 1);
        const response = event.micros(first + 2);
        if (request === undefined || target === undefined || response === undefined) return undefined;
        return millisOfMicros(request + target + response);
      },
      {
        bytes: (bytes, bounds) =>
          millisOfMicros(
            microsOfPart(bytes, bounds, columnPart(first)) +
              microsOfPart(bytes, bounds, columnPart(first + 1)) +
              microsOfPart(bytes, bounds, columnPart(first + 2)),
          ),
      },
    ),
  };
}

/** An ARN of a target group, and the group's short name. */
export function targetGroupReaders(column: number): Readers {
  return {
    'awselb.target_group_arn': text(column),
    'awselb.target_group': {
      read: (event) => targetGroupName(event.text(column)),
      stands: { ...recurring(columnPart(column)), read: targetGroupName },
    },
  };
}
