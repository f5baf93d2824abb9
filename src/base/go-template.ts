import type { Json } from './json.ts';

/**
 * The part of Go's text/template that falcosidekick's configurations use, so that these can be kept:
 *
 *     text {{ .key }} {{ .map.key }} {{ index . "k8s.ns.name" }} {{ or .a "none" | printf "%s!" }}
 *     {{ if eq .a "x" }} … {{ else if .b }} … {{ else }} … {{ end }} {{- /* trims the blanks before it *\/ -}}
 *
 * Functions: index, or, and, not, eq, ne, len, print, printf (%s %v %d %q). A template is compiled once; what it cannot do
 * (range, with, define, variables, other functions) is an error then, never a surprise later. Rendering never throws.
 */
export type GoTemplate = (data: Json) => string;

export class GoTemplateError extends Error {}

type Value = Json | undefined;
type Expression = (data: Json) => Value;
type Part = (data: Json) => string;

const maxRendered = 65_536;

/** Throws GoTemplateError, which says what in the template cannot be understood. */
export function compileGoTemplate(template: string): GoTemplate {
  const { parts, rest } = partsUntilEnd(chunksOf(template), 0, 0);
  if (rest !== undefined) throw new GoTemplateError(`{{ ${rest} }} without an {{ if }}`);
  return (data) => rendered(parts, data).slice(0, maxRendered);
}

function rendered(parts: readonly Part[], data: Json): string {
  return parts.map((part) => part(data)).join('');
}

type Chunk = { readonly text: string } | { readonly action: string };

function chunksOf(template: string): readonly Chunk[] {
  const chunks: Chunk[] = [];
  let at = 0;
  let trimNext = false;
  for (const match of template.matchAll(
    /\{\{(- )?\s*((?:"(?:[^"\\]|\\.)*"|`[^`]*`|\/\*[\s\S]*?\*\/|[^"`])*?)\s*( -)?\}\}/g,
  )) {
    const [whole, trimBefore, action = '', trimAfter] = match;
    let text = template.slice(at, match.index);
    if (trimNext) text = text.trimStart();
    if (trimBefore !== undefined) text = text.trimEnd();
    chunks.push({ text }, { action: /^\/\*[\s\S]*\*\/$/.test(action) ? '' : action });
    trimNext = trimAfter !== undefined;
    at = match.index + whole.length;
  }
  const rest = template.slice(at);
  if (rest.includes('{{'))
    throw new GoTemplateError(`{{ without }}: ${rest.slice(rest.indexOf('{{'), rest.indexOf('{{') + 30)}`);
  chunks.push({ text: trimNext ? rest.trimStart() : rest });
  return chunks;
}

const maxNesting = 20;

/** The parts up to the `end` or `else` that belongs to the caller; `rest` is that action, undefined at the template's end. */
function partsUntilEnd(
  chunks: readonly Chunk[],
  start: number,
  depth: number,
): { readonly parts: readonly Part[]; readonly next: number; readonly rest?: string } {
  if (depth > maxNesting) throw new GoTemplateError(`more than ${maxNesting} {{ if }} inside each other`);
  const parts: Part[] = [];
  let at = start;
  while (at < chunks.length) {
    const chunk = chunks[at++];
    if (chunk === undefined || ('text' in chunk && chunk.text === '')) continue;
    if ('text' in chunk) {
      const { text } = chunk;
      parts.push(() => text);
    } else if (/^(?:end|else)\b/.test(chunk.action)) {
      return { parts, next: at, rest: chunk.action };
    } else if (/^if\b/.test(chunk.action)) {
      const branch = conditional(chunks, at, chunk.action.slice(2), depth);
      parts.push(branch.part);
      at = branch.next;
    } else if (chunk.action !== '') {
      const value = pipeline(chunk.action);
      parts.push((data) => printed(value(data)));
    }
  }
  return { parts, next: at };
}

function conditional(
  chunks: readonly Chunk[],
  start: number,
  source: string,
  depth: number,
): { part: Part; next: number } {
  const condition = pipeline(source);
  const then = partsUntilEnd(chunks, start, depth + 1);
  if (then.rest === undefined) throw new GoTemplateError(`{{ if${source} }} without {{ end }}`);
  let otherwise: readonly Part[] = [];
  let { next } = then;
  const elseIf = /^else\s+if\b(.*)$/s.exec(then.rest)?.[1];
  if (elseIf !== undefined) {
    const branch = conditional(chunks, next, elseIf, depth + 1);
    otherwise = [branch.part];
    next = branch.next;
  } else if (/^else\s*$/.test(then.rest)) {
    const last = partsUntilEnd(chunks, next, depth + 1);
    if (last.rest?.trim() !== 'end') throw new GoTemplateError('{{ else }} without {{ end }}');
    otherwise = last.parts;
    next = last.next;
  } else if (then.rest.trim() !== 'end') throw new GoTemplateError(`{{ ${then.rest} }} is not understood`);
  return { part: (data) => rendered(isTrue(condition(data)) ? then.parts : otherwise, data), next };
}

const token =
  /\s*(?:("(?:[^"\\]|\\.)*"|`[^`]*`)|(-?\d+(?:\.\d+)?)|(\.[A-Za-z_][\w]*(?:\.[A-Za-z_]\w*)*|\.)|([A-Za-z_]\w*)|([()|]))/y;

type Token = { readonly kind: 'text' | 'number' | 'field' | 'word' | 'sign'; readonly source: string };

function tokensOf(source: string): readonly Token[] {
  const kinds = ['text', 'number', 'field', 'word', 'sign'] as const;
  const tokens: Token[] = [];
  const trimmed = source.trimEnd();
  token.lastIndex = 0;
  while (token.lastIndex < trimmed.length) {
    const from = token.lastIndex;
    const match = token.exec(trimmed);
    const kind = match === null ? undefined : kinds.find((_, index) => match[index + 1] !== undefined);
    if (match === null || kind === undefined) {
      throw new GoTemplateError(`{{ ${trimmed} }}: "${trimmed.slice(from).trim().slice(0, 30)}" is not understood`);
    }
    tokens.push({ kind, source: match[0].trim() });
  }
  return tokens;
}

function pipeline(source: string): Expression {
  const tokens = [...tokensOf(source)];
  const expression = pipelineOf(tokens, source, 0);
  if (tokens.length > 0) throw new GoTemplateError(`{{ ${source} }}: "${tokens[0]?.source}" stands where nothing may`);
  return expression;
}

function pipelineOf(tokens: Token[], source: string, depth: number): Expression {
  if (depth > maxNesting) throw new GoTemplateError('parentheses are nested too deeply');
  let piped: Expression | undefined;
  do {
    const command = commandOf(tokens, source, depth, piped);
    piped = command;
  } while (tokens[0]?.source === '|' && tokens.shift() !== undefined);
  return piped;
}

function commandOf(tokens: Token[], source: string, depth: number, piped: Expression | undefined): Expression {
  const first = tokens[0];
  const call = first?.kind === 'word' ? functions.get(first.source) : undefined;
  if (call === undefined) {
    if (piped !== undefined) throw new GoTemplateError(`{{ ${source} }}: after | a function must follow`);
    return termOf(tokens, source, depth);
  }
  tokens.shift();
  const given: Expression[] = [];
  while (tokens[0] !== undefined && tokens[0].source !== '|' && tokens[0].source !== ')')
    given.push(termOf(tokens, source, depth));
  if (piped !== undefined) given.push(piped);
  return (data) => call(given.map((each) => each(data)));
}

function termOf(tokens: Token[], source: string, depth: number): Expression {
  const one = tokens.shift();
  if (one === undefined) throw new GoTemplateError(`{{ ${source} }} ends too early`);
  switch (one.kind) {
    case 'text': {
      const text = textOf(one.source);
      return () => text;
    }
    case 'number': {
      const number = Number(one.source);
      return () => number;
    }
    case 'field': {
      const path = one.source.split('.').filter((key) => key !== '');
      return (data) => path.reduce<Value>((inside, key) => member(inside, key), data);
    }
    case 'word':
      if (one.source === 'true' || one.source === 'false') return () => one.source === 'true';
      if (one.source === 'nil') return () => undefined;
      throw new GoTemplateError(
        `{{ ${source} }}: "${one.source}" is not known here; these are: ${[...functions.keys()].join(', ')}, if, else, end`,
      );
    case 'sign': {
      if (one.source !== '(') throw new GoTemplateError(`{{ ${source} }}: "${one.source}" stands where a value should`);
      const inner = pipelineOf(tokens, source, depth + 1);
      if (tokens.shift()?.source !== ')') throw new GoTemplateError(`{{ ${source} }}: ( without )`);
      return inner;
    }
  }
}

function textOf(source: string): string {
  if (source.startsWith('`')) return source.slice(1, -1);
  try {
    return String(JSON.parse(source));
  } catch {
    throw new GoTemplateError(`${source} has an escape that is not understood`);
  }
}

const functions: ReadonlyMap<string, (given: readonly Value[]) => Value> = new Map([
  [
    'index',
    ([map, ...keys]: readonly Value[]): Value => keys.reduce((inside, key) => member(inside, printed(key)), map),
  ],
  ['or', (given: readonly Value[]): Value => given.find(isTrue) ?? given.at(-1)],
  ['and', (given: readonly Value[]): Value => given.find((each) => !isTrue(each)) ?? given.at(-1)],
  ['not', ([value]: readonly Value[]): Value => !isTrue(value)],
  ['eq', ([first, ...others]: readonly Value[]): Value => others.some((other) => other === first)],
  ['ne', ([first, second]: readonly Value[]): Value => first !== second],
  ['len', ([value]: readonly Value[]): Value => lengthOf(value)],
  ['print', (given: readonly Value[]): Value => given.map(printed).join('')],
  ['printf', ([format, ...given]: readonly Value[]): Value => formatted(printed(format), given)],
]);

function member(value: Value, key: string): Value {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Readonly<Record<string, Json>>)[key];
}

function lengthOf(value: Value): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  return typeof value === 'object' && value !== null ? Object.keys(value).length : 0;
}

/** Go's idea of true: not empty, not zero. */
function isTrue(value: Value): boolean {
  if (typeof value === 'object' && value !== null) return lengthOf(value) > 0;
  return value !== undefined && value !== null && value !== false && value !== '' && value !== 0 && value !== 0n;
}

/** As Go prints it: `<no value>` for what is not there, `[a b]` for lists, `map[k:v]` for maps. */
function printed(value: Value): string {
  if (value === undefined || value === null) return '<no value>';
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return `[${value.map(printed).join(' ')}]`;
  return `map[${Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, each]) => `${key}:${printed(each)}`)
    .join(' ')}]`;
}

function formatted(format: string, given: readonly Value[]): string {
  let next = 0;
  return format.replace(/%([svdq%])/g, (_whole, verb: string) => {
    if (verb === '%') return '%';
    const value = printed(given[next++]);
    return verb === 'q' ? JSON.stringify(value) : value;
  });
}
