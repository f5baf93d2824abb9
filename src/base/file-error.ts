/** Why a file or folder that a person named cannot be read, as the end of a sentence. */
export function sayFileError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  switch ('code' in error ? error.code : undefined) {
    case 'ENOENT':
      return 'there is no such file or folder';
    case 'ENOTDIR':
      return 'a part of its path is a file and no folder';
    case 'EISDIR':
      return 'it is a folder; name a file';
    case 'EACCES':
    case 'EPERM':
      return 'no permission to read it';
    default:
      return error.message;
  }
}
