/** Why something that came to the door is not an alert. A value, so that one bad record never costs its neighbours. */
export class Refused {
  /** A short fixed word, for metrics. */
  readonly code: RefusalCode;
  /** One sentence for the sender: what is wrong and what would be right. Quotes at most a few characters of the input. */
  readonly reason: string;
  /** The key that it is about (`priority`, `tags[1]`), empty for the whole. */
  readonly path: string;

  constructor(code: RefusalCode, path: string, reason: string) {
    this.code = code;
    this.path = path;
    this.reason = reason;
  }
}

export type RefusalCode =
  | 'bad_json'
  | 'bad_text'
  | 'bad_field'
  | 'bad_priority'
  | 'bad_time'
  | 'missing_rule'
  | 'too_deep'
  | 'too_large';

/** What a sender wrote, short enough to repeat in a reason and without anything that could act on a terminal. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text).replace(
    /[\u007f-\u009f\u200b-\u200f\u2028-\u202f\u2066-\u2069]/g,
    '?',
  );
}
