import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { attackLog } from '../support/attack-logs.ts';
import { axeFindings, noBrowser, openBrowser, type WatchedPage, watchedPage } from '../support/browser.ts';
import { falcoAlert } from '../support/falco-alert.ts';
import { type PageService, startPageService } from '../support/page-service.ts';

const hourMs = 3_600_000;

/** What comes true by and by; a machine that has other work takes its time. */
const soon = <T>(look: () => T) => expect.poll(look, { timeout: 20_000 });

describe.skipIf(noBrowser !== '')(`the triage page in a browser${noBrowser && ` (skipped: ${noBrowser})`}`, () => {
  let browser: Browser;
  let service: PageService;
  const tabs: WatchedPage[] = [];

  const tab = async (path = '/', options: Parameters<typeof watchedPage>[2] = {}): Promise<WatchedPage> => {
    const watched = await watchedPage(browser, service.url, options);
    tabs.push(watched);
    await watched.page.goto(path);
    await watched.page.locator('.alert-row, .group-row, .empty-state').first().waitFor();
    return watched;
  };

  beforeAll(async () => {
    service = await startPageService({ log: attackLog(Date.now() - 60_000, 300, 6 * hourMs) });
    browser = await openBrowser();
  });

  afterEach(async () => {
    const wrongs = tabs.flatMap(({ wrongs }) => wrongs);
    await Promise.all(tabs.splice(0).map((each) => each.close()));
    expect(wrongs).toEqual([]);
  });

  afterAll(async () => {
    await browser?.close();
    await service?.stop();
  });

  it('loads in less than 300 kB, with nothing from elsewhere', async () => {
    const { page, transferred } = await tab();
    await page.getByText('Live', { exact: true }).waitFor();
    await soon(() => page.locator('.alert-row').count()).toBeGreaterThan(50);
    await soon(() => page.locator('.world .dot').count()).toBeGreaterThan(5);
    const bytes = await transferred();
    expect(bytes).toBeLessThan(300_000);
    expect(bytes).toBeGreaterThan(30_000);
  });

  it('shows an alert within seconds of its arrival, without a reload', async () => {
    const { page } = await tab();
    await page.getByText('Live', { exact: true }).waitFor();
    const total = await page.locator('.timeline-told b').textContent();
    await service.post([falcoAlert('live')]);
    await page.locator('.alert-row').first().getByText('Rule live').waitFor();
    await soon(() => page.locator('.timeline-told b').textContent()).not.toBe(total);
  });

  it('holds new alerts back while it is paused, and lets them in when asked', async () => {
    const { page } = await tab();
    await page.getByText('Live', { exact: true }).waitFor();
    await page.keyboard.press('p');
    await page.getByText('Paused', { exact: true }).waitFor();
    await service.post([falcoAlert('held back')]);
    await page.getByRole('button', { name: 'Show 1 new alert' }).waitFor();
    expect(await page.getByText('Rule held back').count()).toBe(0);
    await page.getByRole('button', { name: 'Show 1 new alert' }).click();
    await page.locator('.alert-row').first().getByText('Rule held back').waitFor();
  });

  it('filters by a click on the map, says so in the address, and goes back', async () => {
    const { page } = await tab();
    await page.locator('.world a[data-country="BR"] .land').click();
    await page.waitForURL('**/?country=BR');
    await page.locator('.chip', { hasText: 'Brazil' }).waitFor();
    await soon(() => page.locator('.alert-row .country-code').allTextContents()).toEqual(
      expect.not.arrayContaining(['VN']),
    );
    await page.goBack();
    await page.locator('.chip').waitFor({ state: 'detached' });
    await page.goForward();
    await page.locator('.chip', { hasText: 'Brazil' }).click();
    await page.waitForURL(`${service.url}/`);
  });

  it('filters by the city whose dot is clicked', async () => {
    const { page } = await tab();
    await page.locator('.world a[data-city="São Paulo"]').click();
    await page.waitForURL((url) => url.searchParams.get('city') === 'BR São Paulo');
    await page.locator('.chip', { hasText: 'São Paulo, Brazil' }).waitFor();
    await page.locator('.world .dot.chosen').waitFor();
    await soon(() => page.locator('.alert-row .country-code').allTextContents()).toEqual(
      expect.not.arrayContaining(['VN']),
    );
    await page.locator('.alert-row .country-code', { hasText: 'BR' }).first().waitFor();
  });

  it('zooms in where one drags over the timeline', async () => {
    const { page } = await tab();
    const box = await page.locator('.timeline svg').boundingBox();
    if (box === null) throw new Error('there is no timeline');
    await page.mouse.move(box.x + box.width * 0.4, box.y + 30);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.6, box.y + 30, { steps: 4 });
    await page.mouse.up();
    await page.waitForURL(/since=.*until=/);
    await page.locator('.chip', { hasText: 'time' }).waitFor();
  });

  it('narrows down by priority, the most urgent first', async () => {
    const { page } = await tab();
    const urgent = page.locator('.top-list', { hasText: 'Priorities' }).locator('.top-value').first();
    const [priority, alerts] = await Promise.all(
      ['.top-name', '.top-count'].map((part) => urgent.locator(part).innerText()),
    );
    expect(priority).toBe('Error');
    await urgent.click();
    await page.waitForURL('**/?priority=Error');
    await page.locator('.chip', { hasText: 'Error' }).waitFor();
    await soon(() => page.locator('.timeline-told b').textContent()).toBe(alerts?.replace(/\s+/, ' '));
    const badges = page.locator('.alert-row .priority');
    await soon(() => badges.evaluateAll((all) => [...new Set(all.map((one) => one.getAttribute('title')))])).toEqual([
      'Error',
    ]);
  });

  it('narrows down by top lists, search and status, one after another', async () => {
    const { page } = await tab();
    await page.locator('.top-value', { hasText: 'Secret File Requested' }).click();
    await page.locator('.chip', { hasText: 'Secret File Requested' }).waitFor();
    await page.getByRole('searchbox').fill('198.18.1.0/24');
    await page.keyboard.press('Enter');
    await page.locator('.chip', { hasText: '198.18.1.0/24' }).waitFor();
    await page.getByRole('searchbox').fill('git');
    await page.keyboard.press('Enter');
    await page.locator('.chip', { hasText: 'text' }).waitFor();
    await soon(async () => new Set(await page.locator('.alert-row .row-request').allTextContents())).toEqual(
      new Set(['404GET /.git/config']),
    );
    expect(new URL(page.url()).search).toBe('?q=git&rule=Secret+File+Requested&ip=198.18.1.0%2F24');
  });

  it('tells everything about an alert', async () => {
    const { page } = await tab('/?rule=PHPUnit+Remote+Code');
    await page.locator('.alert-link').first().click();
    const detail = page.getByRole('complementary', { name: 'Alert' });
    await detail.locator('.sentence', { hasText: /asked shop for GET \S*\/vendor\/phpunit/ }).waitFor();
    await detail.getByText('CVE-2017-9841', { exact: true }).waitFor();
    const verdict = detail.getByRole('list', { name: 'Why it matched' });
    expect(await verdict.innerText()).toMatch(
      /contains eval-stdin\.php\s+awselb\.request_uri_decoded\s+\/vendor\/phpunit/,
    );
    await detail.getByText('The whole condition', { exact: true }).click();
    expect(await detail.locator('.condition').innerText()).toContain('eval-stdin.php');
    await soon(() => detail.locator('.globe').count()).toBe(1);
    expect(await detail.locator('.origin-object').first().innerText()).toMatch(/^line \d+ of .*4c323b1d\.log$/);
    await detail.locator('.delivery li', { hasText: 'file' }).waitFor();
    await detail.getByText('Exception', { exact: true }).click();
    await detail.locator('.snippet pre', { hasText: 'exceptions' }).waitFor();
    await detail.getByText('All fields', { exact: true }).click();
    await detail.getByText('awselb.event_id', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Close the alert' }).click();
    await detail.waitFor({ state: 'detached' });
  });

  it('opens the alert that a link from Slack names', async () => {
    const { page } = await tab();
    const id = await page.locator('[data-alert]').first().getAttribute('data-alert');
    await page.goto(`/alerts/${id}`);
    await page.locator('.sentence').waitFor();
    expect(page.url()).toBe(`${service.url}/?alert=${id}`);
  });

  it('shows a burst as one row that opens to its alerts', async () => {
    await service.post(Array.from({ length: 30 }, (_, n) => falcoAlert(`b${n}`, { rule: 'Burst' })));
    const { page } = await tab('/?view=groups&rule=Burst');
    const group = page.locator('.group-row');
    await group.getByText('30×').waitFor();
    await group.locator('.group-head').click();
    await soon(() => group.locator('.alert-row').count()).toBe(20);
    await group.getByText('All 30 alerts of this group').click();
    await soon(() => page.locator('.alert-list .alert-row').count()).toBe(30);
  });

  it('has no serious problem of accessibility: list, alert, groups, help, light and dark', async () => {
    const { page } = await tab();
    await page.locator('.alert-link').first().click();
    await page.locator('.neighbours').waitFor();
    await page.getByText('All fields', { exact: true }).click();
    expect(await axeFindings(page)).toEqual([]);
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await axeFindings(page)).toEqual([]);
    await page.goto('/?view=groups&country=NL');
    await page.locator('.group-row').first().waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
    expect(await axeFindings(page)).toEqual([]);
  });

  it('can be worked through by keyboard alone', async () => {
    const { page } = await tab();
    const opened = (): string | null => new URL(page.url()).searchParams.get('alert');
    const rows = await page
      .locator('[data-alert]')
      .evaluateAll((all) => all.map((one) => one.getAttribute('data-alert')));
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await page.keyboard.press('k');
    await page.keyboard.press('Enter');
    expect(opened()).toBe(rows[0]);
    await page.locator('.sentence').waitFor();
    await page.keyboard.press('j');
    await soon(opened).toBe(rows[1]);
    await page.keyboard.press('e');
    await page.locator('.status-choice input:focus').waitFor();
    await page.keyboard.press('ArrowRight');
    await page.locator('.status-choice .chosen', { hasText: 'Investigating' }).waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.type('keys');
    await page.keyboard.press('Enter');
    await page.locator('.triage-actions', { hasText: 'Saved' }).waitFor();
    await page.locator('.alert-row.open', { hasText: 'keys' }).waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await soon(opened).toBe(null);
    expect(await page.evaluate('document.activeElement.dataset.alert')).toBe(rows[1]);
    await page.keyboard.press('x');
    await page.getByText('1 marked').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('phpunit');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/?q=phpunit');
  });

  it('goes through groups by keyboard, opens one, and takes marks back', async () => {
    const { page } = await tab('/?view=groups&country=NL');
    await page.locator('.group-head').nth(1).waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    const inside = page.locator('.group-row').nth(1).locator('.alert-link');
    await inside.first().waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.locator('.sentence').waitFor();
    expect(new URL(page.url()).searchParams.get('alert')).toBe(await inside.first().getAttribute('data-alert'));
    await page.keyboard.press('Escape');
    await page.keyboard.press('g');
    await page.locator('.alert-list').waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('x');
    await page.getByText('1 marked').waitFor();
    await page.keyboard.press('e');
    await page.locator('.bulk select:focus').waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await soon(() => page.locator('.bulk').count()).toBe(0);
  });

  it('loses nothing when two people decide on one alert', async () => {
    await service.post([falcoAlert('contended')]);
    const path = '/?rule=Rule+contended';
    const [one, two] = [await tab(path, { expectedStatuses: [409] }), await tab(path, { expectedStatuses: [409] })].map(
      ({ page }) => page,
    );
    if (one === undefined || two === undefined) throw new Error('two tabs were opened');
    for (const page of [one, two]) {
      await page.locator('.alert-link').first().click();
      await page.locator('.triage-form').waitFor();
    }
    await two.getByLabel('Note').fill('a scanner of ours');
    await one.getByRole('radio', { name: 'True positive' }).check();
    await one.getByLabel('Note').fill('a real attack');
    await one.getByRole('button', { name: 'Save' }).click();
    await one.locator('.triage-actions', { hasText: 'Saved' }).waitFor();
    // The other one is told while writing, keeps the text, and takes the status over.
    await two.getByText('changed this while you were writing').waitFor();
    expect(await two.getByLabel('Note').inputValue()).toBe('a scanner of ours');
    await two.locator('.status-choice .chosen', { hasText: 'True positive' }).waitFor();
    expect(await two.getByRole('button', { name: 'Save' }).isDisabled()).toBe(true);
    await two.getByRole('button', { name: 'Keep both' }).click();
    await two.getByRole('button', { name: 'Save' }).click();
    await two.locator('.triage-actions', { hasText: 'Saved' }).waitFor();
    await soon(() => one.getByLabel('Note').inputValue()).toBe('a real attack\n\na scanner of ours');
    await soon(() => two.locator('.history li').count()).toBe(2);
  });

  it('decides on all that a filter matches', async () => {
    await service.post(Array.from({ length: 5 }, (_, n) => falcoAlert(`all${n}`, { rule: 'Decide all' })));
    const { page } = await tab('/?rule=Decide+all');
    await soon(() => page.locator('.alert-row').count()).toBe(5);
    await page.getByRole('button', { name: 'Decide on all' }).click();
    // Nothing is decided that nobody said.
    await page.locator('.bulk select:focus').waitFor();
    expect(await page.getByRole('button', { name: 'Decide 5' }).isDisabled()).toBe(true);
    await page.locator('.bulk select').selectOption('False positive');
    await page.locator('.bulk').getByLabel('Note').fill('our own scanner');
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Decide 5' }).click();
    await soon(() => page.locator('.alert-row .status-false_positive').count()).toBe(5);
  });

  it.each([320, 390, 1100, 1280])('shows every status %i pixels wide, beside an open alert too', async (width) => {
    const { page } = await tab('/', { viewport: { width, height: 800 } });
    await page.locator('.alert-link').first().click();
    await page.locator('.detail h2').first().waitFor();
    if (width < 1000) await page.goBack();
    expect(await page.locator('.status-tabs').evaluate((tabs) => tabs.scrollWidth - tabs.clientWidth)).toBe(0);
  });

  it('fits a phone: nothing is wider than the screen, and the alert covers the list', async () => {
    const { page } = await tab('/', { viewport: { width: 390, height: 844 }, hasTouch: true });
    const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
    expect(await page.evaluate(overflow)).toBe(0);
    await page.getByRole('link', { name: 'Overview' }).click();
    await page.locator('.world').waitFor();
    expect(await page.evaluate(overflow)).toBe(0);
    const menus = page.locator('.header .menu');
    expect(await menus.count()).toBe(3);
    for (const menu of await menus.all()) {
      await menu.locator('summary').click();
      const { x = -1, width = 0 } = (await menu.locator('.menu-body').boundingBox()) ?? {};
      expect([x >= 0, x + width <= 390]).toEqual([true, true]);
      await page.keyboard.press('Escape');
    }
    await page.getByRole('link', { name: 'Alerts', exact: true }).click();
    await page.locator('.alert-link').first().click();
    await page.locator('.sentence').waitFor();
    const box = await page.locator('.detail').boundingBox();
    expect(box).toMatchObject({ x: 0, y: 0, width: 390 });
    expect(await page.evaluate(overflow)).toBe(0);
    expect(await axeFindings(page)).toEqual([]);
  });

  it('is dark where the system is, and as its own switch says', async () => {
    const { page } = await tab('/', { colorScheme: 'dark' });
    const ground = (): Promise<string> => page.evaluate('getComputedStyle(document.body).backgroundColor');
    const dark = await ground();
    await page.getByRole('button', { name: /^Theme/ }).click();
    await soon(ground).not.toBe(dark);
    const light = await ground();
    await page.reload();
    await soon(ground).toBe(light);
  });

  it('shows hostile text as text', async () => {
    const agent = 'A'.repeat(1_000_000);
    await service.post([
      falcoAlert('hostile', {
        rule: '<img src=x onerror=alert(1)>',
        output: 'javascript:alert(2) \u202Egnp.exe\u202C \u001b[2J <script>alert(3)</script>',
        fields: {
          'awselb.request_path': '/"><svg onload=alert(4)>\u202E/cod.txt',
          'awselb.user_agent': agent,
          'awselb.request_url': 'javascript:alert(5)',
        },
      }),
    ]);
    const { page } = await tab('/?q=hostile&ip=198.18.3.201');
    await page.goto('/?rule=' + encodeURIComponent('<img src=x onerror=alert(1)>'));
    const row = page.locator('.alert-row').first();
    await row.getByText('<img src=x onerror=alert(1)>').waitFor();
    await row.getByText('U+202E').waitFor();
    await row.locator('.alert-link').click();
    await page.locator('.detail h2', { hasText: '<img src=x onerror=alert(1)>' }).waitFor();
    await page.locator('.origin', { hasText: 'ESC' }).waitFor();
    await page.getByText('All fields', { exact: true }).click();
    const field = page.locator('.field-table tr', { hasText: 'awselb.user_agent' });
    expect((await field.innerText()).length).toBeLessThan(2_000);
    await field.getByRole('button', { name: 'show all (1,000,000 characters)' }).click();
    expect((await field.innerText()).length).toBeGreaterThan(1_000_000);
    expect(await page.locator('[href^="javascript"], .detail img, .detail script').count()).toBe(0);
    expect(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBe(0);
  });

  it('says when the service is gone, and goes on when it is back', async () => {
    const { page } = await tab('/', { expectedStatuses: [503] });
    await page.getByText('Live', { exact: true }).waitFor();
    await page.route('**/api/**', (route) => route.fulfill({ status: 503, json: { error: 'Back in a minute.' } }));
    await page.getByRole('link', { name: 'Groups' }).click();
    await page.getByText('Back in a minute.').first().waitFor();
    await page.unroute('**/api/**');
    await page.getByRole('button', { name: 'Try again' }).first().click();
    await page.locator('.group-row').first().waitFor();
    expect(await page.getByText('Back in a minute.').count()).toBe(0);
  });
});
