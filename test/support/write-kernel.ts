// `npm run kernel`: compiles kernel/NAME.ts into src/detect/rules/quiet/NAME-binary.ts.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compiledKernel, type KernelName } from './compiled-kernel.ts';

write('line-kernel', 'kernelBinary');
write('line-text', 'textBinary');

function write(name: KernelName, constant: string): void {
  const lines = compiledKernel(name).match(/.{1,110}/g) ?? [];
  const code = lines.map((line) => `  '${line}'`).join(' +\n');
  writeFileSync(
    join(import.meta.dirname, `../../src/detect/rules/quiet/${name}-binary.ts`),
    `// Compiled from kernel/${name}.ts by \`npm run kernel\`.\nexport const ${constant} =\n${code};\n`,
  );
}
