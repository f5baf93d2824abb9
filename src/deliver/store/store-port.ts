import type { JournalPlace } from './alert-log.ts';
import type { Appended, Durability, ReaderCommit, Retained, Retention } from './alert-store.ts';

/** What the thread that writes the store can be asked; see store-writer.ts. */
export interface StoreCalls {
  /** Answers the number of the next segment of the journal, where the journal is to be taken over. */
  open(settings: StoreSettings): Promise<number>;
  /** Frames of records. */
  append(frames: Uint8Array, durability: Durability): Promise<readonly Appended[]>;
  commit(reader: string, commit: ReaderCommit, durability: Durability): Promise<void>;
  removeReader(name: string): Promise<void>;
  replay(output: string | undefined, letters: readonly number[] | undefined): Promise<number>;
  retain(retention: Retention): Promise<Retained>;
  close(): Promise<void>;
}

export interface StoreSettings {
  readonly path: string;
  readonly maxBytes: number | undefined;
  /** True where this process holds the journal. */
  readonly journal: boolean;
}

/** One call; answered by a `StoreReply` with the same `id`. */
export type StoreCall = {
  [K in keyof StoreCalls]: { readonly id: number; readonly call: K; readonly args: Parameters<StoreCalls[K]> };
}[keyof StoreCalls];

/** What is told without an answer: up to there the journal can be taken over. */
export interface JournalNews {
  readonly journal: JournalPlace;
}

export type StoreReply =
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly error: string }
  /** The journal was taken over up to there; with `problem`, it goes no further now. */
  | { readonly moved: JournalPlace; readonly problem: string | undefined }
  | { readonly committed: true }
  | { readonly notice: string };

/** A Worker, its parentPort, or an end of a MessageChannel. What it says is what this file says it is. */
export interface StorePort {
  postMessage(message: unknown, transfer?: readonly ArrayBuffer[]): void;
  on(event: string, listener: (value: unknown) => void): unknown;
}
