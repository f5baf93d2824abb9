import type { Characters } from './characters.ts';
import { YamlError } from './yaml-error.ts';

const word = /^[a-zA-Z0-9-]$/;
const inTag = "#;/?:@&=+$_.~*'()";
const inUri = `${inTag},![]`;

/** Reads a tag from its `!` on. */
export function scanTag(characters: Characters): { readonly handle: string; readonly suffix: string } {
  characters.get();
  if (characters.peek() === '<') return { handle: '', suffix: scanVerbatim(characters) };
  const { name, isHandle } = scanHandle(characters);
  if (!isHandle || characters.peek() !== '!') {
    // A lone `!` is a tag that says nothing; at the end of the text it is a handle.
    return name === '' && isHandle ? { handle: '!!', suffix: '' } : { handle: '!', suffix: name };
  }
  characters.get();
  const suffix = scanWhile(characters, inTag);
  if (suffix === '') throw new YamlError(characters.at, 'tag handle with no suffix');
  return { handle: `!${name}!`, suffix };
}

function scanVerbatim(characters: Characters): string {
  characters.get();
  const tag = scanWhile(characters, inUri);
  if (characters.ended || characters.get() !== '>') throw new YamlError(characters.at, 'end of verbatim tag not found');
  return tag;
}

function scanHandle(characters: Characters): { readonly name: string; readonly isHandle: boolean } {
  let name = '';
  let firstOther: number | undefined;
  while (!characters.ended) {
    if (characters.peek() === '!') {
      if (firstOther !== undefined) {
        throw new YamlError(firstOther, 'illegal character found while scanning tag handle');
      }
      break;
    }
    if (firstOther === undefined && !word.test(characters.peek())) firstOther = characters.at;
    const length = firstOther === undefined ? 1 : charLength(characters, inTag);
    if (length === 0) break;
    for (let i = 0; i < length; i++) name += characters.get();
  }
  return { name, isHandle: firstOther === undefined };
}

function scanWhile(characters: Characters, allowed: string): string {
  let text = '';
  while (!characters.ended) {
    const length = charLength(characters, allowed);
    if (length === 0) break;
    for (let i = 0; i < length; i++) text += characters.get();
  }
  return text;
}

function charLength(characters: Characters, allowed: string): number {
  const char = characters.peek();
  if (word.test(char) || allowed.includes(char)) return 1;
  return char === '%' && /^[0-9a-fA-F]{2}$/.test(characters.peek(1) + characters.peek(2)) ? 3 : 0;
}
