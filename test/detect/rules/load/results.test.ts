import { describe, expect, it } from 'vitest';
import { findingsAsFalcoJson, findingsAsText } from '../../../../src/detect/rules/load/results.ts';
import { loadTexts, ruleText } from '../../../support/rules-bench.ts';

describe('the result of loading', () => {
  const { files } = loadTexts([
    ruleText('web.status = 1'),
    ruleText('web.status = 1', ['colour: red']),
    ruleText('web.status = 1 and nobody'),
  ]);

  it('reads as `falco --validate` prints it, with a caret under the offending text', () => {
    expect(findingsAsText(files)).toBe(`0.yaml: Ok
1.yaml: Ok, with warnings
1 Warnings:
In rules content: (1.yaml:1:1)
    rule 'r': (1.yaml:1:3)
    value for 'colour': (1.yaml:7:3)
------
  colour: red
  ^^^^^^
------
LOAD_UNKNOWN_KEY (Unknown key in item definition): Unknown key 'colour'. The key will be ignored.
2.yaml: Invalid
1 Errors:
In rules content: (2.yaml:1:1)
    rule 'r': (2.yaml:1:3)
    condition expression: (2.yaml:3:33)
------
  condition: web.status = 1 and nobody
                                ^^^^^^
------
LOAD_ERR_VALIDATE (Error validating rule/macro/list/exception objects): Undefined macro 'nobody' used in filter.
`);
  });

  it("is Falco's JSON for programs, which counts lines and columns from 0", () => {
    const { falco_load_results: results } = findingsAsFalcoJson(files);
    expect(results.map(({ name, successful }) => [name, successful])).toEqual([
      ['0.yaml', true],
      ['1.yaml', true],
      ['2.yaml', false],
    ]);
    expect(results[2]?.errors).toEqual([
      {
        code: 'LOAD_ERR_VALIDATE',
        codedesc: 'Error validating rule/macro/list/exception objects',
        message: "Undefined macro 'nobody' used in filter.",
        context: {
          locations: [
            { item_type: 'rules content', item_name: '', position: { name: '2.yaml', line: 0, column: 0, offset: 0 } },
            { item_type: 'rule', item_name: 'r', position: { name: '2.yaml', line: 0, column: 2, offset: 2 } },
            {
              item_type: 'condition expression',
              item_name: '',
              position: { name: '2.yaml', line: 2, column: 32, offset: 52 },
            },
          ],
          snippet: '  condition: web.status = 1 and nobody\n                                ^^^^^^\n',
        },
      },
    ]);
  });
});
