import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    reporters: ['default', './test/support/closing-line.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Two cores: more workers than that only make the journeys wait for each other.
    maxWorkers: 2,
    // As src/main.ts does, which says why.
    execArgv: ['--wasm-wrapper-tiering-budget=2000000000'],
  },
});
