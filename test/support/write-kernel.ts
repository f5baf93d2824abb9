// `npm run kernel`: compiles kernel/line-kernel.ts into src/detect/rules/quiet/line-kernel-binary.ts.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compiledKernel } from './compiled-kernel.ts';

const lines = compiledKernel().match(/.{1,110}/g) ?? [];
const code = lines.map((line) => `  '${line}'`).join(' +\n');
writeFileSync(
  join(import.meta.dirname, '../../src/detect/rules/quiet/line-kernel-binary.ts'),
  `// Compiled from kernel/line-kernel.ts by \`npm run kernel\`.\nexport const kernelBinary =\n${code};\n`,
);
