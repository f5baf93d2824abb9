import { isIP } from 'node:net';
import { arnParts, targetGroupName } from '../../aws/arn.ts';
import { catalogue } from './catalogue.ts';
import type { FieldName } from './catalogue.ts';
import type { ElbEvent } from './elb-event.ts';
import type { EventField, EventValue } from './format.ts';
import { millisOfMicros } from './quantities.ts';

export type Reader = (event: ElbEvent) => EventValue | undefined;
/** What a format can fill, by catalogue name. */
export type Readers = Partial<Record<FieldName, Reader>>;

/** The catalogue's rows that have a reader, in catalogue order. */
export function fieldsOf(readers: Readers): readonly EventField<ElbEvent>[] {
  return catalogue.flatMap((row) => {
    const read = readers[row.name];
    return read === undefined ? [] : [{ ...row, read }];
  });
}

export function text(column: number): Reader {
  return (event) => event.text(column);
}

export function unescaped(column: number): Reader {
  return (event) => event.unescaped(column);
}

function recorded(column: number): Reader {
  return (event) => event.recorded(column);
}

export function uint(column: number): Reader {
  return (event) => event.uint(column);
}

/** A column of decimal seconds, in milliseconds. */
export function millis(column: number): Reader {
  return (event) => {
    const micros = event.micros(column);
    return micros === undefined ? undefined : millisOfMicros(micros);
  };
}

/** What every line has, whatever its format. */
export const lineReaders: Readers = {
  'awselb.timestamp': (event) => event.text(event.shape.time),
  'awselb.log_type': (event) => event.shape.logType,
  'awselb.lb_type': (event) => event.shape.lbType,
  'awselb.account_id': (event) =>
    event.origin.facts.accountId ??
    arnParts(event.text(event.shape.targetGroupArn)).account ??
    arnParts(event.text(event.shape.certArn)).account,
  'awselb.region': (event) =>
    event.origin.facts.region ??
    arnParts(event.text(event.shape.targetGroupArn)).region ??
    arnParts(event.text(event.shape.certArn)).region,
  'awselb.name': (event) => event.text(event.shape.name) ?? nameOfObject(event),
  'awselb.lb_name': (event) => namePart(event, 1) ?? event.origin.facts.lbName,
  'awselb.lb_id': (event) => namePart(event, 2) ?? event.origin.facts.lbId,
  'awselb.extra': (event) => event.extra,
  'awselb.object': (event) => event.origin.object,
  'awselb.line': (event) => event.line,
  'awselb.event_id': (event) => event.eventId,
  'awselb.raw': (event) => event.raw,
};

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

/** The client's address, and all that follows from it. */
export function clientReaders(ip: (event: ElbEvent) => string | undefined, port: Reader): Readers {
  return {
    'awselb.client_ip': ip,
    'awselb.client_port': port,
    'awselb.client_net': (event) => addressOrNothing(ip(event)),
    'awselb.client_country': (event) => event.geo(ip)?.country,
    'awselb.client_city': (event) => event.geo(ip)?.city,
    'awselb.client_asn': (event) => event.geo(ip)?.asn,
    'awselb.client_as_org': (event) => event.geo(ip)?.asOrg,
  };
}

/** A column `ADDRESS:PORT` of the target; a Lambda function, where one is named there, has no address. */
export function targetReaders(column: number): Readers {
  return {
    'awselb.target_ip': (event) => addressOrNothing(event.address(column)),
    'awselb.target_port': (event) => event.port(column),
    'awselb.target_net': (event) => addressOrNothing(event.address(column)),
  };
}

/** Clients come in runs, and isIP is a regular expression, a long one for IPv6. */
let lastAddress = '';

function addressOrNothing(ip: string | undefined): string | undefined {
  if (ip === undefined || ip === lastAddress) return ip;
  if (isIP(ip) === 0) return undefined;
  lastAddress = ip;
  return ip;
}

/** The request column (shape.request) and all that follows from it. */
export const requestReaders: Readers = {
  'awselb.request_verb': (event) => event.request?.verb,
  'awselb.request_url': (event) => event.request?.url,
  'awselb.request_proto': (event) => event.request?.proto,
  'awselb.request_scheme': (event) => event.request?.scheme,
  'awselb.request_host': (event) => event.request?.host,
  'awselb.request_path': (event) => event.request?.path,
  'awselb.request_query': (event) => event.request?.query,
  'awselb.request_uri_decoded': (event) => event.request?.uriDecoded,
};

/** Three columns in a row, seconds: to the dispatch, to the response, to its sending (ALB, Classic). */
export function processingTimeReaders(first: number): Readers {
  return {
    'awselb.request_processing_time': recorded(first),
    'awselb.target_processing_time': recorded(first + 1),
    'awselb.response_processing_time': recorded(first + 2),
    'awselb.request_time_ms': millis(first),
    'awselb.target_time_ms': millis(first + 1),
    'awselb.response_time_ms': millis(first + 2),
    'awselb.total_time_ms': (event) => {
      const request = event.micros(first);
      const target = event.micros(first + 1);
      const response = event.micros(first + 2);
      if (request === undefined || target === undefined || response === undefined) return undefined;
      return millisOfMicros(request + target + response);
    },
  };
}

/** An ARN of a target group, and the group's short name. */
export function targetGroupReaders(column: number): Readers {
  return {
    'awselb.target_group_arn': text(column),
    'awselb.target_group': (event) => targetGroupName(event.text(column)),
  };
}
