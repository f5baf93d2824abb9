import type { SQSClient } from '@aws-sdk/client-sqs';
import { explainAws } from '../../aws/trouble.ts';

/** A message received, hidden from everyone else until its visibility timeout. */
export interface QueueMessage {
  readonly id: string;
  readonly body: string;
  /** Names this receipt of the message; a later receipt has another. */
  readonly receipt: string;
  /** How often the message was received, this time included. */
  readonly receives: number;
  readonly sentAtMs: number | undefined;
}

/** What the queue is set up to do. Undefined where the credentials may not ask. */
export interface QueueFacts {
  /** The ARN of the dead-letter queue, and after how many receives SQS moves a message there. */
  readonly deadLetters?: { readonly arn: string; readonly maxReceives: number };
  readonly waiting: number;
  /** False when the queue's policy lets no AWS service send to it. */
  readonly open: boolean;
}

/** SQS holds a message back for at most 12 hours after its receipt, and waits for one at most 20 seconds. */
export const maxVisibilityMs = 12 * 3_600_000;
const waitSeconds = 20;
const maxMessages = 10;

/** One SQS queue, its calls with errors that say what to do. */
export class SqsQueue {
  readonly url: string;
  readonly #client: SQSClient;
  readonly #sdk: typeof import('@aws-sdk/client-sqs');

  constructor(url: string, client: SQSClient, sdk: typeof import('@aws-sdk/client-sqs')) {
    this.url = url;
    this.#client = client;
    this.#sdk = sdk;
  }

  /** Waits up to 20 s for a message, takes up to ten and hides them for `visibilityMs`. */
  async receive(visibilityMs: number, signal: AbortSignal): Promise<readonly QueueMessage[]> {
    const command = new this.#sdk.ReceiveMessageCommand({
      QueueUrl: this.url,
      MaxNumberOfMessages: maxMessages,
      WaitTimeSeconds: waitSeconds,
      VisibilityTimeout: Math.ceil(visibilityMs / 1000),
      MessageSystemAttributeNames: ['ApproximateReceiveCount', 'SentTimestamp'],
    });
    const { Messages: messages = [] } = await this.#explained(
      'sqs:ReceiveMessage',
      this.#client.send(command, { abortSignal: signal }),
    );
    return messages.map((message) => ({
      id: message.MessageId ?? '',
      body: message.Body ?? '',
      receipt: message.ReceiptHandle ?? '',
      receives: Number(message.Attributes?.ApproximateReceiveCount ?? 1),
      sentAtMs: message.Attributes?.SentTimestamp === undefined ? undefined : Number(message.Attributes.SentTimestamp),
    }));
  }

  /** Hides the message for `ms` from now; 0 shows it at once. */
  async hide(message: QueueMessage, ms: number): Promise<void> {
    const command = new this.#sdk.ChangeMessageVisibilityCommand({
      QueueUrl: this.url,
      ReceiptHandle: message.receipt,
      VisibilityTimeout: Math.ceil(ms / 1000),
    });
    await this.#explained('sqs:ChangeMessageVisibility', this.#client.send(command));
  }

  async delete(message: QueueMessage): Promise<void> {
    const command = new this.#sdk.DeleteMessageCommand({ QueueUrl: this.url, ReceiptHandle: message.receipt });
    await this.#explained('sqs:DeleteMessage', this.#client.send(command));
  }

  async look(signal: AbortSignal): Promise<QueueFacts> {
    const command = new this.#sdk.GetQueueAttributesCommand({
      QueueUrl: this.url,
      AttributeNames: ['RedrivePolicy', 'Policy', 'ApproximateNumberOfMessages'],
    });
    const { Attributes: attributes = {} } = await this.#explained(
      'sqs:GetQueueAttributes',
      this.#client.send(command, { abortSignal: signal }),
    );
    const deadLetters = redrive(attributes.RedrivePolicy);
    return {
      ...(deadLetters === undefined ? {} : { deadLetters }),
      waiting: Number(attributes.ApproximateNumberOfMessages ?? 0),
      open: /(s3|sns|events)\.amazonaws\.com/.test(attributes.Policy ?? ''),
    };
  }

  async #explained<T>(action: string, sending: Promise<T>): Promise<T> {
    try {
      return await sending;
    } catch (error) {
      throw explainAws(error, { action, on: `queue ${this.url}` });
    }
  }
}

function redrive(policy: string | undefined): QueueFacts['deadLetters'] {
  if (policy === undefined || policy === '') return undefined;
  const parsed: unknown = JSON.parse(policy);
  if (typeof parsed !== 'object' || parsed === null || !('deadLetterTargetArn' in parsed)) return undefined;
  const maxReceives = 'maxReceiveCount' in parsed ? Number(parsed.maxReceiveCount) : Number.NaN;
  return { arn: String(parsed.deadLetterTargetArn), maxReceives };
}

/** `https://sqs.eu-west-1.amazonaws.com/…` is in eu-west-1. */
export function regionOfQueue(url: string): string | undefined {
  return /^https?:\/\/(?:sqs\.([a-z0-9-]+)|([a-z0-9-]+)\.queue)\.amazonaws\.com/.exec(url)?.slice(1).find(Boolean);
}
