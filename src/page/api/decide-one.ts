import type { AlertDetail, TriageState } from '../../triage/answers.ts';
import type { TriageStatus } from '../../triage/status.ts';
import { request } from './request.ts';

/**
 * Decides on an alert whose state this page has not read, as it is at this moment. Only what is named is changed: the
 * note and the assignee that somebody else wrote stay.
 */
export async function decideOne(
  id: string,
  edit: { readonly status?: TriageStatus; readonly assignee?: string; readonly note?: string },
): Promise<TriageState> {
  const path = `/api/alerts/${encodeURIComponent(id)}`;
  const { triage } = await request<AlertDetail>('GET', path);
  return request<TriageState>('PATCH', path, { version: triage.version, ...edit });
}
