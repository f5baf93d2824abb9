import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { sayFileError } from '../base/file-error.ts';
import { type Document, isMap, isPair, isScalar, LineCounter, parse, parseDocument, visit } from 'yaml';
import { yamlErrorOffset } from '../base/yaml-error-offset.ts';

/** Where in the config something is wrong, for an editor to jump to. Line and column are 1-based. */
export interface ConfigProblem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** `outputs[0].url`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
}

/** `FILE:LINE:COLUMN: PATH: what and what to do`. */
export function sayProblem({ file, line, column, path, message }: ConfigProblem): string {
  return `${file}:${line}:${column}: ${path === '' ? '' : `${path}: `}${message}`;
}

/** The config cannot be used. Its message lists every problem, a line each, as `sayProblem` says it. */
export class ConfigError extends Error {
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map(sayProblem).join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

export type ConfigPath = readonly (string | number)[];

export interface ConfigText {
  /** What the YAML says, variables put in. */
  readonly value: unknown;
  /** Whether files were put in. */
  readonly filesPutIn: boolean;
  /** The place of the value at `path`, or of its key, or of the nearest thing above it that is there. */
  at(path: ConfigPath, what: 'key' | 'value'): { readonly line: number; readonly column: number };
}

/**
 * Reads YAML and puts environment variables in: `${NAME}`, `${NAME:-default}` (the default also when NAME is empty) and
 * `$${` for a literal `${`; and files, `${file:PATH}`, without the line end after their last line. Only texts are looked at, after YAML was read, so no variable can add keys. A value that
 * stands without quotes and is nothing but one `${…}` is read as YAML would read it: `port: ${PORT}` is a number.
 * Throws `ConfigError`.
 */
export function readConfig(text: string, file: string, env: Readonly<Record<string, string | undefined>>): ConfigText {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false });
  const placeOf = (offset: number): { line: number; column: number } => {
    const { line, col } = counter.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const problems: ConfigProblem[] = [...document.errors, ...document.warnings].map((error) => ({
    file,
    ...placeOf(yamlErrorOffset(document, error)),
    path: '',
    message: `not valid YAML: ${error.message}${hintFor(text.split('\n')[placeOf(error.pos[0]).line - 1] ?? '')}`,
  }));
  let filesPutIn = false;
  const readBeside = (path: string, wrong: string[]): string => {
    filesPutIn = true;
    return fileText(resolve(dirname(file), path), wrong);
  };
  visit(document, {
    Scalar(_key, node) {
      if (typeof node.value !== 'string') return;
      const wrong: string[] = [];
      const filled = substitute(node.value, env, readBeside, wrong);
      for (const message of wrong) problems.push({ file, ...placeOf(node.range?.[0] ?? 0), path: '', message });
      const bare = node.type === 'PLAIN' && wholeVariable.test(node.value);
      node.value = bare ? asYamlWould(filled) : filled;
    },
  });
  if (problems.length > 0) throw new ConfigError(problems);
  return {
    value: document.toJS(),
    filesPutIn,
    at: (path, what) => placeOf(offsetOf(document, path, what)),
  };
}

const variable = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}|\$\{file:([^}]+)\}/g;
const wholeVariable = /^\$\{[A-Za-z_][A-Za-z0-9_]*(?::-[^}]*)?\}$/;
/** Secrets are short; a whole disk in a config is a mistake. */
const maxFileBytes = 65_536;

/** What cannot be put in is told in `wrong`. */
function substitute(
  text: string,
  env: Readonly<Record<string, string | undefined>>,
  readFile: (path: string, wrong: string[]) => string,
  wrong: string[],
): string {
  return text.replace(
    variable,
    (whole, name: string | undefined, fallback: string | undefined, path: string | undefined) => {
      if (path !== undefined) return readFile(path, wrong);
      if (name === undefined) return '${';
      const value = env[name];
      if (value !== undefined && (value !== '' || fallback === undefined)) return value;
      if (fallback !== undefined) return fallback;
      wrong.push(`the environment variable ${name} is not set; set it, or write \${${name}:-default}`);
      return whole;
    },
  );
}

function fileText(path: string, wrong: string[]): string {
  try {
    const { size } = statSync(path);
    if (size > maxFileBytes) throw new Error(`it has ${size} bytes, at most ${maxFileBytes} are read`);
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    wrong.push(`\${file:${path}} cannot be read: ${sayFileError(error)}`);
    return '';
  }
}

/** Numbers and booleans become such; anything else stays the text that it is. */
function asYamlWould(text: string): unknown {
  if (!/^(true|false|-?\d+(\.\d+)?)$/.test(text)) return text;
  const value: unknown = parse(text);
  // 007 and 12345678901234567890 are rather names than numbers.
  return typeof value === 'number' && String(value) !== text ? text : value;
}

function offsetOf(document: Document, path: ConfigPath, what: 'key' | 'value'): number {
  for (let length = path.length; length > 0; length--) {
    const key = path[length - 1];
    const parent: unknown = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    if (isMap(parent)) {
      const pair = parent.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === key);
      const node = what === 'key' || length < path.length || !hasRange(pair?.value) ? pair?.key : pair?.value;
      if (hasRange(node)) return node.range[0];
      continue;
    }
    const node: unknown = document.getIn(path.slice(0, length), true);
    if (hasRange(node)) return node.range[0];
  }
  return hasRange(document.contents) ? document.contents.range[0] : 0;
}

function hasRange(node: unknown): node is { range: [number, number, number] } {
  return typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range);
}

/** Between brackets YAML takes the `{` of `${NAME}` for the beginning of a map. */
function hintFor(line: string): string {
  return /[[{,]\s*\$\{/.test(line) ? '; between brackets, "${NAME}" stands in quotes' : '';
}
