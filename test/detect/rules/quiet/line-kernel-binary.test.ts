import { expect, it } from 'vitest';
import { kernelBinary } from '../../../../src/detect/rules/quiet/line-kernel-binary.ts';
import { textBinary } from '../../../../src/detect/rules/quiet/line-text-binary.ts';
import { compiledKernel } from '../../../support/compiled-kernel.ts';

it('is what kernel/line-kernel.ts compiles to: after a change there, `npm run kernel`', { timeout: 60_000 }, () => {
  expect(compiledKernel('line-kernel')).toBe(kernelBinary);
});

it('is what kernel/line-text.ts compiles to', { timeout: 60_000 }, () => {
  expect(compiledKernel('line-text')).toBe(textBinary);
});
