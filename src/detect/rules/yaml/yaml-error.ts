/** A text that is no YAML to yaml-cpp. */
export class YamlError extends Error {
  /** Where a person looks for the mistake, in the text. */
  readonly offset: number;

  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}
