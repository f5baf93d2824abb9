export function runBundle(file: string, use: string): unknown;
