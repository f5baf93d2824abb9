import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { attackLog } from '../support/attack-logs.ts';
import { noBrowser, openBrowser, watchedPage } from '../support/browser.ts';
import { startPageService } from '../support/page-service.ts';

const wanted = process.env['UPDATE_SCREENSHOTS'] === '1';
const why = noBrowser || (wanted ? '' : 'UPDATE_SCREENSHOTS=1 makes them anew');
const folder = join(import.meta.dirname, '../../docs/images');

describe.skipIf(why !== '')(`the screenshots of the documentation${why && ` (skipped: ${why})`}`, () => {
  it('are of the real page', async () => {
    const service = await startPageService({ log: attackLog(Date.now() - 60_000, 700, 6 * 3_600_000) });
    onTestFinished(() => service.stop());
    const browser = await openBrowser();
    onTestFinished(() => browser.close());
    const shoot = async (name: string, path: string, options: Parameters<typeof watchedPage>[2]): Promise<void> => {
      const { page, wrongs, close } = await watchedPage(browser, service.url, options);
      await page.goto(path);
      await page.getByText('Live', { exact: true }).waitFor();
      await page.locator('.alert-row').first().waitFor();
      if (path !== '/') {
        await page.locator('.alert-link').first().click();
        await page.locator('.neighbours ol').first().waitFor();
      }
      await page.screenshot({ path: join(folder, name) });
      expect(wrongs).toEqual([]);
      await close();
    };
    await shoot('triage.png', '/', { viewport: { width: 1280, height: 760 } });
    await shoot('triage-alert.png', '/?priority=error', {
      viewport: { width: 1280, height: 900 },
      colorScheme: 'dark',
    });
  });
});
