import type { ElbEvent, LineShape } from './elb-event.ts';
import { targetGroupName } from '../../aws/arn.ts';
import { fieldsOf, formatReaders, millis, nodeIp, recurringText, targetReaders, text, uint } from './field-readers.ts';
import { BadLine } from './format.ts';
import type { LogFormat } from './format.ts';
import { firstWord, numberStands, parseColumns, shown } from './line-parse.ts';
import { timeStandsAt } from './quantities.ts';

/** Health check logs of Application Load Balancers (since November 2025): 8 columns, 10 with balancer and node. */
const shape: LineShape = {
  logType: 'alb_health',
  lbType: 'application',
  required: 8,
  known: 10,
  time: 1,
  name: 8,
  request: -1,
  targetGroupArn: 4,
  certArn: -1,
};

export const albHealth: LogFormat<ElbEvent> = {
  name: shape.logType,
  eventSource: 'awselb',
  about: 'Application Load Balancer health check logs, 8 and 10 columns: a line for each probe of a target.',

  fields: fieldsOf({
    ...formatReaders(shape),
    'awselb.request_type': text(0),
    'awselb.health_latency_ms': millis(2),
    ...targetReaders(3),
    'awselb.target_group': recurringText(4, (arn) => targetGroupName(arn) ?? arn),
    'awselb.health_status': text(5),
    'awselb.health_status_code': uint(6),
    'awselb.health_reason': text(7),
    'awselb.node_ip': nodeIp(9),
  }),

  regular: {
    required: shape.required,
    known: shape.known,
    begins: ['http ', 'https ', 'h2 ', 'grpc ', 'lambda '],
    time: shape.time,
    kinds: [{ column: 2, is: 'number' }],
    client: -1,
    target: 3,
    request: shape.request,
  },

  recognises(line) {
    const type = typeLength(line);
    if (type === 0 || !timeStandsAt(line, type + 1)) return false;
    // An access line begins alike; its third column is a balancer's name, here it is a number.
    return numberStands(line, line.indexOf(' ', type + 1) + 1);
  },

  parse(line, origin, number) {
    if (typeLength(line) > 0) return parseColumns(line, origin, number, shape);
    return new BadLine('unknown-type', `column 1 is ${shown(firstWord(line))}, not http, https, h2, grpc or lambda`);
  },
};

/** The length of the type word that begins the line, 0 when none does. */
function typeLength(line: string): number {
  if (line.startsWith('http ')) return 4;
  if (line.startsWith('https ')) return 5;
  if (line.startsWith('h2 ')) return 2;
  if (line.startsWith('grpc ')) return 4;
  return line.startsWith('lambda ') ? 6 : 0;
}
