import type { ElbEvent, LineShape } from './elb-event.ts';
import {
  clientEndpointReaders,
  fieldsOf,
  following,
  formatReaders,
  nodeIp,
  processingTimeReaders,
  requestReaders,
  targetReaders,
  text,
  uint,
  unescaped,
} from './field-readers.ts';
import type { LogFormat } from './format.ts';
import { lineWithoutTime, parseColumns, wordEnd } from './line-parse.ts';
import { timeStandsAt } from './quantities.ts';

/** Access logs of Classic Load Balancers, HTTP and TCP: 12 columns until 2015, 15 since. The time is the request's arrival. */
const shape: LineShape = {
  logType: 'clb',
  lbType: 'classic',
  required: 12,
  known: 15,
  time: 0,
  name: 1,
  request: 11,
  targetGroupArn: -1,
  certArn: -1,
};

export const clb: LogFormat<ElbEvent> = {
  name: shape.logType,
  eventSource: 'awselb',
  about: 'Classic Load Balancer access logs, HTTP and TCP, 12 and 15 columns.',

  fields: fieldsOf({
    ...formatReaders(shape),
    // A TCP or SSL listener logs the request as `- - - `.
    'awselb.request_type': following([shape.request], (event) => (event.request?.url === undefined ? 'tcp' : 'http')),
    ...clientEndpointReaders(2),
    ...targetReaders(3),
    ...processingTimeReaders(4),
    'awselb.elb_status_code': uint(7),
    'awselb.target_status_code': uint(8),
    'awselb.received_bytes': uint(9),
    'awselb.sent_bytes': uint(10),
    ...requestReaders,
    'awselb.user_agent': unescaped(12),
    'awselb.ssl_cipher': text(13),
    'awselb.ssl_protocol': text(14),
    'awselb.node_ip': nodeIp(-1),
  }),

  regular: {
    required: shape.required,
    known: shape.known,
    begins: [],
    time: shape.time,
    kinds: [
      { column: shape.name, is: 'letter' },
      { column: shape.name, is: 'bare' },
      { column: 2, is: 'endpoint' },
    ],
    client: 2,
    target: 3,
    request: shape.request,
  },

  recognises(line) {
    if (!timeStandsAt(line, 0)) return false;
    // A connection line has the client's address second and a port third, here stand a balancer's name and ADDRESS:PORT.
    const name = wordEnd(line, 0) + 1;
    const client = wordEnd(line, name) + 1;
    if (client > line.length || !nameStands(line, name, client - 1)) return false;
    const end = wordEnd(line, client);
    const colon = line.indexOf(':', client);
    return (colon > client && colon < end) || (end === client + 1 && line.startsWith('-', client));
  },

  parse(line, origin, number) {
    return timeStandsAt(line, 0) ? parseColumns(line, origin, number, shape) : lineWithoutTime(line);
  },
};

/** Names of Classic balancers are letters, digits and hyphens; an address has dots or colons. */
function nameStands(line: string, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) {
    const char = line.charAt(at);
    if (char === '.' || char === ':') return false;
  }
  return end > start;
}
