import type { ElbEvent, LineShape } from './elb-event.ts';
import {
  clientReaders,
  fieldsOf,
  following,
  formatReaders,
  millis,
  nodeIp,
  passingText,
  text,
  uint,
  unescaped,
} from './field-readers.ts';
import { columnPart } from './format.ts';
import type { LogFormat } from './format.ts';
import { lineWithoutTime, parseColumns, wordEnd } from './line-parse.ts';
import { isDigit, timeStandsAt } from './quantities.ts';

/** Connection logs of Application Load Balancers: 12 columns, 15 since key exchange, balancer and node came in 2025 and 2026. */
const shape: LineShape = {
  logType: 'alb_connection',
  lbType: 'application',
  required: 12,
  known: 15,
  time: 0,
  name: 13,
  request: -1,
  targetGroupArn: -1,
  certArn: -1,
};

/** Protocol, cipher, latency, certificate and its verification: a connection that logs any of them was TLS. */
const tlsColumns = [4, 5, 6, 7, 9, 10];

export const albConnection: LogFormat<ElbEvent> = {
  name: shape.logType,
  eventSource: 'awselb',
  about: 'Application Load Balancer connection logs, 12 and 15 columns: TLS handshakes and client certificates.',

  fields: fieldsOf({
    ...formatReaders(shape),
    'awselb.request_type': following(tlsColumns, (event) =>
      tlsColumns.some((column) => event.text(column) !== undefined) ? 'tls' : 'tcp',
    ),
    ...clientReaders((event) => event.text(1), columnPart(1), uint(2)),
    'awselb.listener_port': uint(3),
    'awselb.ssl_protocol': text(4),
    'awselb.ssl_cipher': text(5),
    'awselb.tls_handshake_ms': millis(6),
    'awselb.client_cert_subject': unescaped(7),
    'awselb.client_cert_validity': text(8),
    'awselb.client_cert_serial': text(9),
    'awselb.tls_verify_status': text(10),
    'awselb.conn_trace_id': passingText(11),
    'awselb.tls_keyexchange': text(12),
    'awselb.node_ip': nodeIp(14),
  }),

  regular: {
    required: shape.required,
    known: shape.known,
    begins: [],
    time: shape.time,
    kinds: [
      { column: 1, is: 'address' },
      { column: 2, is: 'digits' },
    ],
    client: -1,
    target: -1,
    request: shape.request,
  },

  recognises(line) {
    if (!timeStandsAt(line, 0)) return false;
    // A Classic line also begins with a time; there a balancer's name follows and ADDRESS:PORT, here an address and a port.
    const client = wordEnd(line, 0) + 1;
    const port = wordEnd(line, client) + 1;
    const end = wordEnd(line, port);
    if (end === port || !addressStands(line, client, port - 1)) return false;
    for (let at = port; at < end; at += 1) if (!isDigit(line.charCodeAt(at))) return false;
    return true;
  },

  parse(line, origin, number) {
    return timeStandsAt(line, 0) ? parseColumns(line, origin, number, shape) : lineWithoutTime(line);
  },
};

function addressStands(line: string, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) {
    const char = line.charAt(at);
    if (char === '.' || char === ':') return true;
  }
  return false;
}
