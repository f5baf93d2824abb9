/** An alert of the ELB source as a Falco posts it, told apart by `n`. */
export function falcoAlert(n: number | string, given: Readonly<Record<string, unknown>> = {}): object {
  const { fields = {}, ...more } = given;
  return {
    hostname: 'falco',
    rule: `Rule ${n}`,
    priority: 'Warning',
    source: 'awselb',
    output: `Something happened (${n})`,
    tags: ['test'],
    time: new Date().toISOString(),
    output_fields: {
      'awselb.client_ip': '198.18.3.201',
      'awselb.request_verb': 'GET',
      'awselb.request_path': `/path/${n}`,
      'awselb.request_host': 'shop.example',
      'awselb.name': 'app/shop/50dc6c495c0c9188',
      'awselb.elb_status_code': 404,
      'awselb.user_agent': `agent ${n}`,
      ...(fields as object),
    },
    ...more,
  };
}
