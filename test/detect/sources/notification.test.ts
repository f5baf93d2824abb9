import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readNotification } from '../../../src/detect/sources/notification.ts';
import { eventBridgeEvent, s3Event, throughSns } from '../../support/aws-world.ts';
import { shared, sharedExists } from '../../support/shared.ts';

const key = 'AWSLogs/1/elasticloadbalancing/eu-west-1/x.log.gz';

describe('a notification', () => {
  it('tells of the objects of an S3 event, with their size, region and time', () => {
    expect(readNotification(s3Event('logs', { key: 'a', size: 7 }, { key: 'b', size: 0 }))).toEqual({
      kind: 'objects',
      objects: [
        { bucket: 'logs', key: 'a', size: 7, region: 'eu-west-1', atMs: Date.parse('2026-11-21T00:07:02Z') },
        { bucket: 'logs', key: 'b', size: 0, region: 'eu-west-1', atMs: Date.parse('2026-11-21T00:07:02Z') },
      ],
      skipped: [],
    });
  });

  it('tells of the objects of an EventBridge event, whose keys are not encoded', () => {
    expect(readNotification(eventBridgeEvent('logs', 'a+b%20c', 7))).toMatchObject({
      kind: 'objects',
      objects: [{ bucket: 'logs', key: 'a+b%20c', size: 7, region: 'eu-west-1' }],
    });
  });

  it('is found inside SNS, and inside what Lambda makes of SQS and SNS', () => {
    const inner = s3Event('logs', { key });
    const wrapped = [
      throughSns(inner),
      throughSns(eventBridgeEvent('logs', key)),
      JSON.stringify({ Records: [{ eventSource: 'aws:sqs', body: throughSns(inner) }] }),
      JSON.stringify({ Records: [{ EventSource: 'aws:sns', Sns: { Message: inner } }] }),
    ];
    for (const body of wrapped) {
      expect(readNotification(body)).toMatchObject({ kind: 'objects', objects: [{ bucket: 'logs', key }] });
    }
  });

  it('is looked for four wrappings deep and no deeper', () => {
    let body = s3Event('logs', { key });
    for (let depth = 1; depth <= 4; depth++) body = throughSns(body);
    expect(readNotification(body).kind).toBe('objects');
    expect(readNotification(throughSns(body))).toEqual({
      kind: 'unreadable',
      reason: 'more than 4 messages inside each other',
    });
  });

  it('is nothing when S3 tests the way, or when SNS says goodbye', () => {
    const test = JSON.stringify({ Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: 'logs' });
    expect(readNotification(test)).toEqual({ kind: 'nothing', reason: 's3:TestEvent' });
    expect(readNotification(throughSns(test))).toEqual({ kind: 'nothing', reason: 's3:TestEvent' });
    expect(readNotification('{"Type":"UnsubscribeConfirmation","TopicArn":"arn:t"}').kind).toBe('nothing');
  });

  it('says how to confirm a subscription that SNS asks about', () => {
    expect(readNotification('{"Type":"SubscriptionConfirmation","TopicArn":"arn:t","Token":"x"}')).toEqual({
      kind: 'unreadable',
      reason: expect.stringMatching(/confirm the subscription of this queue to arn:t: aws sns confirm-subscription/),
    });
  });

  it.each([
    ['2.0', 'objects'],
    ['2.1', 'objects'],
    ['2.5', 'objects'],
    ['2.99', 'objects'],
    ['3.0', 'unreadable'],
    ['1.9', 'unreadable'],
    ['20.1', 'unreadable'],
    ['', 'unreadable'],
  ])('of S3 event version %j is %s: the major version must be 2, the minor may be any', (version, kind) => {
    expect(readNotification(s3Event('logs', { key }).replace('"2.1"', JSON.stringify(version))).kind).toBe(kind);
  });

  it('leaves events that create nothing alone', () => {
    const removed = s3Event('logs', { key, eventName: 'ObjectRemoved:Delete' }, { key });
    expect(readNotification(removed)).toMatchObject({
      kind: 'objects',
      objects: [{ key }],
      skipped: ['ObjectRemoved:Delete'],
    });
    const deleted = eventBridgeEvent('logs', key).replace('Object Created', 'Object Deleted');
    expect(readNotification(deleted)).toEqual({ kind: 'nothing', reason: 'aws.s3 "Object Deleted"' });
  });

  it('is unreadable as a whole when one of its records is, so that none is lost with it', () => {
    const half = JSON.stringify({
      Records: [...(JSON.parse(s3Event('logs', { key })) as { Records: [] }).Records, {}],
    });
    expect(readNotification(half).kind).toBe('unreadable');
  });

  it.each([
    ['', 'not JSON'],
    ['{', 'not JSON'],
    ['null', 'JSON, but not an object'],
    ['[]', 'JSON, but not an object'],
    ['{}', 'neither an S3 event, nor an EventBridge event, nor an SNS notification'],
    ['{"Records":[1]}', 'a record that is not an object'],
    ['{"Type":"Notification"}', 'an SNS notification without Message'],
    ['{"source":"aws.ec2","detail-type":"x"}', 'an EventBridge event that is not from S3: aws.ec2 "x"'],
    ['{"source":"aws.s3","detail-type":"Object Created"}', 'an EventBridge event without bucket name or object key'],
  ])('%j is unreadable: %s', (body, reason) => {
    expect(readNotification(body)).toEqual({ kind: 'unreadable', reason });
  });

  it('gives back every key that S3 encodes', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), (any) => {
        expect(readNotification(s3Event('logs', { key: any }))).toMatchObject({ objects: [{ key: any }] });
      }),
    );
  });

  it('never throws', () => {
    const words = fc.constantFrom(
      'Records',
      'Type',
      'Message',
      'Sns',
      'body',
      's3',
      'bucket',
      'object',
      'key',
      'name',
      'detail',
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 5 },
        fc.jsonValue(),
        fc.dictionary(words, tie('tree')),
        fc.array(tie('tree'), { maxLength: 3 }),
      ),
    }));
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          tree.map((value) => JSON.stringify(value)),
        ),
        (body) => {
          expect(['objects', 'nothing', 'unreadable']).toContain(readNotification(body).kind);
        },
      ),
    );
  });
});

const corpus = 'corpus/notifications';
const orSkipped = sharedExists(corpus) ? '' : ' (skipped: ../shared/corpus is not here)';
describe.skipIf(!sharedExists(corpus))(`notifications of other projects${orSkipped}`, () => {
  it.each([
    ['s3-event.json', 'sourcebucket', 'Happy Face.jpg', 1024],
    [
      's3-event-generated-tags.json',
      'aws-landing-zone-logs-000000000000-eu-central-1',
      'AWSLogs/000000000000/CloudTrail/us-east-1/2026/07/16/example_CloudTrail_us-east-1.json.gz',
      1469,
    ],
    ['eventbridge-s3-event.json', 'bucket', 'pizza.txt', 100],
    ['datadog-sqs_s3.json', 'my-bucket', 'my-key.log', 1234],
    ['datadog-sqs_sns_s3.json', 'my-bucket', 'my-key.log', 1234],
  ])('%s', (file, bucket, objectKey, size) => {
    expect(read(file)).toMatchObject({ kind: 'objects', objects: [{ bucket, key: objectKey, size }] });
  });

  it('s3-test-event.json is nothing to do', () => {
    expect(read('s3-test-event.json')).toEqual({ kind: 'nothing', reason: 's3:TestEvent' });
  });

  it.each(['sns-event.json', 'sqs-event.json'])('%s holds no S3 event', (file) => {
    expect(read(file)).toEqual({ kind: 'unreadable', reason: 'not JSON' });
  });
});

function read(file: string): unknown {
  return readNotification(readFileSync(join(shared, corpus, file), 'utf8'));
}
