import { join } from 'node:path';
import { packageRoot } from './base/package-root.ts';
import { writePage } from './http/page-files.ts';

// Run by `npm pack` behind bin/build.mjs: what is installed has no sources that a page could be bundled from.
await writePage(join(packageRoot, 'dist'));
