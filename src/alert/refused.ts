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
  | 'incomplete'
  | 'missing_rule'
  | 'too_deep'
  | 'too_large';
