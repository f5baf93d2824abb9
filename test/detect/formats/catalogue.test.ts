import { describe, expect, it } from 'vitest';
import { awselbSource, catalogue } from '../../../src/detect/formats/catalogue.ts';
import type { EventSource } from '../../../src/detect/rules/engine.ts';
import { formats } from '../../../src/detect/formats/registry.ts';

describe('the field catalogue', () => {
  it('names every field once, as a Falco plugin may', () => {
    const names = catalogue.map((row) => row.name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^awselb\.[a-z_]+$/);
  });

  it('says of each in one sentence what it is', () => {
    for (const row of catalogue)
      expect([row.name, row.about]).toEqual([row.name, expect.stringMatching(/^[A-Z].{10,160}\.$/)]);
  });

  it('has no field that no format can fill', () => {
    const filled = new Set(formats.flatMap((format) => format.fields.map((field) => field.name)));
    expect(catalogue.map((row) => row.name).filter((name) => !filled.has(name))).toEqual([]);
  });

  it('has the fields of the registered awselb plugin 0.1.0, so that its rules load', () => {
    const registered =
      'request_type timestamp name client_ip client_port target_ip target_port request_processing_time target_processing_time ' +
      'response_processing_time elb_status_code target_status_code received_bytes sent_bytes request_verb request_url ' +
      'request_proto user_agent ssl_cipher ssl_protocol target_group_arn trace_id domain_name chosen_cert_arn ' +
      'matched_rule_priority request_creation_time actions_executed redirect_url error_reason target_port_list ' +
      'target_status_code_list classification classification_reason conn_trace_id';
    const names: readonly string[] = catalogue.map((row) => row.name);
    expect(registered.split(' ').filter((name) => !names.includes(`awselb.${name}`))).toEqual([]);
  });

  it('is what the rules engine takes as an event source', () => {
    const source: EventSource = awselbSource;
    expect(source.plugin).toEqual({ name: 'awselb', version: '0.1.0' });
    expect(formats.every((format) => format.eventSource === source.name)).toBe(true);
  });
});
