import type { Scanner } from './scanner.ts';
import { YamlError } from './yaml-error.ts';
import type { DirectiveToken, TagToken } from './yaml-token.ts';

/** `%YAML` and `%TAG` before a document. They hold for later documents until others are given. */
export class TagDirectives {
  #prefixes = new Map<string, string>();

  /** Takes the directives that stand next. Those of other names say nothing. */
  read(scanner: Scanner): void {
    let hasVersion = false;
    let isFirst = true;
    for (let token = scanner.peek(); token?.kind === 'directive'; token = scanner.peek()) {
      if (isFirst) this.#prefixes = new Map();
      isFirst = false;
      if (token.name === 'YAML') {
        if (hasVersion) throw new YamlError(token.offset, 'repeated YAML directive');
        checkVersion(token);
        hasVersion = true;
      } else if (token.name === 'TAG') this.#addPrefix(token);
      scanner.pop();
    }
  }

  /** The tag's text. Only whether it says anything matters: Falco looks at none. */
  translate({ handle, suffix }: TagToken): string {
    if (handle === '') return suffix;
    if (handle === '!' && suffix === '') return '!';
    return (this.#prefixes.get(handle) ?? handle) + suffix;
  }

  #addPrefix({ offset, parameters: [handle, prefix, ...more] }: DirectiveToken): void {
    if (handle === undefined || prefix === undefined || more.length > 0) {
      throw new YamlError(offset, 'TAG directives must have exactly two arguments');
    }
    if (this.#prefixes.has(handle)) throw new YamlError(offset, 'repeated TAG directive');
    this.#prefixes.set(handle, prefix);
  }
}

function checkVersion({ offset, parameters: [version, ...more] }: DirectiveToken): void {
  if (version === undefined || more.length > 0) {
    throw new YamlError(offset, 'YAML directives must have exactly one argument');
  }
  const match = /^([+-]?\d{1,9})\D[+-]?\d{1,9}$/.exec(version);
  if (!match) throw new YamlError(offset, `bad YAML version: ${version}`);
  if (Number(match[1]) > 1) throw new YamlError(offset, 'YAML major version too large');
}
