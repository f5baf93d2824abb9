import { parseDocuments } from '../yaml/parse-documents.ts';
import { YamlError } from '../yaml/yaml-error.ts';
import { checkKeys } from './check-keys.ts';
import { Context } from './context.ts';
import { LoadError } from './load-error.ts';
import type { RulesSource } from './rules-source.ts';
import type { YamlNode } from './yaml-node.ts';

/** Larger rules files are refused: the largest public ones have 0.3 MB. In UTF-16 units. */
export const maxFileLength = 4 * 1024 * 1024;

/**
 * The pass `read`, first half: a file's text as YAML documents, the way yaml-cpp gives them to Falco: scalars are never
 * typed, tags say nothing, `<<` is an ordinary key.
 */
export function readYaml(source: RulesSource): YamlNode[] {
  if (source.text.length > maxFileLength) {
    throw yamlError(source, 0, `The file has ${source.text.length} characters; at most ${maxFileLength} are read`);
  }
  try {
    const documents = parseDocuments(source);
    for (const document of documents) checkKeys(document);
    return documents;
  } catch (error) {
    throw error instanceof YamlError ? yamlError(source, error.offset, error.message) : error;
  }
}

function yamlError(source: RulesSource, offset: number, message: string): LoadError {
  return new LoadError(
    'LOAD_ERR_YAML_PARSE',
    message,
    Context.ofFile(source).child('value for', '', { source, offset, length: 1 }),
  );
}
