import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { projectRoot } from '../../../test/house/read-sources.ts'
import { ENV_KEYS } from './env-keys.ts'
import { SECRET_KEYS } from './read-secrets.ts'

const PAGE = path.join(projectRoot, 'docs/kubernetes.md')

/** A page with the table below a heading replaced. */
function withTable(page: string, heading: string, rows: readonly string[]): string {
  const at = page.indexOf(`\n## ${heading}\n`)
  const start = page.indexOf('\n| ', at) + 1
  const end = page.indexOf('\n\n', start) + 1
  expect(Math.min(at, start, end)).toBeGreaterThan(0)
  return `${page.slice(0, start)}${rows.join('\n')}\n${page.slice(end)}`
}

it('the page has a row for every setting and every secret', async () => {
  const settings = ENV_KEYS.map(({ name, fallback, about }) => {
    const shown = fallback === '' ? '' : `\`${fallback.replaceAll('|', '\\|')}\``
    return `| \`${name}\` | ${shown} | ${about} |`
  })
  const secrets = SECRET_KEYS.map(
    ({ name, secret, key, about }) => `| \`${name}\` | \`${secret}\` | \`${key}\` | ${about} |`,
  )
  const page = readFileSync(PAGE, 'utf8')
  const first = ['| key | default | |', '|---|---|---|', ...settings]
  const second = ['| in the file | Secret | key | |', '|---|---|---|---|', ...secrets]
  const wanted = withTable(withTable(page, 'The env file', first), 'Secrets', second)
  await expect(wanted).toMatchFileSnapshot(PAGE)
})
