import { findPackageJSON } from 'node:module';
import { dirname } from 'node:path';

/** The package's folder, where `config/` and `rules/` stand, whether this runs from `src/` or from `dist/`. */
export const packageRoot = dirname(findPackageJSON('.', import.meta.url) ?? import.meta.dirname);

/** The folder of the built program (bin/build.mjs), made anew whenever the code changes; undefined where `src/` runs. */
export const builtFolder = import.meta.url.endsWith('.ts') ? undefined : import.meta.dirname;
