import { z } from 'zod';
import { parseDurationMs } from './duration.ts';
import { compileGoTemplate, type GoTemplate, GoTemplateError } from './go-template.ts';
import { Secret } from './secret.ts';

/** A text of the config that must never be shown. */
export const secretText = z
  .string()
  .min(1)
  .transform((value) => new Secret(value));

/** As `secretText`, and a URL that can be called. What is wrong with it is said without repeating it. */
export const secretUrl = z
  .string()
  .refine(
    (value) => /^https?:\/\//.test(value) && URL.canParse(value),
    'write a URL beginning with https:// or http://',
  )
  .transform((value) => new Secret(value));

/** `30s`, `5m`: milliseconds. */
export const durationMs = z
  .string()
  .refine((text) => parseDurationMs(text) !== undefined, 'write a duration such as 30s, 5m or 1h')
  .transform((text) => parseDurationMs(text) ?? 0);

/** As `durationMs`, and more than nothing. */
export const positiveDurationMs = durationMs.refine(
  (ms) => ms > 0,
  'write a duration of more than nothing, such as 500ms or 30s',
);

/** A Go template, compiled: what it cannot be is said with its place in the config. */
export const goTemplate = z.string().transform((text, context): GoTemplate => {
  try {
    return compileGoTemplate(text);
  } catch (error) {
    const message = error instanceof GoTemplateError ? error.message : String(error);
    context.issues.push({ code: 'custom', message, input: text });
    return z.NEVER;
  }
});
