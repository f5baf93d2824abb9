/** `node healthy.ts URL`: exit code 0 when the URL answers with success. The image has neither curl nor wget that we count on. */
const [, , url = ''] = process.argv;
const answer = await fetch(url).catch(() => undefined);
process.exit(answer?.ok === true ? 0 : 1);
