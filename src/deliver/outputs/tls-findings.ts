import type { TlsSettings } from '../../base/tls-settings.ts';
import type { OutputFinding, OutputTools } from './output.ts';

/** What is to say of an output's `tls`: files that cannot be used, and settings that leave alerts without protection. */
export async function tlsFindings(
  tls: TlsSettings | undefined,
  url: string,
  { resolvePath }: Pick<OutputTools, 'resolvePath'>,
): Promise<readonly OutputFinding[]> {
  if (tls === undefined) return [];
  const { readTlsFiles, TlsFilesError } = await import('../../base/tls-files.ts');
  const found: OutputFinding[] = await readTlsFiles(tls, resolvePath).then(
    () => [],
    (error: unknown) => {
      if (!(error instanceof TlsFilesError)) throw error;
      return error.problems.map(({ path, message }) => ({ severity: 'error', path: ['tls', ...path], message }));
    },
  );
  if (!url.startsWith('https:'))
    found.push({
      severity: 'warning',
      path: ['tls'],
      message: 'the address begins with http://, so this does nothing',
    });
  else if (!tls.check_certificate)
    found.push({
      severity: 'warning',
      path: ['tls', 'check_certificate'],
      message:
        'the receiver’s certificate is NOT checked: anyone on the way can read the alerts and take them. Name its authority in tls.ca_files instead',
    });
  return found;
}
