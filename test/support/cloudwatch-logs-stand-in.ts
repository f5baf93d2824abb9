import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { filterLogEvents, getLogEvents, type ReadRequest } from './cloudwatch-logs-reads.ts';

/**
 * CloudWatch Logs as its documentation describes it (AWS JSON 1.1, the API reference of PutLogEvents, read 2026-04), with
 * every documented limit enforced: no emulator that can be installed with npm has it.
 */
export interface CloudWatchLogsStandIn {
  readonly endpoint: string;
  /** Group → stream → its events in order of arrival. */
  readonly groups: ReadonlyMap<string, Group>;
  /** The sizes of the batches that were taken. */
  readonly batches: readonly { readonly events: number; readonly bytes: number }[];
  /** Each request's operation. */
  readonly operations: readonly string[];
  stop(): Promise<void>;
}

interface Group {
  retentionInDays: number | undefined;
  readonly streams: Map<string, LogEvent[]>;
}

interface LogEvent {
  readonly timestamp: number;
  readonly message: string;
}

interface Request extends ReadRequest {
  readonly retentionInDays?: number;
  readonly logEvents?: readonly LogEvent[];
}

class ServiceError extends Error {
  readonly type: string;

  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }
}

const hourMs = 3_600_000;
const retentions = new Set([
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
]);

export async function startCloudWatchLogs(now: () => number = () => Date.now()): Promise<CloudWatchLogsStandIn> {
  const groups = new Map<string, Group>();
  const batches: { events: number; bytes: number }[] = [];
  const operations: string[] = [];

  const groupOf = ({ logGroupName = '' }: Request): Group => {
    const group = groups.get(logGroupName);
    if (group === undefined)
      throw new ServiceError('ResourceNotFoundException', 'The specified log group does not exist.');
    return group;
  };

  const put = (request: Request): object => {
    const group = groupOf(request);
    const stream = group.streams.get(request.logStreamName ?? '');
    if (stream === undefined)
      throw new ServiceError('ResourceNotFoundException', 'The specified log stream does not exist.');
    const events = request.logEvents ?? [];
    const bytes = events.reduce((sum, { message }) => sum + Buffer.byteLength(message) + 26, 0);
    const refuse = (why: string): never => {
      throw new ServiceError('InvalidParameterException', why);
    };
    if (events.length === 0) refuse('logEvents must have at least one event');
    if (events.length > 10_000) refuse(`${events.length} events, at most 10,000`);
    if (bytes > 1_048_576) refuse(`Upload too large: ${bytes} bytes exceeds limit of 1048576`);
    for (const [index, { timestamp, message }] of events.entries()) {
      if (message === '') refuse('a message is empty');
      if (timestamp < (events[index - 1]?.timestamp ?? 0))
        refuse('Log events in a single PutLogEvents request must be in chronological order.');
    }
    const span = (events.at(-1)?.timestamp ?? 0) - (events[0]?.timestamp ?? 0);
    if (span > 24 * hourMs)
      refuse('The batch of log events in a single PutLogEvents request cannot span more than 24 hours.');

    const oldest = now() - 14 * 24 * hourMs;
    const expired = group.retentionInDays === undefined ? 0 : now() - group.retentionInDays * 24 * hourMs;
    const tooOld = events.findLastIndex(({ timestamp }) => timestamp < oldest) + 1;
    const tooExpired = events.findLastIndex(({ timestamp }) => timestamp < expired) + 1;
    const tooNew = events.findIndex(({ timestamp }) => timestamp > now() + 2 * hourMs);
    const end = tooNew === -1 ? events.length : tooNew;
    stream.push(...events.slice(Math.max(tooOld, tooExpired), end));
    batches.push({ events: events.length, bytes });
    const refused = {
      ...(tooOld > 0 ? { tooOldLogEventEndIndex: tooOld } : {}),
      ...(tooExpired > 0 ? { expiredLogEventEndIndex: tooExpired } : {}),
      ...(tooNew === -1 ? {} : { tooNewLogEventStartIndex: tooNew }),
    };
    return Object.keys(refused).length === 0
      ? { nextSequenceToken: '1' }
      : { nextSequenceToken: '1', rejectedLogEventsInfo: refused };
  };

  const answer = (operation: string, request: Request): object => {
    const { logGroupName = '', logStreamName = '', retentionInDays = 0 } = request;
    switch (operation) {
      case 'CreateLogGroup':
        if (!/^[.\-_/#A-Za-z0-9]{1,512}$/.test(logGroupName))
          throw new ServiceError('InvalidParameterException', 'bad group name');
        if (groups.has(logGroupName))
          throw new ServiceError('ResourceAlreadyExistsException', 'The specified log group already exists');
        groups.set(logGroupName, { retentionInDays: undefined, streams: new Map() });
        return {};
      case 'CreateLogStream':
        if (!/^[^:*]{1,512}$/.test(logStreamName))
          throw new ServiceError('InvalidParameterException', 'bad stream name');
        if (groupOf(request).streams.has(logStreamName))
          throw new ServiceError('ResourceAlreadyExistsException', 'The specified log stream already exists');
        groupOf(request).streams.set(logStreamName, []);
        return {};
      case 'PutRetentionPolicy':
        if (!retentions.has(retentionInDays)) throw new ServiceError('InvalidParameterException', 'bad retention');
        groupOf(request).retentionInDays = retentionInDays;
        return {};
      case 'DescribeLogStreams':
        return { logStreams: [...groupOf(request).streams.keys()].map((name) => ({ logStreamName: name })) };
      case 'PutLogEvents':
        return put(request);
      case 'DescribeLogGroups':
        return { logGroups: [...groups.keys()].map((name) => ({ logGroupName: name })) };
      case 'FilterLogEvents':
        return filterLogEvents(groupOf(request).streams, request);
      case 'GetLogEvents':
        return getLogEvents(groupOf(request).streams.get(logStreamName) ?? [], request);
      default:
        throw new ServiceError('UnknownOperationException', operation);
    }
  };

  const server = createServer((incoming, outgoing) => {
    void text(incoming).then((body) => {
      const operation = String(incoming.headers['x-amz-target']).replace('Logs_20140328.', '');
      operations.push(operation);
      outgoing.setHeader('content-type', 'application/x-amz-json-1.1');
      try {
        outgoing.end(JSON.stringify(answer(operation, JSON.parse(body) as Request)));
      } catch (error) {
        const type = error instanceof ServiceError ? error.type : 'InternalFailure';
        outgoing.statusCode = error instanceof ServiceError ? 400 : 500;
        outgoing.end(JSON.stringify({ __type: type, message: error instanceof Error ? error.message : String(error) }));
      }
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    groups,
    batches,
    operations,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
