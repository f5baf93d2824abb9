import type { FieldExpr } from '../condition/ast.ts';
import { longestFieldExpression } from '../condition/parse.ts';

/** Falco pads without limit; a larger number is a typing error or an attack on memory. In bytes. */
export const maxWidth = 65_535;

/** `%12awselb.client_ip`: what the field shows is padded with blanks or cut to `width` bytes; 0 leaves it as it is. */
interface Token<F> {
  readonly width: number;
  readonly field: F;
}

/** An output, taken apart: texts as they stand, and what `resolve` made of the fields. */
export type Template<F> = readonly (string | Token<F>)[];

export type ParsedTemplate<F> =
  | { readonly ok: true; readonly template: Template<F> }
  | { readonly ok: false; readonly message: string /** Offset of the `%`. */; readonly at: number };

/** What `resolve` answers: the field as the caller wants it, or why there is none such. */
export type Resolved<F> = { readonly ok: true; readonly field: F } | { readonly ok: false; readonly message: string };

/**
 * Takes an output apart as Falco does: behind a `%`, optionally digits, then the longest text that is a field or
 * transformer. A `%` cannot be escaped; one before anything else is an error. A leading `*` is dropped: it says that
 * missing values show as `<NA>`, which they always do.
 */
export function parseTemplate<F>(output: string, resolve: (expr: FieldExpr) => Resolved<F>): ParsedTemplate<F> {
  if (output === '') return { ok: false, message: 'empty formatting token', at: 0 };
  const template: (string | Token<F>)[] = [];
  let taken = output.startsWith('*') ? 1 : 0;
  for (let percent = output.indexOf('%', taken); percent !== -1; percent = output.indexOf('%', taken)) {
    if (percent > taken) template.push(printed(output.slice(taken, percent)));
    const digits = /^[0-9]*/.exec(output.slice(percent + 1, percent + 20))![0];
    const start = percent + 1 + digits.length;
    if (start >= output.length) {
      const end = digits === '' ? '%' : 'number';
      return { ok: false, message: `invalid formatting syntax: formatting cannot end with a ${end}`, at: percent };
    }
    const width = Number(digits);
    if (width > maxWidth) {
      return { ok: false, message: `invalid formatting syntax: a width of at most ${maxWidth}`, at: percent };
    }
    let refused: string | undefined;
    const found = longestFieldExpression(output, start, (expr) => {
      const resolved = resolve(expr);
      if (!resolved.ok) refused ??= resolved.message;
      return resolved.ok ? resolved : undefined;
    });
    if (!found) {
      const message = `unknown filter: ${refused ?? `no field begins at '${output.slice(start, start + 20)}'`}`;
      return { ok: false, message, at: percent };
    }
    template.push({ width, field: found.value.field });
    taken = found.end;
  }
  if (taken < output.length) template.push(printed(output.slice(taken)));
  return { ok: true, template };
}

/** Falco prints the texts between fields as C strings. */
function printed(text: string): string {
  const nul = text.indexOf('\0');
  return nul === -1 ? text : text.slice(0, nul);
}
