import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileGoTemplate, GoTemplateError } from '../../src/base/go-template.ts';

const data = {
  'k8s.ns.name': 'prod',
  a: 'x',
  empty: '',
  zero: 0,
  big: 1795216177029160001n,
  list: ['p', 1, null],
  map: { key: 'inside', b: true },
  quote: 'say "hi"',
};

describe('a Go template', () => {
  it.each([
    ['plain', 'plain'],
    ['{{ .a }}', 'x'],
    ['{{.a}}{{ .map.key }}', 'xinside'],
    ['{{ index . "k8s.ns.name" }}', 'prod'],
    ['{{ index .map "key" }}', 'inside'],
    ['{{ index . `a` }}', 'x'],
    ['{{ .missing }}', '<no value>'],
    ['{{ .a.b.c }}', '<no value>'],
    ['{{ .constructor }}', '<no value>'],
    ['{{ .big }}', '1795216177029160001'],
    ['{{ .list }} {{ .map }}', '[p 1 <no value>] map[b:true key:inside]'],
    ['{{ or .empty .missing "none" }}', 'none'],
    ['{{ or .a "none" }}', 'x'],
    ['{{ and .a .zero }}', '0'],
    ['{{ not .a }}', 'false'],
    ['{{ eq .a "y" "x" }} {{ ne .a "x" }}', 'true false'],
    ['{{ len .list }} {{ len .a }}', '3 1'],
    ['{{ print .a "-" .zero }}', 'x-0'],
    ['{{ printf "%s is %v, %d%% %q" .a .map.b 5 .quote }}', 'x is true, 5% "say \\"hi\\""'],
    ['{{ .a | printf "%s!" | print "<" }}', '<x!'],
    ['{{ (or .empty (index . "k8s.ns.name")) | print }}', 'prod'],
    ['{{ if .a }}yes{{ else }}no{{ end }}', 'yes'],
    ['{{ if .zero }}yes{{ else if eq .a "x" }}x{{ else }}no{{ end }}!', 'x!'],
    ['{{ if .zero }}yes{{ else if .empty }}x{{ else }}no{{ end }}!', 'no!'],
    ['{{ if .missing }}yes{{ end }}', ''],
    ['{{ if .a }}{{ if .empty }}1{{ end }}2{{ end }}', '2'],
    ['a  {{- .a -}}  b', 'axb'],
    ['a {{/* a comment */}}b', 'a b'],
    ['{{ "}}" }}', '}}'],
    ['{ not } {a}', '{ not } {a}'],
  ])('renders %j as %j', (template, expected) => {
    expect(compileGoTemplate(template)(data)).toBe(expected);
  });

  it.each([
    '{{ .a',
    '{{ range .list }}{{ end }}',
    '{{ with .a }}{{ end }}',
    '{{ $x := .a }}',
    '{{ upper .a }}',
    '{{ .a .b }}',
    '{{ .a | .b }}',
    '{{ ( .a }}',
    '{{ ) }}',
    '{{ if .a }}',
    '{{ if .a }}{{ else }}{{ else }}{{ end }}',
    '{{ end }}',
    '{{ else }}',
    '{{ if }}x{{ end }}',
    '{{ "\\x" }}',
    `${'{{ if .a }}'.repeat(30)}${'{{ end }}'.repeat(30)}`,
  ])('refuses %j when it is compiled', (template) => {
    expect(() => compileGoTemplate(template)).toThrow(GoTemplateError);
  });

  it('never throws once compiled, and its length is bounded', () => {
    const piece = fc.constantFrom(
      '{{ .a }}',
      '{{ if .b }}',
      '{{ end }}',
      '{{ else }}',
      '{{ or .a .b }}',
      'x',
      '{{',
      '}}',
      '{{ index . "c" | len }}',
      '(',
    );
    fc.assert(
      fc.property(fc.array(piece), fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.jsonValue()), (pieces, values) => {
        let render: ((given: Record<string, never>) => string) | undefined;
        try {
          render = compileGoTemplate(pieces.join(''));
        } catch (error) {
          expect(error).toBeInstanceOf(GoTemplateError);
        }
        if (render !== undefined) expect(typeof render(values as Record<string, never>)).toBe('string');
      }),
    );
    expect(compileGoTemplate('{{ .a }}')({ a: 'x'.repeat(100_000) })).toHaveLength(65_536);
  });
});
