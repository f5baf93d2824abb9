/** An object that a notification tells of. `region` is the bucket's. */
export interface NotifiedObject {
  readonly bucket: string;
  readonly key: string;
  readonly size?: number;
  readonly region?: string;
  readonly atMs?: number;
}

export type Notification =
  /** `skipped`: records that tell of no new object, each with its reason. */
  | { readonly kind: 'objects'; readonly objects: readonly NotifiedObject[]; readonly skipped: readonly string[] }
  /** Nothing to do, by its sender's design: `s3:TestEvent`. */
  | { readonly kind: 'nothing'; readonly reason: string }
  | { readonly kind: 'unreadable'; readonly reason: string };

type Json = Readonly<Record<string, unknown>>;

/** EventBridge to SNS to a Lambda to SQS is three wrappings; nobody needs more. */
const maxWrappings = 4;

/**
 * The S3 objects that the body of an SQS message tells of: an S3 event, an EventBridge event, or either of them wrapped
 * by SNS or in the shape in which Lambda gets SQS and SNS messages. Never throws.
 */
export function readNotification(body: string, wrappings = 0): Notification {
  if (wrappings > maxWrappings) return unreadable(`more than ${maxWrappings} messages inside each other`);
  const message = parsed(body);
  if (message === undefined) return unreadable('not JSON');
  if (!isJson(message)) return unreadable('JSON, but not an object');

  if (message['Event'] === 's3:TestEvent') return { kind: 'nothing', reason: 's3:TestEvent' };
  if (message['source'] === 'aws.s3' || 'detail-type' in message) return eventBridge(message);
  if (Array.isArray(message['Records'])) return together(message['Records'], wrappings);
  switch (message['Type']) {
    case 'Notification':
      return typeof message['Message'] === 'string'
        ? readNotification(message['Message'], wrappings + 1)
        : unreadable('an SNS notification without Message');
    case 'SubscriptionConfirmation':
      return unreadable(
        `SNS asks to confirm the subscription of this queue to ${text(message['TopicArn'])}: aws sns confirm-subscription --topic-arn … --token … (the token is in the message)`,
      );
    case 'UnsubscribeConfirmation':
      return { kind: 'nothing', reason: `SNS says that this queue no longer gets ${text(message['TopicArn'])}` };
    default:
      return unreadable('neither an S3 event, nor an EventBridge event, nor an SNS notification');
  }
}

function together(records: readonly unknown[], wrappings: number): Notification {
  const objects: NotifiedObject[] = [];
  const skipped: string[] = [];
  for (const record of records) {
    const one = isJson(record) ? readRecord(record, wrappings) : unreadable('a record that is not an object');
    // One record that cannot be read makes the message poison: the rest must not be deleted with it unseen.
    if (one.kind === 'unreadable') return one;
    if (one.kind === 'nothing') skipped.push(one.reason);
    else {
      objects.push(...one.objects);
      skipped.push(...one.skipped);
    }
  }
  return { kind: 'objects', objects, skipped };
}

function readRecord(record: Json, wrappings: number): Notification {
  if (typeof record['body'] === 'string') return readNotification(record['body'], wrappings + 1);
  if (isJson(record['Sns']) && typeof record['Sns']['Message'] === 'string') {
    return readNotification(record['Sns']['Message'], wrappings + 1);
  }
  return s3Record(record);
}

function s3Record(record: Json): Notification {
  const version = text(record['eventVersion']);
  // AWS: compare the major version for equality; minor versions add keys (2.5 is in use in 2026).
  if (!/^2(\.|$)/.test(version)) return unreadable(`S3 event version ${version || 'missing'}: version 2 is understood`);
  const name = text(record['eventName']);
  if (!/^(s3:)?ObjectCreated:/.test(name)) return { kind: 'nothing', reason: name || 'a record without eventName' };
  const s3 = isJson(record['s3']) ? record['s3'] : {};
  const bucket = isJson(s3['bucket']) ? text(s3['bucket']['name']) : '';
  const object = isJson(s3['object']) ? s3['object'] : {};
  const key = text(object['key']);
  if (bucket === '' || key === '') return unreadable('an S3 record without bucket name or object key');
  return found(bucket, formDecoded(key), object['size'], record['awsRegion'], record['eventTime']);
}

function eventBridge(event: Json): Notification {
  const about = `${text(event['source'])} "${text(event['detail-type'])}"`;
  if (event['source'] !== 'aws.s3') return unreadable(`an EventBridge event that is not from S3: ${about}`);
  if (event['detail-type'] !== 'Object Created') return { kind: 'nothing', reason: about };
  const detail = isJson(event['detail']) ? event['detail'] : {};
  const bucket = isJson(detail['bucket']) ? text(detail['bucket']['name']) : '';
  const object = isJson(detail['object']) ? detail['object'] : {};
  // EventBridge writes the key as it is; only S3's own events encode it.
  const key = text(object['key']);
  if (bucket === '' || key === '') return unreadable('an EventBridge event without bucket name or object key');
  return found(bucket, key, object['size'], event['region'], event['time']);
}

function found(bucket: string, key: string, size: unknown, region: unknown, time: unknown): Notification {
  const atMs = Date.parse(text(time));
  const object: NotifiedObject = {
    bucket,
    key,
    ...(typeof size === 'number' && size >= 0 ? { size } : {}),
    ...(typeof region === 'string' && region !== '' ? { region } : {}),
    ...(Number.isNaN(atMs) ? {} : { atMs }),
  };
  return { kind: 'objects', objects: [object], skipped: [] };
}

/** S3 events write keys as HTML forms do: `+` is a blank, `%XX` a byte. A key that is not written so is taken as it is. */
function formDecoded(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    return key;
  }
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function unreadable(reason: string): Notification {
  return { kind: 'unreadable', reason };
}
