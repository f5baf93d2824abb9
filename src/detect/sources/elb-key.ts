/*
 * [prefix/]AWSLogs/[o-orgid/]ACCOUNT/elasticloadbalancing/REGION/YYYY/MM/DD/FILE
 * FILE: [conn_log_|health_check_log_]ACCOUNT_elasticloadbalancing_REGION_…_YYYYMMDDThhmmZ_….log[.gz]
 * and one test file for each kind of log: [prefix/]AWSLogs/ACCOUNT/ELBAccessLogTestFile
 */

/** Why an object is not read; undefined for an ELB log. Logs that were moved count by their file's name alone. */
export function reasonToSkip(key: string): string | undefined {
  const file = key.slice(key.lastIndexOf('/') + 1);
  if (file === '') return 'a folder marker';
  if (/^ELB(Access|Connection|HealthCheck)LogTestFile$/.test(file))
    return 'the test file that AWS writes when logging is switched on';
  if (!file.includes('_elasticloadbalancing_') && !key.includes('/elasticloadbalancing/')) return 'not an ELB log';
  if (file.endsWith('.parquet')) return 'a Parquet file: only ELB logs as text are read';
  return undefined;
}
