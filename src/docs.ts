import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { configJsonSchema } from './config/schema.ts';

// `npm run docs`: writes the files that are generated from the code. A test fails when one of them is out of date.
const schemaPath = fileURLToPath(new URL('../config/schema.json', import.meta.url));
writeFileSync(schemaPath, `${JSON.stringify(configJsonSchema(), null, 2)}\n`);
