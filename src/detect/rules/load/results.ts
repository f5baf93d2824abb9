import type { FileFindings, RulesFinding, RulesLocation } from '../engine.ts';

/** What Falco says of each code. */
const descriptions: Readonly<Record<string, string>> = {
  LOAD_ERR_FILE_READ: 'File read error',
  LOAD_ERR_YAML_PARSE: 'YAML parse error',
  LOAD_ERR_YAML_VALIDATE: 'Error validating internal structure of YAML file',
  LOAD_ERR_COMPILE_CONDITION: 'Error compiling condition',
  LOAD_ERR_COMPILE_OUTPUT: 'Error compiling output',
  LOAD_ERR_VALIDATE: 'Error validating rule/macro/list/exception objects',
  LOAD_ERR_EXTENSION: 'Error in extension item',
  LOAD_UNKNOWN_SOURCE: 'Unknown event source',
  LOAD_UNSAFE_NA_CHECK: 'Unsafe <NA> comparison in condition',
  LOAD_NO_EVTTYPE: 'Condition has no event-type restriction',
  LOAD_UNKNOWN_FILTER: 'Unknown field or event-type in condition or output',
  LOAD_UNUSED_MACRO: 'Unused macro',
  LOAD_UNUSED_LIST: 'Unused list',
  LOAD_UNKNOWN_ITEM: 'Unknown rules file item',
  LOAD_DEPRECATED_ITEM: 'Used deprecated item',
  LOAD_WARNING_EXTENSION: 'Warning in extension item',
  LOAD_APPEND_NO_VALUES: 'Overriding/appending with no values',
  LOAD_EXCEPTION_NAME_NOT_UNIQUE: 'Multiple exceptions defined with the same name',
  LOAD_INVALID_MACRO_NAME: 'Invalid macro name',
  LOAD_INVALID_LIST_NAME: 'Invalid list name',
  LOAD_COMPILE_CONDITION: 'Warning in rule condition',
  LOAD_UNKNOWN_KEY: 'Unknown key in item definition',
};

/** `falco --validate` with json_output, as a value for JSON. Lines and columns count from 0 here, as in Falco. */
export interface FalcoLoadResults {
  readonly falco_load_results: readonly {
    readonly name: string;
    readonly successful: boolean;
    readonly errors: readonly FalcoLoadMessage[];
    readonly warnings: readonly FalcoLoadMessage[];
  }[];
}

interface FalcoLoadMessage {
  readonly code: string;
  readonly codedesc: string;
  readonly message: string;
  readonly context: {
    readonly locations: readonly {
      readonly item_type: string;
      readonly item_name: string;
      readonly position: {
        readonly name: string;
        readonly line: number;
        readonly column: number;
        readonly offset: number;
      };
    }[];
    readonly snippet: string;
  };
}

export function findingsAsFalcoJson(files: readonly FileFindings[]): FalcoLoadResults {
  return {
    falco_load_results: files.map(({ file, errors, warnings }) => ({
      name: file,
      successful: errors.length === 0,
      errors: errors.map(messageJson),
      warnings: warnings.map(messageJson),
    })),
  };
}

function messageJson({ code, message, within, snippet }: RulesFinding): FalcoLoadMessage {
  const locations = within.map(({ kind, name, at }) => ({
    item_type: kind,
    item_name: name,
    position: { name: at.file, line: at.line - 1, column: at.column - 1, offset: at.offset },
  }));
  return { code, codedesc: descriptions[code] ?? code, message, context: { locations, snippet: `${snippet}\n` } };
}

/** What `falco --validate` prints: `FILE: Ok`, `Ok, with warnings` or `Invalid`, then each finding with its place. */
export function findingsAsText(files: readonly FileFindings[]): string {
  return files.map((file) => `${fileText(file)}\n`).join('');
}

function fileText({ file, errors, warnings }: FileFindings): string {
  const verdict = errors.length > 0 ? 'Invalid' : warnings.length > 0 ? 'Ok, with warnings' : 'Ok';
  return [`${file}: ${verdict}`, ...section('Errors', errors), ...section('Warnings', warnings)].join('\n');
}

function section(title: string, findings: readonly RulesFinding[]): string[] {
  return findings.length === 0 ? [] : [`${findings.length} ${title}:`, ...findings.map(findingText)];
}

function findingText({ code, message, within, snippet }: RulesFinding): string {
  const lines = within.map((location, i) => `${i === 0 ? 'In ' : '    '}${locationText(location)}`);
  const description = descriptions[code] ?? code;
  const said = message === '' ? '' : `: ${message}`;
  return [...lines, '------', snippet || '<No context available>', '------', `${code} (${description})${said}`].join(
    '\n',
  );
}

function locationText({ kind, name, at }: RulesLocation): string {
  return `${kind}${name === '' ? '' : ` '${name}'`}: (${at.file}:${at.line}:${at.column})`;
}
