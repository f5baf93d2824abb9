/** The reading half of the CloudWatch Logs stand-in, by the API reference of FilterLogEvents and GetLogEvents. */
interface StoredEvent {
  readonly timestamp: number;
  readonly message: string;
}

export interface ReadRequest {
  readonly logGroupName?: string;
  readonly logGroupIdentifier?: string;
  readonly logStreamName?: string;
  readonly logStreamNamePrefix?: string;
  readonly startTime?: number;
  readonly endTime?: number;
  readonly limit?: number;
  readonly nextToken?: string;
  readonly startFromHead?: boolean;
}

const maxEvents = 10_000;
const maxBytes = 1_048_576;

/** Event ids are long decimal numbers, the same whenever an event is shown. */
const ids = new WeakMap<StoredEvent, string>();
let lastId = 36_000_000_000_000_000_000n;

function idOf(event: StoredEvent): string {
  const id = ids.get(event) ?? `${(lastId += 7n)}`.padStart(56, '3');
  ids.set(event, id);
  return id;
}

/**
 * All matching events by timestamp, from `startTime` to `endTime`, both included. Answers as the real one may: the first
 * answer to a search has no events, only a token, which clients that stop at an empty page take for the end.
 */
export function filterLogEvents(streams: ReadonlyMap<string, readonly StoredEvent[]>, request: ReadRequest): object {
  const { logStreamNamePrefix = '', startTime = 0, endTime = Number.POSITIVE_INFINITY, limit = maxEvents } = request;
  if (request.nextToken === undefined) return { events: [], nextToken: 'begin', searchedLogStreams: [] };
  const found = [...streams]
    .filter(([name]) => name.startsWith(logStreamNamePrefix))
    .flatMap(([logStreamName, events]) => events.map((event) => ({ logStreamName, event })))
    .filter(({ event }) => event.timestamp >= startTime && event.timestamp <= endTime)
    .sort((a, b) => a.event.timestamp - b.event.timestamp);
  const start = request.nextToken === 'begin' ? 0 : Number(request.nextToken);
  let bytes = 0;
  let end = start;
  while (end < found.length && end - start < Math.min(limit, maxEvents)) {
    bytes += Buffer.byteLength(found[end]?.event.message ?? '');
    if (bytes > maxBytes && end > start) break;
    end++;
  }
  return {
    events: found.slice(start, end).map(({ logStreamName, event }) => ({
      logStreamName,
      timestamp: event.timestamp,
      message: event.message,
      ingestionTime: event.timestamp + 900,
      eventId: idOf(event),
    })),
    ...(end < found.length ? { nextToken: String(end) } : {}),
    searchedLogStreams: [],
  };
}

/** A stream's events from `startTime` (included) to `endTime` (excluded); the token repeats itself at the end. */
export function getLogEvents(events: readonly StoredEvent[], request: ReadRequest): object {
  const { startTime = 0, endTime = Number.POSITIVE_INFINITY, limit = maxEvents, nextToken } = request;
  const found = events
    .filter(({ timestamp }) => timestamp >= startTime && timestamp < endTime)
    .sort((a, b) => a.timestamp - b.timestamp);
  const start =
    nextToken === undefined
      ? request.startFromHead === true
        ? 0
        : Math.max(0, found.length - limit)
      : Number(nextToken.slice(2));
  const page = found.slice(start, start + Math.min(limit, maxEvents));
  return {
    events: page.map(({ timestamp, message }) => ({ timestamp, message, ingestionTime: timestamp + 900 })),
    nextForwardToken: `f/${start + page.length}`,
    nextBackwardToken: `b/${start}`,
  };
}
