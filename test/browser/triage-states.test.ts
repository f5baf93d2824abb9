import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { axeFindings, noBrowser, openBrowser, type WatchedPage, watchedPage } from '../support/browser.ts';
import { falcoAlert } from '../support/falco-alert.ts';
import { type PageService, startPageService } from '../support/page-service.ts';

const users = `
ui:
  users:
    - { name: ann, password: "correct horse" }
    - { name: auditor, password: "battery staple", role: read-only }
`;

/** A service of the running test's own. */
const service = async (options: Parameters<typeof startPageService>[0] = {}): Promise<PageService> => {
  const started = await startPageService(options);
  onTestFinished(() => started.stop());
  return started;
};

const at = (hour: number): Record<string, string> => ({ time: `2026-11-20T0${hour}:00:00.000000000Z` });

const logIn = async (page: Page, user: string, password: string): Promise<void> => {
  await page.getByLabel('User').fill(user);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
};

describe.skipIf(noBrowser !== '')(`the triage page, else${noBrowser && ` (skipped: ${noBrowser})`}`, () => {
  let browser: Browser;
  const tabs: WatchedPage[] = [];

  const tab = async (origin: string, path = '/', options: Parameters<typeof watchedPage>[2] = {}): Promise<Page> => {
    const watched = await watchedPage(browser, origin, options);
    tabs.push(watched);
    await watched.page.goto(path);
    return watched.page;
  };

  beforeAll(async () => {
    browser = await openBrowser();
  });

  afterEach(async () => {
    const wrongs = tabs.flatMap((each) => each.wrongs);
    await Promise.all(tabs.splice(0).map((each) => each.close()));
    expect(wrongs).toEqual([]);
  });

  afterAll(async () => {
    await browser?.close();
  });

  it('asks who is reading, says when that is wrong, and leads to the alert that one came for', async () => {
    const { url, post } = await service({ more: users });
    await post([falcoAlert(1)]);
    const page = await tab(url, '/alerts/unknown', { expectedStatuses: [401, 404] });
    await page.getByRole('heading', { name: 'elb-sidekick' }).waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await logIn(page, 'ann', 'wrong horse');
    await page.getByText('This user and password are not known here.').waitFor();
    await logIn(page, 'ann', 'correct horse');
    await page.getByRole('heading', { name: 'This alert is not here' }).waitFor();
    await page.locator('.alert-link').first().click();
    await page.getByRole('radio', { name: 'Investigating' }).check();
    await page.getByRole('button', { name: 'me', exact: true }).click();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.locator('.history', { hasText: 'ann' }).waitFor();
    expect(await page.evaluate('document.cookie')).toBe('');
    await page.getByRole('button', { name: 'Close the alert' }).click();
    await page.locator('summary[aria-label="About and login"]').click();
    await page.getByText('IP Geolocation by DB-IP').waitFor();
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByRole('button', { name: 'Log in' }).waitFor();
  });

  it('logs out in every tab at once, and in again, and ends the session on the server', async () => {
    const { url, post } = await service({ more: users });
    await post([falcoAlert(1)]);
    const watched = await watchedPage(browser, url, { expectedStatuses: [401] });
    tabs.push(watched);
    const { page } = watched;
    await page.goto('/');
    await logIn(page, 'ann', 'correct horse');
    await page.locator('.alert-row').waitFor();
    const other = await page.context().newPage();
    await other.goto(url);
    await other.locator('.alert-row').waitFor();
    const copied = await page.context().cookies();
    await page.locator('summary[aria-label="About and login"]').click();
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByRole('button', { name: 'Log in' }).waitFor();
    await other.getByRole('button', { name: 'Log in' }).waitFor();
    const cookie = copied.map(({ name, value }) => `${name}=${value}`).join('; ');
    expect((await fetch(`${url}/api/stats`, { headers: { cookie } })).status).toBe(401);
    await logIn(other, 'ann', 'correct horse');
    await page.locator('.alert-row').waitFor();
  });

  it('lets those who may only read see everything and change nothing', async () => {
    const { url, post } = await service({ more: users });
    await post([falcoAlert(1)]);
    const page = await tab(url, '/', {});
    await logIn(page, 'auditor', 'battery staple');
    await page.locator('.alert-link').first().click();
    await page.getByText('You may read only').waitFor();
    expect(await page.getByRole('radio', { name: 'Investigating' }).isDisabled()).toBe(true);
    expect(await page.getByRole('button', { name: 'Save' }).count()).toBe(0);
    expect(await page.locator('.alert-row input').count()).toBe(0);
    expect(await page.getByText('Decide on all').count()).toBe(0);
  });

  it('says how to get the first alert while there is none, and shows it when it comes', async () => {
    const { url } = await service();
    const page = await tab(url);
    await page.getByRole('heading', { name: 'No alerts yet' }).waitFor();
    await page.getByText(`curl -X POST ${url}/test`).waitFor();
    await page.getByText(`url: ${url}/`).waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.getByText('Live', { exact: true }).waitFor();
    const answer = await fetch(`${url}/test`, { method: 'POST' });
    expect(answer.status).toBe(200);
    await page.locator('.alert-row', { hasText: 'Test rule' }).waitFor();
  });

  it('says that it loads where the service takes its time', async () => {
    const { url, post } = await service();
    await post([falcoAlert(1)]);
    const watched = await watchedPage(browser, url);
    tabs.push(watched);
    const { page } = watched;
    for (const slow of ['**/api/session', '**/api/alerts?*']) {
      const asked = Promise.withResolvers<void>();
      await page.route(slow, async (route) => {
        await asked.promise;
        await route.continue();
      });
      await page.goto('/');
      await page.getByText('Loading…', { exact: true }).waitFor();
      asked.resolve();
      await page.locator('.alert-row').waitFor();
      expect(await page.getByText('Loading…', { exact: true }).count()).toBe(0);
      await page.unroute(slow);
    }
  });

  it('opens the stream again after an answer that was none, as of a proxy while the service starts', async () => {
    const { url, post } = await service();
    await post([falcoAlert(1)]);
    const watched = await watchedPage(browser, url, { expectedStatuses: [502] });
    tabs.push(watched);
    const { page } = watched;
    await page.route('**/api/stream*', (route) => route.fulfill({ status: 502, body: 'no upstream' }));
    await page.goto('/');
    await page.getByText('Disconnected', { exact: true }).waitFor();
    await post([falcoAlert(2)]);
    await page.unroute('**/api/stream*');
    await page.getByText('Live', { exact: true }).waitFor();
    await page.locator('.alert-row', { hasText: 'Rule 2' }).waitFor();
  });

  it('says when a filter matches nothing, and shows all again', async () => {
    const { url, post } = await service();
    await post([{ ...falcoAlert(1), output: '18:24:04.000417000: Notice Weak TLS', output_fields: {} }]);
    const page = await tab(url, '/?rule=nothing');
    await page.getByRole('heading', { name: 'No alert matches' }).waitFor();
    await page.getByRole('link', { name: 'show all alerts' }).click();
    await page.locator('.alert-row').waitFor();
    // Without a request, what Falco printed stands there, time and priority not once more.
    expect(await page.locator('.row-request').innerText()).toBe('Weak TLS');
  });

  it('pages through many alerts, and stays in step with a burst', async () => {
    const { url, post } = await service();
    const many = 20_000;
    for (let sent = 0; sent < many; sent += 4_000)
      await post(Array.from({ length: 4_000 }, (_, n) => falcoAlert(sent + n, { rule: `Rule ${n % 7}` })));
    // The lists rest during a burst.
    const listed = async (): Promise<unknown> => (await fetch(`${url}/api/stats`)).json();
    await expect.poll(listed, { timeout: 20_000 }).toMatchObject({ total: many });
    const page = await tab(url);
    await page.locator('.timeline-told', { hasText: '20,000 alerts' }).waitFor();
    await expect.poll(() => page.locator('.alert-row').count(), { timeout: 20_000 }).toBe(100);
    await page.locator('.load-more').scrollIntoViewIfNeeded();
    await page.locator('.alert-row').nth(150).waitFor();
    await post(Array.from({ length: 2_000 }, (_, n) => falcoAlert(`burst ${n}`, { rule: 'Burst' })));
    await page.locator('.timeline-told', { hasText: '22,000 alerts' }).waitFor();
    await page.locator('.alert-row', { hasText: 'Burst' }).first().waitFor();
    await page.locator('.top-value', { hasText: 'Rule 3' }).click();
    await page.locator('.chip', { hasText: 'Rule 3' }).waitFor();
    await page.locator('.alert-row', { hasText: 'Rule 3' }).first().waitFor();
  });

  it('keeps the groups that were loaded while alerts come in', async () => {
    const { url, post } = await service();
    await post(Array.from({ length: 300 }, (_, n) => falcoAlert(n, { rule: `Rule ${n}` })));
    const page = await tab(url, '/?view=groups');
    const groups = (): Promise<number> => page.locator('.group-row').count();
    for (const count of [50, 200]) {
      await expect.poll(groups, { timeout: 20_000 }).toBe(count);
      await page.locator('.load-more').click();
    }
    await expect.poll(groups, { timeout: 20_000 }).toBe(300);
    await post([falcoAlert('new')]);
    await page.locator('.timeline-told', { hasText: '301 alerts' }).waitFor();
    expect(await groups()).toBe(300);
  });

  it('lists by the time of the event when asked, in the address as well', async () => {
    const { url, post } = await service();
    await post([falcoAlert(1, at(3)), falcoAlert(2, at(1)), falcoAlert(3, at(2))]);
    const page = await tab(url);
    const rules = (): Promise<string[]> => page.locator('.row-rule').allTextContents();
    await expect.poll(rules).toEqual(['Rule 3', 'Rule 2', 'Rule 1']);
    await page.getByRole('link', { name: 'Newest first by arrival' }).click();
    await page.waitForURL('**/?order=time');
    await expect.poll(rules).toEqual(['Rule 1', 'Rule 3', 'Rule 2']);
    await page.getByText('Live', { exact: true }).waitFor();
    await post([falcoAlert(4, { time: '2026-11-20T02:30:00.000000000Z' })]);
    await expect.poll(rules, { timeout: 10_000 }).toEqual(['Rule 1', 'Rule 4', 'Rule 3', 'Rule 2']);
    await page.keyboard.press('g');
    await page.waitForURL('**/?view=groups&order=time');
    await page.keyboard.press('o');
    await page.waitForURL('**/?view=groups');
  });

  it('keeps what was written while one looks at another alert', async () => {
    const { url, post } = await service();
    await post([falcoAlert(1), falcoAlert(2)]);
    const page = await tab(url);
    await page.locator('.alert-link').nth(0).click();
    await page.getByLabel('Note').fill('half a thought');
    await page.locator('.alert-link').nth(1).click();
    await page.locator('.detail h2', { hasText: 'Rule 1' }).waitFor();
    expect(await page.getByLabel('Note').inputValue()).toBe('');
    await page.locator('.alert-link').nth(0).click();
    await page.locator('.detail h2', { hasText: 'Rule 2' }).waitFor();
    expect(await page.getByLabel('Note').inputValue()).toBe('half a thought');
  });
});
