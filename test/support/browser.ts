import { existsSync } from 'node:fs';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

const executable = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

/** Why tests with a browser cannot run here; empty when they can. */
export const noBrowser = existsSync(executable)
  ? ''
  : `no chromium at ${executable}: install Debian's package of that name, or set CHROMIUM`;

export async function openBrowser(): Promise<Browser> {
  const { chromium } = await import('playwright-core');
  return chromium.launch({
    executablePath: executable,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** A tab that writes down what must not happen in it, and what it loaded. */
export interface WatchedPage {
  readonly page: Page;
  /** Errors of scripts, messages on the console, requests that left the origin, dialogs. */
  readonly wrongs: readonly string[];
  /** Bytes over the wire of document, scripts, styles and images, headers included. */
  transferred(this: void): Promise<number>;
  close(this: void): Promise<void>;
}

interface WatchOptions extends BrowserContextOptions {
  /** Statuses of answers that the test provokes: browsers print them to the console. */
  readonly expectedStatuses?: readonly number[];
}

export async function watchedPage(
  browser: Browser,
  origin: string,
  { expectedStatuses = [], ...options }: WatchOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({
    baseURL: origin,
    viewport: { width: 1440, height: 900 },
    // Colours that are changing have no contrast to be judged.
    reducedMotion: 'reduce',
    ...options,
  });
  const page = await context.newPage();
  const wrongs: string[] = [];
  const sizes: Promise<number>[] = [];
  page.on('pageerror', (error) => wrongs.push(`script: ${error.message}`));
  page.on('console', (message) => {
    const expected = expectedStatuses.some((status) => message.text().includes(`status of ${status} `));
    if ((message.type() === 'error' || message.type() === 'warning') && !expected)
      wrongs.push(`console: ${message.text()}`);
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(`${origin}/`)) wrongs.push(`left the origin: ${request.url()}`);
  });
  page.on('dialog', (dialog) => {
    wrongs.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('requestfinished', (request) => {
    if (['document', 'script', 'stylesheet', 'image', 'font', 'other'].includes(request.resourceType()))
      sizes.push(
        request.sizes().then(
          ({ responseBodySize, responseHeadersSize }) => responseBodySize + responseHeadersSize,
          // The tab was closed meanwhile: nobody asks any more.
          () => 0,
        ),
      );
  });
  return {
    page,
    wrongs,
    transferred: async () => (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0),
    close: () => context.close(),
  };
}

/** What axe-core finds that is serious or critical, one line each. */
export async function axeFindings(page: Page): Promise<readonly string[]> {
  const { createRequire } = await import('node:module');
  const { readFile } = await import('node:fs/promises');
  const source = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  // Evaluated by the debugger, which the page's Content-Security-Policy does not bind.
  await page.evaluate(source);
  const found: AxeResults = await page.evaluate('axe.run(document, { resultTypes: ["violations"] })');
  return found.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.slice(0, 2).map(({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} ${failureSummary}`),
    );
}

interface AxeResults {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string | null;
    readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
  }[];
}
