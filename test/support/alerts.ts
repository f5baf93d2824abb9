import { type Alert, alertId } from '../../src/alert/alert.ts';

/** An alert of our own making, as the embedded engine would raise it; `n` makes it another one. */
export function anAlert(n: number | string = 1, parts: Partial<Alert> = {}): Alert {
  return {
    id: alertId(`event ${n}`, parts.rule ?? 'Path scan'),
    time: '2026-11-20T23:09:37.029160000Z',
    rule: 'Path scan',
    priority: 'Warning',
    source: 'awselb',
    output: `23:09:37.029160000: Warning path scan (client=81.2.69.142 path=/wp-login.php n=${n})`,
    hostname: 'vm',
    tags: ['scan', 'web'],
    fields: {
      'awselb.client_ip': '81.2.69.142',
      'awselb.elb_status_code': 404,
      'awselb.request_path': '/wp-login.php',
      'evt.time': 1795216177029160000n,
    },
    ...parts,
  };
}

export function someAlerts(count: number, from = 1): Alert[] {
  return Array.from({ length: count }, (_, index) => anAlert(from + index));
}
