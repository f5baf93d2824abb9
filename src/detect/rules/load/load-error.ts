import type { RulesFinding } from '../engine.ts';
import type { ConditionFinding } from '../condition/finding.ts';
import type { Context } from './context.ts';

export type LoadErrorCode =
  | 'LOAD_ERR_FILE_READ'
  | 'LOAD_ERR_YAML_PARSE'
  | 'LOAD_ERR_YAML_VALIDATE'
  | 'LOAD_ERR_COMPILE_CONDITION'
  | 'LOAD_ERR_COMPILE_OUTPUT'
  | 'LOAD_ERR_VALIDATE'
  | 'LOAD_ERR_EXTENSION';

type LoadWarningCode =
  | 'LOAD_UNKNOWN_SOURCE'
  | 'LOAD_UNSAFE_NA_CHECK'
  | 'LOAD_NO_EVTTYPE'
  | 'LOAD_UNKNOWN_FILTER'
  | 'LOAD_UNUSED_MACRO'
  | 'LOAD_UNUSED_LIST'
  | 'LOAD_UNKNOWN_ITEM'
  | 'LOAD_DEPRECATED_ITEM'
  | 'LOAD_WARNING_EXTENSION'
  | 'LOAD_APPEND_NO_VALUES'
  | 'LOAD_EXCEPTION_NAME_NOT_UNIQUE'
  | 'LOAD_INVALID_MACRO_NAME'
  | 'LOAD_INVALID_LIST_NAME'
  | 'LOAD_COMPILE_CONDITION'
  | 'LOAD_UNKNOWN_KEY';

/** Ends the loading of a file: Falco reports the first error of a file and stops. Never leaves `loadRules`. */
export class LoadError extends Error {
  readonly code: LoadErrorCode;
  readonly context: Context;

  constructor(code: LoadErrorCode, message: string, context: Context) {
    super(message);
    this.code = code;
    this.context = context;
  }

  finding(): RulesFinding {
    return this.context.finding(this.code, this.message);
  }
}

/** Where the passes leave what they warn of. */
export class Warnings {
  readonly found: RulesFinding[] = [];

  add(code: LoadWarningCode, message: string, context: Context): void {
    this.found.push(context.finding(code, message));
  }

  /** What the check of a condition found: Falco's warnings, and by codes of our own what Falco gets wrong (`FALCO_BUG_…`). */
  addFinding({ code, message }: ConditionFinding, context: Context): void {
    this.found.push(context.finding(code, message));
  }
}
