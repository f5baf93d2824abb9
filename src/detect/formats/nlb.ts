import type { ElbEvent, LineShape } from './elb-event.ts';
import {
  clientEndpointReaders,
  fieldsOf,
  formatReaders,
  nodeIp,
  recurringText,
  targetReaders,
  text,
  uint,
} from './field-readers.ts';
import { BadLine } from './format.ts';
import type { LogFormat } from './format.ts';
import { firstWord, parseColumns, shown } from './line-parse.ts';
import { isDigit } from './quantities.ts';

/**
 * Access logs of Network Load Balancers, TLS listeners only: 21 columns, 22 with the time of the connection. Its times are in
 * milliseconds. The list of protocols that the client offers, `"h2","http/1.1"`, is one column.
 */
const shape: LineShape = {
  logType: 'nlb',
  lbType: 'network',
  required: 21,
  known: 22,
  time: 2,
  name: 3,
  request: -1,
  targetGroupArn: -1,
  certArn: 12,
};

export const nlb: LogFormat<ElbEvent> = {
  name: shape.logType,
  eventSource: 'awselb',
  about: 'Network Load Balancer access logs, TLS listeners, 21 and 22 columns: a line for each connection.',

  fields: fieldsOf({
    ...formatReaders(shape),
    'awselb.request_type': text(0),
    ...clientEndpointReaders(5),
    ...targetReaders(6),
    'awselb.total_time_ms': uint(7),
    'awselb.tls_handshake_ms': uint(8),
    'awselb.received_bytes': uint(9),
    'awselb.sent_bytes': uint(10),
    'awselb.tls_alert': text(11),
    'awselb.chosen_cert_arn': text(12),
    'awselb.ssl_cipher': text(14),
    'awselb.ssl_protocol': text(15),
    'awselb.tls_keyexchange': text(16),
    'awselb.domain_name': recurringText(17, percentDecoded),
    'awselb.alpn_protocol': text(18),
    'awselb.node_ip': nodeIp(-1),
  }),

  regular: {
    required: shape.required,
    known: shape.known,
    begins: ['tls 2.'],
    time: shape.time,
    kinds: [{ column: shape.name, is: 'letter' }],
    client: 5,
    target: 6,
    request: shape.request,
  },

  recognises: (line) => line.startsWith('tls ') && isDigit(line.charCodeAt(4)) && line.charAt(5) === '.',

  parse(line, origin, number) {
    if (!line.startsWith('tls ')) {
      return new BadLine('unknown-type', `column 1 is ${shown(firstWord(line))}, not tls`);
    }
    if (!line.startsWith('2.', 4)) {
      return new BadLine('unknown-version', `column 2 is ${shown(firstWord(line.slice(4)))}, not version 2 of the log`);
    }
    return parseColumns(line, origin, number, shape);
  },
};

/** AWS percent-encodes the domain that the client asked for, so that it is one column. `%00` stays: Falco's strings end there. */
function percentDecoded(text: string): string {
  return text.replace(/%(?!00)([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
