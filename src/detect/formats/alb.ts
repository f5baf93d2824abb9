import type { ElbEvent, LineShape } from './elb-event.ts';
import {
  clientEndpointReaders,
  fieldsOf,
  formatReaders,
  nodeIp,
  passingText,
  passingUnescaped,
  processingTimeReaders,
  requestReaders,
  targetGroupReaders,
  targetReaders,
  text,
  uint,
  unescaped,
} from './field-readers.ts';
import { BadLine } from './format.ts';
import type { LogFormat } from './format.ts';
import { firstWord, numberStands, parseColumns, shown } from './line-parse.ts';
import { timeStandsAt } from './quantities.ts';

/**
 * Access logs of Application Load Balancers. AWS appends columns and says nothing in the line about it: 18 in 2016, 29 until
 * May 2024, 30 with conn_trace_id, 33 with the transforms of 2025, 34 with the node's address in 2026, and two more
 * undocumented ones seen since. Whatever follows the known ones is `awselb.extra`.
 */
const shape: LineShape = {
  logType: 'alb',
  lbType: 'application',
  required: 18,
  known: 34,
  time: 1,
  name: 2,
  request: 12,
  targetGroupArn: 16,
  certArn: 19,
};

export const alb: LogFormat<ElbEvent> = {
  name: shape.logType,
  eventSource: 'awselb',
  about: 'Application Load Balancer access logs, 18 to 36 and more columns: a line for each request.',

  fields: fieldsOf({
    ...formatReaders(shape),
    'awselb.request_type': text(0),
    ...clientEndpointReaders(3),
    ...targetReaders(4),
    ...processingTimeReaders(5),
    'awselb.elb_status_code': uint(8),
    'awselb.target_status_code': uint(9),
    'awselb.received_bytes': uint(10),
    'awselb.sent_bytes': uint(11),
    ...requestReaders,
    'awselb.user_agent': unescaped(13),
    'awselb.ssl_cipher': text(14),
    'awselb.ssl_protocol': text(15),
    ...targetGroupReaders(16),
    'awselb.trace_id': passingUnescaped(17),
    'awselb.domain_name': unescaped(18),
    'awselb.chosen_cert_arn': text(19),
    'awselb.matched_rule_priority': uint(20),
    'awselb.request_creation_time': passingText(21),
    'awselb.actions_executed': text(22),
    'awselb.redirect_url': passingUnescaped(23),
    'awselb.error_reason': text(24),
    'awselb.target_port_list': text(25),
    'awselb.target_status_code_list': text(26),
    'awselb.classification': text(27),
    'awselb.classification_reason': text(28),
    'awselb.conn_trace_id': passingText(29),
    'awselb.transformed_host': unescaped(30),
    'awselb.transformed_uri': passingUnescaped(31),
    'awselb.request_transform_status': text(32),
    'awselb.node_ip': nodeIp(33),
  }),

  regular: {
    required: shape.required,
    known: shape.known,
    begins: ['h2 ', 'https ', 'http ', 'wss ', 'ws ', 'grpcs '],
    time: shape.time,
    kinds: [{ column: shape.name, is: 'letter' }],
    client: 3,
    target: 4,
    request: shape.request,
  },

  recognises(line) {
    const type = typeLength(line);
    if (type === 0 || !timeStandsAt(line, type + 1)) return false;
    // A health check line begins alike; its third column is a number (or nothing), here it is a balancer's name.
    return !numberStands(line, line.indexOf(' ', type + 1) + 1);
  },

  parse(line, origin, number) {
    if (typeLength(line) > 0) return parseColumns(line, origin, number, shape);
    return new BadLine('unknown-type', `column 1 is ${shown(firstWord(line))}, not http, https, h2, grpcs, ws or wss`);
  },
};

/** The length of the type word that begins the line, 0 when none does. */
function typeLength(line: string): number {
  if (line.startsWith('https ')) return 5;
  if (line.startsWith('http ')) return 4;
  if (line.startsWith('h2 ')) return 2;
  if (line.startsWith('grpcs ')) return 5;
  if (line.startsWith('wss ')) return 3;
  return line.startsWith('ws ') ? 2 : 0;
}
