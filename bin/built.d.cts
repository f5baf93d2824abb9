export const builtFrom: string;
export function isBuilt(root: string): boolean;
export function listOf(root: string, paths: readonly string[]): string;
