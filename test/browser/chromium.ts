import { existsSync } from 'node:fs'
import { chromium, type Browser } from 'playwright-core'

/** Debian's browser; one is never downloaded. */
const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** Where a Chromium is, or undefined. */
export function findChromium(): string | undefined {
  return PLACES.find((path) => existsSync(path))
}

/** A headless Chromium with memory figures that can be read (`performance.memory`, `gc()`). The caller closes it. */
export function openChromium(): Promise<Browser> {
  const executablePath = findChromium()
  if (executablePath === undefined) throw new Error('no Chromium is installed')
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-dev-shm-usage',
      '--enable-precise-memory-info',
      '--js-flags=--expose-gc',
      '--hide-scrollbars',
    ],
  })
}
